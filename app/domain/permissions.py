"""The table of permissions (domain.md 2.2) as data; the questions asked of it are `app.domain.access`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.codes import Role


class Reach(StrEnum):
    """Over which records a role may act.

    Members: the caseload · every record of the own organisation · own matches or own records · what is addressed to
    the own team · what is addressed to the own organisation · the persons of a concern · own sites · what the
    mentee lets the mentor know (`told_to_mentor`) · what the scope of consent opens · whatever the person acting
    may see anyway · the whole alliance's reference data and totals · the organisation's devices.
    """

    CASELOAD = "caseload"
    ORGANISATION = "organisation"
    OWN = "own"
    TEAM = "team"
    RECEIVER = "receiver"
    CONCERN = "concern"
    SITES = "sites"
    TOLD_TO_MENTOR = "told_to_mentor"
    BY_SCOPE = "by_scope"
    SEEN = "seen"
    ALLIANCE = "alliance"
    DEVICES = "devices"


class Action(StrEnum):
    """One thing that somebody does, or a cell of the table where a row holds several."""

    WRITE_PERSON = "write_person"
    RECORD_ANSWER = "record_answer"
    RECORD_MEASURE = "record_measure"
    WRITE_EQUALITY = "write_equality"
    SET_PERSON_STATUS = "set_person_status"
    READ_CONTACT = "read_contact"
    READ_INJURY = "read_injury"
    READ_NEEDS = "read_needs"
    RECORD_STOP = "record_stop"
    WRITE_REFERRAL = "write_referral"
    REFER_FROM_OUTSIDE = "refer_from_outside"
    REROUTE_REFERRAL = "reroute_referral"
    ASK_FOR_REFERRAL = "ask_for_referral"
    ANSWER_REFERRAL = "answer_referral"
    SIGNPOST = "signpost"
    START_MENTEE = "start_mentee"
    EDIT_PROFILES = "edit_profiles"
    EDIT_OWN_PROFILE = "edit_own_profile"
    WRITE_GOAL = "write_goal"
    RUN_MATCH = "run_match"
    ANSWER_MATCH = "answer_match"
    LOG_SESSION = "log_session"
    ANSWER_PULSE = "answer_pulse"
    RAISE_CONCERN = "raise_concern"
    WORK_CONCERN = "work_concern"
    NOTE_FOR_COORDINATOR = "note_for_coordinator"
    NOTE_FOR_ORGANISATION = "note_for_organisation"
    NOTE_FOR_PARTNERS = "note_for_partners"
    WRITE_CONCERN_FILE = "write_concern_file"
    PROPOSE_SAME_PERSON = "propose_same_person"
    DECIDE_SAME_PERSON = "decide_same_person"
    UNDO_MERGE = "undo_merge"
    READ_REPORTS = "read_reports"
    READ_TOTALS = "read_totals"
    EDIT_SERVICES = "edit_services"
    PAUSE_SERVICE = "pause_service"
    READ_DIRECTORY = "read_directory"
    ADD_SITE = "add_site"
    EDIT_DIRECTORY = "edit_directory"
    READ_AGREEMENTS = "read_agreements"
    APPROVE_AGREEMENTS = "approve_agreements"
    EDIT_AGREEMENTS = "edit_agreements"
    ASK_FOR_RIGHTS = "ask_for_rights"
    RELEASE_RIGHTS = "release_rights"
    APPROVE_ERASURE_SECOND = "approve_erasure_second"
    START_OVERRIDE = "start_override"
    REVIEW_OVERRIDE = "review_override"
    OPEN_OUTSIDE_CASELOAD = "open_outside_caseload"
    HAND_OVER = "hand_over"
    READ_USERS = "read_users"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"
    KEEP_TASKS = "keep_tasks"


_OUTREACH = Role.OUTREACH_WORKER
_COORDINATOR = Role.COORDINATOR
_MENTOR = Role.MENTOR
_INTAKE = Role.INTAKE_WORKER
_DATA_LEAD = Role.DATA_PROTECTION_LEAD
_CONCERN_LEAD = Role.SAFEGUARDING_LEAD
_SECRETARIAT = Role.SECRETARIAT
_IT = Role.IT_ADMIN

_CASEWORK = {_OUTREACH: Reach.CASELOAD, _COORDINATOR: Reach.ORGANISATION, _INTAKE: Reach.TEAM}
_SENDING = {_OUTREACH: Reach.CASELOAD, _COORDINATOR: Reach.ORGANISATION}
_COORDINATING = {_COORDINATOR: Reach.ORGANISATION}
_MENTORING = {_COORDINATOR: Reach.ORGANISATION, _MENTOR: Reach.OWN}

PERMISSIONS: Mapping[Action, Mapping[Role, Reach]] = {
    Action.WRITE_PERSON: _CASEWORK,
    Action.RECORD_ANSWER: _CASEWORK,
    Action.RECORD_MEASURE: _CASEWORK,
    Action.WRITE_EQUALITY: _CASEWORK,
    Action.SET_PERSON_STATUS: _COORDINATING,
    Action.READ_CONTACT: {
        **_CASEWORK,
        _MENTOR: Reach.OWN,
        _DATA_LEAD: Reach.ORGANISATION,
        _CONCERN_LEAD: Reach.CONCERN,
    },
    Action.READ_INJURY: {
        **_SENDING,
        _MENTOR: Reach.TOLD_TO_MENTOR,
        _INTAKE: Reach.BY_SCOPE,
        _CONCERN_LEAD: Reach.CONCERN,
    },
    Action.READ_NEEDS: {**_SENDING, _MENTOR: Reach.TOLD_TO_MENTOR, _INTAKE: Reach.BY_SCOPE},
    Action.RECORD_STOP: {
        **_CASEWORK,
        _MENTOR: Reach.OWN,
        _DATA_LEAD: Reach.ORGANISATION,
        _CONCERN_LEAD: Reach.CONCERN,
    },
    Action.WRITE_REFERRAL: _SENDING,
    Action.REFER_FROM_OUTSIDE: _CASEWORK,
    Action.REROUTE_REFERRAL: {_COORDINATOR: Reach.RECEIVER, _INTAKE: Reach.TEAM},
    Action.ASK_FOR_REFERRAL: {_MENTOR: Reach.OWN},
    Action.ANSWER_REFERRAL: {_COORDINATOR: Reach.RECEIVER, _INTAKE: Reach.TEAM},
    Action.SIGNPOST: {**_CASEWORK, _MENTOR: Reach.OWN},
    Action.START_MENTEE: _SENDING,
    Action.EDIT_PROFILES: _COORDINATING,
    Action.EDIT_OWN_PROFILE: _MENTORING,
    Action.WRITE_GOAL: _MENTORING,
    Action.RUN_MATCH: _COORDINATING,
    Action.ANSWER_MATCH: _MENTORING,
    Action.LOG_SESSION: _MENTORING,
    Action.ANSWER_PULSE: _MENTORING,
    Action.RAISE_CONCERN: {
        _OUTREACH: Reach.SEEN,
        _COORDINATOR: Reach.SEEN,
        _MENTOR: Reach.SEEN,
        _INTAKE: Reach.SEEN,
        _DATA_LEAD: Reach.SEEN,
        _CONCERN_LEAD: Reach.ORGANISATION,
    },
    Action.WORK_CONCERN: {_CONCERN_LEAD: Reach.ORGANISATION},
    Action.NOTE_FOR_COORDINATOR: _MENTORING,
    Action.NOTE_FOR_ORGANISATION: _CASEWORK,
    Action.NOTE_FOR_PARTNERS: _CASEWORK,
    Action.WRITE_CONCERN_FILE: {_CONCERN_LEAD: Reach.CONCERN},
    Action.PROPOSE_SAME_PERSON: _CASEWORK,
    Action.DECIDE_SAME_PERSON: _COORDINATING,
    Action.UNDO_MERGE: {_COORDINATOR: Reach.ORGANISATION, _DATA_LEAD: Reach.ORGANISATION},
    Action.READ_REPORTS: {
        _OUTREACH: Reach.SITES,
        _COORDINATOR: Reach.ORGANISATION,
        _MENTOR: Reach.OWN,
        _INTAKE: Reach.TEAM,
        _DATA_LEAD: Reach.ORGANISATION,
        _CONCERN_LEAD: Reach.CONCERN,
    },
    Action.READ_TOTALS: {
        _OUTREACH: Reach.ALLIANCE,
        _COORDINATOR: Reach.ALLIANCE,
        _DATA_LEAD: Reach.ALLIANCE,
        _SECRETARIAT: Reach.ALLIANCE,
    },
    Action.EDIT_SERVICES: _COORDINATING,
    Action.PAUSE_SERVICE: {_COORDINATOR: Reach.ORGANISATION, _INTAKE: Reach.TEAM},
    Action.READ_DIRECTORY: {
        _OUTREACH: Reach.ALLIANCE,
        _COORDINATOR: Reach.ALLIANCE,
        _INTAKE: Reach.ALLIANCE,
        _DATA_LEAD: Reach.ALLIANCE,
        _SECRETARIAT: Reach.ALLIANCE,
    },
    # domain.md 4.3: any hospital can be added at the bedside, with its name only.
    Action.ADD_SITE: {
        _OUTREACH: Reach.ALLIANCE,
        _COORDINATOR: Reach.ALLIANCE,
        _INTAKE: Reach.ALLIANCE,
        _SECRETARIAT: Reach.ALLIANCE,
    },
    Action.EDIT_DIRECTORY: {_SECRETARIAT: Reach.ALLIANCE},
    Action.READ_AGREEMENTS: {
        _OUTREACH: Reach.ALLIANCE,
        _COORDINATOR: Reach.ALLIANCE,
        _INTAKE: Reach.ALLIANCE,
        _DATA_LEAD: Reach.ALLIANCE,
        _SECRETARIAT: Reach.ALLIANCE,
    },
    Action.APPROVE_AGREEMENTS: {_DATA_LEAD: Reach.ORGANISATION},
    Action.EDIT_AGREEMENTS: {_SECRETARIAT: Reach.ALLIANCE},
    Action.ASK_FOR_RIGHTS: {
        _OUTREACH: Reach.SEEN,
        _COORDINATOR: Reach.SEEN,
        _MENTOR: Reach.SEEN,
        _INTAKE: Reach.SEEN,
        _DATA_LEAD: Reach.ORGANISATION,
    },
    Action.RELEASE_RIGHTS: {_DATA_LEAD: Reach.ORGANISATION},
    Action.APPROVE_ERASURE_SECOND: {_COORDINATOR: Reach.ORGANISATION, _CONCERN_LEAD: Reach.ORGANISATION},
    Action.START_OVERRIDE: {
        _OUTREACH: Reach.SEEN,
        _COORDINATOR: Reach.SEEN,
        _INTAKE: Reach.SEEN,
        _CONCERN_LEAD: Reach.SEEN,
    },
    Action.REVIEW_OVERRIDE: {_DATA_LEAD: Reach.ORGANISATION},
    Action.OPEN_OUTSIDE_CASELOAD: {_OUTREACH: Reach.ORGANISATION, _INTAKE: Reach.ORGANISATION},
    Action.HAND_OVER: _SENDING,
    Action.READ_USERS: {_DATA_LEAD: Reach.ORGANISATION, _IT: Reach.ORGANISATION},
    Action.MANAGE_USERS: {_IT: Reach.ORGANISATION},
    Action.READ_AUDIT: {
        _OUTREACH: Reach.OWN,
        _COORDINATOR: Reach.OWN,
        _MENTOR: Reach.OWN,
        _INTAKE: Reach.OWN,
        _DATA_LEAD: Reach.ORGANISATION,
        _CONCERN_LEAD: Reach.CONCERN,
        _IT: Reach.DEVICES,
    },
    # Not a row of the table: everybody keeps the tasks that domain.md 4.4 gives to the role.
    Action.KEEP_TASKS: {
        **_CASEWORK,
        _DATA_LEAD: Reach.ORGANISATION,
        _CONCERN_LEAD: Reach.CONCERN,
        _SECRETARIAT: Reach.ALLIANCE,
    },
}
"""The table of domain.md 2.2: a role that an action does not name is refused."""
