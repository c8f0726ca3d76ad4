"""Whose record may be changed: one's own; a partner's referral in part; and what a share card shows, through it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.bodies import KINDS
from app.domain.codes import PackageField, RecordType
from app.domain.merging import Change
from app.domain.record import Cls, Merge, field_rules
from sync.central.outcomes import OpRefusedError
from sync.central.overlay import Locked, Row
from sync.central.policy import Caller
from sync.protocol.messages import RejectCode

_CORRECTABLE = frozenset({Merge.LWW, Merge.SET_ADD, Merge.SET_REMOVE})

_OF_THE_RECEIVER = frozenset({"assignee"})
"""Fields of a referral that its receiver keeps (domain.md 4.3)."""

_OF_EVERY_MEMBER = frozenset({"wards"})
"""Fields of a site that whoever visits it may add to."""

_WAY = PackageField.CONTACT_POINTS
_PERMISSION = PackageField.CONTACT_PERMISSIONS
_SHOWN_AS: Mapping[tuple[RecordType, str], PackageField] = MappingProxyType(
    {
        (RecordType.PERSON, "known_as"): PackageField.KNOWN_AS,
        (RecordType.PERSON, "age_band"): PackageField.AGE_BAND,
        (RecordType.PERSON, "language"): PackageField.LANGUAGE,
        (RecordType.PERSON, "comm_needs"): PackageField.COMM_NEEDS,
        **{(RecordType.CONTACT_POINT, name): _WAY for name in ("kind", "value", "label", "valid_until", "preferred")},
        **{
            (RecordType.CONTACT_POINT, name): _PERMISSION
            for name in ("may_use", "safe_times", "may_say_charity_name", "who_may_answer", "safe_word")
        },
    }
)
"""Where on a card a field of a record is shown; any other field cannot be corrected through one."""


CORRECTED_THROUGH_CARDS = frozenset(kind for kind, _ in _SHOWN_AS)
"""Kinds of record that a partner corrects without holding them."""


def check_correction(aggregate: Locked, row: Row, change: Change, caller: Caller) -> bool:
    """Check that the caller may change these fields of a record, and say whether it does so through a card.

    Raises:
        OpRefusedError: `read_only`.
    """
    if caller.is_service or row.org == caller.org:
        return False
    fields = {*change.set, *change.add, *change.rem}
    if row.type is RecordType.REFERRAL and row.body.get("to_org") == str(caller.org) and fields <= _OF_THE_RECEIVER:
        return False
    if row.type is RecordType.SITE and fields <= _OF_EVERY_MEMBER:
        return False
    shown = _shown_to(aggregate, caller)
    if fields and all(_is_correctable(row, name, shown) for name in fields):
        return True
    raise OpRefusedError(RejectCode.READ_ONLY)


def _shown_to(aggregate: Locked, caller: Caller) -> Mapping[str, object]:
    for card in aggregate.of_type(RecordType.SHARE_CARD):
        if card.body.get("receiver") == str(caller.org):
            fields: Mapping[str, object] = card.body.get("fields", {})
            return fields
    return {}


def _is_correctable(row: Row, name: str, shown: Mapping[str, object]) -> bool:
    rule = field_rules(KINDS[row.type]).get(name)
    place = _SHOWN_AS.get((row.type, name))
    if rule is None or place is None or rule.cls is not Cls.CORE or rule.merge not in _CORRECTABLE:
        return False
    on_card = shown.get(place)
    if row.type is RecordType.CONTACT_POINT:
        entries = on_card if isinstance(on_card, list) else []
        return any(isinstance(entry, dict) and entry.get("id") == str(row.id) for entry in entries)
    return on_card is not None
