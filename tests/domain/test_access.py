"""Who may do what: a copy of the table of domain.md 2.2 drives one test for each of its cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import (
    PERMISSIONS,
    Action,
    Nearness,
    Reach,
    may,
    note_levels,
    op_permitted,
    permitted,
    reaches,
    require,
)
from app.domain.codes import NoteLevel, OpKind, RecordType, ReferralState, Role
from app.errors import NotPermittedError

TABLE = """
| action | outreach_worker | coordinator | mentor | intake_worker | data_protection_lead | safeguarding_lead | secretariat | it_admin |
|---|---|---|---|---|---|---|---|---|
| register, edit a person; record consent answers, measures, equality answers (write only) | case | all | – | team | – | – | – | – |
| read name and contact (cls 1) | case | all | own, minimum | team | all r | concern r | – | – |
| read injury, needs (cls 2, 3) | case | all | `told_to_mentor` | by scope | – | injury, concern r | – | – |
| record a withdrawal or refusal | case | all | own | team | all | concern | – | – |
| write, queue, recall a referral | case | all | `referral_wanted` only | re-route, from outside | – | – | – | – |
| receive, ask, accept, decline, complete | – | all, as receiver | – | team | – | – | – | – |
| signpost | case | all | own | team | – | – | – | – |
| mentor and mentee profiles, goals | start a mentee | all | own topics, interests, times, pause; goals | – | – | – | – | – |
| approve, pause, end a match; sessions; pulse | – | all | says yes or no; logs own; own answers | – | – | – | – | – |
| safeguarding concern: raise / read and act | raise | raise | raise | raise | raise | all | – | – |
| write notes (levels §4.4) | `organisation`, `partners_agreed` | all three | `author_and_coordinator` | as outreach_worker | – | concern file | – | – |
| same person: decide, merge, undo | proposes | all | – | proposes | undo | – | – | – |
| reports (own organisation) · alliance totals | own sites · r | all · r | own hours · – | own team · – | all · r | concern counts · – | – · all | – |
| own services · member list, sites, code lists | – · r | all · r | – | capacity, pause · r | – · r | – | – · edits | – |
| agreements, wording, admitting a member | r | r | – | r | approves | – | edits, proposes | – |
| access pack · erasure | ask | ask, 2nd approver | ask | ask | all | 2nd approver | – | – |
| share without consent · open outside caseload | start · yes | start · – | – | start · yes | reviews | start · – | – | – |
| hand-over file | yes | yes | – | – | – | – | – | – |
| users, devices, policy · read audit | – · own | – · own | – · own | – · own | r · all | – · concern | – | all · device rows |
"""  # noqa: E501 - a copy, word for word

ROLES = [role for role in Role if role is not Role.SYSTEM]

Meaning = dict[Action, Reach]

CASELOAD, ORGANISATION, OWN, TEAM = Reach.CASELOAD, Reach.ORGANISATION, Reach.OWN, Reach.TEAM
SEEN, CONCERN, ALLIANCE, RECEIVER = Reach.SEEN, Reach.CONCERN, Reach.ALLIANCE, Reach.RECEIVER


def each(reach: Reach, *actions: Action) -> Meaning:
    return dict.fromkeys(actions, reach)


def plain(*actions: Action, **words: Reach) -> dict[str, Meaning]:
    """Return what `case`, `all`, `own` and `team` mean for a row, with the row's own words for a reach."""
    known = {"case": CASELOAD, "all": ORGANISATION, "own": OWN, "team": TEAM}
    return {word: each(reach, *actions) for word, reach in known.items()} | {
        word.replace("_", " "): each(reach, *actions) for word, reach in words.items()
    }


NOTES = each(CASELOAD, Action.NOTE_FOR_ORGANISATION, Action.NOTE_FOR_PARTNERS)
REFERRALS = (Action.WRITE_REFERRAL, Action.REFER_FROM_OUTSIDE)

