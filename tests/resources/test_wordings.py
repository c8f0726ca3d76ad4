"""The consent wordings: one purpose a sentence, short words, health named, approved by nobody."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any

import pytest

import resources
from app.domain.codes import Purpose, Scope, WordingFormat
from app.domain.record_rules import wording_hash

WORDINGS = {wording["version"]: wording for wording in resources.wordings()}
EVERY = pytest.mark.parametrize("version", sorted(WORDINGS))
SPOKEN = ("opening", "statement", "stop")
NO_SCOPE_IS_READ = {Purpose.SERVICE_IMPROVEMENT, Purpose.RESEARCH_CONTACT, Purpose.NEWS_AND_FUNDRAISING}

ONLY_IN = {
    "mentor": {Purpose.MENTORING},
    "research": {Purpose.RESEARCH_CONTACT},
    "news": {Purpose.NEWS_AND_FUNDRAISING},
    "gifts": {Purpose.NEWS_AND_FUNDRAISING},
    "count": {Purpose.SERVICE_IMPROVEMENT},
    "get in touch": {Purpose.REFERRAL_CONTACT},
    "how it is going": {Purpose.CASEWORK},
}


def as_heard(text: str) -> str:
    return text.format(organisation="Back Up", asker="Aspire", phone="01632 960102")


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+|\n", as_heard(text)) if part.strip()]


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith(("e", "es", "ed")) and not word.lower().endswith(("le", "ted", "ded", "ses"))
    return max(1, len(groups) - silent)


def school_grade(text: str) -> float:
    """Flesch-Kincaid grade (Kincaid 1975): 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    words = re.findall(r"[A-Za-z']+", as_heard(text))
    return 0.39 * len(words) / len(sentences(text)) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@EVERY
def test_a_wording_has_a_text_for_every_purpose_and_every_scope(version: str) -> None:
    texts = WORDINGS[version]["texts"]
    required = set(Purpose) | {f"scope.{scope}" for scope in Scope} | set(SPOKEN)
    own = {f"own.{purpose}" for purpose in Purpose}
    assert required <= set(texts) <= required | own
    assert all(text.strip() for text in texts.values())


@EVERY
def test_nobody_has_approved_a_shipped_wording_and_it_says_so(version: str) -> None:
    wording = WORDINGS[version]
    assert wording["state"] == "draft"
    assert wording["approved_by"] == ""
    assert wording["verified"] is False
    assert "demonstration" in wording["demonstration_approval"]
    assert wording["source"]


@EVERY
def test_the_file_is_named_by_its_version_language_and_format(version: str) -> None:
    wording = WORDINGS[version]
    assert resources.path("wordings", f"{version}.json").is_file()
    assert version.startswith(f"{wording['language']}-{WordingFormat(wording['format']).replace('_', '-')}-")


@EVERY
def test_each_purpose_is_asked_alone(version: str) -> None:
    texts = WORDINGS[version]["texts"]
    for purpose in Purpose:
        for key in (purpose, f"own.{purpose}"):
            for word, purposes in ONLY_IN.items():
                assert word not in texts.get(key, "").lower() or purpose in purposes, (key, word)


@EVERY
def test_each_purpose_names_the_charity_and_says_that_it_can_be_stopped(version: str) -> None:
    texts = WORDINGS[version]["texts"]
    for purpose in Purpose:
        for text in (texts[purpose], texts.get(f"own.{purpose}", texts[purpose])):
            assert "{organisation}" in text
            assert sentences(text)[-1] == "You can stop this at any time."


@EVERY
def test_a_charity_that_asks_for_itself_is_not_named_as_if_it_were_two(version: str) -> None:
    texts = WORDINGS[version]["texts"]
    for purpose in Purpose:
        assert "{asker}" not in texts.get(f"own.{purpose}", texts[purpose])


@EVERY
def test_health_information_is_named_in_words_wherever_it_flows(version: str) -> None:
    # UK GDPR Art. 9(2)(a): consent to health data is explicit, so the words themselves must say it.
    texts = WORDINGS[version]["texts"]
    for scope in Scope:
        assert "health information" in texts[f"scope.{scope}"]
    for purpose in NO_SCOPE_IS_READ - {Purpose.SERVICE_IMPROVEMENT}:
        assert "health information" in texts[purpose]
    assert "health information" in texts["statement"]


@EVERY
def test_a_nine_year_old_can_read_it(version: str) -> None:
    for key, text in WORDINGS[version]["texts"].items():
        # Grade 4 of the formula is the school year in which children turn nine to ten.
        assert school_grade(text) <= 4.0, (key, school_grade(text))
        assert all(len(sentence.split()) <= 20 for sentence in sentences(text)), key


def test_easy_read_has_one_short_idea_a_line() -> None:
    for key, text in WORDINGS["en-GB-easy-read-1"]["texts"].items():
        for line in text.split("\n"):
            assert len(sentences(line)) == 1, key
            assert len(line.split()) <= 13, line


@EVERY
def test_only_the_named_places_are_filled_in(version: str) -> None:
    wording = WORDINGS[version]
    for key, text in wording["texts"].items():
        used = set(re.findall(r"\{(\w+)\}", text))
        assert used <= set(wording["placeholders"]), key
        assert "phone" not in used or key == "stop"


@EVERY
def test_what_is_hashed_is_what_is_read_out_sentence_by_sentence(version: str) -> None:
    wording: dict[str, Any] = WORDINGS[version]
    for key in SPOKEN:
        assert re.split(r"(?<=[.?!])\s+|\n", wording["texts"][key]) == wording[key]


@EVERY
def test_the_hash_is_sha_256_over_canonical_json_in_normal_form(version: str) -> None:
    texts = WORDINGS[version]["texts"]
    normal = {key: unicodedata.normalize("NFC", text) for key, text in texts.items()}
    canonical = json.dumps(normal, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    assert wording_hash(texts) == hashlib.sha256(canonical).hexdigest()


def test_two_wordings_never_share_a_hash() -> None:
    assert len({wording_hash(wording["texts"]) for wording in WORDINGS.values()}) == len(WORDINGS) == 2
