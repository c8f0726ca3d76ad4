"""The code lists: fixed slugs, the same in code, in the vault and on the wire.

Every member of every enumeration here is stored and sent; none is ever renamed or reused. The words people
see, and where each list comes from, are data in `resources/codes`; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A code list that may grow: a slug from a newer version is kept as it came and shown as "other"."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not value or len(value) > 60:
            return None
        newcomer = str.__new__(cls, value)
        newcomer._name_ = value
        newcomer._value_ = value
        return newcomer

    @property
    def is_known(self) -> bool:
        """Whether this version knows the slug."""
        return self.value in type(self)._value2member_map_


class Role(StrEnum):
    """Who somebody is at work; rights add up (domain.md 2.1). Fixed for ever."""

    OUTREACH_WORKER = "outreach_worker"
    COORDINATOR = "coordinator"
    MENTOR = "mentor"
    INTAKE_WORKER = "intake_worker"
    DATA_PROTECTION_LEAD = "data_protection_lead"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    SECRETARIAT = "secretariat"
    IT_ADMIN = "it_admin"
    SYSTEM = "system"


class AllianceRole(Code):
    """What an organisation is in the alliance; an observer is only signposted to. Fixed for ever."""

    LEAD = "lead"
    SECRETARIAT = "secretariat"
    MEMBER = "member"
    OBSERVER = "observer"


class Nation(Code):
    """Where bank holidays, laws and services differ. Fixed for ever."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"
    IRELAND = "ireland"
    CROWN_DEPENDENCY = "crown_dependency"
    OTHER = "other"
    UNKNOWN = "unknown"


class PersonStatus(StrEnum):
    """Where a person's record stands. Fixed for ever."""

    ACTIVE = "active"
    CLOSED = "closed"
    DIED = "died"
    ERASED = "erased"
    ENTERED_IN_ERROR = "entered_in_error"


class PersonRole(Code):
    """Why a person is known. Fixed for ever."""

    HAS_SCI = "has_sci"
    FAMILY_MEMBER = "family_member"
    PARENT_OF_CHILD = "parent_of_child"
    CARER = "carer"
    MENTOR = "mentor"


class AgeBand(Code):
    """Age when the day of birth is not known. Fixed for ever."""

    UNDER_13 = "under_13"
    AGE_13_15 = "13_15"
    AGE_16_17 = "16_17"
    AGE_18_25 = "18_25"
    AGE_26_40 = "26_40"
    AGE_41_60 = "41_60"
    AGE_61_75 = "61_75"
    OVER_75 = "over_75"
    UNKNOWN = "unknown"


class SiteKind(Code):
    """What kind of place a site is. Fixed for ever."""

    SCI_CENTRE = "sci_centre"
    GENERAL_HOSPITAL = "general_hospital"
    INTENSIVE_CARE = "intensive_care"
    REHABILITATION = "rehabilitation"
    CARE_HOME = "care_home"
    COMMUNITY = "community"
    OTHER = "other"


class SeedStatus(Code):
    """How sure the shipped entry is. Fixed for ever."""

    VERIFIED = "verified"
    PLACE_ONLY = "place_only"
    UNVERIFIED = "unverified"
    ADDED_HERE = "added_here"