ROWS: dict[str, dict[str, Meaning]] = {
    "register, edit a person": plain(
        Action.WRITE_PERSON, Action.RECORD_ANSWER, Action.RECORD_MEASURE, Action.WRITE_EQUALITY
    ),
    "read name and contact": plain(Action.READ_CONTACT, all_r=ORGANISATION, concern_r=CONCERN)
    | {"own, minimum": each(OWN, Action.READ_CONTACT)},
    "read injury, needs": plain(Action.READ_INJURY, Action.READ_NEEDS)
    | {
        "`told_to_mentor`": each(Reach.TOLD_TO_MENTOR, Action.READ_INJURY, Action.READ_NEEDS),
        "by scope": each(Reach.BY_SCOPE, Action.READ_INJURY, Action.READ_NEEDS),
        "injury, concern r": each(CONCERN, Action.READ_INJURY),
    },
    "record a withdrawal or refusal": plain(Action.RECORD_STOP, concern=CONCERN),
    "write, queue, recall a referral": plain(*REFERRALS)
    | {
        "all": each(ORGANISATION, *REFERRALS) | each(RECEIVER, Action.REROUTE_REFERRAL),
        "`referral_wanted` only": each(OWN, Action.ASK_FOR_REFERRAL),
        "re-route, from outside": each(TEAM, Action.REROUTE_REFERRAL, Action.REFER_FROM_OUTSIDE),
    },
    "receive, ask, accept": plain(Action.ANSWER_REFERRAL)
    | {"all, as receiver": each(RECEIVER, Action.ANSWER_REFERRAL)},
    "signpost": plain(Action.SIGNPOST),
    "mentor and mentee profiles": {
        "start a mentee": each(CASELOAD, Action.START_MENTEE),
        "all": each(
            ORGANISATION, Action.START_MENTEE, Action.EDIT_PROFILES, Action.EDIT_OWN_PROFILE, Action.WRITE_GOAL
        ),
        "own topics, interests, times, pause; goals": each(OWN, Action.EDIT_OWN_PROFILE, Action.WRITE_GOAL),
    },
    "approve, pause, end a match": {
        "all": each(ORGANISATION, Action.RUN_MATCH, Action.ANSWER_MATCH, Action.LOG_SESSION, Action.ANSWER_PULSE),
        "says yes or no; logs own; own answers": each(
            OWN, Action.ANSWER_MATCH, Action.LOG_SESSION, Action.ANSWER_PULSE
        ),
    },
    "safeguarding concern": {
        "raise": each(SEEN, Action.RAISE_CONCERN),
        "all": each(ORGANISATION, Action.RAISE_CONCERN, Action.WORK_CONCERN),
    },
    "write notes": {
        "`organisation`, `partners_agreed`": NOTES,
        "all three": each(
            ORGANISATION, Action.NOTE_FOR_COORDINATOR, Action.NOTE_FOR_ORGANISATION, Action.NOTE_FOR_PARTNERS
        ),
        "`author_and_coordinator`": each(OWN, Action.NOTE_FOR_COORDINATOR),
        "as outreach_worker": dict.fromkeys(NOTES, TEAM),
        "concern file": each(CONCERN, Action.WRITE_CONCERN_FILE),
    },
    "same person": {
        "proposes": each(CASELOAD, Action.PROPOSE_SAME_PERSON),
        "all": each(ORGANISATION, Action.PROPOSE_SAME_PERSON, Action.DECIDE_SAME_PERSON, Action.UNDO_MERGE),
        "undo": each(ORGANISATION, Action.UNDO_MERGE),
    },
    "reports (own organisation)": {
        "own sites · r": each(Reach.SITES, Action.READ_REPORTS) | each(ALLIANCE, Action.READ_TOTALS),
        "all · r": each(ORGANISATION, Action.READ_REPORTS) | each(ALLIANCE, Action.READ_TOTALS),
        "own hours · –": each(OWN, Action.READ_REPORTS),
        "own team · –": each(TEAM, Action.READ_REPORTS),
        "concern counts · –": each(CONCERN, Action.READ_REPORTS),
        "– · all": each(ALLIANCE, Action.READ_TOTALS),
    },
    "own services": {
        "– · r": each(ALLIANCE, Action.READ_DIRECTORY),
        "all · r": each(ORGANISATION, Action.EDIT_SERVICES, Action.PAUSE_SERVICE)
        | each(ALLIANCE, Action.READ_DIRECTORY),
        "capacity, pause · r": each(TEAM, Action.PAUSE_SERVICE) | each(ALLIANCE, Action.READ_DIRECTORY),
        "– · edits": each(ALLIANCE, Action.READ_DIRECTORY, Action.EDIT_DIRECTORY),
    },
    "agreements, wording": {
        "r": each(ALLIANCE, Action.READ_AGREEMENTS),
        "approves": each(ORGANISATION, Action.APPROVE_AGREEMENTS) | each(ALLIANCE, Action.READ_AGREEMENTS),
        "edits, proposes": each(ALLIANCE, Action.READ_AGREEMENTS, Action.EDIT_AGREEMENTS),
    },
    "access pack · erasure": {
        "ask": each(SEEN, Action.ASK_FOR_RIGHTS),
        "ask, 2nd approver": each(SEEN, Action.ASK_FOR_RIGHTS) | each(ORGANISATION, Action.APPROVE_ERASURE_SECOND),
        "all": each(ORGANISATION, Action.ASK_FOR_RIGHTS, Action.RELEASE_RIGHTS),
        "2nd approver": each(ORGANISATION, Action.APPROVE_ERASURE_SECOND),
    },
    "share without consent": {
        "start · yes": each(SEEN, Action.START_OVERRIDE) | each(ORGANISATION, Action.OPEN_OUTSIDE_CASELOAD),
        "start · –": each(SEEN, Action.START_OVERRIDE),
        "reviews": each(ORGANISATION, Action.REVIEW_OVERRIDE),
    },
    "hand-over file": {"yes": each(CASELOAD, Action.HAND_OVER)},
    "users, devices, policy": {
        "– · own": each(OWN, Action.READ_AUDIT),
        "r · all": each(ORGANISATION, Action.READ_USERS, Action.READ_AUDIT),
        "– · concern": each(CONCERN, Action.READ_AUDIT),
        "all · device rows": each(ORGANISATION, Action.READ_USERS, Action.MANAGE_USERS)
        | each(Reach.DEVICES, Action.READ_AUDIT),
    },
}
"""What each cell that is no dash means; a cell says how far its actions reach, and refuses the row's others."""

