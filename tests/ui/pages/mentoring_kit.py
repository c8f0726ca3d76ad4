"""A volunteer's laptop with an invented mentee: what the service would have sent, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.domain.codes import (
    CommunicationNeed,
    GoalState,
    MatchState,
    MentorKind,
    MentorStatus,
    Role,
    SessionChannel,
    SessionStatus,
    Topic,
)
from app.domain.ids import PersonId, RecordId
from app.domain.match import MatchCard, Session
from app.domain.mentoring import Goal, MentorProfile
from tests.helpers.vaults import NAMESPACE, Laptop, make_actor

BRAN = make_actor("back_up", Role.MENTOR, "Bran")
MATCH = RecordId(uuid5(NAMESPACE, "match"))
SAM = PersonId(uuid5(NAMESPACE, "sam"))
OTHER_MATCH = RecordId(uuid5(NAMESPACE, "other match"))


def from_service(laptop: Laptop, *records: Any) -> None:
    """Put records into a vault as if the service had sent them."""
    with laptop.vault.transaction(actor=BRAN, now=laptop.clock()) as work:
        for record in records:
            work.create(record)
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("UPDATE rec_meta SET rev = 1")


def _header(laptop: Laptop, key: str) -> dict[str, Any]:
    return {
        "id": RecordId(uuid5(NAMESPACE, key)),
        "org": BRAN.org,
        "created_at": laptop.clock() - timedelta(days=40),
        "created_by": BRAN.user,
        "created_role": Role.MENTOR,
        "device": BRAN.device,
    }


def card(laptop: Laptop, **fields: Any) -> MatchCard:
    """Return Sam's card: an active match, a mobile that may be called, and the level of the injury told."""
    way = {
        "id": str(uuid5(NAMESPACE, "way")),
        "kind": "mobile",
        "value": "+447700900123",
        "may_use": ["call", "text"],
        "safe_times": ["tue_eve", "thu_eve"],
    }
    known: dict[str, Any] = {
        "person": SAM,
        "match": MATCH,
        "mentor": PersonId(UUID(int=0xB7)),
        "state": MatchState.ACTIVE,
        "known_as": "Sam",
        "comm_needs": frozenset({CommunicationNeed.NEEDS_TIME}),
        "contacts": (way,),
        "told": {"level": "C6", "year": "2026", "topics": ["pain", "work"]},
        "first_call_due": date(2026, 11, 29),
    }
    return MatchCard(**{**_header(laptop, "card"), **known, **fields})


def goal(laptop: Laptop, **fields: Any) -> Goal:
    """Return what Sam wants."""
    known = {"person": SAM, "text": "Take the train to my sister", "area": Topic.TRAVEL}
    return Goal(**{**_header(laptop, "goal"), **known, "state": GoalState.SOME_STEPS, **fields})


def call(laptop: Laptop, number: int, **fields: Any) -> Session:
    """Return a call, so many weeks after the first."""
    at = laptop.clock() - timedelta(days=28 - 7 * number)
    known: dict[str, Any] = {"person": SAM, "match": MATCH, "at": at, "channel": SessionChannel.VIDEO, "minutes": 30}
    known |= {"status": SessionStatus.HELD, "topics": frozenset({Topic.TRAVEL, Topic.WORK})}
    return Session(**{**_header(laptop, f"call {number}"), **known, **fields})


def profile(laptop: Laptop, **fields: Any) -> MentorProfile:
    """Return the volunteer's own profile."""
    known = {"person": PersonId(UUID(int=0xB7)), "role_kinds": frozenset({MentorKind.SCI})}
    return MentorProfile(**{**_header(laptop, "profile"), **known, "status": MentorStatus.ACTIVE, **fields})


def tell_sams_match(laptop: Laptop, **fields: Any) -> RecordId:
    """Put Sam's active match with two calls and a goal on the laptop; returns the match."""
    from_service(laptop, card(laptop, **fields), goal(laptop), call(laptop, 1), call(laptop, 2), profile(laptop))
    return MATCH


def second_match(laptop: Laptop) -> MatchCard:
    """Return a card of somebody who waits for the mentor's answer."""
    return replace(
        card(laptop),
        id=RecordId(uuid5(NAMESPACE, "other card")),
        person=PersonId(uuid5(NAMESPACE, "lin")),
        match=OTHER_MATCH,
        known_as="Lin",
        state=MatchState.MENTEE_AGREED,
        told={},
    )