class ContactKind(Code):
    """What a contact point is. Fixed for ever."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    WARD_PHONE = "ward_phone"
    EMAIL = "email"
    POST = "post"
    VIDEO = "video"


class MayUse(Code):
    """What a contact point may be used for (remove wins). Fixed for ever."""

    CALL = "call"
    VOICEMAIL = "voicemail"
    TEXT = "text"
    EMAIL = "email"
    POST = "post"
    VIDEO = "video"


class SafeTime(Code):
    """When somebody may be contacted, London time: am 08–12, pm 12–17, eve 17–21. Fixed for ever."""

    MON_AM = "mon_am"
    MON_PM = "mon_pm"
    MON_EVE = "mon_eve"
    TUE_AM = "tue_am"
    TUE_PM = "tue_pm"
    TUE_EVE = "tue_eve"
    WED_AM = "wed_am"
    WED_PM = "wed_pm"
    WED_EVE = "wed_eve"
    THU_AM = "thu_am"
    THU_PM = "thu_pm"
    THU_EVE = "thu_eve"
    FRI_AM = "fri_am"
    FRI_PM = "fri_pm"
    FRI_EVE = "fri_eve"
    SAT_AM = "sat_am"
    SAT_PM = "sat_pm"
    SAT_EVE = "sat_eve"
    SUN_AM = "sun_am"
    SUN_PM = "sun_pm"
    SUN_EVE = "sun_eve"


class CommunicationNeed(Code):
    """How to talk with somebody. Fixed for ever."""

    EASY_READ = "easy_read"
    LARGE_PRINT = "large_print"
    READ_ALOUD = "read_aloud"
    BSL = "bsl"
    INTERPRETER = "interpreter"
    EYE_GAZE = "eye_gaze"
    BLINK = "blink"
    LETTER_BOARD = "letter_board"
    SWITCH = "switch"
    SPEECH_DEVICE = "speech_device"
    NEEDS_TIME = "needs_time"
    SUPPORTER_PRESENT = "supporter_present"
    SCREEN_READER = "screen_reader"
    BRAILLE = "braille"


class WordingFormat(Code):
    """In which form a wording was put to the person. Fixed for ever."""

    STANDARD = "standard"
    LARGE_PRINT = "large_print"
    EASY_READ = "easy_read"
    READ_ALOUD = "read_aloud"
    INTERPRETER = "interpreter"
    BSL = "bsl"


class RelationshipKind(Code):
    """Who somebody is to the person. Fixed for ever."""

    PARTNER = "partner"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    OTHER_FAMILY = "other_family"
    FRIEND = "friend"
    PAID_CARER = "paid_carer"
    ADVOCATE = "advocate"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"
    PROFESSIONAL = "professional"
    KNOWS_ONLY = "knows_only"


class MayBeTold(Code):
    """What a relative or friend may be told (remove wins). Fixed for ever."""

    THAT_WE_HELP = "that_we_help"
    APPOINTMENTS = "appointments"
    INJURY = "injury"
    ALL_SHARED = "all_shared"


class InjuryLevel(Code):
    """Neurological level (NINDS CDE 25002); 99 is a region, X99 unknown. Fixed for ever."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"
    C6 = "C6"
    C7 = "C7"
    C8 = "C8"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"
    T7 = "T7"
    T8 = "T8"
    T9 = "T9"
    T10 = "T10"
    T11 = "T11"
    T12 = "T12"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4_5 = "S4-5"
    C99 = "C99"
    T99 = "T99"
    L99 = "L99"
    S99 = "S99"
    X99 = "X99"


class Ais(Code):
    """ASIA Impairment Scale. Fixed for ever."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    UNKNOWN = "unknown"


class Completeness(Code):
    """Whether the person was told complete or incomplete. Fixed for ever."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NOT_TOLD = "not_told"


class Ventilation(Code):
    """Breathing support. Fixed for ever."""

    NONE = "none"
    PART_TIME = "part_time"
    FULL_TIME = "full_time"
    UNKNOWN = "unknown"


class ToldBy(Code):
    """Who said what the injury is. Fixed for ever."""

    SELF = "self"
    FAMILY = "family"
    NOTES_SEEN = "notes_seen"
    CLINICIAN = "clinician"
    REFERRER = "referrer"


class Cause(Code):
    """What caused the injury (International SCI Core Data Set 3.0). Fixed for ever."""

    SPORT_OR_EXERCISE = "sport_or_exercise"
    ASSAULT = "assault"
    TRANSPORT = "transport"
    FALL = "fall"
    BIRTH = "birth"
    OTHER_TRAUMATIC = "other_traumatic"
    NON_TRAUMATIC = "non_traumatic"
    UNKNOWN = "unknown"


class NonTraumaticKind(Code):
    """Which non-traumatic cause. Fixed for ever."""

    TUMOUR = "tumour"
    INFECTION = "infection"
    VASCULAR = "vascular"
    DEGENERATIVE = "degenerative"
    INFLAMMATORY = "inflammatory"
    CAUDA_EQUINA = "cauda_equina"
    CONGENITAL = "congenital"
    OTHER = "other"


