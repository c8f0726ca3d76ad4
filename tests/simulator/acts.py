"""What the people of a history do, each through the use cases; a refusal by a rule is an answer like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from app.domain.codes import (
    CommunicationNeed,
    ConsentMethod,
    Decision,
    DeclineReason,
    NextStep,
    NoteLevel,
    Outcome,
    Purpose,
    ReferralState,
    Scope,
    WithdrawalReason,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId, ReferralId
from app.domain.referral import Referral
from app.errors import KnownError
from app.use_cases import consents, people, refer, referrals, stops
from tests.simulator.laptop import SimLaptop
from tests.simulator.world import SERVICES, new_person, refer_to

if TYPE_CHECKING:
    from tests.simulator.history import History

_S = ReferralState
AT_HAND = 0.5
"""How often somebody goes on with whom they had at hand."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody may do: how likely it is, on which laptops, and what it does."""

    name: str
    weight: int
    posts: frozenset[str]
    do: Callable[[History, SimLaptop, Random], str]


HOME = frozenset({"ward", "office"})
PARTNER = frozenset({"intake"})
ALL = HOME | PARTNER


def person_of(laptop: SimLaptop, rng: Random) -> PersonId | None:
    """Return somebody this laptop holds anything of."""
    kind = "share_card" if laptop.name == "intake" else "person"
    found = laptop.rows("SELECT agg_id FROM rec_meta WHERE type = ? ORDER BY agg_id", kind)
    person = _go_on(laptop, rng, "person", [UUID(bytes=row[0]) for row in found])
    return None if person is None else PersonId(person)


def referral_of(laptop: SimLaptop, rng: Random) -> Referral | None:
    """Return some referral this laptop holds."""
    found = laptop.rows("SELECT id FROM rec_meta WHERE type = 'referral' ORDER BY id")
    referral = _go_on(laptop, rng, "referral", [UUID(bytes=row[0]) for row in found])
    if referral is None:
        return None
    with laptop.vault.reading() as read:
        return read.find(Referral, referral)


def _go_on(laptop: SimLaptop, rng: Random, kind: str, found: list[UUID]) -> UUID | None:
    """Return one of what is there: as often as not the one that was at hand, as people work."""
    if not found:
        return None
    at_hand, other = laptop.at_hand.get(kind), rng.choice(found)
    laptop.at_hand[kind] = at_hand if at_hand in found and rng.random() < AT_HAND else other
    return laptop.at_hand[kind]


def register(history: History, laptop: SimLaptop, rng: Random) -> str:
    """Register somebody whose name, number and reason nobody else has: they are looked for after a stop."""
    history.registered += 1
    name = history.canary("name", history.registered)
    form = new_person(history.world, f"{rng.choice(('Ada', 'Bo', 'Cy'))} {name}", f"07700 9{rng.randrange(10**5):05}")
    person = people.register_person(laptop.vault, **laptop.act, form=form)
    history.names[person] = name
    return f"person {history.registered}"


def edit(history: History, laptop: SimLaptop, rng: Random) -> str:
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    history.edits += 1
    choice = rng.randrange(5)
    add: dict[str, list[CommunicationNeed]] = {}
    fields: dict[str, str] = {}
    if choice == 0:
        fields = {"known_as": f"Known{history.edits}"}
    elif choice == 1:
        fields = {"pronouns": f"they{history.edits}"}
    elif choice == 2:
        fields = {"family_name": f"{history.names.get(person, 'Quill')}{rng.choice('abc')}"}
    elif choice == 3:
        fields = {"home_situation": f"Lives alone {history.edits}", "known_as": f"Known{history.edits}"}
    else:
        add = {"comm_needs": [rng.choice(tuple(CommunicationNeed))]}
    remove = {"comm_needs": [rng.choice(tuple(CommunicationNeed))]} if choice == 4 and rng.random() < 0.5 else {}
    change = people.PersonChange(fields=fields, add=add, remove=remove)
    people.change_person(laptop.vault, **laptop.act, person_id=person, change=change)
    history.words += [value for name, value in fields.items() if name != "family_name"]
    return f"fields {choice}"


def note(history: History, laptop: SimLaptop, rng: Random) -> str:
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    history.edits += 1
    text = f"{history.canary('note', history.edits)} seen on the ward"
    level = rng.choice((NoteLevel.ORGANISATION, NoteLevel.PARTNERS_AGREED))
    people.add_note(laptop.vault, **laptop.act, person_id=person, text=text, level=level)
    history.words.append(text)
    return level.value


