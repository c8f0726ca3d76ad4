"""What the operator reads when something is refused: one sentence for each code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from app.errors import BadInputError, KnownError
from sync.central.orders import OrderState, OrderStatus
from sync.protocol.messages import ResultLine, ResultState, UnsentFate

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "service.settings_missing": "Missing in the settings: “{setting}”. Put it into the settings file.",
        "service.settings_absent": "There is no settings file “{value}”, or this account cannot read it.",
        "service.settings_file": "The settings file “{value}” is not TOML.",
        "service.journal_not_writable": (
            "The withdrawal journal “{value}” cannot be written by this account. The service does not start without"
            " it: no stop could be taken in."
        ),
        "service.files_not_writable": (
            "The folder of files “{value}” cannot be written by this account. The service does not start without it:"
            " files beside notes could not be taken in."
        ),
        "service.settings_wrong": "The setting “{setting}” is not understood. Look at it in the settings file.",
        "service.no_database": (
            "The database does not answer. Look at “postgres” and “owner” in the settings (name, password, host), and"
            " at the server."
        ),
        "service.bad_url": "“postgres” or “owner” in the settings is no URL of a database.",
        "service.not_allowed": (
            "The database does not permit this to the role that signed in. “owner” must own the database and be"
            " allowed to create roles; alongside_owner, alongside_feed and alongside_service must be made by it, or"
            " granted to it with admin option. Nothing was changed."
        ),
        "service.database_refused": (
            "The database refused this step ({problem}) and took it back. Its own log says more."
        ),
        "service.not_migrated": "The database has no tables yet, or old ones. Run: alongside-central migrate",
        "service.unsafe_role": (
            "The service will not start: its database role could look past row-level security ({problem})."
            " Let it sign in as the role that “migrate” made."
        ),
        "service.no_keys": "There are no signing keys. Run: alongside-central keys make",
        "service.bad_keys": "A file in the folder of keys is not a signing key.",
        "service.cannot_read": "“{value}” cannot be read by this account.",
        "service.cannot_write": "“{value}” cannot be written by this account.",
        "service.bad_recovery_key": (
            "That is not the custodians' public key: 64 hexadecimal signs, or what stands in “public” under “recovery”"
            " in a laptop's slots.json."
        ),
        "service.keys_exist": "There are keys in that folder already. They are never replaced.",
        "service.rejected": "This was refused: {problem}. Nothing was changed.",
        "service.bad_scope": "That is not a scope of this organisation.",
        "service.scope_missing": "Say what the laptop holds, with --scope; only a volunteer's needs none.",
        "user.person_missing": "This volunteer's account does not say whose it is. Make it with --person.",
        "device.one_volunteer": "A volunteer's laptop is for one volunteer and holds their matches and nothing else.",
        "service.too_many_scopes": "A device holds at most 8 scopes, the directory among them.",
        "service.busy": "The database is busy. Nothing was changed; try again.",
        "service.owner_missing": "This needs the setting “owner”: the URL of a role that may create tables.",
        "service.migration_waits": (
            "The migration stopped: a lock it needs did not come. Nothing is half done; run it again at a quieter time."
        ),
        "service.cannot_listen": "The service cannot listen on “host” and “port” of the settings ({problem}).",
        "service.port_taken": "Another program listens on that port already.",
        "figures.period.not_counted": (
            "The alliance is counted since the beginning alone: figures of two spans could be taken off each other."
            " Leave --period out."
        ),
        "organisation.not_found": "There is no organisation with that id.",
        "user.not_found": "That organisation has no such account.",
        "device.not_found": "That organisation has no such device.",
        "service.bad_id": "“{value}” is not an id. Ids are shown by the commands “list”.",
        "service.bad_file": "“{value}” is not what it should be: {problem}. Nothing was changed.",
        "service.bad_fields": (
            "“{value}” does not have the fields it must have: {problem}. Nothing was changed. The fields are described"
            " in docs/reference/operator-files.md."
        ),
        "agreement.not_found": (
            "There is no agreement with the id {value}. Ids are shown by: alongside-central agreement list"
        ),
        "agreement.ended_already": "That agreement was ended on {value} already; nothing was changed.",
        "site.not_found": "There is no place with the id {value}. Ids are shown by: alongside-central site list",
        "site.there_already": (
            "A place of that name is in that nation already: {value}. If this is another one, say so with --again."
        ),
        "user.left_already": "That account was closed on {value} already.",
        "device.revoked_already": (
            "That laptop was ordered to give up its vault already; nothing was changed. How it stands is shown by:"
            " alongside-central device list"
        ),
        "rescue.not_found": "That laptop of this organisation has sent nothing here.",
        "rescue.which": "Name either a laptop with --device, or a carried file with --file.",
        "rescue.two_parts": "Two parts are needed, of two different custodians. Nothing was opened.",
        "rescue.damaged": "It was opened, and what is in it is not whole. Nothing was written.",
        "sealed.damaged": "This is not a sealed file of a laptop, or it was changed on the way. Nothing was written.",
        "sealed.other_key": "These parts belong to another key. Nothing was opened.",
        "recovery.share.unreadable": "A part cannot be read: it has 50 words, or the text of its code.",
        "recovery.share.unknown_word": "A word of a part is not in the list of words. Look at its spelling.",
        "recovery.share.checksum": "A part was not copied rightly: look at it once more.",
        "recovery.share.same_holder": "These are the same custodian's part. Two different ones are needed.",
        "recovery.share.other_key": "The two parts do not belong together.",
        "service.unknown_code": "“{value}” is none of the words that may stand here.",
    }
)
"""Every code that the command line may meet."""

_FATES: Mapping[str, str] = MappingProxyType(
    {
        UnsentFate.SENT: ", unsent work was sent here sealed",
        UnsentFate.HERE: ", unsent work lies sealed on the laptop",
        UnsentFate.NONE: ", nothing was unsent",
    }
)


def order_words(order: OrderStatus) -> str:
    """Return how far an order to give up a vault has come; "wiped" is said on the laptop's signed word alone."""
    at = f"{order.since:%Y-%m-%d %H:%M} UTC"
    match order.state:
        case OrderState.NEVER_CONTACTED:
            return f"ordered {at}, never contacted since"
        case OrderState.ORDERED:
            return f"ordered, told {at}, not acknowledged"
        case OrderState.ACKNOWLEDGED:
            done = "wiped" if order.wipe else "locked for good"
            return f"acknowledged: {done} {at}{_FATES.get(order.unsent, '')}"
        case _:
            assert_never(order.state)


