"""A charity's spreadsheet of people: its headings, its rows, and what of a row has to be put right (domain.md 7.7, 12).

Nothing in a cell is evaluated. A row is taken whole or goes to repair with a reason for each field.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Final

from app.domain.cells import FORMULA_SIGNS, decoded, plain, separator_of
from app.domain.clocks import parse_partial
from app.domain.faults import Faults
from app.domain.formats import email, phone
from app.domain.record import PartialDate
from app.domain.tidying import tidy_line
from app.errors import BadInputError

MOST_BYTES: Final = 20_000_000
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 4_000
LONGEST_NAME: Final = 80

WATERMARK: Final = "Taken out of Alongside by "
"""What the last row of a list that left begins with; it is no person, and is not read back as one."""

_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_BRITISH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


class Heading(StrEnum):
    """What a column of people is read as. The values are remembered on laptops, and fixed for ever."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    KNOWN_AS = "known_as"
    EMAIL = "email"
    PHONE = "phone"
    BORN = "born"
    CONSENT_DATE = "consent_date"
    CONSENT_BY = "consent_by"
    ROLE = "role"
    WANTED_ROLE = "wanted_role"
    LEVEL = "level"
    AIS = "ais"
    INJURED = "injured"
    TOPICS = "topics"
    NOT_TOPICS = "not_topics"
    INTERESTS = "interests"
    LANGUAGES = "languages"
    NATION = "nation"
    CHANNELS = "channels"
    TIMES = "times"
    MAX_MATCHES = "max_matches"
    TRAINING = "training"
    DBS_LEVEL = "dbs_level"
    DBS_DATE = "dbs_date"
    SUPERVISION_DUE = "supervision_due"
    STATUS = "status"
    GOAL_1 = "goal_1"
    GOAL_2 = "goal_2"
    GOAL_3 = "goal_3"
    GENDER_WISH = "gender_wish"


class ListKind(StrEnum):
    """What a list is of."""

    PEOPLE = "people"
    MENTORS = "mentors"
    MENTEES = "mentees"


WRITTEN: Final[Mapping[Heading, str]] = MappingProxyType(
    {
        Heading.FIRST_NAME: "First name",
        Heading.LAST_NAME: "Last name",
        Heading.KNOWN_AS: "Known as",
        Heading.EMAIL: "Email",
        Heading.PHONE: "Phone",
        Heading.BORN: "Date of birth",
        Heading.CONSENT_DATE: "Consent date",
        Heading.CONSENT_BY: "Consent by",
        Heading.ROLE: "Role",
        Heading.WANTED_ROLE: "Wanted role",
        Heading.LEVEL: "Injury level",
        Heading.AIS: "AIS",
        Heading.INJURED: "Injury date",
        Heading.TOPICS: "Topics",
        Heading.NOT_TOPICS: "Not topics",
        Heading.INTERESTS: "Interests",
        Heading.LANGUAGES: "Languages",
        Heading.NATION: "Nation",
        Heading.CHANNELS: "Channels",
        Heading.TIMES: "Times",
        Heading.MAX_MATCHES: "Max matches",
        Heading.TRAINING: "Training date",
        Heading.DBS_LEVEL: "DBS level",
        Heading.DBS_DATE: "DBS date",
        Heading.SUPERVISION_DUE: "Supervision due",
        Heading.STATUS: "Status",
        Heading.GOAL_1: "Goal 1",
        Heading.GOAL_2: "Goal 2",
        Heading.GOAL_3: "Goal 3",
        Heading.GENDER_WISH: "Gender wish",
    }
)
"""How each heading is written in a file (domain.md 7.7)."""

_H = Heading
_PERSON: Final = (_H.FIRST_NAME, _H.LAST_NAME, _H.KNOWN_AS, _H.EMAIL, _H.PHONE, _H.BORN)

