"""What each known error means and what to do next, in words a person at a bedside can act on.

The keys are the fixed codes of `KnownError`; the words are marked for translation and looked up by `ui.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


_NOTHING_LOST: Final = _("errors", "Nothing you entered was lost.")
_TRY_AGAIN: Final = _("errors", "Nothing was changed. Try again.")
_ASK_IT: Final = _("errors", "Ask your IT support and show them this page.")
_BACKUP: Final = _("errors", "Nothing was replaced. Ask your IT support about the backup.")
_KEEP_WORKING: Final = _("errors", "You can keep working. Everything is kept on this laptop and sent later.")
_READ_AGAIN: Final = _("errors", "Open it again to see how it stands now.")

ERROR_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "known": (_("errors", "This could not be done."), _TRY_AGAIN),
        "program.fault": (
            _("errors", "Something went wrong inside Alongside."),
            _("errors", "Nothing you entered was lost. Read the report below before you send it to anybody."),
        ),
        # What a person may see and do
        "auth.not_permitted": (
            _("errors", "Your role does not allow this."),
            _("errors", "Ask a coordinator to do it, or to change your role."),
        ),
        "record.not_found": (
            _("errors", "This is not here."),
            _("errors", "It may have been removed, or it is not shared with you. Go back and look again."),
        ),
        "record.bad_transition": (_("errors", "This was changed by somebody else meanwhile."), _READ_AGAIN),
        "person.bad_transition": (
            _("errors", "The record cannot go from where it stands to there."),
            _READ_AGAIN,
        ),
        "conflict.answered": (
            _("errors", "This was answered already."),
            _("errors", "Nothing was changed. Look at what was chosen, and change it in the record if it is wrong."),
        ),
        "conflict.sent": (
            _("errors", "This answer was sent already, so it cannot be undone here."),
            _("errors", "If it is wrong, change it in the record."),
        ),
        "task.bad_transition": (_("errors", "This task is finished already."), _READ_AGAIN),
        "referral.bad_transition": (
            _("errors", "This referral is at another point by now: {state_words}."),
            _READ_AGAIN,
        ),
        "merge.not_permitted": (
            _("errors", "These two records cannot be made one."),
            _("errors", "One was erased, belongs to another charity, or is being joined already. Nothing was changed."),
        ),
        "merge.undone": (
            _("errors", "These are two records again already."),
            _("errors", "Nothing was changed."),
        ),
        "person.minimum": (
            _("errors", "A name is needed, and where the person is or how to reach them."),
            _("errors", "One of the names is enough, with either a hospital or one phone number or address."),
        ),
        "report.no_whole_month": (
            _("errors", "No month of this year is over yet, and a report holds whole months only."),
            _("errors", "Choose another period, such as last year. Nothing was saved."),
        ),
        # Why a referral may not leave
        "gate_person": (
            _("errors", "This person's record is closed or locked, so nothing is sent."),
            _("errors", "Ask your coordinator or your data protection lead."),
        ),
        "gate_consent": (
            _("errors", "The person has not said yes to this charity for this."),
            _("errors", "Ask the person first. The referral stays a draft."),
        ),
        "gate_agreement": (
            _("errors", "The charities have no sharing agreement for this yet."),
            _("errors", "Ask your coordinator. You can still tell the person about the service."),
        ),
        "gate_service": (
            _("errors", "This service is closed, or its charity has left the alliance."),
            _("errors", "Choose another service."),
        ),
        "gate_package": (
            _("errors", "What would be sent has changed since you looked, or nothing in it says how to reach them."),
            _("errors", "Look at what they will see again, then send."),
        ),
        # Signing in
        "auth.refused": (_("errors", "You could not be signed in."), _TRY_AGAIN),
        "auth.wrong_password": (
            _("errors", "The password is not right."),
            _("errors", "Check that Caps Lock is off and type it again."),
        ),
        "auth.wrong_recovery_key": (
            _("errors", "The recovery key is not right."),
            _("errors", "Compare it with the paper, four letters or numbers at a time."),
        ),
        "auth.must_wait": (
            _("errors", "There were too many wrong passwords."),
            _("errors", "Wait {seconds} seconds, then try once more."),
        ),
        "auth.no_slot": (_("errors", "You have no place on this laptop yet."), _("errors", "Ask your IT support.")),
        "auth.place_without_keys": (
            _("errors", "This laptop got a new key of its own, so the password you had opens nothing."),
            _("errors", "Press “Forgotten or changing your password?”: a colleague who signs in here lets you in."),
        ),
        "auth.slot_ended": (
            _("errors", "Your place on this laptop has ended."),
            _("errors", "Ask your coordinator whether it should be opened again."),
        ),
        "auth.no_keys": (_("errors", "This laptop has no keys for your place."), _ASK_IT),
        "auth.not_enough_memory": (
            _("errors", "There is not enough free memory to check the password."),
            _("errors", "Close other programs and try again. It needs {memory_mib} MB."),
        ),
        "auth.desk_gone": (
            _("errors", "The window you work in has closed by itself."),
            _("errors", "Sign in again. Your drafts are kept."),
        ),
        "auth.lease_ended": (
            _("errors", "This laptop has not reached the central service for too long, so it is locked."),
            _("errors", "Connect it to a network and sign in again."),
        ),
        # What the organisation's IT laid down
        "machine.disk_plain": (
            _("errors", "The disk of this computer is not encrypted, and your charity does not allow that."),
            _("errors", "Ask your IT support to encrypt it. What is on this laptop stays as it is."),
        ),
        "policy.unreadable": (
            _("errors", "The policy file of this computer cannot be read: {file}."),
            _("errors", "Ask your IT support to put it right, then start again."),
        ),
        "policy.bad_value": (
            _("errors", "In the policy file of this computer, {key} has a value that cannot be used."),
            _("errors", "Ask your IT support to put it right in {file}, then start again."),
        ),
        "machine.no_slip": (
            _("errors", "The enrolment slip that the policy names is not there: {file}."),
            _("errors", "Put a new one there, or choose it by hand: a slip works once, for ten minutes."),
        ),
        "policy.out_of_range": (
            _("errors", "In the policy file of this computer, {key} must be from {least} to {most}."),
            _("errors", "Ask your IT support to put it right in {file}, then start again."),
        ),
        "policy.too_long": (
            _("errors", "In the policy file of this computer, {key} is longer than {longest} characters."),
            _("errors", "Ask your IT support to put it right in {file}, then start again."),
        ),
        # The keyring
        "keyring.missing": (_("errors", "The safe place for keys on this computer is not there."), _ASK_IT),
        "keyring.locked": (
            _("errors", "The safe place for keys on this computer is locked."),
            _("errors", "Unlock it with the password of this computer, then try again."),
        ),
        "keyring.not_allowed": (
            _("errors", "This computer did not let Alongside use its safe place for keys."),
            _("errors", "Allow it when the computer asks, or ask your IT support."),
        ),
        "keyring.secret_lost": (
            _("errors", "This laptop has lost its own key."),
            _("errors", "Nothing was removed. Two custodians open it: press “Forgotten or changing your password?”."),
        ),
        "keyring.write_failed": (_("errors", "The key could not be kept on this computer."), _ASK_IT),
        "keyring.slow": (
            _("errors", "The safe place for keys has not answered for {seconds} seconds."),
            _("errors", "Look whether the computer is asking you something, then try again."),
        ),
        # Places of people on this laptop
        "slots.missing": (_("errors", "The file with the places of people on this laptop is gone."), _BACKUP),
        "slots.damaged": (_("errors", "The file with the places of people on this laptop is damaged."), _BACKUP),
        "slots.altered": (_("errors", "The file with the places of people was changed by something else."), _ASK_IT),
        "slots.newer": (
            _("errors", "A newer Alongside has written this laptop's places."),
            _("errors", "Update Alongside, then sign in."),
        ),
        "slots.unreadable": (_("errors", "The file with the places of people cannot be read."), _ASK_IT),
        "slots.could_not_write": (_("errors", "The file with the places of people could not be written."), _ASK_IT),
        "slots.already_there": (
            _("errors", "This person already has a place on this laptop."),
            _("errors", "They can sign in with their own password."),
        ),
        "slots.full": (
            _("errors", "This laptop has places for {most} people, and all are taken."),
            _("errors", "Close the place of somebody who no longer uses it."),
        ),
        "slots.last_person": (
            _("errors", "This is the last place on this laptop, so it cannot be closed."),
            _("errors", "Add somebody else first."),
        ),
        "slots.rotation_open": (
            _("errors", "The keys are just being changed."),
            _("errors", "Wait a minute and try again."),
        ),
        "device_key.missing": (_("errors", "This laptop's signing key is gone."), _ASK_IT),
        "device_key.damaged": (_("errors", "This laptop's signing key is damaged."), _ASK_IT),
        "recovery.share.unreadable": (
            _("errors", "This part of the recovery key cannot be read."),
            _("errors", "Compare it with the paper, word by word."),
        ),
        "recovery.share.checksum": (
            _("errors", "One of these words is not right."),
            _("errors", "Compare them with the paper, word by word."),
        ),
        "recovery.share.unknown_word": (
            _("errors", "One of these words is not on the list of words."),
            _("errors", "Check its spelling on the paper."),
        ),
        "recovery.share.same_holder": (
            _("errors", "Both parts are the same one."),
            _("errors", "Two different people each bring their own part."),
        ),
        "recovery.share.other_key": (
            _("errors", "These two parts do not belong together."),
            _("errors", "Look for the parts that were written on the same day."),
        ),
        "password.new.common": (
            _("errors", "This password is one that many people use, so it is guessed first."),
            _("errors", "Take four words that have nothing to do with each other."),
        ),
        "password.new.name": (
            _("errors", "This password holds a name that others know."),
            _("errors", "Leave out your name, your charity and this program."),
        ),
        "password.new.needs_words": (
            _("errors", "This password is easy to guess."),
            _("errors", "Take four words that have nothing to do with each other."),
        ),
        "password.new.repeated": (
            _("errors", "This password repeats the same letters."),
            _("errors", "Take four words that have nothing to do with each other."),
        ),
        "slip.file.bad_format": (
            _("errors", "This is not an enrolment slip."),
            _("errors", "Choose the file your IT support gave you."),
        ),
        # The vault
        "file.unreadable": (
            _("errors", "This file cannot be read."),
            _("errors", "Look whether it is still there and open in another program, then choose it again."),
        ),
        "file.missing": (
            _("errors", "This file is not on this laptop."),
            _("errors", "It comes with the next exchange. Try again when there is a network."),
        ),
        "file.damaged": (
            _("errors", "This file is damaged and is not shown."),
            _("errors", "Ask whoever added it to add it again."),
        ),
        "file.no_program": (
            _("errors", "This laptop has no program for files of this kind."),
            _("errors", "Ask IT for one, or look at it on another laptop."),
        ),
        "vault.disk_full": (
            _("errors", "There is no room left on this laptop's disk."),
            _("errors", "Everything recorded so far is safe. Make room, then save again."),
        ),
        "snapshot.disk_full": (
            _("errors", "There is no room on this laptop's disk for today's safety copy."),
            _("errors", "Everything recorded is safe. Make room, or ask your IT support."),
        ),
        "restore.gone": (
            _("errors", "The safety copy that was chosen is not there any more."),
            _("errors", "Nothing was changed. Try again and choose another."),
        ),
        "restore.damaged": (
            _("errors", "A safety copy was to be put back, and the note of it cannot be read."),
            _("errors", "Nothing was changed. Ask your IT support and show them this page."),
        ),
        "giving_up.damaged": (
            _("errors", "This laptop was told to give up its records, and the note of it cannot be read."),
            _ASK_IT,
        ),
        "giving_up.not_done": (
            _("errors", "Records, or work that was not sent, are still on this laptop."),
            _("errors", "Save the sealed work first, or start Alongside once more."),
        ),
        "sealed.nothing": (
            _("errors", "There is nothing on this laptop that has not been sent."),
            _("errors", "Nothing was written to the stick."),
        ),
        # Work handed over as a file
        "hand_over.not_ours": (
            _("errors", "This is no file of Alongside, or it was cut off or altered on the way."),
            _("errors", "Nothing in it was read. Ask your colleague to write it again."),
        ),
        "hand_over.damaged": (
            _("errors", "What is in this file does not fit together."),
            _("errors", "Nothing of it was kept. Ask your colleague to write it again."),
        ),
        "hand_over.newer": (
            _("errors", "This file was written by a newer version of Alongside."),
            _("errors", "Nothing of it was kept. Bring this laptop up to date, then open it again."),
        ),
        "hand_over.unreadable": (
            _("errors", "The file cannot be read."),
            _("errors", "Put the stick in again, or ask your colleague to write it again."),
        ),
        "hand_over.exists": (
            _("errors", "A file of this name lies there already."),
            _("errors", "Wait a moment and write it again, or choose another folder."),
        ),
        "hand_over.other_laptop": (
            _("errors", "This file is for another laptop."),
            _("errors", "Nothing in it was read. Open it on the laptop your colleague chose."),
        ),
        "hand_over.other_colleague": (
            _("errors", "This file is for another colleague."),
            _("errors", "Nothing in it was read. Give it to the person it was written for."),
        ),
        "hand_over.other_organisation": (
            _("errors", "This file comes from another charity."),
            _("errors", "Nothing in it was read. Work is given to a partner as a referral."),
        ),
        "hand_over.unknown_laptop": (
            _("errors", "This laptop does not know the one the file comes from."),
            _("errors", "Nothing in it was read. Both have to be online once, then open it again."),
        ),
        "hand_over.other_key": (
            _("errors", "This file was written for the key you had before."),
            _("errors", "Nothing in it was read. Ask your colleague to write it again when both have been online."),
        ),
        "hand_over.expired": (
            _("errors", "This file is too old: it could be opened for 14 days."),
            _("errors", "Nothing in it was read. Ask your colleague to write it again."),
        ),
        "hand_over.opened_before": (
            _("errors", "This file was opened on this laptop already."),
            _("errors", "Nothing was changed. What it brought is here."),
        ),
        "hand_over.not_covered": (
            _("errors", "There is something in this file that your role and sites do not cover."),
            _("errors", "Nothing of it was kept. Ask your colleague, or a coordinator, to write it again."),
        ),
        "hand_over.people.not_permitted": (
            _("errors", "Your colleague may not be given one of these people."),
            _(
                "errors",
                "Choose people whom their role and sites cover, who are active, and whose record is not restricted.",
            ),
        ),
        "hand_over.people.too_large": (
            _("errors", "This is too much for one file."),
            _("errors", "Choose fewer people, and write a second file for the others."),
        ),
        "hand_over.people.out_of_range": (
            _("errors", "These are too many people for one file."),
            _("errors", "Choose at most {most}, and write a second file for the others."),
        ),
        "hand_over.people.required": (_("errors", "Choose at least one person."), ""),
        "hand_over.colleague.not_permitted": (
            _("errors", "Nothing can be given to this colleague."),
            _("errors", "Their account was closed, their role does not take work, or their laptop's key changed."),
        ),
        "sealed.damaged": (_("errors", "The file of sealed work cannot be read."), _ASK_IT),
        "sealed.other_key": (_("errors", "This was sealed to another key."), _NOTHING_LOST),
        "vault.already_open": (
            _("errors", "Alongside is already open on this laptop."),
            _("errors", "Use the window that is open."),
        ),
        "vault.busy": (_("errors", "The records are in use for a moment."), _TRY_AGAIN),
        "vault.could_not_open": (_("errors", "The records could not be opened."), _BACKUP),
        "vault.could_not_write": (_("errors", "The records could not be written."), _ASK_IT),
        "vault.write_failed": (_("errors", "The records could not be written."), _ASK_IT),
        "vault.connection_lost": (_("errors", "The disk with the records went away."), _ASK_IT),
        "vault.damaged": (_("errors", "The file with the records is damaged."), _BACKUP),
        "vault.truncated": (_("errors", "A part of the file with the records is missing."), _BACKUP),
        "vault.swapped": (_("errors", "This is not the file with the records of this laptop."), _BACKUP),
        "vault.older": (_("errors", "This is an older copy of the records."), _BACKUP),
        "vault.newer": (
            _("errors", "A newer Alongside has written these records."),
            _("errors", "Update Alongside, then open them."),
        ),
        "vault.missing": (_("errors", "The file with the records is not there."), _BACKUP),
        "vault.empty": (_("errors", "The file with the records is empty."), _BACKUP),
        "vault.plain": (_("errors", "The file with the records is not encrypted, so it is not opened."), _ASK_IT),
        "vault.not_encrypted": (
            _("errors", "Records can only be kept encrypted, and this Alongside cannot encrypt."),
            _ASK_IT,
        ),
        "vault.audit_broken": (
            _("errors", "The log of who opened and changed what does not fit together."),
            _("errors", "The records were not opened. Ask your IT support and show them this page."),
        ),
        "vault.exists": (
            _("errors", "There are records in this place already."),
            _("errors", "Nothing was replaced. Sign in instead."),
        ),
        "vault.read_only": (_("errors", "This laptop does not allow writing where the records are kept."), _ASK_IT),
        "vault.probe_failed": (
            _("errors", "A trial file of records could not be kept safely on this computer ({step})."),
            _ASK_IT,
        ),
        "vault.remote_folder": (
            _("errors", "The records would lie in a folder on a network, or in one that moves with your account."),
            _("errors", "Ask your IT support for a local folder. Nothing was made."),
        ),
        "vault.setting_refused": (_("errors", "The records could not be opened safely."), _ASK_IT),
        # Updates
        "update.no_root": (
            _("errors", "This copy of Alongside came without the keys that updates are checked by."),
            _("errors", "Ask your IT support: it is no release, and updates come with the next package."),
        ),
        "update.no_source": (
            _("errors", "No place is set where updates are looked for."),
            _("errors", "Your IT support sets it, or names a folder such as a USB stick."),
        ),
        "update.no_memory": (
            _("errors", "What was seen of updates before cannot be kept on this laptop."),
            _ASK_IT,
        ),
        "update.not_found": (
            _("errors", "There are no updates in that place."),
            _("errors", "Check that the stick or the address is the right one."),
        ),
        "update.damaged": (
            _("errors", "The list of updates is not whole, so nothing of it is used."),
            _("errors", "Ask your IT support for a new copy."),
        ),
        "update.altered": (
            _("errors", "This update is not what was signed. Do not install it."),
            _("errors", "Tell your IT support: somebody or something changed it on the way."),
        ),
        "update.unsigned": (
            _("errors", "This update is not signed by enough of the keys that Alongside trusts. Do not install it."),
            _("errors", "Tell your IT support."),
        ),
        "update.rolled_back": (
            _("errors", "This list of updates is older than one that was seen here before."),
            _("errors", "Do not install from it. Ask your IT support for a new copy."),
        ),
        "update.expired": (
            _("errors", "This list of updates is too old to be trusted."),
            _("errors", "Ask your IT support for a new stick, or to renew the place where updates are."),
        ),
        "update.unknown_package": (
            _("errors", "This file is not a package of the newest version."),
            _("errors", "Ask your IT support for the right one."),
        ),
        # The network and the central service
        "network.offline": (_("errors", "No network."), _KEEP_WORKING),
        "network.portal": (
            _("errors", "This wifi wants you to sign in first."),
            _("errors", "Open a web page, sign in to the wifi, then send again. Nothing was lost."),
        ),
        "network.blocked": (
            _("errors", "This network blocks Alongside."),
            _("errors", "You can keep working. Show this page to the IT of this place."),
        ),
        "network.proxy": (
            _("errors", "This network wants its own sign-in for programs."),
            _("errors", "You can keep working. Show this page to the IT of this place."),
        ),
        "network.tls": (
            _("errors", "The connection is not safe, so nothing was sent."),
            _("errors", "Check the day and hour of this laptop. If they are right, use another network."),
        ),
        "network.not_ours": (_("errors", "Something else answered in place of the central service."), _KEEP_WORKING),
        "service.refused": (_("errors", "The central service did not take this."), _KEEP_WORKING),
        "service.not_enrolled": (
            _("errors", "This laptop is not set up with a central service."),
            _("errors", "Everything is kept on this laptop. Ask your IT support for an enrolment slip."),
        ),
        "service.revoked": (
            _("errors", "This laptop may no longer use the central service."),
            _("errors", "Ask your coordinator."),
        ),
        "service.suspended": (
            _("errors", "Two laptops have used the same sign-in to the central service, so both were stopped."),
            _("errors", "Nothing is lost: your changes stay on this laptop. Ask your IT support to enrol it again."),
        ),
        "service.busy": (_("errors", "The central service is busy."), _KEEP_WORKING),
        "service.update_needed": (
            _("errors", "Update Alongside to see new changes."),
            _("errors", "Yours are still sent."),
        ),
        "service.update_to_send": (
            _("errors", "Update Alongside to send your changes and see new ones."),
            _("errors", "Nothing is lost: your changes stay on this laptop."),
        ),
    }
)
"""Code to sentence and next step; a place in braces is filled from the details of the error."""