def imported_words(results: Sequence[ResultLine]) -> list[str]:
    """Return what became of rescued changes: how many of each kind of answer, then each that did not take effect."""
    counts = Counter(result.state.value for result in results)
    first = f"{len(results)} changes: " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts))
    refused = [result for result in results if result.state in (ResultState.REJECTED, ResultState.HELD)]
    return [first, *(f"    {result.op_id}  {result.state.value}  {result.gate or result.code}" for result in refused)]


_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "required": "is missing",
        "too_long": "is too long",
        "bad_format": "does not have the form it must have",
        "unknown_code": "is none of the words that may stand there",
        "out_of_range": "is outside what is permitted",
        "in_future": "lies in the future",
        "before_start": "lies before the beginning",
        "not_permitted": "may not be that",
    }
)


def sentence_for(error: KnownError) -> str:
    """Return the sentence for an error; one without a sentence of its own is shown by its code."""
    template = SENTENCES.get(error.code)
    if template is None and isinstance(error, BadInputError):
        problem = _PROBLEMS.get(error.code.rpartition(".")[2], "will not do")
        path = error.detail.get("path")
        at = f", at {path}" if path is not None else ""
        return f"“{error.field}” {problem}{at} ({error.code}). Nothing was changed."
    if template is None:
        return f"This did not work ({error.code}). Nothing was changed."
    return template.format_map({name: error.detail.get(name, "?") for name in ("setting", "problem", "value")})
