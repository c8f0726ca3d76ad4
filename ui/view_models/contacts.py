"""Ways to reach a person in words: the number as it is dialled, what it may be used for, what to mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import phonenumbers
from PySide6.QtCore import QCoreApplication

from app.domain.codes import ContactKind, MayUse
from app.domain.person import ContactPoint
from ui.messages import day_words, joined, label
from ui.widgets.text import filled, in_sentence

_PHONES = frozenset({ContactKind.MOBILE, ContactKind.LANDLINE, ContactKind.WARD_PHONE})
_USES = {
    **dict.fromkeys(_PHONES, (MayUse.CALL, MayUse.VOICEMAIL, MayUse.TEXT)),
    ContactKind.EMAIL: (MayUse.EMAIL,),
    ContactKind.POST: (MayUse.POST,),
    ContactKind.VIDEO: (MayUse.VIDEO,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWords:
    """One way to reach a person.

    Attributes:
        kind: what it is, with the label that was given.
        value: the number or address, as people write it.
        uses: what it may be used for, as a sentence.
        cautions: what to mind before using it.
        is_open: whether anything at all is allowed.
    """

    kind: str
    value: str
    uses: str
    cautions: tuple[str, ...]
    is_open: bool


def contact_words(contact: ContactPoint, on: date) -> ContactWords:
    """Return one contact point in words."""
    kind = label("contact_kind", contact.kind)
    uses = [label("may_use", use) for use in possible_uses(contact.kind) if use in contact.may_use]
    lowered = [use[:1].lower() + use[1:] for use in uses]
    allowed = filled(QCoreApplication.translate("contact", "May be used to: {uses}."), uses=joined(lowered))
    nothing = QCoreApplication.translate("contact", "Nobody has said yet what it may be used for.")
    return ContactWords(
        kind=f"{kind}, {in_sentence(contact.label)}" if contact.label else kind,
        value=shown_value(contact),
        uses=allowed if uses else nothing,
        cautions=_cautions(contact, on),
        is_open=bool(uses) and not contact.never_use,
    )


def shown_value(contact: ContactPoint) -> str:
    """Return a number as it is dialled in the United Kingdom, any other value as it stands."""
    if contact.kind not in _PHONES or not contact.value.startswith("+"):
        return contact.value
    number = phonenumbers.parse(contact.value)
    national = number.country_code == 44
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def possible_uses(kind: ContactKind) -> tuple[MayUse, ...]:
    """Return what a way of this kind can be used for at all."""
    return _USES.get(kind, tuple(MayUse))


def _cautions(contact: ContactPoint, on: date) -> tuple[str, ...]:
    said = []
    if contact.never_use:
        said.append(QCoreApplication.translate("contact", "Never use this."))
    if contact.valid_until is not None:
        text = QCoreApplication.translate("contact", "Good until {day}.")
        said.append(filled(text, day=day_words(contact.valid_until, on)))
    if contact.who_may_answer:
        text = QCoreApplication.translate("contact", "Somebody else may answer: {who}.")
        said.append(filled(text, who=contact.who_may_answer))
    if not contact.may_say_charity_name:
        said.append(QCoreApplication.translate("contact", "Do not say a charity’s name to anybody else."))
    return tuple(said)