class YesNo(Code):
    """An answer that may be missing. Fixed for ever."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AbleToMeet(Code):
    """Whether a visit can happen today. Fixed for ever."""

    YES = "yes"
    BED_REST = "bed_rest"
    ISOLATION = "isolation"
    SEDATED = "sedated"
    TOO_UNWELL = "too_unwell"
    UNKNOWN = "unknown"


class DischargeTo(Code):
    """Where somebody goes next. Fixed for ever."""

    HOME = "home"
    ADAPTED_TEMPORARY_HOME = "adapted_temporary_home"
    SCI_CENTRE = "sci_centre"
    OTHER_HOSPITAL = "other_hospital"
    CARE_HOME = "care_home"
    OTHER = "other"
    UNKNOWN = "unknown"


class Need(Code):
    """What somebody needs. Fixed for ever."""

    HOUSING = "housing"
    EQUIPMENT_GRANT = "equipment_grant"
    ASSISTIVE_TECHNOLOGY = "assistive_technology"
    BENEFITS_MONEY = "benefits_money"
    INDEPENDENT_LIVING = "independent_living"
    LEGAL = "legal"
    PEER_MENTORING = "peer_mentoring"
    FAMILY_MENTORING = "family_mentoring"
    PARENT_MENTORING = "parent_mentoring"
    YOUNG_PERSON = "young_person"
    WHEELCHAIR_SKILLS = "wheelchair_skills"
    COURSE = "course"
    WORK = "work"
    EDUCATION = "education"
    FAMILY_SUPPORT = "family_support"
    TELEPHONE_SUPPORT = "telephone_support"
    ADVOCACY = "advocacy"
    COUNSELLING = "counselling"
    CLINICAL_ADVICE = "clinical_advice"
    EMERGENCY_CARE_PLAN = "emergency_care_plan"
    OTHER = "other"


class NoticeKind(Code):
    """What a notice on the board is about. Fixed for ever."""

    TRAINING = "training"
    EXPERTISE = "expertise"
    GOOD_PRACTICE = "good_practice"
    JOINT_PROJECT = "joint_project"
    JOINT_VOICE = "joint_voice"


class CameFrom(Code):
    """Who asked from outside the alliance. Fixed for ever."""

    SELF = "self"
    FAMILY = "family"
    NHS_STAFF = "nhs_staff"
    OTHER_CHARITY = "other_charity"
    OTHER = "other"


class ServiceStatus(Code):
    """Whether a service takes people. Fixed for ever."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class EligibleWho(Code):
    """Whom a service is for. Fixed for ever."""

    HAS_SCI = "has_sci"
    FAMILY = "family"
    ANY = "any"


class EligibleWhere(Code):
    """Where a service reaches people. Fixed for ever."""

    IN_HOSPITAL = "in_hospital"
    COMMUNITY = "community"
    ANY = "any"


class AgreementKind(Code):
    """What a paper between members is; a memorandum alone never permits sharing. Fixed for ever."""

    MOU = "mou"
    DATA_SHARING = "data_sharing"
    JOINT_CONTROLLER = "joint_controller"
    PROCESSOR = "processor"
    DPIA_RECORD = "dpia_record"


class AgreementState(Code):
    """Where an agreement stands. Fixed for ever."""

    DRAFT = "draft"
    ACTIVE = "active"
    EXPIRED = "expired"
    ENDED = "ended"


class NoteLevel(Code):
    """Who may read a note; narrowed later, never widened. Fixed for ever."""

    AUTHOR_AND_COORDINATOR = "author_and_coordinator"
    ORGANISATION = "organisation"
    PARTNERS_AGREED = "partners_agreed"


class TaskKind(Code):
    """What waits for someone. Fixed for ever."""

    ASK_AGAIN = "ask_again"
    CROSSED_ANSWERS = "crossed_answers"
    CONFIRM_STOP = "confirm_stop"
    TELL_PERSON = "tell_person"
    ANSWER_QUESTION = "answer_question"
    CHASE_ACKNOWLEDGEMENT = "chase_acknowledgement"
    CHASE_DECISION = "chase_decision"
    NEXT_STEP = "next_step"
    REPAIR_RECORD = "repair_record"
    POSSIBLE_SAME_PERSON = "possible_same_person"
    IDENTITY_CHANGE = "identity_change"
    STUCK_MATCH = "stuck_match"
    CHECK_MENTOR = "check_mentor"
    PULSE_DUE = "pulse_due"
    LOW_PULSE = "low_pulse"
    CALL_MENTOR_BACK = "call_mentor_back"
    READ_CONCERN = "read_concern"
    OVERRIDE_REVIEW = "override_review"
    REVIEW_LISTING = "review_listing"
    RETENTION_REVIEW = "retention_review"
    AGREEMENT_REVIEW = "agreement_review"
    ACCESS_REQUEST = "access_request"
    ERASURE_REQUEST = "erasure_request"
    GAP = "gap"
    CONTACT_TRY = "contact_try"
    COVER = "cover"


