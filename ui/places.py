"""Where one can go: every page by its key, the navigation of each role, and what is remembered over a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec
from PySide6.QtCore import QCoreApplication

from app.domain.access import Action, Reach, permitted
from app.domain.codes import Role
from app.domain.ids import PersonId, UserId
from app.use_cases.gap_watch import COORDINATES
from ui.context import PageContext
from ui.pages.access_requests import AccessRequestPage, AccessRequestsPage
from ui.pages.agreement import AgreementPage
from ui.pages.agreement_form import AgreementFormPage
from ui.pages.agreements import AgreementsPage
from ui.pages.attention import AttentionPage
from ui.pages.audit import AuditPage
from ui.pages.concern import ConcernPage
from ui.pages.concerns import ConcernFilePage, ConcernsPage
from ui.pages.consent import ConsentPage
from ui.pages.consent_check import ConsentCheckPage
from ui.pages.consent_done import ConsentDonePage
from ui.pages.directory import DirectoryPage
from ui.pages.equality import EqualityPage
from ui.pages.from_outside import FromOutsidePage
from ui.pages.gap import GapPage
from ui.pages.gaps import GapsPage
from ui.pages.hand_over import HandOverPage
from ui.pages.held_back import HeldBackPage
from ui.pages.help import HelpPage
from ui.pages.impact import ImpactPage
from ui.pages.import_people import ImportPeoplePage
from ui.pages.leaving_ward import LeavingWardPage
from ui.pages.letter import LetterPage
from ui.pages.match import MatchPage
from ui.pages.match_weights import MatchWeightsPage
from ui.pages.matching import MatchingPage
from ui.pages.measures import MeasuresPage
from ui.pages.mentor import MentorPage
from ui.pages.mentoring import MentoringPage
from ui.pages.mentors import MentorsPage
from ui.pages.my_matches import MyMatchesPage
from ui.pages.notice import NoticePage
from ui.pages.notice_form import NoticeFormPage
from ui.pages.noticeboard import NoticeboardPage
from ui.pages.open_hand_over import OpenHandOverPage
from ui.pages.people import PeoplePage
from ui.pages.person import PersonPage
from ui.pages.pulse import PulsePage
from ui.pages.quality import QualityPage
from ui.pages.refer import ReferPage
from ui.pages.referral import ReferralPage
from ui.pages.register_person import RegisterPersonPage
from ui.pages.same_person import SamePersonPage
from ui.pages.service import ServicePage
from ui.pages.session_log import SessionLogPage
from ui.pages.settings import SettingsPage
from ui.pages.stop_sharing import StopSharingPage
from ui.pages.sync import SyncPage
from ui.pages.team_inbox import TeamInboxPage
from ui.pages.today import TodayPage
from ui.pages.vault_page import VaultPage
from ui.pages.waiting_list import WaitingListPage
from ui.shell import NavigationEntry
from ui.view_models.subjects import AskAbout, AskPulse, LogCall, ReferTo, ToCheck, WasRecorded

MakePage = Callable[[PageContext], VaultPage]

PAGES: Final[Mapping[str, MakePage]] = MappingProxyType(
    {
        "today": TodayPage,
        "people": PeoplePage,
        "person": PersonPage,
        "register_person": RegisterPersonPage,
        "import_people": ImportPeoplePage,
        "same_person": SamePersonPage,
        "consent": ConsentPage,
        "consent_check": ConsentCheckPage,
        "consent_done": ConsentDonePage,
        "stop_sharing": StopSharingPage,
        "refer": ReferPage,
        "referral": ReferralPage,
        "letter": LetterPage,
        "team_inbox": TeamInboxPage,
        "from_outside": FromOutsidePage,
        "gaps": GapsPage,
        "gap": GapPage,
        "leaving_ward": LeavingWardPage,
        "hand_over": HandOverPage,
        "open_hand_over": OpenHandOverPage,
        "mentoring": MentoringPage,
        "matching": MatchingPage,
        "waiting_list": WaitingListPage,
        "match_weights": MatchWeightsPage,
        "mentors": MentorsPage,
        "mentor": MentorPage,
        "my_matches": MyMatchesPage,
        "match": MatchPage,
        "session_log": SessionLogPage,
        "pulse": PulsePage,
        "quality": QualityPage,
        "concern": ConcernPage,
        "concerns": ConcernsPage,
        "concern_file": ConcernFilePage,
        "measures": MeasuresPage,
        "equality": EqualityPage,
        "impact": ImpactPage,
        "directory": DirectoryPage,
        "service": ServicePage,
        "agreements": AgreementsPage,
        "agreement": AgreementPage,
        "agreement_form": AgreementFormPage,
        "noticeboard": NoticeboardPage,
        "notice": NoticePage,
        "notice_form": NoticeFormPage,
        "access_requests": AccessRequestsPage,
        "access_request": AccessRequestPage,
        "held_back": HeldBackPage,
        "audit": AuditPage,
        "attention": AttentionPage,
        "sync": SyncPage,
        "settings": SettingsPage,
        "help": HelpPage,
    }
)
"""Every page by the key it is opened with."""

FIRST: Final = "today"
"""The page to begin with; a volunteer begins with their matches (`first_of`)."""

LAST_PLACE: Final = "last_place"
"""The setting under which the place to return to after a lock is kept."""

ENTRY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "same_person": "people",
        "person": "people",
        "register_person": "people",
        "import_people": "people",
        "consent": "people",
        "consent_check": "people",
        "consent_done": "people",
        "stop_sharing": "people",
        "equality": "people",
        "refer": "people",
        "referral": "team_inbox",
        "letter": "team_inbox",
        "from_outside": "team_inbox",
        "gap": "gaps",
        "leaving_ward": "today",
        "hand_over": "today",
        "open_hand_over": "today",
        "matching": "mentoring",
        "waiting_list": "mentoring",
        "match_weights": "mentoring",
        "mentors": "mentoring",
        "mentor": "mentoring",
        "quality": "mentoring",
        "concern_file": "concerns",
        "access_request": "access_requests",
        "held_back": "access_requests",
        "match": "my_matches",
        "session_log": "my_matches",
        "service": "directory",
        "agreements": "directory",
        "agreement": "directory",
        "agreement_form": "directory",
        "noticeboard": "directory",
        "notice": "directory",
        "notice_form": "directory",
    }
)
"""The navigation entry a page belongs to; a page that is not named keeps the present one."""

_STEPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "consent": frozenset({"consent_check", "from_outside"}),
        "consent_done": frozenset({"consent", "consent_check"}),
        "person": frozenset({"consent", "consent_check", "consent_done", "stop_sharing", "refer", "same_person"}),
        "today": frozenset({"same_person"}),
        "refer": frozenset({"consent_done"}),
        "referral": frozenset({"from_outside"}),
        "match": frozenset({"session_log", "pulse"}),
        "matching": frozenset({"pulse", "session_log"}),
        "my_matches": frozenset({"match", "session_log", "pulse"}),
        "agreement": frozenset({"agreement_form"}),
        "notice": frozenset({"notice_form"}),
        "agreements": frozenset({"agreement", "agreement_form"}),
    }
)
"""Pages that are done with once the named page is opened from them: Back does not return to a spent form."""

_CASEWORK: Final = frozenset({Role.OUTREACH_WORKER, Role.COORDINATOR, Role.INTAKE_WORKER})


_VOLUNTEER: Final = frozenset({Role.MENTOR})


def first_of(roles: Iterable[Role]) -> str:
    """Return the page that somebody in these roles begins with: what waits, or for a volunteer their matches."""
    return "my_matches" if frozenset(roles) == _VOLUNTEER else FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page and what it is open on, as both are kept over a lock.

    Attributes:
        user: whose place it is: a colleague who signs in next begins at the beginning.
        page: the key.
        subject: a person or referral; None for a page of lists.
        field: accessible name of the control that had the keyboard.
        day: the London day, ISO; another day begins at the beginning.
    """

    user: UUID
    page: str
    subject: UUID | None
    field: str
    day: str