OTHER_REACH = {
    ("same person", Role.INTAKE_WORKER, Action.PROPOSE_SAME_PERSON): TEAM,
    ("hand-over file", Role.COORDINATOR, Action.HAND_OVER): ORGANISATION,
}
"""Where one word reaches as far as the role's caseload, which for these is the team or the organisation."""

NO_ROW = {Action.SET_PERSON_STATUS, Action.ADD_SITE, Action.KEEP_TASKS}
"""Actions that domain.md 4.3 and 4.4 give, not this table."""


def cells() -> Iterator[Any]:
    heading, _, *lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in TABLE.strip().splitlines()
    ]
    for label, *row in lines:
        for role, cell in zip(heading[1:], row, strict=True):
            yield pytest.param(label, Role(role), cell, id=f"{label[:24]}-{role}")


def row_of(label: str) -> str:
    return next(begins for begins in ROWS if label.startswith(begins))


@pytest.mark.parametrize(("label", "role", "cell"), list(cells()))
def test_every_cell_of_the_table_holds(label: str, role: Role, cell: str) -> None:
    begins = row_of(label)
    meanings = ROWS[begins]
    expected = {} if cell == "–" else meanings[cell]
    for action in {action for meaning in meanings.values() for action in meaning}:
        reach = OTHER_REACH.get((begins, role, action), expected.get(action))
        assert permitted([role], action) is reach, f"{action} by {role}"


def test_the_table_has_every_row_role_and_action() -> None:
    params = [param.values for param in cells()]
    assert len(params) == len(ROWS) * len(ROLES)
    assert {row_of(label) for label, _, _ in params} == set(ROWS)
    spoken_of = {action for row in ROWS.values() for meaning in row.values() for action in meaning}
    assert spoken_of | NO_ROW == set(Action) == set(PERMISSIONS)


def test_what_is_refused_is_refused_with_a_known_error() -> None:
    with pytest.raises(NotPermittedError) as refused:
        require([Role.IT_ADMIN], Action.READ_CONTACT)
    assert refused.value.code == "auth.not_permitted"
    assert require([Role.IT_ADMIN, Role.OUTREACH_WORKER], Action.READ_CONTACT) is CASELOAD


@given(st.frozensets(st.sampled_from(ROLES)), st.frozensets(st.sampled_from(ROLES)), st.sampled_from(Action))
def test_rights_of_several_roles_add_up_and_nothing_else_does(first, second, action) -> None:
    assert reaches(first | second, action) == reaches(first, action) | reaches(second, action)
    assert (permitted(first, action) is None) == (not reaches(first, action))


@pytest.mark.parametrize("action", Action)
def test_no_role_and_no_login_of_the_system_may_do_nothing(action: Action) -> None:
    assert permitted([], action) is None
    assert permitted([Role.SYSTEM], action) is None
    assert not may([], action, Nearness(own_organisation=True, in_caseload=True, own=True))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", Action)
def test_nothing_far_away_is_within_reach(role: Role, action: Action) -> None:
    assert not may([role], action, Nearness())