def answer(history: History, laptop: SimLaptop, rng: Random) -> str:
    """Ask somebody about the partner: mostly a yes, sometimes a no; a yes cites what the laptop has seen."""
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    agreed = rng.random() < 0.8
    cells = [
        Cell(
            org=history.world.orgs["back_up"],
            purpose=purpose,
            decision=Decision.AGREED if agreed else Decision.REFUSED,
            scope=rng.choice((Scope.CONTACT_INJURY_NEEDS, Scope.FULL_NOTES)) if agreed else None,
        )
        for purpose in (Purpose.REFERRAL_CONTACT, Purpose.CASEWORK, Purpose.MENTORING)
        if purpose is Purpose.REFERRAL_CONTACT or rng.random() < 0.3
    ]
    form = consents.ConsentForm(
        answers=tuple(cells),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement="Yes, they may call me." if agreed else "",
        read_back=True,
    )
    consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=form)
    return f"{'yes' if agreed else 'no'} to {len(cells)}"


def stop(history: History, laptop: SimLaptop, rng: Random) -> str:
    """Somebody says stop, to the partner or to everybody, on whichever laptop they speak to."""
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    org = history.world.orgs["back_up"] if rng.random() < 0.7 else None
    stopped = stops.stop_sharing(laptop.vault, **laptop.act, person_id=person, stop=stops.Stop(org=org))
    return f"{stopped.referrals_withdrawn} referrals"


def send(history: History, laptop: SimLaptop, rng: Random) -> str:
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    slug = rng.choice(tuple(SERVICES))
    history.edits += 1
    why = f"{history.canary('why', history.edits)} outdoors"
    done = refer_to(history.world, laptop, person, slug=slug, need=SERVICES[slug], why=why)
    return f"{slug} {done.state} {done.gate}"


def respond(history: History, laptop: SimLaptop, rng: Random) -> str:
    """The partner moves a referral along."""
    found = referral_of(laptop, rng)
    if found is None:
        return "none"
    act = {**laptop.act, "referral_id": found.referral_id}
    day = laptop.clock().date()
    match found.state:
        case _S.SENT:
            referrals.open_as_receiver(laptop.vault, **act)
        case _S.RECEIVED | _S.INFO_NEEDED if rng.random() < 0.6:
            referrals.accept(laptop.vault, **act, first_step_on=day + timedelta(days=7))
        case _S.RECEIVED if rng.random() < 0.5:
            referrals.ask(laptop.vault, **act, question="Which ward is it?", asked_of="sender")
        case _S.RECEIVED:
            reason, step = DeclineReason.NO_CAPACITY, NextStep.SENDER_CONTACTS_PERSON
            referrals.decline(laptop.vault, **act, reason=reason, next_step=step)
        case _S.ACCEPTED:
            at = laptop.clock() - timedelta(minutes=5)
            referrals.start(laptop.vault, **act, first_contact_at=at, channel="phone")
        case _S.IN_PROGRESS:
            referrals.complete(laptop.vault, **act, outcome=Outcome.GOT_HELP, ended_on=day)
        case _:
            return f"nothing to do at {found.state}"
    return f"from {found.state}"


def follow(_history: History, laptop: SimLaptop, rng: Random) -> str:
    """The sender answers, takes back or closes a referral."""
    found = referral_of(laptop, rng)
    if found is None:
        return "none"
    act = {**laptop.act, "referral_id": ReferralId(found.id)}
    match found.state:
        case _S.INFO_NEEDED:
            referrals.answer(laptop.vault, **act, text="St Andrew")
        case _S.COMPLETED | _S.DECLINED_BY_SERVICE:
            referrals.close(laptop.vault, **act, why="nothing more")
        case _S.DRAFT:
            refer.send_again(laptop.vault, **act)
        case _:
            referrals.take_back(laptop.vault, **act, reason=WithdrawalReason.NO_LONGER_NEEDED)
    return f"from {found.state}"


def move(history: History, laptop: SimLaptop, rng: Random) -> str:
    """Somebody moves to another hospital: the first one's laptops lose them after a while, the office does not."""
    person = person_of(laptop, rng)
    if person is None:
        return "nobody"
    site = history.world.sites[rng.choice(tuple(history.world.sites))]
    people.move_to(laptop.vault, **laptop.act, person_id=person, site=site, ward="Two")
    return "moved"


def try_to(act: Act, history: History, laptop: SimLaptop, rng: Random) -> str:
    """Do an act, or say in a word which rule refused it."""
    try:
        return act.do(history, laptop, rng)
    except KnownError as error:
        history.words.clear()
        return f"refused: {error.code}"


ACTS = (
    Act("register", 5, HOME, register),
    Act("edit", 7, HOME, edit),
    Act("note", 3, ALL, note),
    Act("answer", 7, HOME, answer),
    Act("stop", 4, ALL, stop),
    Act("send", 8, HOME, send),
    Act("respond", 9, PARTNER, respond),
    Act("follow", 2, HOME, follow),
    Act("move", 1, HOME, move),
)