class TaskState(Code):
    """Whether a task waits; done beats open. Fixed for ever."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class SameDecision(Code):
    """What somebody decided about two records that may be of one person. Fixed for ever."""

    SAME = "same_person"
    NOT_SAME = "not_same"


class AuditAction(Code):
    """What an audit entry speaks of. Fixed for ever."""

    OPEN_PERSON = "open_person"
    SEARCH = "search"
    CREATE = "create"
    CHANGE = "change"
    PRINT = "print"
    EXPORT = "export"
    SEND_PACKAGE = "send_package"
    HAND_OVER = "hand_over"
    OPEN_OUTSIDE_CASELOAD = "open_outside_caseload"
    OVERRIDE = "override"
    MERGE = "merge"
    UNDO_MERGE = "undo_merge"
    ERASE = "erase"
    LOGIN = "login"
    REFUSED = "refused"
    OPEN_LIST = "open_list"
    VIEW_OUTSIDE = "view_outside"
    LOGIN_FAILED = "login_failed"
    LOCK = "lock"
    SLOT_CHANGE = "slot_change"
    POLICY_CHANGE = "policy_change"
    CAPTURE_ALLOWED = "capture_allowed"
    CLOCK_JUMP = "clock_jump"
    RECOVERY = "recovery"
    RESTORE = "restore"
    ROLLBACK_FOUND = "rollback_found"
    WIPE = "wipe"
    OPEN_FILE = "open_file"


class ConsentKind(StrEnum):
    """What kind of act a consent event records. Fixed for ever."""

    ANSWER = "answer"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"
    OVERRIDE = "override"
    RECEIPT_GIVEN = "receipt_given"
    PARTNER_TOLD = "partner_told"
    PARTNER_CONFIRMED_STOP = "partner_confirmed_stop"


class GivenBy(StrEnum):
    """Who gave the answer. Fixed for ever."""

    SELF = "self"
    PARENT_OR_PR = "parent_or_pr"
    ATTORNEY_HEALTH_WELFARE = "attorney_health_welfare"
    ATTORNEY_PROPERTY = "attorney_property"
    DEPUTY_WELFARE = "deputy_welfare"
    GUARDIAN_WELFARE = "guardian_welfare"
    OTHER = "other"


class Capacity(StrEnum):
    """Capacity for this decision, now (Mental Capacity Act 2005). Fixed for ever."""

    PRESUMED = "presumed"
    ASSESSED_HAS = "assessed_has"
    ASSESSED_LACKS_NOW = "assessed_lacks_now"
    FLUCTUATING = "fluctuating"


class AgeCheck(StrEnum):
    """On which side of 16 the person is. Fixed for ever."""

    AGE_16_OR_OVER = "16_or_over"
    UNDER_16 = "under_16"


class Gillick(Code):
    """Competence of a child for this decision (Gillick v West Norfolk 1985). Fixed for ever."""

    COMPETENT = "competent"
    NOT_COMPETENT = "not_competent"
    NOT_ASSESSED = "not_assessed"


class ConsentMethod(StrEnum):
    """How the answer was given; a drawn signature is never required. Fixed for ever."""

    WRITTEN_SIGNATURE = "written_signature"
    OWN_MARK = "own_mark"
    MOUTH_STICK_MARK = "mouth_stick_mark"
    SPOKEN_IN_PERSON = "spoken_in_person"
    SPOKEN_BY_PHONE = "spoken_by_phone"
    SPOKEN_BY_VIDEO = "spoken_by_video"
    SIGNED_LANGUAGE = "signed_language"
    EYE_GAZE = "eye_gaze"
    BLINK_CODE = "blink_code"
    SWITCH_DEVICE = "switch_device"
    LETTER_BOARD = "letter_board"
    SPEECH_DEVICE = "speech_device"
    LETTER_OR_EMAIL = "letter_or_email"


class Purpose(StrEnum):
    """Why data flows (UK GDPR Art. 5(1)(b)). Fixed for ever."""

    REFERRAL_CONTACT = "referral_contact"
    CASEWORK = "casework"
    MENTORING = "mentoring"
    SERVICE_IMPROVEMENT = "service_improvement"
    RESEARCH_CONTACT = "research_contact"
    NEWS_AND_FUNDRAISING = "news_and_fundraising"


class Scope(StrEnum):
    """How much may flow, lowest first. Fixed for ever."""

    CONTACT = "contact"
    CONTACT_INJURY = "contact_injury"
    CONTACT_INJURY_NEEDS = "contact_injury_needs"
    FULL_NOTES = "full_notes"


class Decision(StrEnum):
    """One answer. Fixed for ever."""

    AGREED = "agreed"
    REFUSED = "refused"
    DECIDE_LATER = "decide_later"
    NOT_ABLE_NOW = "not_able_now"
    NOT_ASKED = "not_asked"
    WITHDRAWAL = "withdrawal"


class AskAgain(Code):
    """When to ask again after a no. Fixed for ever."""

    NEVER = "never"
    AFTER_DISCHARGE = "after_discharge"
    ON_DATE = "on_date"
    NOT_SAID = "not_said"


class HowTold(Code):
    """How a partner was told, or confirmed. Fixed for ever."""

    AUTOMATIC = "automatic"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"


class ReceiptHow(Code):
    """What happened to the receipt. Fixed for ever."""

    PRINTED = "printed"
    EMAILED = "emailed"
    POSTED = "posted"
    DECLINED = "declined"


class OverrideBasis(Code):
    """The other legal ground for one sharing (UK GDPR Art. 6(1)(c), (d), (f)). Fixed for ever."""

    VITAL_INTERESTS = "vital_interests"
    SAFEGUARDING = "safeguarding"
    LEGAL_OBLIGATION = "legal_obligation"


class ReferralKind(Code):
    """How much is asked of the receiver. Fixed for ever."""

    INTRODUCTION = "introduction"
    SERVICE = "service"


class Priority(Code):
    """How soon. Fixed for ever."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


