"""What the page that refers reads in one go, and what it writes: several referrals, and why one was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain import access
from app.domain.codes import Need, NoteLevel
from app.domain.ids import PersonId, ServiceId
from app.domain.proposing import Likely
from app.use_cases import people, person_page, refer
from app.use_cases.person_page import PersonView
from app.use_cases.refer import KeptReferral, Preview, Referred, ServiceChoice
from ui.context import PageContext
from ui.view_models.refer import Visit, left_out_note
from ui.view_models.subjects import ReferTo


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRead:
    """What is on the page for one visit as it stood when the vault was asked."""

    view: PersonView
    visit: Visit
    choices: tuple[ServiceChoice, ...]
    previews: dict[ServiceId, Preview]
    kept: tuple[KeptReferral, ...]
    likely: tuple[Likely, ...] = ()


def read_visit(
    context: PageContext,
    person: PersonId,
    visit: Visit,
    *,
    introductions: tuple[ServiceId, ...] | None,
    needs: frozenset[Need] = frozenset(),
) -> VisitRead:
    """Read everything the page shows; `introductions` is given once, when the visit begins, and so are its `needs`."""
    vault, actor, now = context.vault, context.actor, context.now
    view = person_page.open_person(vault, actor=actor, now=now, person_id=person)
    if introductions is not None:
        known = needs or (view.person.needs if view.person is not None else frozenset())
        visit = replace(visit, needs=known, introductions=introductions, chosen=introductions)
    choices = refer.services_for(vault, actor=actor, now=now, person_id=person, needs=visit.needs)
    offered = {choice.service_id: choice for choice in choices if not choice.signpost_only}
    visit = replace(visit, chosen=tuple(service for service in visit.chosen if service in offered))
    previews = {
        service: refer.preview_of(
            vault, actor=actor, now=now, person_id=person, request=visit.request(offered[service], view.called)
        )
        for service in visit.chosen
    }
    kept = refer.kept_referrals(vault, actor=actor, now=now, person_id=person)
    likely = tuple(each for each in refer.often_asked(vault, now=now, person_id=person) if each.need not in visit.needs)
    return VisitRead(view=view, visit=visit, choices=choices, previews=previews, kept=kept, likely=likely)


def introductions_of(subject: object) -> tuple[ServiceId, ...]:
    """Return the introductions that a page was opened with."""
    return subject.introductions if isinstance(subject, ReferTo) else ()


def send_visit(context: PageContext, person: PersonId, read: VisitRead) -> tuple[Referred, ...]:
    """Write the referrals exactly as they were shown, and a note on the introductions that were left out."""
    offered = {choice.service_id: choice for choice in read.choices}
    requests = tuple(
        read.visit.request(offered[service], read.view.called, preview.shown_hash)
        for service, preview in read.previews.items()
    )
    vault, actor, now = context.vault, context.actor, context.now
    done = refer.refer(vault, actor=actor, now=now, person_id=person, requests=requests)
    note = left_out_note(read.choices, read.visit)
    if note:
        people.add_note(vault, actor=actor, now=now, person_id=person, text=note, level=_note_level(context))
    return done


def _note_level(context: PageContext) -> NoteLevel:
    levels = access.note_levels(context.actor.roles)
    return NoteLevel.ORGANISATION if NoteLevel.ORGANISATION in levels else NoteLevel.AUTHOR_AND_COORDINATOR
