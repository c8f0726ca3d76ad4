"""Wrong guesses: the waits, and that no restart, clock change or deleted file shortens them."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import KeyringError, MustWaitError
from app.security.attempts import Attempts, wait_after
from app.security.device_secret import MARK, KeyringStore
from app.security.mark import LONGEST, Mark, guess_key, read_mark, write_mark
from tests.security.kit import ASHA, BEN, NOW, VAULT, Clock, MemoryKeyring

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "attempts.json"


def guess(attempts: Attempts, clock: Clock, times: int) -> None:
    for _ in range(times):
        clock.seconds += attempts.wait_s(ASHA)
        attempts.check(ASHA)
        attempts.count_one(ASHA)


def test_the_waits_are_those_of_the_design(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    waits = []
    for _ in range(12):
        guess(attempts, clock, 1)
        waits.append(attempts.wait_s(ASHA))
    assert waits == [0, 0, 0, 5, 15, 30, 60, 120, 120, 120, 900, 900]
    assert wait_after(0) == 0


def test_at_most_ten_guesses_fit_into_any_five_minutes(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    moments = []
    for _ in range(40):
        guess(attempts, clock, 1)
        moments.append(clock.seconds)
    for start in moments:
        assert sum(start <= moment < start + 300 for moment in moments) <= 10


def test_an_early_guess_is_refused_with_the_seconds_left(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    guess(attempts, clock, 5)
    clock.seconds += 5.5
    with pytest.raises(MustWaitError) as refused:
        attempts.check(ASHA)
    assert refused.value.detail == {"seconds": 10}
    clock.seconds += 10
    attempts.check(ASHA)


def test_a_restart_keeps_the_count_and_starts_the_wait_in_full(path: Path, store: KeyringStore, clock: Clock) -> None:
    guess(Attempts(path, store, clock), clock, 6)
    clock.seconds += 29
    restarted = Attempts(path, store, clock)
    assert (restarted.count(ASHA), restarted.wait_s(ASHA)) == (6, 30)
    # A restart of the machine starts the monotonic clock at nothing.
    clock.seconds = 0.0
    assert Attempts(path, store, clock).wait_s(ASHA) == 30


@pytest.mark.parametrize("moment", [datetime(1970, 1, 2, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_a_wall_clock_set_back_or_forward_shortens_no_wait(
    path: Path, store: KeyringStore, clock: Clock, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = Attempts(path, store, clock)
    guess(attempts, clock, 6)
    monkeypatch.setattr("time.time", moment.timestamp)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    assert attempts.wait_s(ASHA) == 30
    assert Attempts(path, store, clock).wait_s(ASHA) == 30


def test_no_part_of_this_room_reads_a_clock_of_its_own() -> None:
    room = Path(__file__).parents[2] / "app" / "security"
    asked = re.compile(r"^(import|from) time\b|\.(now|utcnow|today)\(", re.MULTILINE)
    assert [m.name for m in room.glob("*.py") if asked.search(m.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[" * 60_000, b'{"guesses":{"x":1}}', b"\xff"])
def test_a_deleted_or_damaged_file_does_not_help_because_the_mark_counts(
    path: Path, store: KeyringStore, clock: Clock, content: bytes | None
) -> None:
    guess(Attempts(path, store, clock), clock, 6)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    restarted = Attempts(path, store, clock)
    assert restarted.count(ASHA) == 6
    guess(restarted, clock, 1)
    assert Attempts(path, store, clock).count(ASHA) == 7


def test_a_deleted_mark_does_not_help_because_the_file_counts(path: Path, store: KeyringStore, clock: Clock) -> None:
    guess(Attempts(path, store, clock), clock, 6)
    store.delete(MARK)
    assert Attempts(path, store, clock).count(ASHA) == 6


def test_a_colleagues_guesses_hold_nobody_else_up(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    guess(attempts, clock, 11)
    attempts.check(BEN)
    assert attempts.wait_s(ASHA) == 900


def test_a_right_password_sets_the_count_to_nothing_everywhere(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    guess(attempts, clock, 6)
    attempts.forget(ASHA)
    assert attempts.wait_s(ASHA) == 0
    assert Attempts(path, store, clock).count(ASHA) == 0
    assert json.loads(path.read_bytes())["guesses"] == {}


def test_a_confirmed_person_gets_one_guess_at_once_and_no_more(path: Path, store: KeyringStore, clock: Clock) -> None:
    attempts = Attempts(path, store, clock)
    guess(attempts, clock, 12)
    attempts.confirm(ASHA)
    attempts.check(ASHA)
    attempts.count_one(ASHA)
    assert attempts.wait_s(ASHA) == 900


def test_a_keyring_that_does_not_answer_lets_nobody_guess(
    path: Path, store: KeyringStore, memory_keyring: MemoryKeyring, clock: Clock
) -> None:
    def fail() -> None:
        raise ConnectionRefusedError

    memory_keyring.before = fail
    with pytest.raises(KeyringError):
        Attempts(path, store, clock).check(ASHA)


def test_counting_keeps_what_else_the_mark_remembers(path: Path, store: KeyringStore, clock: Clock) -> None:
    write_mark(store, Mark(audit_seq=41, audit_hash="ab" * 32, highest_time=NOW))
    guess(Attempts(path, store, clock), clock, 2)
    mark = read_mark(store)
    assert mark == Mark(audit_seq=41, audit_hash="ab" * 32, highest_time=NOW, guesses={guess_key(ASHA): 2})


def test_the_mark_only_rises() -> None:
    mark = Mark().raised(seq=5, entry_hash="aa" * 32, at=NOW)
    earlier = mark.raised(seq=4, entry_hash="bb" * 32, at=NOW - timedelta(days=1))
    assert earlier == mark
    later = mark.raised(seq=6, entry_hash="cc" * 32, at=NOW + timedelta(days=1))
    assert (later.audit_seq, later.audit_hash, later.highest_time) == (6, "cc" * 32, NOW + timedelta(days=1))
    # The same number with another hash is for the chain's check to find, not for the mark to take over.
    assert mark.raised(seq=5, entry_hash="dd" * 32, at=NOW).audit_hash == "aa" * 32


@given(
    seq=st.integers(0, 2**53),
    at=st.none() | st.integers(0, 7 * 10**15).map(lambda number: EPOCH + timedelta(microseconds=number)),
    guesses=st.dictionaries(st.from_regex(r"\A[0-9a-f]{6}\Z"), st.integers(1, 10_000), max_size=64),
)
def test_a_mark_fits_into_300_signs_and_reads_back_never_earlier(
    seq: int, at: datetime | None, guesses: dict[str, int]
) -> None:
    keyring = MemoryKeyring()
    store = KeyringStore(VAULT, keyring.allowed())
    write_mark(store, Mark(audit_seq=seq, audit_hash="ab" * 32, highest_time=at, guesses=guesses))
    assert len(store.get(MARK) or "") <= LONGEST
    mark = read_mark(store)
    assert mark is not None
    assert mark.audit_seq == seq
    if at is None:
        assert mark.highest_time is None
    else:
        assert mark.highest_time is not None
        assert timedelta(0) <= mark.highest_time - at < timedelta(milliseconds=1)
    assert mark.guesses.items() <= guesses.items()
    dropped = [count for key, count in guesses.items() if key not in mark.guesses]
    assert not dropped or max(dropped) <= min(mark.guesses.values())


def test_a_moment_in_another_zone_is_the_same_moment(store: KeyringStore) -> None:
    write_mark(store, Mark(highest_time=NOW.astimezone(timezone(timedelta(hours=5)))))
    mark = read_mark(store)
    assert mark is not None
    assert mark.highest_time == NOW


@pytest.mark.parametrize("text", ["", "{}", "null", '{"s":-1,"h":"","t":null,"g":{}}', '{"s":1,"h":"zz","t":1,"g":{}}'])
def test_an_altered_mark_is_said(store: KeyringStore, text: str) -> None:
    store.set(MARK, text)
    with pytest.raises(KeyringError) as refused:
        read_mark(store)
    assert refused.value.code == "keyring.secret_lost"