class ReferralState(StrEnum):
    """Where a referral stands (FHIR R4 Task.businessStatus). Fixed for ever."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    RECEIVED = "received"
    INFO_NEEDED = "info_needed"
    ACCEPTED = "accepted"
    WAITING_LIST = "waiting_list"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DECLINED_BY_SERVICE = "declined_by_service"
    DECLINED_BY_PERSON = "declined_by_person"
    COULD_NOT_CONTACT = "could_not_contact"
    REROUTED = "rerouted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"
    ENTERED_IN_ERROR = "entered_in_error"


class DeclineReason(Code):
    """Why a service declined. Fixed for ever."""

    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    OUT_OF_AREA = "out_of_area"
    WRONG_SERVICE = "wrong_service"
    DUPLICATE_OF = "duplicate_of"
    MISSING_INFORMATION = "missing_information"
    ALREADY_KNOWN = "already_known"
    SAFETY = "safety"
    SERVICE_PAUSED = "service_paused"
    OTHER = "other"


class NextStep(Code):
    """What happens after a decline. Fixed for ever."""

    REFER_ELSEWHERE = "refer_elsewhere"
    ASK_AGAIN_ON = "ask_again_on"
    SENDER_CONTACTS_PERSON = "sender_contacts_person"
    NOTHING_NEEDED = "nothing_needed"


class PersonDeclineReason(Code):
    """Why the person did not want it. Fixed for ever."""

    NOT_WANTED = "not_wanted"
    NOT_NOW = "not_now"
    HELPED_ELSEWHERE = "helped_elsewhere"
    TOO_UNWELL = "too_unwell"
    WANTS_OTHER_CHARITY = "wants_other_charity"
    DID_NOT_AGREE = "did_not_agree"
    NO_REASON_GIVEN = "no_reason_given"


class WithdrawalReason(Code):
    """Why a referral was taken back. Fixed for ever."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_EXPIRED = "consent_expired"
    SENT_BY_MISTAKE = "sent_by_mistake"
    WRONG_SERVICE = "wrong_service"
    NO_LONGER_NEEDED = "no_longer_needed"
    DUPLICATE = "duplicate"
    PERSON_DIED = "person_died"


class Outcome(Code):
    """What came of it, as the service sees it. Fixed for ever."""

    GOT_HELP = "got_help"
    PARTLY = "partly"
    ADVICE_ONLY = "advice_only"
    NOT_HELPED = "not_helped"
    PERSON_ENDED = "person_ended"
    MOVED = "moved"
    DIED = "died"
    UNKNOWN = "unknown"


