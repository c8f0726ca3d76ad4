"""Work handed from colleague to colleague in words: who, whose, what is in it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from app.storage import handed
from app.storage.handed import OpenedFile
from app.use_cases.handing_over import Candidate, Colleague, Taken
from sync.client.handing_over import Written
from ui.messages import day_words, moment_words
from ui.widgets import Option
from ui.widgets.text import filled


def colleague_option(colleague: Colleague) -> Option:
    """Return a colleague as a choice: the name, the laptop, and the digits to compare."""
    if colleague.is_changed:
        hint = _(
            "The key of this laptop is not the one it had. Nothing can be given to it. Tell your IT support, and show"
            " them this page."
        )
    else:
        hint = filled(_("Digits to compare: {digits}"), digits=colleague.check)
    words = filled(_("{name}, on {laptop}"), name=colleague.name, laptop=colleague.laptop)
    return Option(key=key_of(colleague), words=words, hint=hint)


def switched_off_words() -> tuple[str, str]:
    """Return why no file goes out or in here at all, and whose doing that is."""
    return (
        _("Work cannot be handed over as a file on this laptop."),
        _("Your IT support has switched it off, or this laptop works without a central service."),
    )


def own_digits_words(check: str) -> str:
    """Return the digits by which a colleague knows this laptop."""
    return filled(_("Your own digits on this laptop: {digits}"), digits=check)


def key_of(colleague: Colleague) -> str:
    """Return by what a colleague on one laptop is told from the others."""
    device, user = colleague.place
    return f"{user}/{device}"


def person_option(person: Candidate) -> Option:
    """Return somebody whose work can be given away: the name, and what waits."""
    parts = []
    if person.unsent:
        one, many = _("1 change only on this laptop"), _("{count} changes only on this laptop")
        parts.append(filled(one if person.unsent == 1 else many, count=person.unsent))
    if person.tasks:
        one, many = _("1 task of yours"), _("{count} tasks of yours")
        parts.append(filled(one if person.tasks == 1 else many, count=person.tasks))
    return Option(key=str(person.person_id), words=person.name, hint=" · ".join(parts))


def chosen_words(chosen: Iterable[Candidate]) -> str:
    """Return what the chosen people come to: "2 people, 5 changes that only this laptop has."."""
    people = list(chosen)
    if not people:
        return _("Nobody is chosen yet.")
    changes = sum(person.unsent for person in people)
    who = _("1 person") if len(people) == 1 else filled(_("{count} people"), count=len(people))
    if changes == 1:
        return filled(_("{who}, with 1 change that only this laptop has."), who=who)
    return filled(_("{who}, with {count} changes that only this laptop has."), who=who, count=changes)


def written_words(written: Written) -> tuple[str, str]:
    """Return that a file was written, and what to do with it."""
    sentence = filled(_("Written as {name}."), name=written.path.name)
    step = filled(
        _(
            "Give it to your colleague by {day}. Everything in it stays on this laptop too, and is sent as soon as"
            " there is a network: arriving twice does nothing."
        ),
        day=day_words(written.valid_until.date()),
    )
    if written.left_out:
        one, many = _("1 record was left out"), _("{count} records were left out")
        left = filled(one if written.left_out == 1 else many, count=written.left_out)
        reason = _("files, mentoring, or what your colleague may not see.")
        step = f"{step} {left}: {reason}"
    return sentence, step


def taken_words(taken: Taken, now: datetime) -> tuple[str, str]:
    """Return what an opened file brought."""
    count = len(taken.people)
    given = (
        _("{name} gave you the work about 1 person.")
        if count == 1
        else _("{name} gave you the work about {count} people.")
    )
    name = taken.from_name or _("A colleague")
    sentence = filled(given, name=name, count=count)
    made = filled(_("Written {when}."), when=moment_words(taken.made_at, now))
    if not taken.changes:
        return sentence, filled(_("{made} Nothing in it has to be sent."), made=made)
    if taken.changes == 1:
        return sentence, filled(_("{made} 1 change is sent for them as soon as this laptop has a network."), made=made)
    many = _("{made} {count} changes are sent for them as soon as this laptop has a network.")
    return sentence, filled(many, made=made, count=taken.changes)


def opened_words(name: str, file: OpenedFile, now: datetime) -> tuple[str, str]:
    """Return a file that was opened earlier: from whom and when, and where its changes are."""
    label = filled(_("{name}, {when}"), name=name or _("A colleague"), when=moment_words(file.opened_at, now))
    return label, state_words(file)


def state_words(file: OpenedFile) -> str:
    """Return where the changes of an opened file are."""
    if file.state == handed.WAITING:
        one, many = _("1 change waits for a network."), _("{count} changes wait for a network.")
        return filled(one if file.changes == 1 else many, count=file.changes)
    if file.state == handed.REFUSED:
        return _("The central service did not take it. It is still on your colleague's laptop.")
    if file.refused:
        one = _("The central service has it. 1 change was not taken: your colleague's laptop will say why.")
        many = _("The central service has it. {count} changes were not taken: your colleague's laptop will say why.")
        return filled(one if file.refused == 1 else many, count=file.refused)
    return _("The central service has all of it.")


def _(words: str) -> str:
    return QCoreApplication.translate("hand_over", words)
