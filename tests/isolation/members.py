"""Three members that all do everything, and the pure fold that says what each of them may hold of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import psycopg

import resources
from app.domain.clocks import london_day
from app.domain.codes import AllianceRole, Decision, NoteLevel, ReferralState, Role
from app.domain.ids import PersonId
from app.domain.note import CaseNote
from sync.central.seed import Seed
from tests.central.device import Device
from tests.central.story import Ward, agree, open_and_accept, push_stop, refer, register
from tests.helpers.central import AllianceService

MEMBERS = ("aspire", "back_up", "sia")
SERVICES = {"aspire": "aspire_independent_living", "back_up": "back_up_outreach", "sia": "sia_advocacy"}
"""What each of them offers to people of the others."""
TEAMS = {"aspire": "independent_living", "back_up": "outreach_support", "sia": "support_line"}
ROLES = (Role.OUTREACH_WORKER, Role.INTAKE_WORKER)


def admit_members(alliance: AllianceService) -> dict[str, Device]:
    """Sign one paper between the three, and give each an account and a laptop that registers and receives."""
    story = resources.demo_story()
    observer = alliance.administration.alliance().directory.organisations[alliance.org("sia")]
    alliance.administration.patch(observer, {"alliance_role": AllianceRole.MEMBER})
    seed = Seed(alliance.administration, today=london_day(alliance.service.clock()))
    signatory = story["agreement"]["signatories"][0]
    signatories = [{**signatory, "org": slug} for slug in MEMBERS]
    seed.agreement(
        {**story["agreement"], "title": "Between three", "parties": list(MEMBERS), "signatories": signatories}
    )
    seed.users(
        {**story["users"][0], "key": f"all_round_{slug}", "org": slug, "roles": list(ROLES), "teams": [TEAMS[slug]]}
        for slug in MEMBERS
    )
    return {
        slug: Device.enrol(alliance, slug, f"all_round_{slug}", ["site:stoke_mandeville", f"intake:{TEAMS[slug]}"])
        for slug in MEMBERS
    }


@dataclass
class Known:
    """One person as the oracle knows them.

    Attributes:
        home: the member that registered them.
        name: a word that only this person's name holds.
        secret: a word of a note that never leaves the home organisation.
        agreed: members they said yes to, and did not stop since.
        told: members with a live referral; only they may hold anything, and only the home may hold the secret.
    """

    ward: Ward
    home: str
    name: str
    secret: str
    agreed: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def may_hold(self, member: str) -> bool:
        return member == self.home or member in self.told


class World:
    """A history of acts, and what must follow from it."""

    def __init__(self, alliance: AllianceService, devices: Mapping[str, Device]) -> None:
        self.alliance = alliance
        self.devices = dict(devices)
        self.people: list[Known] = []
        self.acts: list[str] = []
        self.owner = psycopg.connect(alliance.database.owner_url, autocommit=True)

    def close(self) -> None:
        self.owner.close()

    # --- acts ------------------------------------------------------------------------------------------------

    def play(self, seed: int, acts: int) -> None:
        """Do so many acts, chosen by a seed; each is written down, so that a failing history can be read."""
        random = Random(seed)
        for slug in MEMBERS:
            self.register(slug, random)
        for _ in range(acts):
            act = random.choice([self.register_any, self.agree, self.agree, self.refer, self.refer, self.stop, self.no])
            act(random)
            if random.random() < 0.3:
                self.devices[random.choice(MEMBERS)].pull()

    def register_any(self, random: Random) -> None:
        self.register(random.choice(MEMBERS), random)

    def register(self, home: str, random: Random) -> Known:
        name, secret = (f"{word}{random.getrandbits(48):012x}" for word in ("Quill", "whispered"))
        ward = register(self.alliance, self.devices[home], given_name=name, family_name="Osei", known_as=name)
        note = CaseNote(
            **ward.device.header(), person=ward.person_id, level=NoteLevel.ORGANISATION, text=f"It was {secret}."
        )
        (result,) = ward.device.push(ward.device.create(note))
        assert result.state == "applied", result
        known = Known(ward, home, name, secret)
        self.people.append(known)
        self._did(f"{home} registers {name}")
        return known

    def agree(self, random: Random) -> None:
        known, partner = self._pair(random)
        agree(known.ward, partner)
        known.agreed.add(partner)
        self._did(f"{known.name} agrees to {partner}")

    def no(self, random: Random) -> None:
        known, partner = self._pair(random)
        agree(known.ward, partner, decision=Decision.REFUSED)
        known.agreed.discard(partner)
        known.told.discard(partner)
        self._did(f"{known.name} says no to {partner}")

    def refer(self, random: Random) -> None:
        known, partner = self._pair(random)
        if partner in known.told or partner not in known.agreed:
            return
        results = refer(known.ward, SERVICES[partner], org=partner)
        assert [result.state for result in results] == ["applied", "merged"], (self.acts, results)
        assert results[-1].body is not None
        assert results[-1].body["state"] == ReferralState.SENT, (self.acts, results)
        known.told.add(partner)
        self._did(f"{known.home} refers {known.name} to {partner}")
        if random.random() < 0.5:
            open_and_accept(self.devices[partner], known.ward)
            self._did(f"{partner} accepts {known.name}")

    def stop(self, random: Random) -> None:
        known, partner = self._pair(random)
        everybody = random.random() < 0.3
        result = push_stop(known.ward, None if everybody else partner)
        assert result.state == "applied", (self.acts, result)
        for each in MEMBERS if everybody else (partner,):
            known.agreed.discard(each)
            known.told.discard(each)
        self._did(f"{known.name} stops {'everybody' if everybody else partner}")

    def _pair(self, random: Random) -> tuple[Known, str]:
        known = random.choice(self.people)
        return known, random.choice([slug for slug in MEMBERS if slug != known.home])

    def _did(self, what: str) -> None:
        self.acts.append(what)

    # --- what must hold --------------------------------------------------------------------------------------

    def check_holdings(self) -> None:
        """Pull everywhere, and compare what each member holds with what the fold says."""
        for slug, device in self.devices.items():
            device.pull()
            held = {bytes(line.body) for rows in device.held.values() for line in rows.values()}
            text = b"\n".join(held).decode()
            for known in self.people:
                story = (slug, known.name, self.acts)
                if slug == known.home:
                    # Of what a laptop wrote itself it is told only that it was taken in.
                    continue
                assert (known.name in text) == known.may_hold(slug), story
                assert known.secret not in text, story

    def words_not_for(self, member: str) -> set[str]:
        """Return every word that no reply to a member may hold."""
        hidden = {known.name for known in self.people if not known.may_hold(member)}
        return hidden | {known.secret for known in self.people if known.home != member}

    def strangers(self, member: str) -> list[Known]:
        """Return the people of others of whom a member may hold nothing."""
        return [known for known in self.people if not known.may_hold(member)]

    def state_of_others(self, member: str) -> dict[str, str]:
        """Return a fingerprint of every table's rows that are not a member's own: nothing it sends may change them."""
        org = self.devices[member].org
        mine = [known.ward.person_id for known in self.people if known.may_hold(member)]
        found = {}
        for table, condition in OF_OTHERS.items():
            row = self.owner.execute(
                f"SELECT md5(COALESCE(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {table} t"
                f" WHERE {condition}",
                {"org": org, "mine": mine},
            ).fetchone()
            assert row is not None
            found[table] = row[0]
        return found


_OTHER_DEVICES = "device IN (SELECT id FROM device WHERE org <> %(org)s)"
_OTHER_SCOPES = "scope_id IN (SELECT id FROM scope WHERE org <> %(org)s OR org IS NULL)"
_OTHER_PEOPLE = (
    "agg_id IN (SELECT agg_id FROM aggregate WHERE home_org <> %(org)s) AND NOT agg_id = ANY(%(mine)s::uuid[])"
)
OF_OTHERS = {
    "record": _OTHER_PEOPLE,
    "consent_line": _OTHER_PEOPLE,
    "visibility": _OTHER_PEOPLE,
    "aggregate": "home_org <> %(org)s AND NOT agg_id = ANY(%(mine)s::uuid[])",
    "feed": _OTHER_SCOPES,
    "feed_head": _OTHER_SCOPES,
    "device": "org <> %(org)s",
    "device_user": _OTHER_DEVICES,
    "device_scope": _OTHER_DEVICES,
    "device_lane": _OTHER_DEVICES,
    "op_log": _OTHER_DEVICES,
    "access_token": _OTHER_DEVICES,
    "enrol_code": "org <> %(org)s",
}
"""Which rows of each table are none of a member's: everything but devices' own proofs and last contact."""


def ids_of_others(world: World, member: str) -> dict[str, list[UUID]]:
    """Return ids of every kind that belong to others and that a member was never told."""
    org = world.devices[member].org
    strangers = [known.ward.person_id for known in world.strangers(member)]
    queries = {
        "person": ("SELECT agg_id FROM aggregate WHERE agg_id = ANY(%(people)s)", {}),
        "record": ("SELECT id FROM record WHERE agg_id = ANY(%(people)s) AND id <> agg_id", {}),
        "op": ("SELECT op_id FROM op_log WHERE agg_id = ANY(%(people)s)", {}),
        "consent line": ("SELECT id FROM consent_line WHERE agg_id = ANY(%(people)s)", {}),
        "device": ("SELECT id FROM device WHERE org <> %(org)s", {}),
        "lane epoch": ("SELECT lane_epoch FROM device_lane WHERE " + _OTHER_DEVICES, {}),
        "scope": ("SELECT id FROM scope WHERE org <> %(org)s", {}),
        "code": ("SELECT id FROM enrol_code WHERE org <> %(org)s", {}),
        "account": ("SELECT user_id FROM device_user WHERE " + _OTHER_DEVICES, {}),
    }
    values: dict[str, Any] = {"org": org, "people": [PersonId(each) for each in strangers]}
    return {
        kind: sorted(row[0] for row in world.owner.execute(query, {**values, **more}))
        for kind, (query, more) in queries.items()
    }