class PersonView(Code):
    """What came of it, as the person sees it. Fixed for ever."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_ASKED = "not_asked"


class DuplicateReason(Code):
    """Why a second referral is right. Fixed for ever."""

    NEW_NEED = "new_need"
    CHANGED_CIRCUMSTANCES = "changed_circumstances"
    EARLIER_LOST = "earlier_lost"
    PERSON_ASKED = "person_asked"


class GateReason(StrEnum):
    """Which rule of the gate failed, in the order they are tried. Fixed for ever."""

    GATE_PERSON = "gate_person"
    GATE_CONSENT = "gate_consent"
    GATE_AGREEMENT = "gate_agreement"
    GATE_SERVICE = "gate_service"
    GATE_PACKAGE = "gate_package"


class PackageField(StrEnum):
    """One field that a package may hold. Fixed for ever."""

    NAME = "name"
    KNOWN_AS = "known_as"
    AGE_BAND = "age_band"
    CONTACT_POINTS = "contact_points"
    CONTACT_PERMISSIONS = "contact_permissions"
    LANGUAGE = "language"
    COMM_NEEDS = "comm_needs"
    SITE = "site"
    EXPECTED_DISCHARGE_ON = "expected_discharge_on"
    BEST_TIME = "best_time"
    DOB = "dob"
    LEVEL = "level"
    AIS = "ais"
    COMPLETENESS = "completeness"
    CAUSE = "cause"
    INJURY_DATE = "injury_date"
    VENTILATION = "ventilation"
    WARD = "ward"
    NEEDS = "needs"
    WHY = "why"
    GOALS = "goals"
    HOME_SITUATION = "home_situation"
    RELATIONSHIPS = "relationships"
    DISCHARGE_TO = "discharge_to"
    SHARED_NOTES = "shared_notes"
    ATTACHMENTS = "attachments"


class MentorKind(Code):
    """Whom a mentor is for: matched kind with kind (domain.md 7.1). Fixed for ever."""

    SCI = "sci"
    FAMILY = "family"
    PARENT = "parent"
    YOUNG_PERSON = "young_person"


class MentorStatus(StrEnum):
    """Where a mentor stands. Fixed for ever."""

    APPLIED = "applied"
    TRAINING = "training"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


class MenteeStatus(StrEnum):
    """Where a mentee stands. Fixed for ever."""

    ENQUIRY = "enquiry"
    TALK_DONE = "talk_done"
    READY = "ready"
    MATCHED = "matched"
    CLOSED = "closed"


class MatchState(StrEnum):
    """Where a match stands (domain.md 7.4). Fixed for ever."""

    SUGGESTED = "suggested"
    APPROVED = "approved"
    MENTEE_AGREED = "mentee_agreed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    DECLINED = "declined"
    ENTERED_IN_ERROR = "entered_in_error"


class MatchEndReason(Code):
    """Why a match ended. Fixed for ever."""

    GOALS_MET = "goals_met"
    ALLOWANCE_USED = "allowance_used"
    MENTEE_ENDED = "mentee_ended"
    MENTOR_ENDED = "mentor_ended"
    NOT_A_GOOD_FIT = "not_a_good_fit"
    LIFE_EVENT = "life_event"
    NO_CONTACT = "no_contact"
    MOVED_SERVICE = "moved_service"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    SAFEGUARDING = "safeguarding"
    DIED = "died"


class MatchDeclineReason(Code):
    """Why a match did not come about. Fixed for ever."""

    NOT_A_GOOD_FIT = "not_a_good_fit"
    NO_TIME = "no_time"
    PREFERS_SOMEONE_ELSE = "prefers_someone_else"
    NOT_NOW = "not_now"
    KNOWN_TO_EACH_OTHER = "known_to_each_other"
    CONSENT_LOST = "consent_lost"
    OTHER = "other"


class CorrectionReason(Code):
    """Why a call that was written down is corrected. Fixed for ever."""

    WRONG_TIME = "wrong_time"
    WRONG_LENGTH = "wrong_length"
    WRONG_OUTCOME = "wrong_outcome"
    WRONG_DETAILS = "wrong_details"
    OTHER = "other"


class MatchParty(Code):
    """Who said no to a match. Fixed for ever."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


class JourneyStage(Code):
    """How far a mentee's journey is (domain.md 7.4). Fixed for ever."""

    GETTING_STARTED = "getting_started"
    MATCHING = "matching"
    FIRST_MEETING = "first_meeting"
    GROWING = "growing"
    MOVING_ON = "moving_on"


class Topic(Code):
    """What mentors and mentees talk about, and what goals are about. Fixed for ever."""

    MOBILITY = "mobility"
    BLADDER = "bladder"
    BOWELS = "bowels"
    PAIN = "pain"
    SKIN = "skin"
    BREATHING = "breathing"
    MENTAL_HEALTH = "mental_health"
    RELATIONSHIPS = "relationships"
    SEX_FERTILITY = "sex_fertility"
    PARENTING = "parenting"
    FAMILY = "family"
    WORK = "work"
    EDUCATION = "education"
    MONEY = "money"
    HOUSING = "housing"
    DRIVING = "driving"
    TRAVEL = "travel"
    SPORT = "sport"
    HOBBIES = "hobbies"
    TECHNOLOGY = "technology"
    PERSONAL_ASSISTANTS = "personal_assistants"
    FAITH = "faith"
    AGEING = "ageing"