def test_each_reach_is_measured_on_the_record() -> None:
    worker, mentor, intake = [Role.OUTREACH_WORKER], [Role.MENTOR], [Role.INTAKE_WORKER]
    assert may(worker, Action.READ_CONTACT, Nearness(in_caseload=True))
    assert not may(worker, Action.READ_CONTACT, Nearness(own_organisation=True))
    assert may([Role.COORDINATOR], Action.READ_CONTACT, Nearness(own_organisation=True))
    assert may(mentor, Action.READ_INJURY, Nearness(own=True, told=True))
    assert not may(mentor, Action.READ_INJURY, Nearness(own=True))
    assert may(intake, Action.READ_NEEDS, Nearness(own_team=True, in_scope=True))
    assert not may(intake, Action.READ_NEEDS, Nearness(own_team=True))
    assert not may(intake, Action.READ_NEEDS, Nearness(in_scope=True))


def test_the_secretariat_and_it_reach_no_person_however_near() -> None:
    near = Nearness(own_organisation=True, in_caseload=True, own=True, own_team=True, concern=True, in_scope=True)
    for role in (Role.SECRETARIAT, Role.IT_ADMIN):
        for action in (Action.READ_CONTACT, Action.READ_INJURY, Action.READ_NEEDS, Action.WRITE_PERSON):
            assert not may([role], action, near)


def test_the_levels_of_note_somebody_may_write() -> None:
    assert note_levels([Role.OUTREACH_WORKER]) == (NoteLevel.ORGANISATION, NoteLevel.PARTNERS_AGREED)
    assert note_levels([Role.MENTOR]) == (NoteLevel.AUTHOR_AND_COORDINATOR,)
    assert note_levels([Role.COORDINATOR]) == tuple(NoteLevel)
    assert note_levels([Role.SECRETARIAT]) == ()


OW, CO, ME, IN, DP, SL, SE, IT = ROLES
ALL = set(ROLES)