def entries_for(roles: Iterable[Role]) -> list[NavigationEntry]:
    """Return where these roles may go; what a role cannot use is absent."""
    held = frozenset(roles)
    if held == _VOLUNTEER:
        entries = [("my_matches", QCoreApplication.translate("places", "Mentoring"))]
    else:
        entries = [("today", QCoreApplication.translate("places", "Today"))]
    if held & _CASEWORK:
        entries.append(("people", QCoreApplication.translate("places", "People")))
        entries.append(("team_inbox", QCoreApplication.translate("places", "Referrals")))
    if Role.COORDINATOR in held:
        entries.append(("mentoring", QCoreApplication.translate("places", "Mentoring")))
    if permitted(held, Action.WORK_CONCERN) is not None:
        entries.append(("concerns", QCoreApplication.translate("places", "Concerns")))
    if held & COORDINATES:
        entries.append(("gaps", QCoreApplication.translate("places", "Gap watch")))
    reads_reports = permitted(held, Action.READ_REPORTS) in (Reach.ORGANISATION, Reach.SITES)
    if reads_reports or permitted(held, Action.READ_TOTALS) is not None:
        entries.append(("impact", QCoreApplication.translate("places", "Impact")))
    if permitted(held, Action.READ_DIRECTORY) is not None:
        entries.append(("directory", QCoreApplication.translate("places", "Directory")))
    if permitted(held, Action.RELEASE_RIGHTS) is not None:
        entries.append(("access_requests", QCoreApplication.translate("places", "Requests")))
    if permitted(held, Action.READ_AUDIT) is Reach.ORGANISATION:
        entries.append(("audit", QCoreApplication.translate("places", "Audit")))
    entries.append(("attention", QCoreApplication.translate("places", "Attention")))
    entries.append(("settings", QCoreApplication.translate("places", "Settings")))
    return [NavigationEntry(key=key, words=words) for key, words in entries]