class GoalState(Code):
    """How far a goal is. Fixed for ever."""

    NOT_STARTED = "not_started"
    SOME_STEPS = "some_steps"
    MOSTLY = "mostly"
    MET = "met"
    CHANGED_MIND = "changed_mind"


class SessionStatus(StrEnum):
    """What became of a call. Fixed for ever."""

    PLANNED = "planned"
    HELD = "held"
    MISSED_BY_MENTEE = "missed_by_mentee"
    MISSED_BY_MENTOR = "missed_by_mentor"
    MOVED = "moved"


class SessionChannel(Code):
    """How a mentor and a mentee meet. Fixed for ever."""

    PHONE = "phone"
    VIDEO = "video"
    IN_PERSON_WARD = "in_person_ward"
    IN_PERSON_OTHER = "in_person_other"
    TEXT = "text"


class Gender(Code):
    """Gender as said for mentoring; never from equality answers. Fixed for ever."""

    WOMAN = "woman"
    MAN = "man"
    NON_BINARY = "non_binary"
    SELF_DESCRIBED = "self_described"
    NOT_SAID = "not_said"


class DbsLevel(Code):
    """How far a mentor was checked (Disclosure and Barring Service). Fixed for ever."""

    NONE = "none"
    BASIC = "basic"
    STANDARD = "standard"
    ENHANCED = "enhanced"
    ENHANCED_BARRED = "enhanced_barred"


class MentorCheck(Code):
    """What a mentor must have before a match starts (domain.md 7.6). Fixed for ever."""

    TRAINING = "training"
    CONDUCT = "conduct"
    REFERENCES = "references"
    DBS = "dbs"
    SUPERVISION = "supervision"


class CareItem(Code):
    """Care and equipment that mentor and mentee may share. Fixed for ever."""

    VENTILATOR = "ventilator"
    CATHETER = "catheter"
    BOWEL_ROUTINE = "bowel_routine"
    PERSONAL_ASSISTANT = "personal_assistant"
    POWER_CHAIR = "power_chair"
    MANUAL_CHAIR = "manual_chair"
    WALKS_SOME = "walks_some"


class LifeFact(Code):
    """Circumstances that mentor and mentee may share. Fixed for ever."""

    PARENT_YOUNG_CHILDREN = "parent_young_children"
    WORKING = "working"
    STUDENT = "student"
    RETIRED = "retired"
    LIVES_ALONE = "lives_alone"
    CARES_FOR_OTHER = "cares_for_other"


class ToldItem(Code):
    """What a mentee lets the mentor know (domain.md 7.1). Fixed for ever."""

    LEVEL = "level"
    CAUSE = "cause"
    YEARS = "years"
    BLADDER = "bladder"
    BOWELS = "bowels"
    PAIN = "pain"
    FAMILY = "family"
    WORK = "work"
    PHOTO = "photo"


class Exclusion(Code):
    """What rules a pair out whatever the score (domain.md 7.2); coordinators only. Fixed for ever."""

    ROLE_KIND_MISMATCH = "role_kind_mismatch"
    MENTOR_NOT_ACTIVE = "mentor_not_active"
    CHECKS_LAPSED = "checks_lapsed"
    AT_CAPACITY = "at_capacity"
    NO_SHARED_CHANNEL_OR_TIME = "no_shared_channel_or_time"
    NO_SHARED_LANGUAGE = "no_shared_language"
    KNOWN_TO_EACH_OTHER = "known_to_each_other"
    SAME_HOUSEHOLD = "same_household"
    MENTEE_MUST_NOT = "mentee_must_not"
    TOPIC_UNWILLING = "topic_unwilling"
    ENDED_BADLY_BEFORE = "ended_badly_before"
    LEAD_BAR = "lead_bar"
    YOUNG_PERSON_NOT_CLEARED = "young_person_not_cleared"
    CONSENT_MISSING = "consent_missing"


class Criterion(Code):
    """One fact that makes a pair fit better (domain.md 7.3). Fixed for ever."""

    TOPICS = "topics"
    LEVEL_BAND = "level_band"
    COMPLETENESS = "completeness"
    YEARS_AHEAD = "years_ahead"
    AGE_BAND = "age_band"
    LIFE_FACTS = "life_facts"
    CARE_EQUIPMENT = "care_equipment"
    INTERESTS = "interests"
    GENDER_PREFER = "gender_prefer"
    AREA = "area"


class PulseSubject(Code):
    """Whose answer a pulse is. Fixed for ever."""

    MENTEE = "mentee"
    MENTOR = "mentor"


