"""The referrals of one visit as they are put together: needs, services, and what each receiver will see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QCoreApplication

from app.domain.codes import DuplicateReason, Need, PackageField, Purpose, ReferralKind, ReferralState
from app.domain.gate import purpose_for
from app.domain.ids import ServiceId
from app.domain.proposing import For, Likely, Stage, When
from app.use_cases.refer import KeptReferral, Preview, Referred, Request, ServiceChoice
from ui.messages import day_words, days_words, joined, label
from ui.view_models.consent_talk import Place
from ui.view_models.package_words import ALWAYS_TOLD
from ui.view_models.referral_beside import already_words
from ui.widgets.text import filled, in_sentence, lower_first

ALREADY_OPEN: Final = "already_open"
NOT_STRUCK: Final = frozenset({PackageField.NAME, *ALWAYS_TOLD})
"""Lines without which nobody knows who is referred, and what for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was chosen and typed so far; every change makes a new one.

    Attributes:
        needs: what the person needs.
        chosen: the services, in the order of choosing.
        introductions: front doors that a new yes proposes; each was ticked beforehand.
        left_out: why an introduction was unticked.
        whys: the reason as the receiver reads it, where it was changed.
        struck: lines struck out, per service.
        duplicates: why a second referral to a service is right.
        best_time: when to get in touch, in words.
    """

    needs: frozenset[Need] = frozenset()
    chosen: tuple[ServiceId, ...] = ()
    introductions: tuple[ServiceId, ...] = ()
    left_out: Mapping[ServiceId, str] = field(default_factory=dict)
    whys: Mapping[ServiceId, str] = field(default_factory=dict)
    struck: Mapping[ServiceId, frozenset[PackageField]] = field(default_factory=dict)
    duplicates: Mapping[ServiceId, DuplicateReason] = field(default_factory=dict)
    best_time: str = ""

    def with_needs(self, needs: frozenset[Need]) -> Visit:
        """Return the visit for other needs."""
        return replace(self, needs=needs)

    def ticked(self, service: ServiceId, *, is_ticked: bool) -> Visit:
        """Return the visit with a service chosen or left out."""
        others = tuple(known for known in self.chosen if known != service)
        return replace(self, chosen=(*others, service) if is_ticked else others)

    def because(self, service: ServiceId, why: str) -> Visit:
        """Return the visit with another reason for one service."""
        return replace(self, whys={**self.whys, service: why})

    def with_struck(self, service: ServiceId, line: PackageField, *, is_struck: bool) -> Visit:
        """Return the visit with one line struck out, or put back."""
        struck = self.struck.get(service, frozenset())
        return replace(self, struck={**self.struck, service: struck | {line} if is_struck else struck - {line}})

    def why(self, choice: ServiceChoice, called: str) -> str:
        """Return the reason for one service: as typed, else as the needs propose it."""
        return self.whys.get(choice.service_id, self._proposed(choice, called))

    def needs_of(self, choice: ServiceChoice) -> frozenset[Need]:
        """Return what one referral asks for.

        An introduction is a contact, not a mentor match, so it rests on the yes to being contacted.
        """
        met = choice.needs_met & self.needs
        if met:
            return met
        only_mentoring = purpose_for(self.needs) is Purpose.MENTORING
        return self.needs | {Need.OTHER} if only_mentoring or not self.needs else self.needs

    def is_introduction(self, choice: ServiceChoice) -> bool:
        """Answer whether a choice is an introduction to the front door."""
        return choice.introduction and not choice.needs_met & self.needs

    def request(self, choice: ServiceChoice, called: str, shown_hash: str = "") -> Request:
        """Return one referral as it is previewed and sent."""
        is_introduction = self.is_introduction(choice) or choice.service_id in self.introductions
        return Request(
            service_id=choice.service_id,
            kind=ReferralKind.INTRODUCTION if is_introduction else ReferralKind.SERVICE,
            needs=self.needs_of(choice),
            why=self.why(choice, called),
            best_time=self.best_time,
            struck=self.struck.get(choice.service_id, frozenset()),
            shown_hash=shown_hash,
            duplicate_reason=self.duplicates.get(choice.service_id),
        )

    def place(self, choice: ServiceChoice) -> Place:
        """Return the cell of consent that a referral to this service rests on."""
        return choice.org_id, purpose_for(self.needs_of(choice))

    def values(self) -> dict[str, Any]:
        """Return the visit as a draft keeps it."""
        return {
            "needs": sorted(self.needs),
            "chosen": [str(service) for service in self.chosen],
            "introductions": [str(service) for service in self.introductions],
            "left_out": {str(service): reason for service, reason in self.left_out.items()},
            "whys": {str(service): why for service, why in self.whys.items()},
            "struck": {str(service): sorted(lines) for service, lines in self.struck.items()},
            "duplicates": {str(service): reason for service, reason in self.duplicates.items()},
            "best_time": self.best_time,
        }

    def _proposed(self, choice: ServiceChoice, called: str) -> str:
        if self.is_introduction(choice):
            words = QCoreApplication.translate("refer", "{called} would like to get to know {org}.")
            return filled(words, called=called, org=choice.org_name)
        needs = [lower_first(label("need", need)) for need in sorted(choice.needs_met & self.needs)]
        words = QCoreApplication.translate("refer", "{called} is looking for: {needs}.")
        return filled(words, called=called, needs=joined(needs))


def restored_visit(values: Mapping[str, Any]) -> Visit:
    """Return a visit from a draft."""
    return Visit(
        needs=frozenset(Need(need) for need in values.get("needs", ())),
        chosen=tuple(_service(service) for service in values.get("chosen", ())),
        introductions=tuple(_service(service) for service in values.get("introductions", ())),
        left_out={_service(service): str(reason) for service, reason in values.get("left_out", {}).items()},
        whys={_service(service): str(why) for service, why in values.get("whys", {}).items()},
        struck={
            _service(service): frozenset(PackageField(line) for line in lines)
            for service, lines in values.get("struck", {}).items()
        },
        duplicates={
            _service(service): DuplicateReason(reason) for service, reason in values.get("duplicates", {}).items()
        },
        best_time=str(values.get("best_time", "")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWords:
    """One service in sentences: what it is for and why it fits, what is doubtful, when it begins, and exceptions."""

    name: str
    facts: str
    cautions: tuple[str, ...]
    when: str
    exceptions: tuple[str, ...]


def service_words(choice: ServiceChoice, needs: frozenset[Need], on: date | None = None) -> ServiceWords:
    """Return one service as a line to tick, with everything that speaks for waiting or asking somebody else."""
    met = [lower_first(label("need", need)) for need in sorted(choice.needs_met & needs)]
    facts = []
    if met:
        facts.append(filled(QCoreApplication.translate("refer", "For: {needs}."), needs=joined(met)))
    elif choice.introduction:
        facts.append(QCoreApplication.translate("refer", "The front door: to get to know each other."))
    if choice.wait_days is not None:
        words = QCoreApplication.translate("refer", "Usual wait: {days}.")
        facts.append(filled(words, days=days_words(choice.wait_days)))
    cautions = [words for code in choice.warnings if (words := _caution(code, choice, on))]
    if choice.stale:
        words = QCoreApplication.translate("refer", "This entry was last checked on {day}. Ask before you promise it.")
        cautions.append(filled(words, day=f"{day_words(choice.checked_on)} {choice.checked_on.year}"))
    return ServiceWords(
        name=f"{in_sentence(choice.org_name)}: {lower_first(choice.name)}",
        facts=" ".join([*facts, fit] if (fit := _fit(choice)) else facts),
        when=_when(choice, on),
        cautions=tuple(cautions),
        exceptions=tuple(f"{each.when}: {lower_first(each.says)}" for each in choice.exceptions),
    )


def send_words(previews: Mapping[ServiceId, Preview]) -> str:
    """Return what the one button says: "Send 3 referrals", and how many stay drafts."""
    blocked = sum(bool(preview.gate) for preview in previews.values())
    ready = len(previews) - blocked
    if not ready and blocked:
        one = QCoreApplication.translate("refer", "Keep as a draft")
        many = QCoreApplication.translate("refer", "Keep {count} drafts")
        return one if blocked == 1 else filled(many, count=blocked)
    one = QCoreApplication.translate("refer", "Send 1 referral")
    many = QCoreApplication.translate("refer", "Send {count} referrals")
    sent = one if ready == 1 else filled(many, count=ready)
    if not blocked:
        return sent
    return filled(QCoreApplication.translate("refer", "{sent}, keep {count} as a draft"), sent=sent, count=blocked)


def referred_words(referred: Referred) -> str:
    """Return what became of one referral."""
    name = f"{in_sentence(referred.org_name)}: {lower_first(referred.service_name)}"
    if referred.state is ReferralState.DRAFT:
        words = QCoreApplication.translate("refer", "{name} is kept as a draft. {reason}.")
        return filled(words, name=name, reason=label("gate_reason", referred.gate))
    words = QCoreApplication.translate("refer", "{name} waits on this laptop and is sent at the next connection.")
    return filled(words, name=name)


def kept_words(kept: Sequence[KeptReferral], called: str) -> str:
    """Return how many drafts are kept for a person, and for which services."""
    one = QCoreApplication.translate("refer", "A draft for {called} is kept: {names}.")
    many = QCoreApplication.translate("refer", "{count} drafts for {called} are kept: {names}.")
    names = joined([f"{in_sentence(each.org_name)}, {lower_first(each.service_name)}" for each in kept])
    return filled(one if len(kept) == 1 else many, count=len(kept), called=called, names=names)


def left_out_reasons() -> dict[str, str]:
    """Return the reasons not to introduce a person to a charity that may be in touch."""
    return {
        "not_wanted": QCoreApplication.translate("refer", "They do not want it"),
        "not_now": QCoreApplication.translate("refer", "Not now"),
        "in_touch": QCoreApplication.translate("refer", "They are in touch already"),
    }


def left_out_note(choices: Sequence[ServiceChoice], visit: Visit) -> str:
    """Return the note that keeps why introductions were left out, empty when none was."""
    names = {choice.service_id: choice.org_name for choice in choices}
    reasons = left_out_reasons()
    words = QCoreApplication.translate("refer", "No introduction to {org}: {reason}.")
    return " ".join(
        filled(words, org=names[service], reason=lower_first(reasons.get(reason, reason)))
        for service, reason in visit.left_out.items()
        if service in names and service not in visit.chosen
    )


def likely_words(likely: Likely) -> str:
    """Return a need that is often asked about at this stage, and why: "Housing: leaves hospital soon"."""
    why = {
        Stage.LEAVING: QCoreApplication.translate("refer", "Leaves hospital soon, or has just left."),
        Stage.NEW_INJURY: QCoreApplication.translate("refer", "Injured within the last two years."),
        Stage.HANDS: QCoreApplication.translate("refer", "An injury in the neck can affect the hands."),
        Stage.T6_OR_ABOVE: QCoreApplication.translate("refer", "At T6 or above, an emergency needs a plan."),
        Stage.WHEELCHAIR: QCoreApplication.translate("refer", "New to getting about in a wheelchair, perhaps."),
        Stage.UNDER_18: QCoreApplication.translate("refer", "Younger than 18."),
        Stage.FAMILY: QCoreApplication.translate("refer", "Known here as family."),
        Stage.PARENT: QCoreApplication.translate("refer", "Known here as a parent."),
    }
    return f"{label('need', likely.need)}: {lower_first(why[likely.why])}"


def _fit(choice: ServiceChoice) -> str:
    """Return what speaks for a service: "Fits: aged 38 (from 18), in England."."""
    said = [words for each in choice.fits if (words := _fit_words(each, choice))]
    return filled(QCoreApplication.translate("refer", "Fits: {reasons}."), reasons=joined(said)) if said else ""


def _fit_words(fit: For, choice: ServiceChoice) -> str:
    match fit:
        case For.AGE:
            return _age_words(choice)
        case For.NATION:
            return QCoreApplication.translate("refer", "in the right nation")
        case For.IN_HOSPITAL:
            return QCoreApplication.translate("refer", "in hospital now")
        case For.AT_HOME:
            return QCoreApplication.translate("refer", "out of hospital")
        case For.WHO:
            return QCoreApplication.translate("refer", "for people in their situation")


def _age_words(choice: ServiceChoice) -> str:
    if choice.min_age is not None and choice.max_age is not None:
        text = QCoreApplication.translate("refer", "aged {min} to {max}")
    elif choice.max_age is not None:
        text = QCoreApplication.translate("refer", "aged {max} or younger")
    else:
        text = QCoreApplication.translate("refer", "aged {min} or older")
    return filled(text, min=choice.min_age, max=choice.max_age)


def _when(choice: ServiceChoice, on: date | None) -> str:
    """Return when a service can begin: now, after something, from a birthday, or not as things stand."""
    day = "" if choice.when_on is None else day_words(choice.when_on, on)
    match choice.when:
        case When.NOW if on is not None and choice.wait_days:
            text = QCoreApplication.translate("refer", "When: refer now, begins about {day}.")
            return filled(text, day=day_words(on + timedelta(days=choice.wait_days), on))
        case When.NOW:
            return QCoreApplication.translate("refer", "When: now.")
        case When.AFTER_DISCHARGE if day:
            return filled(QCoreApplication.translate("refer", "When: from {day}, when they leave hospital."), day=day)
        case When.AFTER_DISCHARGE:
            return QCoreApplication.translate("refer", "When: once they have left hospital.")
        case When.AFTER_PAUSE if day:
            return filled(QCoreApplication.translate("refer", "When: from {day}, when it opens again."), day=day)
        case When.AFTER_PAUSE:
            return QCoreApplication.translate("refer", "When: once it opens again.")
        case When.FROM_AGE:
            return filled(QCoreApplication.translate("refer", "When: from their birthday, {day}."), day=day)
        case When.NOT_AS_THINGS_STAND:
            if choice.exceptions:
                return QCoreApplication.translate("refer", "When: not as things stand, unless an exception holds.")
            return QCoreApplication.translate("refer", "When: not as things stand.")


def _caution(code: str, choice: ServiceChoice, on: date | None) -> str:
    match code:
        case "too_young":
            return QCoreApplication.translate("refer", "For older people only, as far as the age is known.")
        case "too_old":
            return QCoreApplication.translate("refer", "For younger people only, as far as the age is known.")
        case "age_unknown":
            return QCoreApplication.translate("refer", "Depends on the age, which is not known well enough.")
        case "other_nation":
            return QCoreApplication.translate("refer", "Offered in another nation.")
        case "not_in_hospital":
            return QCoreApplication.translate("refer", "Begins after they leave hospital.")
        case "only_in_hospital":
            return QCoreApplication.translate("refer", "Only while they are in hospital.")
        case "family_only":
            return QCoreApplication.translate("refer", "For families, not for the person with the injury.")
        case "sci_only":
            return QCoreApplication.translate("refer", "For people with a spinal cord injury.")
        case "paused":
            return _paused(choice)
        case "already_open":
            known = choice.already
            said = "" if known is None or on is None else already_words(known, on)
            open_already = QCoreApplication.translate("refer", "A referral to this service is open already.")
            return f"{open_already} {said}".strip()
        case _:
            return ""


def _paused(choice: ServiceChoice) -> str:
    if choice.paused_until is None:
        return QCoreApplication.translate("refer", "Paused for now. It answers when it opens again.")
    words = QCoreApplication.translate("refer", "Paused until {day}. It answers after that.")
    return filled(words, day=f"{day_words(choice.paused_until)} {choice.paused_until.year}")


def _service(text: str) -> ServiceId:
    return ServiceId(UUID(text))
