"""The policy file: a value that cannot be used stops the program and is named; nothing is taken in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import PolicyError, read_policy
from ui.messages import words_of


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("idle_lock_minutes = 99", "policy.out_of_range", "idle_lock_minutes must be from 1 to 15."),
        ('idle_lock_minutes = ""', "policy.bad_value", "idle_lock_minutes has a value that cannot be used."),
        ('password_only = ""', "policy.bad_value", "password_only has a value that cannot be used."),
        (f'support_text = "{"x" * 201}"', "policy.too_long", "support_text is longer than 200 characters."),
        ("idle_lock_minutes =", "policy.unreadable", "cannot be read"),
    ],
)
def test_a_value_that_cannot_be_used_is_said_with_its_setting_and_its_file(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        read_policy(file)
    assert refused.value.code == code
    words = words_of(refused.value)
    assert said in words.whole
    assert str(file) in words.whole


def test_every_code_of_the_policy_stands_in_the_page_for_it() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "how-to" / "it.md").read_text(encoding="utf-8")
    for code in ("policy.unreadable", "policy.bad_value", "policy.out_of_range", "policy.too_long"):
        assert f"`{code}`" in page


def test_an_empty_support_text_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('support_text = ""', encoding="utf-8")
    assert read_policy(file).support_text == ""
