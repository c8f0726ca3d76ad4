"""Equality answers: what somebody says of themselves, kept apart and used in counts alone (`domain.md` 4.2, 4.3).

Every list is optional and has "prefer not to say". A laptop sends the answers and keeps none; nobody holds them but
the data protection lead while the person asks what is held, and the service alone adds them up. Matching, lists,
partners and exports never read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated

from app.domain.codes import Code, EthnicGroup, RecordType, Religion, Sex, SexualOrientation
from app.domain.ids import OrganisationId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line

LIST_VERSION = "gss-2021"
"""The version of the lists that is asked now."""

EQUALITY_LISTS: Mapping[str, type[Code]] = MappingProxyType(
    {
        # The groups of the GSS harmonised standards as the 2021 census of England and Wales put them; the standards on
        # ethnicity and sex are under revision, so a later edition is a new version.
        "ethnic_group": EthnicGroup,
        "sex": Sex,
        "sexual_orientation": SexualOrientation,
        "religion": Religion,
    }
)
"""The lists that may be asked, in their order: the field of the record, and its answers."""

NOT_ANSWERED = ""
"""The group of those who were not asked, or left a list out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityAnswers(OfPerson):
    """What somebody answered about themselves; never edited: of each list the newest answer counts.

    Attributes:
        list_version: the version of the lists they answered from.
        answered_on: the day they answered.
        ethnic_group, sex, sexual_orientation, religion: their answers; None where a list was left out.
    """

    TYPE = RecordType.EQUALITY_ANSWERS
    CLS = Cls.EQUALITY

    list_version: Fixed[Annotated[str, Line(20)]]
    answered_on: Fixed[date]
    ethnic_group: Fixed[EthnicGroup | None] = None
    sex: Fixed[Sex | None] = None
    sexual_orientation: Fixed[SexualOrientation | None] = None
    religion: Fixed[Religion | None] = None

    @property
    def is_empty(self) -> bool:
        """Whether every list was left out."""
        return all(getattr(self, name) is None for name in EQUALITY_LISTS)


def counting_scope(org: OrganisationId) -> str:
    """Return the key of the scope through which the service counts; no device is ever given it."""
    return f"figures:{org}"


def newest_answers(held: Iterable[EqualityAnswers], org: OrganisationId) -> dict[str, str]:
    """Return somebody's newest answer to each list, of those an organisation recorded; NOT_ANSWERED without one."""
    own = sorted(
        (each for each in held if each.org == org and not each.archived),
        key=lambda each: (each.answered_on, each.created_at, each.id),
    )
    found = dict.fromkeys(EQUALITY_LISTS, NOT_ANSWERED)
    for each in own:
        found |= {name: str(answer) for name in EQUALITY_LISTS if (answer := getattr(each, name)) is not None}
    return found