class Instrument(Code):
    """A questionnaire whose answers are kept before and after. Fixed for ever."""

    UCLA3 = "ucla3"
    ONS_LONELY = "ons_lonely"
    ONS4 = "ons4"
    SWEMWBS = "swemwbs"
    COPING5 = "coping5"


class MeasureOccasion(Code):
    """When in the journey a questionnaire was answered. Fixed for ever."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
    FOLLOW_UP = "follow_up"


class MeasureMode(Code):
    """Who gave the answers, and how; a proxy's make no score. Fixed for ever."""

    SELF = "self"
    READ_ALOUD = "read_aloud"
    PROXY = "proxy"


class ConcernState(Code):
    """Where a safeguarding concern stands with the lead. Fixed for ever."""

    SENT = "sent"
    READ = "read"
    ACTING = "acting"
    PASSED_ON = "passed_on"
    CLOSED = "closed"


class AgreedToShare(Code):
    """Whether the person agreed that a concern about them is told. Fixed for ever."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


class EthnicGroup(Code):
    """The group somebody says they belong to (GSS, census 2021). Fixed for ever."""

    ASIAN = "asian"
    BLACK = "black"
    MIXED = "mixed"
    WHITE = "white"
    OTHER = "other"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class Sex(Code):
    """What somebody says their sex is (census 2021). Fixed for ever."""

    FEMALE = "female"
    MALE = "male"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class SexualOrientation(Code):
    """What somebody says their sexual orientation is (GSS). Fixed for ever."""

    STRAIGHT = "straight"
    GAY_OR_LESBIAN = "gay_or_lesbian"
    BISEXUAL = "bisexual"
    OTHER = "other"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class Religion(Code):
    """The religion somebody says they have (census 2021). Fixed for ever."""

    NONE = "none"
    CHRISTIAN = "christian"
    BUDDHIST = "buddhist"
    HINDU = "hindu"
    JEWISH = "jewish"
    MUSLIM = "muslim"
    SIKH = "sikh"
    OTHER = "other"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class RecordType(StrEnum):
    """The kinds of record, as they travel. Fixed for ever."""

    ORGANISATION = "organisation"
    SITE = "site"
    AGREEMENT = "agreement"
    SERVICE = "service"
    USER = "user"
    NOTICE = "notice"
    PERSON = "person"
    INJURY = "injury"
    CONTACT_POINT = "contact_point"
    RELATIONSHIP = "relationship"
    STAY = "stay"
    CONSENT_WORDING = "consent_wording"
    CONSENT_EVENT = "consent_event"
    REFERRAL = "referral"
    REFERRAL_EVENT = "referral_event"
    SIGNPOST = "signpost"
    CASE_NOTE = "case_note"
    TASK = "task"
    AUDIT_ENTRY = "audit_entry"
    SHARE_CARD = "share_card"
    REMOVAL_RECEIPT = "removal_receipt"
    CONFLICT = "conflict"
    ATTACHMENT = "attachment"
    MENTOR_PROFILE = "mentor_profile"
    MENTEE_PROFILE = "mentee_profile"
    MATCH = "match"
    MATCH_EVENT = "match_event"
    SESSION = "session"
    PULSE_ANSWER = "pulse_answer"
    GOAL = "goal"
    MATCH_CARD = "match_card"
    PERSON_MERGE = "person_merge"
    SAME_PERSON = "same_person"
    OUTCOME_MEASURE = "outcome_measure"
    CONCERN = "concern"
    CONCERN_STEP = "concern_step"
    AUDIT_SUBJECT = "audit_subject"
    EQUALITY_ANSWERS = "equality_answers"


class FileKind(Code):
    """What a file beside a record may be, decided by its content and never by its name (domain.md 4.3)."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TXT = "txt"
    DOCX = "docx"
    XLSX = "xlsx"
    M4A = "m4a"


class OpKind(StrEnum):
    """What an op does to a record. Fixed for ever."""

    CREATE = "create"
    PATCH = "patch"
    APPEND = "append"
    TRANSITION = "transition"
    CONSENT = "consent"
    RESOLVE = "resolve"
    ARCHIVE = "archive"
    ERASE_REQUEST = "erase_request"
    MERGE_PERSON = "merge_person"
    UNMERGE_PERSON = "unmerge_person"
    SKIP = "skip"


class DropReason(Code):
    """Why a record must go from a laptop. Fixed for ever."""

    CONSENT = "consent"
    ENDED = "ended"
    MOVED = "moved"
    ERASED = "erased"
    TEAM = "team"
