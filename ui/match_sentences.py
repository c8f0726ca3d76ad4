"""The sentence of each point of a mentoring score; no Qt, as lists are paired without a window."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.codes import Criterion

# domain.md 7.3, "sentence shown"; the facts of a point fill the gap.
SENTENCES: Final[Mapping[Criterion, str]] = MappingProxyType(
    {
        Criterion.TOPICS: "Happy to talk about {facts}.",
        Criterion.LEVEL_BAND: "Injury at a similar level.",
        Criterion.COMPLETENESS: "Both injuries are {facts}.",
        Criterion.YEARS_AHEAD: "{facts} further on.",
        Criterion.AGE_BAND: "Close in age.",
        Criterion.LIFE_FACTS: "Also: {facts}.",
        Criterion.CARE_EQUIPMENT: "Also uses: {facts}.",
        Criterion.INTERESTS: "Both like {facts}.",
        Criterion.GENDER_PREFER: "The gender they preferred.",
        Criterion.AREA: "Both in {facts}.",
    }
)
CODE_LISTS: Final[Mapping[Criterion, str]] = MappingProxyType(
    {
        Criterion.TOPICS: "topic",
        Criterion.COMPLETENESS: "completeness",
        Criterion.LIFE_FACTS: "life_fact",
        Criterion.CARE_EQUIPMENT: "care_item",
        Criterion.AREA: "nation",
    }
)
