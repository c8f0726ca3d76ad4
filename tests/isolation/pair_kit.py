"""One person whom two members registered and told each other of: for the walls, and for the journey."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.codes import OpKind, RecordType, ReferralState, Role, SameDecision, Scope
from app.domain.ids import SYSTEM, PersonId
from app.domain.person_merge import SamePerson
from tests.central.device import Device
from tests.central.story import Ward, agree, draft, open_and_accept, register, step
from tests.isolation.members import SERVICES, World

NHS_NUMBER = "9434765919"
KNOWN = frozenset({"one.nhs_number", "one.phone.1", "other.phone.1"})
"""What of the pair a decision rests on: each member's own record with its health number, and the other's card."""
OFFICES = {"aspire": "ward_coordinator", "back_up": "partner_coordinator"}


@dataclass
class Pair:
    """One person whom two members registered, and the coordinator of each.

    Attributes:
        wards: their records, by the member that made them.
        offices: their coordinators' laptops.
    """

    world: World
    wards: dict[str, Ward]
    offices: dict[str, Device]

    def tell(self, home: str, partner: str, scope: Scope = Scope.CONTACT) -> None:
        """Let one of the records be told to the other member: agreed, referred and accepted."""
        ward = self.wards[home]
        agree(ward, partner, scope=scope)
        ward.referral = draft(ward, SERVICES[partner], partner)
        queued = step(ward.device, ward.referral, ReferralState.QUEUED, package_seen=ward.referral.package_hash)
        results = ward.device.push(ward.device.create(ward.referral), queued, together=True)
        assert [result.code for result in results] == ["", ""], results
        open_and_accept(self.world.devices[partner], ward)

    def look(self) -> None:
        service = self.world.alliance.service
        service.timekeeper.run_all(service.clock)
        service.pairs.run_all(service.clock)

    def asked(self, member: str) -> list[tuple[str, str]]:
        """Return whom a member's coordinator is asked about: the own record and the other."""
        self.offices[member].pull()
        tasks = self.offices[member].bodies(RecordType.TASK.value)
        return [
            (body["person"], body["subject"])
            for body in tasks.values()
            if body["kind"] == "possible_same_person" and body.get("state", "open") == "open"
        ]

    def agreed(self, member: str) -> list[str]:
        """Return of which records a member reads that both say they are of one person."""
        self.offices[member].pull()
        found = self.offices[member].bodies(RecordType.SAME_PERSON.value)
        return [
            body["other_person"]
            for body in found.values()
            if body["created_by"] == str(SYSTEM) and not body.get("archived")
        ]

    def say(self, member: str, decision: SameDecision, known: frozenset[str] = frozenset()) -> None:
        """Let a member's coordinator decide."""
        office, (own, other) = self.offices[member], self.ids(member)
        said = SamePerson(
            **office.header(Role.COORDINATOR), person=own, other_person=other, decision=decision, known=known
        )
        (result,) = office.push(office.create(said, OpKind.APPEND))
        assert result.state == "applied", result

    def ids(self, member: str) -> tuple[PersonId, PersonId]:
        own = self.wards[member].person_id
        return own, next(ward.person_id for name, ward in self.wards.items() if name != member)


def registered_twice(world: World) -> Pair:
    """Register one person at two members, each in its own words, and nobody is told yet."""
    alliance = world.alliance
    names = {
        "aspire": {"given_name": "William", "family_name": "Fergusson", "nhs_number": NHS_NUMBER},
        "back_up": {"given_name": "Bill", "family_name": "Ferguson", "nhs_number": NHS_NUMBER},
    }
    wards = {slug: register(alliance, world.devices[slug], **given) for slug, given in names.items()}
    offices = {slug: Device.enrol(alliance, slug, user, ["programme"]) for slug, user in OFFICES.items()}
    return Pair(world, wards, offices)
