"""Which passwords are taken, what a derivation costs, and that two Argon2 libraries agree."""

from __future__ import annotations

import random

import argon2.low_level
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadInputError, SignInError
from app.security.passwords import (
    FLOOR,
    WORDS,
    Cost,
    PasswordRules,
    calibrate,
    check_password,
    offer_password,
    seconds_for,
    stretch,
)

MEBIBYTE = 1024


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password.new.too_short"),
        ("elevensigns", "password.new.too_short"),
        ("x" * 1_001, "password.new.too_long"),
        ("aaaaaaaaaaaaaa", "password.new.repeated"),
        ("121212121212", "password.new.repeated"),
        ("password12345!", "password.new.common"),
        ("P@ssw0rdP@ssw0rd", "password.new.common"),
        ("sunshine2026!!", "password.new.common"),
        ("qwertyuiopasdfghjkl", "password.new.common"),
        ("Alongside-2026-!!", "password.new.name"),
        ("BackUpTrust2026", "password.new.name"),
        ("Aspire.Charity.1", "password.new.name"),
        ("AshaVerma19850503", "password.new.name"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(rules: PasswordRules, password: str, code: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_password(password, rules, names=("Asha", "Verma"))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "Пароль для вівторка", "ward 7, third bed", "twelve-sign5", "alongside the river bank"],
)
def test_a_long_enough_password_is_taken_in_any_script(rules: PasswordRules, password: str) -> None:
    check_password(password, rules, names=("Asha", "Verma"))


def test_offered_passwords_are_four_words_of_7776_and_pass_every_rule(rules: PasswordRules) -> None:
    draw = random.Random(7)
    assert len(rules.words) == len(set(rules.words)) == 7_776
    for _ in range(200):
        offered = offer_password(rules, draw.randrange)
        assert sum(word in rules.words for word in offered.split(" ")) == WORDS
        if len(set(offered.split(" "))) == WORDS:
            check_password(offered, rules, words_only=True)


def test_without_a_keyring_four_words_of_the_list_are_asked_for(rules: PasswordRules) -> None:
    with pytest.raises(BadInputError) as refused:
        check_password("a long sentence nobody offered me", rules, words_only=True)
    assert refused.value.code == "password.new.needs_words"
    assert refused.value.field == "new"
    with pytest.raises(BadInputError):
        check_password("abacus abacus abacus abacus", rules, words_only=True)


@settings(max_examples=25, deadline=None)
@given(
    password=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    salt=st.binary(min_size=16, max_size=16),
    lanes=st.integers(1, 4),
    iterations=st.integers(1, 3),
)
def test_both_argon2_libraries_give_the_same_key(password: str, salt: bytes, lanes: int, iterations: int) -> None:
    ours = stretch(password, salt=salt, cost=Cost(memory_kib=64, iterations=iterations, lanes=lanes))
    import unicodedata

    theirs = argon2.low_level.hash_secret_raw(
        unicodedata.normalize("NFC", password).encode(),
        salt,
        time_cost=iterations,
        memory_cost=64,
        parallelism=lanes,
        hash_len=32,
        type=argon2.low_level.Type.ID,
    )
    assert bytes(ours) == theirs


def test_an_accent_typed_in_two_ways_gives_one_key() -> None:
    cost = Cost(memory_kib=64, iterations=1, lanes=1)
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
    assert stretch(composed, salt=b"s" * 16, cost=cost) == stretch(decomposed, salt=b"s" * 16, cost=cost)


def test_a_pasted_surrogate_half_is_a_wrong_password_and_no_crash() -> None:
    assert len(stretch("\ud800 and more", salt=b"s" * 16, cost=Cost(memory_kib=64, iterations=1, lanes=1))) == 32


@pytest.mark.parametrize(
    ("seconds_a_gibibyte_pass", "wanted"),
    [
        (0.45, (256, 4)),  # About this project's build machine: memory first, then passes.
        (0.10, (256, 16)),
        (8.00, (64, 3)),  # A slow laptop stays at the floor, above 1.0 s or not.
        (2.50, (64, 3)),  # 0.47 s at the floor: done.
    ],
)
def test_calibration_raises_memory_first_and_stays_within_a_second(
    seconds_a_gibibyte_pass: float, wanted: tuple[int, int]
) -> None:
    def measure(cost: Cost) -> float:
        return cost.memory_kib / MEBIBYTE / 1024 * cost.iterations * seconds_a_gibibyte_pass

    cost = calibrate(measure, cores=8)
    assert (cost.memory_kib // MEBIBYTE, cost.iterations, cost.lanes) == (*wanted, 4)
    assert not cost.is_below(FLOOR)
    assert wanted == (64, 3) or 0.4 <= measure(cost) <= 1.0


def test_one_derivation_is_measured_on_the_clock_that_is_handed_in() -> None:
    ticks = iter([5.0, 5.25])
    assert seconds_for(Cost(memory_kib=64, iterations=1, lanes=1), monotonic=lambda: next(ticks)) == 0.25


def test_calibration_keeps_the_last_cost_within_a_second() -> None:
    def measure(cost: Cost) -> float:
        return 0.3 if cost.memory_kib == FLOOR.memory_kib else 1.4

    assert calibrate(measure, cores=1) == FLOOR


def test_too_little_memory_is_said_and_never_answered_with_a_lower_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NoMemory:
        def __init__(self, **_settings: object) -> None: ...

        def derive_into(self, _password: bytes, _into: bytearray) -> int:
            raise MemoryError

    monkeypatch.setattr("app.security.passwords.Argon2id", NoMemory)
    with pytest.raises(SignInError) as refused:
        stretch("whatever it is", salt=b"s" * 16, cost=FLOOR)
    assert refused.value.code == "auth.not_enough_memory"
    assert refused.value.detail == {"memory_mib": 64}
