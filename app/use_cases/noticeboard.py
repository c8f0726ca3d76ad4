"""The noticeboard of the alliance: read by every member, written by coordinators and the lead body's office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.checks import faults_of
from app.domain.clocks import london_day, parse_day
from app.domain.codes import AuditAction, NoticeKind
from app.domain.faults import Faults
from app.domain.ids import RecordId
from app.domain.names import NameTables
from app.domain.notice import Doubt, Notice, doubts_about
from app.domain.tidying import tidy_line, tidy_text
from app.errors import BadInputError, NotPermittedError
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name

NO_DAY = ("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice, as the board shows it.

    Attributes:
        notice_id, kind, title, body: which, and what it says.
        org_name: whose it is.
        contact: whom to ask.
        from_on, until_on: its first and last day, None where it has none.
        withdrawn_on: the day it was taken down, None while it hangs.
        is_shown: it hangs on the board today.
        may_change: the actor's charity wrote it, and the actor may.
    """

    notice_id: RecordId
    kind: NoticeKind
    title: str
    body: str
    org_name: str
    contact: str
    from_on: date | None
    until_on: date | None
    withdrawn_on: date | None
    is_shown: bool
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeForm:
    """A notice as it was typed."""

    kind: NoticeKind | None = None
    title: str = ""
    body: str = ""
    contact: str = ""
    from_on: tuple[str, str, str] = NO_DAY
    until_on: tuple[str, str, str] = NO_DAY


def may_write(actor: Actor) -> bool:
    """Answer whether somebody may put a notice on the board."""
    return any(access.permitted(actor.roles, action) for action in (Action.EDIT_SERVICES, Action.EDIT_DIRECTORY))


def notices(vault: Vault, *, actor: Actor, now: datetime) -> tuple[NoticeRow, ...]:
    """Return what hangs on the board today, newest first; of the own charity also what begins later.

    Raises:
        NotPermittedError: a volunteer does not read the board.
    """
    access.require(actor.roles, Action.READ_DIRECTORY)
    on = london_day(now)
    with vault.reading() as read:
        alliance, held = directory(read), read.all(Notice)
    rows = [(each.created_at, _row(each, alliance, actor, on)) for each in held]
    shown = [(at, row) for at, row in rows if row.is_shown or (row.may_change and _is_to_come(row, on))]
    return tuple(row for _, row in sorted(shown, key=lambda pair: (pair[0], pair[1].title), reverse=True))


def notice_row(vault: Vault, *, actor: Actor, now: datetime, notice_id: RecordId) -> NoticeRow:
    """Return one notice, also one that was taken down.

    Raises:
        NotFoundError: there is none here.
    """
    access.require(actor.roles, Action.READ_DIRECTORY)
    with vault.reading() as read:
        return _row(read.get(Notice, notice_id), directory(read), actor, london_day(now))


def save_notice(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    form: NoticeForm,
    names: NameTables,
    checked: bool = False,
    notice_id: RecordId | None = None,
) -> RecordId:
    """Put a notice on the board, or change one of the own charity's.

    `names` are those that ship: what looks like somebody's is asked about, unless somebody `checked` that nobody who
    gets help is named.

    Raises:
        BadInputError: `notice.<field>.<problem>`, all at once; then `notice.body.looks_personal` with what was seen,
            unless `checked`.
        NotPermittedError: the actor may not, or the notice is another charity's.
    """
    if not may_write(actor):
        raise NotPermittedError
    on = london_day(now)
    faults = Faults()
    first, last = (_day(faults, name, getattr(form, name)) for name in ("from_on", "until_on"))
    title, body, contact = tidy_line(form.title), tidy_text(form.body), tidy_line(form.contact)
    said: dict[str, Any] = {"kind": form.kind, "title": title, "body": body, "contact": contact}
    faults.add(BadInputError.at("notice", name, "required") for name, value in said.items() if not value)
    if last is not None and last < max(on, first or on):
        faults.add([BadInputError.at("notice", "until_on", "before_start" if first and last < first else "in_past")])
    faults.raise_all()
    doubts = doubts_about(f"{title}\n{body}", names)
    if doubts and not checked:
        raise BadInputError.at("notice", "body", "looks_personal", kind=min(doubts, key=list(Doubt).index).value)
    fields: dict[str, Any] = {**said, "from_on": first, "until_on": last}
    with vault.transaction(actor=actor, now=now) as work:
        if notice_id is not None:
            _must_be_own(work.get(Notice, notice_id), actor)
            work.change(Notice, notice_id, fields=fields)
            work.audit(AuditAction.CHANGE, reason="notice")
            return notice_id
        made = Notice(**work.header(), **fields)
        faults.add(faults_of(made, on=on))
        faults.raise_all()
        work.create(made)
        work.audit(AuditAction.CREATE, reason="notice")
        return RecordId(made.id)


def withdraw(vault: Vault, *, actor: Actor, now: datetime, notice_id: RecordId, withdrawn: bool = True) -> None:
    """Take a notice of the own charity's down, or hang it up again."""
    if not may_write(actor):
        raise NotPermittedError
    with vault.transaction(actor=actor, now=now) as work:
        _must_be_own(work.get(Notice, notice_id), actor)
        work.change(Notice, notice_id, fields={"withdrawn_on": london_day(now) if withdrawn else None})
        work.audit(AuditAction.CHANGE, reason="notice")


def _must_be_own(notice: Notice, actor: Actor) -> None:
    if notice.org != actor.org:
        raise NotPermittedError


def _is_to_come(row: NoticeRow, on: date) -> bool:
    return row.withdrawn_on is None and row.from_on is not None and row.from_on > on


def _day(faults: Faults, name: str, typed: tuple[str, str, str]) -> date | None:
    read: Callable[[], date | None] = partial(parse_day, typed, record="notice", field=name)
    return faults.take(read, None)


def _row(notice: Notice, alliance: Directory, actor: Actor, on: date) -> NoticeRow:
    return NoticeRow(
        notice_id=RecordId(notice.id),
        kind=notice.kind,
        title=notice.title,
        body=notice.body,
        org_name=organisation_name(alliance, notice.org),
        contact=notice.contact,
        from_on=notice.from_on,
        until_on=notice.until_on,
        withdrawn_on=notice.withdrawn_on,
        is_shown=notice.is_shown(on),
        may_change=notice.org == actor.org and may_write(actor),
    )
