"""Three envelopes, any two of which open: shares as text and as words, misread, mixed up, alone."""

from __future__ import annotations

import os
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.custody.shares import Share, fingerprint, join, make_recovery_key, split
from app.errors import BadInputError
from app.security.passwords import PasswordRules
from app.security.slots import open_with_recovery
from tests.security.kit import Made


@given(private=st.binary(min_size=32, max_size=32))
def test_any_two_of_three_give_the_key_back_in_any_order(private: bytes) -> None:
    shares = split(bytearray(private), os.urandom)
    for one, other in permutations(shares, 2):
        assert join(one, other) == private


def test_two_custodians_open_a_vault_from_their_written_shares(made: Made, rules: PasswordRules) -> None:
    _, b, c = split(made.recovery_private, os.urandom)
    from_words = Share.from_words(b.to_words(rules.words), rules.words)
    from_text = Share.from_text(c.to_text())
    masters = open_with_recovery(made.slots, join(from_words, from_text))
    assert masters.by_generation == made.opened.masters.by_generation


def test_one_share_is_independent_of_the_key() -> None:
    fixed = iter([b"\x01" * 32, b"\x02" * 32] * 2)
    one, _ = make_recovery_key(os.urandom)
    other, _ = make_recovery_key(os.urandom)
    share = split(one, lambda _size: next(fixed))[0]
    assert share.parts == split(other, lambda _size: next(fixed))[0].parts


def test_the_same_share_twice_is_not_two() -> None:
    a, _, _ = split(make_recovery_key(os.urandom)[0], os.urandom)
    with pytest.raises(BadInputError) as refused:
        join(a, Share.from_text(a.to_text()))
    assert refused.value.code == "recovery.share.same_holder"


def test_shares_of_two_keys_or_of_two_splits_are_not_mixed() -> None:
    key, _ = make_recovery_key(os.urandom)
    other, _ = make_recovery_key(os.urandom)
    a, _, _ = split(key, os.urandom)
    for wrong in (split(other, os.urandom)[1], split(key, os.urandom)[1]):
        with pytest.raises(BadInputError) as refused:
            join(a, wrong)
        assert refused.value.code == "recovery.share.other_key"


def test_a_typed_share_forgives_case_and_spaces_and_finds_every_single_wrong_word(rules: PasswordRules) -> None:
    share = split(make_recovery_key(os.urandom)[0], os.urandom)[0]
    words = share.to_words(rules.words).split()
    assert len(words) == 50
    assert Share.from_words("  " + "\n".join(words).upper(), rules.words) == share
    for place in range(50):
        wrong = [*words]
        wrong[place] = next(word for word in rules.words if word != words[place])
        with pytest.raises(BadInputError) as refused:
            Share.from_words(" ".join(wrong), rules.words)
        assert refused.value.code == "recovery.share.checksum"


def test_an_unknown_word_is_pointed_at(rules: PasswordRules) -> None:
    words = split(make_recovery_key(os.urandom)[0], os.urandom)[0].to_words(rules.words).split()
    words[6] = "alongsidish"
    with pytest.raises(BadInputError) as refused:
        Share.from_words(" ".join(words), rules.words)
    assert (refused.value.code, refused.value.detail) == ("recovery.share.unknown_word", {"place": 7})


@given(text=st.text(max_size=200))
def test_any_text_is_a_share_or_refused_in_words(text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Share.from_text(text)
    assert refused.value.code in {"recovery.share.unreadable", "recovery.share.checksum"}


@pytest.mark.parametrize("count", [0, 1, 49, 51])
def test_too_few_or_too_many_words_are_refused(rules: PasswordRules, count: int) -> None:
    with pytest.raises(BadInputError) as refused:
        Share.from_words(" ".join(["zebra", *rules.words][1 : count + 1]), rules.words)
    assert refused.value.code == "recovery.share.unreadable"


def test_the_fingerprint_tells_two_keys_apart_and_is_short_enough_to_compare() -> None:
    _, one = make_recovery_key(os.urandom)
    _, other = make_recovery_key(os.urandom)
    assert fingerprint(one) != fingerprint(other)
    assert len(fingerprint(one)) == 39
    assert fingerprint(bytes(32)) == fingerprint(bytes(32))