def entry_keys(roles: Iterable[Role]) -> frozenset[str]:
    """Return the keys of the navigation of these roles."""
    return frozenset(entry.key for entry in entries_for(roles))


def is_spent(page: VaultPage, key: str, then: str) -> bool:
    """Answer whether a page is done with when `then` is opened from it."""
    if isinstance(page, RegisterPersonPage) and then == "person":
        # Emptied when the person was saved; while something stands in it, Back leads to it again.
        return not page.form.full_name.text.strip()
    return key in _STEPS.get(then, frozenset())


def place_of(page: str, subject: object | None, *, user: UserId, field: str, day: str) -> Place:
    """Return the place to return to; what a page was handed is cut down to its id, the draft holds the rest."""
    match subject:
        case ToCheck():
            page = "consent"
        case WasRecorded():
            page = "person"
        case _:
            pass
    return Place(user=user, page=page, subject=id_of(subject), field=field, day=day)


def written(place: Place) -> str:
    """Return a place as it is kept."""
    return msgspec.json.encode(place).decode()


def read_place(text: str, *, user: UserId, day: str) -> Place | None:
    """Return the place that was kept for this person on this day, or None."""
    if not text:
        return None
    try:
        place = msgspec.json.decode(text, type=Place)
    except msgspec.MsgspecError:
        return None  # Kept by another version: the beginning is a good place too.
    return place if place.user == user and place.day == day and place.page in PAGES else None


def id_of(subject: object | None) -> UUID | None:
    """Return the id a page is about, of whatever says which; None when it is about nobody."""
    match subject:
        case UUID():
            return subject
        case LogCall():
            return subject.amends or subject.match_id
        case AskPulse():
            return subject.match_id
        case AskAbout() | ToCheck() | WasRecorded() | ReferTo():
            return PersonId(subject.person_id)
        case _:
            return None
