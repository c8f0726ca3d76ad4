"""The consent receipt as data: ISO/IEC TS 27560:2023 in the terms of the Data Privacy Vocabulary, as JSON-LD.

Source: W3C DPVCG, "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV". The vocabulary has no names
for the charities' purposes and fields, so these carry identifiers of ours with a title in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from app.domain.aggregate import Directory
from app.domain.codes import Decision, GivenBy, PackageField, Purpose, Scope
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.disclosure import scope_fields
from app.domain.ids import OrganisationId, PersonId

RECEIPT: Final = "https://w3id.org/dpv/schema/dpv-27560#receipt"
RECORD: Final = "https://w3id.org/dpv/schema/dpv-27560#record"
CONTEXT: Final[Mapping[str, str]] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "schema": "https://schema.org/",
}

_STATUS: Final[Mapping[Decision, str]] = {
    Decision.AGREED: "dpv:ConsentGiven",
    Decision.REFUSED: "dpv:ConsentRefused",
    Decision.WITHDRAWAL: "dpv:ConsentWithdrawn",
    Decision.DECIDE_LATER: "dpv:ConsentRequestDeferred",
    Decision.NOT_ABLE_NOW: "dpv:ConsentRequestDeferred",
}

# UK GDPR Art. 9: what says something about health, and what the rest of a package is.
_NOT_HEALTH: Final = frozenset(
    {PackageField.NAME, PackageField.KNOWN_AS, PackageField.AGE_BAND, PackageField.LANGUAGE, PackageField.DOB}
)
# Single ways of contact for the purposes that open no class (`domain.md` 4.2).
_ONE_WAY: Final = frozenset({PackageField.NAME, PackageField.CONTACT_POINTS})
_WITHOUT_SCOPE: Final = frozenset({Purpose.SERVICE_IMPROVEMENT, Purpose.RESEARCH_CONTACT, Purpose.NEWS_AND_FUNDRAISING})


Words = Mapping[str, Mapping[str, str]]
"""Titles by list (`purpose`, `package_field`) and slug."""


def pseudonym(person: PersonId, *, org: OrganisationId) -> str:
    """Return a name for a person that one organisation's receipts share, and no two organisations'."""
    return uuid5(NAMESPACE_URL, f"alongside-receipt:{org}:{person}").urn


def receipt_record(event: ConsentEvent, *, directory: Directory, now: datetime, words: Words) -> dict[str, Any]:
    """Return the receipt of an answer or a stop as JSON-LD.

    Nothing of the person stands in it but what was answered: no name, no number, no words of theirs.

    Args:
        event: of kind `answer` or `withdrawal`.
        directory: the alliance, for names and contacts.
        now: when the receipt is made, aware UTC.
        words: titles for purposes and fields, by slug.
    """
    asker = _controller(directory, event.asked_by_org)
    parties = dict.fromkeys([event.asked_by_org, *(line.org for line in event.lines if line.org is not None)])
    record = {
        "@id": event.id.urn,
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(event.id),
        "dct:conformsTo": RECORD,
        "dct:created": _moment(event.at),
        "dpv:hasDataSubject": {"@id": pseudonym(event.person, org=event.asked_by_org), "@type": "dpv:DataSubject"},
        "dpv:hasDataController": [_controller(directory, org) for org in parties],
        "dpv:hasJurisdiction": "loc:GB",
        "dpv:hasApplicableLaw": "UK GDPR and Data Protection Act 2018",
        "dpv:hasNotice": _notice(event),
        "dpv:hasProcess": [_process(line, directory, words) for line in event.lines],
        "dpv:hasConsentStatus": [_status(line, event) for line in event.lines],
    }
    return {
        "@context": dict(CONTEXT),
        "@id": f"{event.id.urn}#receipt",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": f"{event.id}-receipt",
        "dct:conformsTo": RECEIPT,
        "dct:created": _moment(now),
        "dct:publisher": asker,
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": record,
    }


def _process(line: ConsentLine, directory: Directory, words: Words) -> dict[str, Any]:
    process: dict[str, Any] = {
        "@id": line.line_id.urn,
        "@type": "dpv:Process",
        "dpv:hasPurpose": _purpose(line.purpose, words),
        "dpv:hasLegalBasis": ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"],
    }
    if line.org is not None:
        process["dpv:hasRecipient"] = {"@id": line.org.urn, "dct:title": line.org_name_shown}
        process["dpv:hasConsentControl"] = {
            "@type": "dpv:WithdrawConsent",
            "dct:description": _how_to_stop(directory, line.org),
        }
    if line.decision is Decision.AGREED:
        process["dpv:hasPersonalData"] = [_field(name, words) for name in sorted(_fields(line))]
        process["dpv:hasDuration"] = {"dct:valid": _until(line)}
        process["dpv:hasStorageCondition"] = {
            "@type": "dpv:StorageCondition",
            "dct:description": "Removed from the receiver's laptops when the consent ends or is withdrawn.",
        }
    return process


def _status(line: ConsentLine, event: ConsentEvent) -> dict[str, Any]:
    status: dict[str, Any] = {
        "@type": _STATUS.get(line.decision, "dpv:ConsentUnknown"),
        "dpv:isIndicatedAtTime": _moment(event.at),
        "dpv:hasIndicationMethod": "" if event.method is None else event.method.value,
        "dpv:isIndicatedBy": "dpv:DataSubject" if event.given_by in (None, GivenBy.SELF) else "dpv:Representative",
        "dpv:hasContext": {"@id": line.line_id.urn},
    }
    if line.decision is Decision.AGREED:
        status["dct:valid"] = _until(line)
    return status


def _fields(line: ConsentLine) -> frozenset[PackageField]:
    if line.purpose in _WITHOUT_SCOPE:
        return _ONE_WAY - line.withheld
    return scope_fields(line.scope or Scope.CONTACT) - line.withheld


def _field(name: PackageField, words: Words) -> dict[str, str]:
    kind = "dpv:PersonalData" if name in _NOT_HEALTH else "dpv:SpecialCategoryPersonalData"
    return {"@id": f"urn:alongside:field:{name}", "@type": kind, "dct:title": words["package_field"][name]}


def _purpose(purpose: Purpose | None, words: Words) -> dict[str, str]:
    if purpose is None:
        return {"@id": "urn:alongside:purpose:every", "@type": "dpv:Purpose", "dct:title": "Every purpose"}
    return {
        "@id": f"urn:alongside:purpose:{purpose}",
        "@type": "dpv:Purpose",
        "dct:title": words["purpose"][purpose],
    }


def _notice(event: ConsentEvent) -> dict[str, str]:
    notice = {"@type": "dpv:ConsentNotice"}
    known = {
        "dct:identifier": event.wording,
        "dct:language": event.language,
        "dct:format": "" if event.format is None else event.format.value,
        "schema:sha256": event.wording_hash,
    }
    return notice | {name: value for name, value in known.items() if value}


def _controller(directory: Directory, org: OrganisationId) -> dict[str, str]:
    found = directory.organisations.get(org)
    controller = {"@id": org.urn, "@type": "dpv:DataController"}
    if found is None:
        return controller
    return controller | {"dct:title": found.legal_name, "schema:telephone": found.withdraw_phone}


def _how_to_stop(directory: Directory, org: OrganisationId) -> str:
    found = directory.organisations.get(org)
    return "Tell any of the charities." if found is None else f"Ring {found.withdraw_phone}, or tell any of us."


def _until(line: ConsentLine) -> str:
    def day(moment: date | None) -> str:
        return "" if moment is None else moment.isoformat()

    # A Dublin Core period: the whole London days of the yes, both included.
    return f"start={day(line.valid_from)}; end={day(line.ends_on)}; scheme=W3C-DTF;"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
