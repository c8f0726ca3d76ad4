"""Numbers and addresses that have a form of their own: health numbers, phones, e-mail, postcodes, languages."""

from __future__ import annotations

import re
from types import MappingProxyType

import phonenumbers
from stdnum import exceptions as number_faults
from stdnum.gb import nhs

from app.domain.codes import ContactKind, Nation
from app.domain.tidying import tidy_line, tidy_text
from app.errors import BadInputError

PHONES = frozenset({ContactKind.MOBILE, ContactKind.LANDLINE, ContactKind.WARD_PHONE})
"""The contact points that are rung."""

POST_LINES = 5
"""Lines of an address on an envelope."""

LONGEST_EMAIL = 254
"""Characters of an address that can be delivered (RFC 5321, 4.5.3.1.3)."""

UNITED_KINGDOM = frozenset({Nation.ENGLAND, Nation.WALES, Nation.SCOTLAND, Nation.NORTHERN_IRELAND})
"""The nations with UK postcodes; the Crown dependencies write theirs alike."""

_UK_COUNTRY_CODE = 44
_UK_KIND_BY_FIRST = MappingProxyType(
    {
        "1": phonenumbers.PhoneNumberType.FIXED_LINE,
        "2": phonenumbers.PhoneNumberType.FIXED_LINE,
        "7": phonenumbers.PhoneNumberType.MOBILE,
    }
)
"""Ofcom, National Telephone Numbering Plan, A1: 07 has ten digits behind the 0, 01 nine or ten, 02 ten."""

_NUMBER_GAPS = re.compile(r"[\s\u2010-\u2015-]+")
_LOCAL_PART = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}")
_DOMAIN = re.compile(r"(?:(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
_UK_POSTCODE = re.compile(r"(?:GIR 0AA|[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2})")
_ANY_POSTCODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,8}[A-Z0-9])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_CHARITY_NUMBER = re.compile(r"[0-9]{6,8}|SC[0-9]{6}|NIC[0-9]{6}")


def nhs_number(text: str, *, record: str = "person", field: str = "nhs_number") -> str:
    """Return the ten digits of an NHS number, whatever spaces and hyphens it was typed with.

    Raises:
        BadInputError: `bad_format` when it fails modulus 11 (NHS Data Dictionary, NHS NUMBER).
    """
    digits = health_digits(text, record=record, field=field)
    if not passes_modulus_11(digits):
        raise BadInputError.at(record, field, "bad_format")
    return digits


def health_digits(text: str, *, record: str = "person", field: str = "nhs_number") -> str:
    """Return the ten digits of an NHS, CHI or H&C number without asking for its check digit.

    Raises:
        BadInputError: `bad_format` when there are not ten.
    """
    digits = _NUMBER_GAPS.sub("", text)
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        raise BadInputError.at(record, field, "bad_format", kind="digits")
    return digits


def passes_modulus_11(digits: str) -> bool:
    """Answer whether ten digits pass the check of an NHS number; one digit ten times over was never issued."""
    try:
        nhs.validate(digits)
    except number_faults.ValidationError:
        return False
    return len(set(digits)) > 1


def phone(text: str, *, nation: Nation = Nation.UNKNOWN, record: str = "contact_point", field: str = "value") -> str:
    """Return a phone number as E.164, read as one of the United Kingdom unless it says otherwise.

    Raises:
        BadInputError: `bad_format` when no such number can exist, or when an extension follows: that belongs in
            the label, where people read it.
    """
    try:
        number = phonenumbers.parse(text, "IE" if nation is Nation.IRELAND else "GB")
    except phonenumbers.NumberParseException as fault:
        raise BadInputError.at(record, field, "bad_format", kind="phone") from fault
    if number.extension or not _is_whole(number):
        raise BadInputError.at(record, field, "bad_format", kind="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """Return a phone number held as E.164 as people dial it here: `07…` in the United Kingdom, `00…` elsewhere."""
    return f"0{number[3:]}" if number.startswith("+44") else number.replace("+", "00", 1)


def _is_whole(number: phonenumbers.PhoneNumber) -> bool:
    """Answer whether a number has a length that its kind can have.

    `is_valid_number` refuses numbers newer than its table, and Ofcom's drama numbers; a possible length is enough,
    but not one that only a neighbour could dial ("07700"), nor that of another kind: a UK mobile of nine digits.
    """
    kind = phonenumbers.PhoneNumberType.UNKNOWN
    if number.country_code == _UK_COUNTRY_CODE:
        if number.italian_leading_zero:
            # The 0 of the trunk is left standing only where nothing fits behind it.
            return False
        kind = _UK_KIND_BY_FIRST.get(str(number.national_number)[0], kind)
    reason = phonenumbers.is_possible_number_for_type_with_reason(number, kind)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def email(text: str, *, record: str = "contact_point", field: str = "value") -> str:
    """Return an e-mail address with its domain in lower case.

    Raises:
        BadInputError: `bad_format` when it is not one name, one `@` and a domain, or `too_long`.
    """
    local, at, domain = tidy_line(text, record=record, field=field).partition("@")
    domain = domain.lower()
    if not at or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise BadInputError.at(record, field, "bad_format", kind="email")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadInputError.at(record, field, "bad_format", kind="email")
    if len(local) + 1 + len(domain) > LONGEST_EMAIL:
        raise BadInputError.at(record, field, "too_long", longest=LONGEST_EMAIL)
    return f"{local}@{domain}"


def postcode(text: str, *, nation: Nation = Nation.UNKNOWN, record: str = "person", field: str = "postcode") -> str:
    """Return a postcode in capitals, a UK one with its one space.

    Raises:
        BadInputError: `bad_format` when it is none of a UK nation, or no postcode at all.
    """
    typed = tidy_line(text, record=record, field=field).upper()
    packed = typed.replace(" ", "")
    spaced = f"{packed[:-3]} {packed[-3:]}"
    if _UK_POSTCODE.fullmatch(spaced):
        return spaced
    if nation in UNITED_KINGDOM or not _ANY_POSTCODE.fullmatch(typed):
        raise BadInputError.at(record, field, "bad_format")
    return typed


def contact_value(
    kind: ContactKind,
    text: str,
    *,
    nation: Nation = Nation.UNKNOWN,
    record: str = "contact_point",
    field: str = "value",
) -> str:
    """Return the value of a contact point in its one form: a phone as E.164, an e-mail, an address of some lines.

    Raises:
        BadInputError: `required`, `bad_format` or `too_long`.
    """
    if not text.strip():
        raise BadInputError.at(record, field, "required")
    if kind in PHONES:
        return phone(text, nation=nation, record=record, field=field)
    if kind is ContactKind.EMAIL:
        return email(text, record=record, field=field)
    if kind is not ContactKind.POST:
        return tidy_line(text, record=record, field=field)
    address = tidy_text(text, record=record, field=field)
    if len(address.split("\n")) > POST_LINES:
        raise BadInputError.at(record, field, "too_long", lines=POST_LINES)
    return address


def is_language(tag: str) -> bool:
    """Answer whether a text has the shape of a BCP 47 language tag, such as `en-GB`."""
    return _LANGUAGE.fullmatch(tag) is not None


def is_charity_number(text: str) -> bool:
    """Answer whether a text has the shape of a charity number of England and Wales, Scotland or Northern Ireland."""
    return _CHARITY_NUMBER.fullmatch(text) is not None
