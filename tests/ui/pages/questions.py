"""Questions in a real vault, as the central service sends them: two people wrote one field differently."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.domain.bodies import body_of
from app.domain.codes import RecordType, Role
from app.domain.conflict import Clash, Conflict
from app.domain.ids import SYSTEM, DeviceId, PersonId, RecordId, UserId
from app.domain.person import Person
from app.domain.user import User
from app.storage.questions import answers
from tests.helpers.vaults import Laptop, stable_id
from tests.ui.pages import story

JO = UserId(stable_id("user", "aspire/Jo"))


def ask_about_sam(laptop: Laptop, **clash: Any) -> PersonId:
    """Let Jo have spelled Sam's family name in another way before Priya's change arrived."""
    sam = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {})
    arrive(laptop, sam, family_name=said(laptop, theirs="Osei", mine="Ossei", **clash))
    return sam


def said(laptop: Laptop, **clash: Any) -> Clash:
    now = laptop.clock()
    wrote = {
        "theirs_by": JO,
        "theirs_at": now - timedelta(days=2, minutes=40),
        "mine_by": laptop.actor.user,
        "mine_at": now - timedelta(minutes=15),
    }
    return Clash(**{**wrote, **clash})


def arrive(
    laptop: Laptop,
    person: PersonId,
    *,
    record: RecordId | None = None,
    kind: RecordType = RecordType.PERSON,
    **fields: Clash,
) -> RecordId:
    """Write a conflict as it comes with a page, and the colleague it names."""
    laptop.clock.forward(minutes=1)
    with laptop.vault.transaction(**laptop.act) as work:
        header = {
            **work.header(),
            "created_by": SYSTEM,
            "created_role": Role.SYSTEM,
            "device": DeviceId(stable_id("device", "central")),
        }
        conflict = Conflict(**header, person=person, record=record or RecordId(person), record_type=kind, fields=fields)
        work._insert_row(conflict, body_of(conflict))
        if work.find(User, JO) is None:
            work._insert_row(colleague(header), body_of(colleague(header)))
        work.connection.exec_driver_sql("UPDATE rec_meta SET rev = 1 WHERE rev IS NULL")
    return conflict.id


def colleague(header: dict[str, Any]) -> User:
    return User(
        **{**header, "id": JO},
        name="Jo Example",
        email="jo@example.org",
        shown_name="Jo",
        roles=frozenset({Role.OUTREACH_WORKER}),
        active_from=date(2024, 1, 1),
    )


def family_name(laptop: Laptop, person: PersonId) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).family_name


def kept_answers(laptop: Laptop) -> list[Any]:
    with laptop.vault.reading() as read:
        return [kept.value for kept in answers(read.connection).values()]