@pytest.mark.parametrize(
    ("record_type", "op_kind", "change", "allowed"),
    [
        (RecordType.PERSON, OpKind.CREATE, {}, {OW, CO, IN}),
        (RecordType.PERSON, OpKind.PATCH, {"known_as": "Sam"}, {OW, CO, IN}),
        (RecordType.PERSON, OpKind.PATCH, {"see_lead": True}, {OW, CO, IN}),
        (RecordType.PERSON, OpKind.PATCH, {"see_lead": None}, {SL}),
        (RecordType.PERSON, OpKind.PATCH, {"restricted": False}, {DP}),
        (RecordType.PERSON, OpKind.PATCH, {"restricted": True}, {OW, CO, IN, DP}),
        (RecordType.PERSON, OpKind.PATCH, {"restricted": False, "see_lead": False}, set()),
        (RecordType.PERSON, OpKind.PATCH, {"restricted": False, "known_as": "Sam"}, set()),
        (RecordType.CONTACT_POINT, OpKind.PATCH, {"never_use": False}, {CO}),
        (RecordType.CONTACT_POINT, OpKind.PATCH, {"never_use": False, "label": "home"}, {CO}),
        (RecordType.STAY, OpKind.CREATE, {}, {OW, CO, IN}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "answer", "lines": [{"decision": "agreed"}]}, {OW, CO, IN}),
        (
            RecordType.CONSENT_EVENT,
            OpKind.CONSENT,
            {"kind": "answer", "lines": [{"decision": "refused"}]},
            {OW, CO, ME, IN, DP, SL},
        ),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "withdrawal"}, {OW, CO, ME, IN, DP, SL}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "override"}, {OW, CO, IN, SL}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "partner_confirmed_stop"}, {OW, CO, IN, DP}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "receipt_given"}, {OW, CO, ME, IN, DP, SL}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": ["withdrawal"]}, set()),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "answer", "lines": "refused"}, {OW, CO, IN}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {"kind": "answer", "lines": [7]}, {OW, CO, IN}),
        (RecordType.CONSENT_EVENT, OpKind.CONSENT, {}, set()),
        (RecordType.CONSENT_EVENT, OpKind.PATCH, {"kind": "withdrawal"}, set()),
        (RecordType.REFERRAL, OpKind.CREATE, {}, {OW, CO, IN}),
        (RecordType.REFERRAL_EVENT, OpKind.APPEND, {}, set()),
        (RecordType.CASE_NOTE, OpKind.APPEND, {"level": "organisation"}, {OW, CO, IN}),
        (RecordType.CASE_NOTE, OpKind.APPEND, {"level": "author_and_coordinator"}, {CO, ME}),
        (RecordType.CASE_NOTE, OpKind.APPEND, {"level": "everybody"}, set()),
        (RecordType.CASE_NOTE, OpKind.PATCH, {"level": "organisation"}, set()),
        (RecordType.SIGNPOST, OpKind.APPEND, {}, {OW, CO, ME, IN}),
        (RecordType.TASK, OpKind.PATCH, {"state": "done"}, {OW, CO, IN, DP, SL, SE}),
        (RecordType.SITE, OpKind.CREATE, {}, {OW, CO, IN, SE}),
        (RecordType.SITE, OpKind.ARCHIVE, {}, {SE}),
        (RecordType.SERVICE, OpKind.PATCH, {"capacity_places": 3, "status": "paused"}, {CO, IN}),
        (RecordType.SERVICE, OpKind.PATCH, {"needed_fields": ["dob"]}, {CO}),
        (RecordType.SERVICE, OpKind.CREATE, {}, {CO}),
        (RecordType.ORGANISATION, OpKind.PATCH, {"name": "New"}, {SE}),
        (RecordType.AGREEMENT, OpKind.CREATE, {}, {SE}),
        (RecordType.AGREEMENT, OpKind.TRANSITION, {}, {DP, SE}),
        (RecordType.NOTICE, OpKind.CREATE, {}, {CO, SE}),
        (RecordType.NOTICE, OpKind.PATCH, {"withdrawn_on": "2026-11-22"}, {CO, SE}),
        (RecordType.USER, OpKind.CREATE, {}, {IT}),
        (RecordType.PERSON, OpKind.MERGE_PERSON, {}, {CO}),
        (RecordType.PERSON, OpKind.UNMERGE_PERSON, {}, {CO, DP}),
        (RecordType.PERSON, OpKind.ERASE_REQUEST, {}, {OW, CO, ME, IN, DP}),
        (RecordType.CONFLICT, OpKind.RESOLVE, {}, {OW, CO, IN}),
        (RecordType.SHARE_CARD, OpKind.CREATE, {}, set()),
        (RecordType.SHARE_CARD, OpKind.PATCH, {"fields": {}}, set()),
        (RecordType.REMOVAL_RECEIPT, OpKind.CREATE, {}, set()),
        (RecordType.AUDIT_ENTRY, OpKind.APPEND, {}, ALL),
        (RecordType.AUDIT_ENTRY, OpKind.PATCH, {}, set()),
        (RecordType.AUDIT_SUBJECT, OpKind.APPEND, {}, ALL),
        (RecordType.AUDIT_SUBJECT, OpKind.PATCH, {}, set()),
        (RecordType.PERSON, OpKind.SKIP, {}, ALL),
    ],
)
def test_the_central_service_takes_an_op_only_from_a_role_that_may(record_type, op_kind, change, allowed) -> None:
    assert {role for role in ROLES if op_permitted(role, record_type, op_kind, change=change)} == allowed


SENDERS, RECEIVERS = {OW, CO, IN}, {CO, IN}


@pytest.mark.parametrize("state", ReferralState)
def test_a_referral_is_moved_by_those_on_its_side(state: ReferralState) -> None:
    expected = {
        ReferralState.SENT: set(),
        ReferralState.EXPIRED: set(),
        ReferralState.DRAFT: SENDERS,
        ReferralState.QUEUED: SENDERS,
        ReferralState.WITHDRAWN: SENDERS,
        ReferralState.CLOSED: SENDERS,
        ReferralState.ENTERED_IN_ERROR: SENDERS,
        ReferralState.RECEIVED: SENDERS | RECEIVERS,
        ReferralState.DECLINED_BY_PERSON: SENDERS | RECEIVERS,
    }.get(state, RECEIVERS)
    moved = {role for role in ROLES if op_permitted(role, RecordType.REFERRAL, OpKind.TRANSITION, to_state=state)}
    assert moved == expected


def test_a_person_is_erased_by_no_op_and_closed_by_a_coordinator() -> None:
    def movers(state: str) -> set[Role]:
        return {role for role in ROLES if op_permitted(role, RecordType.PERSON, OpKind.TRANSITION, to_state=state)}

    assert movers("erased") == set()
    assert movers("closed") == movers("died") == {CO}


def test_the_central_service_itself_writes_what_no_device_may() -> None:
    assert op_permitted(Role.SYSTEM, RecordType.SHARE_CARD, OpKind.CREATE)
    assert op_permitted(Role.SYSTEM, RecordType.REFERRAL, OpKind.TRANSITION, to_state=ReferralState.SENT)