HEADINGS: Final[Mapping[ListKind, tuple[Heading, ...]]] = MappingProxyType(
    {
        ListKind.PEOPLE: (*_PERSON, _H.CONSENT_DATE, _H.CONSENT_BY),
        ListKind.MENTORS: (
            *_PERSON, _H.ROLE, _H.LEVEL, _H.AIS, _H.INJURED, _H.TOPICS, _H.NOT_TOPICS, _H.INTERESTS, _H.LANGUAGES,
            _H.NATION, _H.CHANNELS, _H.TIMES, _H.MAX_MATCHES, _H.TRAINING, _H.DBS_LEVEL, _H.DBS_DATE,
            _H.SUPERVISION_DUE, _H.STATUS,
        ),
        ListKind.MENTEES: (
            *_PERSON, _H.LEVEL, _H.INJURED, _H.WANTED_ROLE, _H.TOPICS, _H.GOAL_1, _H.GOAL_2, _H.GOAL_3,
            _H.GENDER_WISH, _H.CONSENT_DATE, _H.CONSENT_BY,
        ),
    }
)  # fmt: skip
"""What the columns of each kind of list are read as."""

_BY_WORDS = {words.casefold(): heading for heading, words in WRITTEN.items()}
_CONSENT = (Heading.CONSENT_DATE, Heading.CONSENT_BY)
_RECORD_OF = MappingProxyType(
    {
        Heading.FIRST_NAME: ("person", "given_name"),
        Heading.LAST_NAME: ("person", "family_name"),
        Heading.KNOWN_AS: ("person", "known_as"),
        Heading.BORN: ("person", "dob"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a file.

    Attributes:
        number: as a spreadsheet counts, the headings are row 1.
        cells: the text of each cell, as it stood.
        formulas: places of cells that are formulas in the file itself, whatever their text.
    """

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file of people as it was read: its headings as written, and every row with anything in it."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a row says of one person, each value in its one form.

    Attributes:
        had_consent: something was written about consent. It is none: wording, day and giver are not all known.
    """

    number: int
    given_name: str = ""
    family_name: str = ""
    known_as: str = ""
    email: str = ""
    phone: str = ""
    born: PartialDate | None = None
    had_consent: bool = False

    @property
    def name(self) -> str:
        """What the person is called in a list."""
        return " ".join(part for part in (self.given_name, self.family_name) if part) or self.known_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that goes to repair: its number, what stood in it, and the reason of each field that is refused."""

    number: int
    name: str
    reasons: tuple[BadInputError, ...]


def read_csv(content: bytes) -> Sheet:
    """Return the table of a CSV file: UTF-8 or Windows-1252, divided by commas, semicolons or tabs.

    Raises:
        BadInputError: `import.file.too_big`, `.encoding`, `.bad_format`, `.too_many_rows` or `.empty`.
    """
    if len(content) > MOST_BYTES:
        raise BadInputError.at("import", "file", "too_big")
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        raise BadInputError.at("import", "file", "encoding") from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    try:
        return sheet_of(Line(number=number, cells=tuple(cells)) for number, cells in enumerate(reader, start=1))
    except csv.Error as error:
        raise BadInputError.at("import", "file", "bad_format") from error


def sheet_of(lines: Iterable[Line]) -> Sheet:
    """Return the table of some rows, the first of them the headings.

    Raises:
        BadInputError: `import.file.too_many_rows`, or `import.file.empty` when there is no row below the headings.
    """
    headings: tuple[str, ...] = ()
    kept: list[Line] = []
    for line in lines:
        if line.number > MOST_ROWS + 1:
            raise BadInputError.at("import", "file", "too_many_rows", most=f"{MOST_ROWS:,}")
        if line.number == 1:
            headings = tuple(" ".join(cell.split()) for cell in line.cells[:MOST_COLUMNS])
            while headings and not headings[-1]:
                headings = headings[:-1]
        elif line.cells and line.cells[0].startswith(WATERMARK):
            continue
        elif line.formulas or any(cell.strip() for cell in line.cells):
            kept.append(line)
    if not headings or not kept:
        raise BadInputError.at("import", "file", "empty")
    return Sheet(headings=headings, lines=tuple(kept))


def mapping_of(
    headings: Sequence[str], remembered: Mapping[str, str], kind: ListKind = ListKind.PEOPLE
) -> dict[int, Heading]:
    """Return what each column is read as, by its place: its own words first, else what was chosen for them before.

    Columns that are neither are absent; the first of two alike is read.
    """
    found: dict[int, Heading] = {}
    for at, words in enumerate(headings):
        key = words.casefold()
        kept = remembered.get(key, "")
        heading = _BY_WORDS.get(key) or (Heading(kept) if kept in set(Heading) else None)
        if heading in HEADINGS[kind] and heading not in found.values():
            assert heading is not None
            found[at] = heading
    return found


def read_line(line: Line, mapping: Mapping[int, Heading], *, on: date) -> Told | Refused:
    """Return what a row says, or why it has to be put right first."""
    cells = cells_of(line, mapping)
    faults = Faults()
    faults.add(_formulas(line, mapping))
    told = _told(line.number, cells, faults, on)
    if not faults.errors:
        faults.add(_minimum(told))
    if faults.errors:
        return Refused(number=line.number, name=_shown_name(cells), reasons=faults.errors)
    return told


def _told(number: int, cells: Mapping[Heading, str], faults: Faults, on: date) -> Told:
    def name(heading: Heading) -> str:
        return faults.take(partial(_name, cells.get(heading, ""), heading), "")

    typed_email, typed_phone = cells.get(Heading.EMAIL, "").strip(), cells.get(Heading.PHONE, "").strip()
    return Told(
        number=number,
        given_name=name(Heading.FIRST_NAME),
        family_name=name(Heading.LAST_NAME),
        known_as=name(Heading.KNOWN_AS),
        email=faults.take(partial(email, typed_email, record="import", field="email"), "") if typed_email else "",
        phone=faults.take(partial(phone, typed_phone, record="import", field="phone"), "") if typed_phone else "",
        born=faults.take(partial(_born, cells.get(Heading.BORN, ""), on), None),
        had_consent=any(cells.get(heading, "").strip() for heading in _CONSENT),
    )


def cells_of(line: Line, mapping: Mapping[int, Heading]) -> dict[Heading, str]:
    """Return what stands in each column that is read."""
    return {heading: plain(line.cells[at]) for at, heading in mapping.items() if at < len(line.cells)}


def _formulas(line: Line, mapping: Mapping[int, Heading]) -> Iterator[BadInputError]:
    """Yield one reason for a row in which any cell, read or not, would run in a spreadsheet."""
    for at, cell in enumerate(map(plain, line.cells)):
        is_number = mapping.get(at) is Heading.PHONE
        signs = tuple(sign for sign in FORMULA_SIGNS if not (is_number and sign in "+-"))
        if at in line.formulas or cell.startswith(signs) or cell.lstrip(" \ufeff\u200b").startswith(signs):
            yield BadInputError("import.formula")
            return
        if len(cell) > LONGEST_CELL:
            yield BadInputError.at("import", "cell", "too_long", longest=LONGEST_CELL)
            return


def _name(text: str, heading: Heading) -> str:
    record, field = _RECORD_OF[heading]
    line = tidy_line(text, record=record, field=field)
    if len(line) > LONGEST_NAME:
        raise BadInputError.at(record, field, "too_long", longest=LONGEST_NAME)
    return line


def _born(text: str, on: date) -> PartialDate | None:
    """Return a day of birth as `YYYY-MM-DD` or `DD/MM/YYYY` says it, or its year; never the month first."""
    typed = text.strip()
    if not typed:
        return None
    if found := _BRITISH_DAY.fullmatch(typed):
        day, month, year = found.groups()
    elif found := _ISO_DAY.fullmatch(typed):
        year, month, day = found.groups()
    elif found := _YEAR.fullmatch(typed):
        year, month, day = found[1], found[2] or "", ""
    else:
        raise BadInputError.at("person", "dob", "bad_format")
    return parse_partial((day, month, year), record="person", field="dob", on=on)


def _minimum(told: Told) -> Iterator[BadInputError]:
    if not told.name or not (told.email or told.phone):
        yield BadInputError("import.minimum")


def _shown_name(cells: Mapping[Heading, str]) -> str:
    named = (cells.get(heading, "") for heading in (Heading.FIRST_NAME, Heading.LAST_NAME, Heading.KNOWN_AS))
    return " ".join(part for part in named if part)[:LONGEST_NAME]
