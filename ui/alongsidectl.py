"""`alongsidectl`: what IT and scripts do without a window.

It says its version, checks configuration and installation, writes a bundle for support, compares two lists of people
and pairs a waiting list.

Exit codes: 0 good · 1 a list cannot be read as it is, a file cannot be read or written, a fault of the program · 2 the
command was not understood · 3 configuration · 4 installation damaged · 5 vault newer than the program · 7 this machine
is refused (keyring, disk, folder, clock) · 8 update refused. A file is written whole or not at all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import resources
from app.domain.clocks import london_day
from app.domain.lists.entry import Written
from app.domain.lists.pairing import compare_lists
from app.domain.lists.reading import read_list
from app.domain.lists.reasons import reasons_of
from app.domain.lists.table import MOST_BYTES, BadListError, written_list
from app.domain.names import NameTables, name_tables
from app.errors import DiskFullError, VaultError
from app.security.atomic_file import replace_file
from ui.list_words import fault_sentence, reason_sentences

PAIR_COLUMNS: Final = ("id_a", "id_b", "probability", "reasons")
SUREST: Final = 0.999999
"""Only people decide; no figure says that two rows are certainly one person."""

DONE: Final = 0
REFUSED: Final = 1


class _RefusedError(Exception):
    """Why nothing was done, as sentences for the person at the terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="alongsidectl", allow_abbrev=False, description="Alongside without a window.")
    parser.add_argument("--version", action="store_true", help="say which version this is")
    parser.add_argument("--check-config", action="store_true", help="say each setting, where it is from, what is wrong")
    parser.add_argument("--reach", action="store_true", help="with --check-config: ask whether the service answers")
    parser.add_argument("--self-test", action="store_true", help="try every part of this installation")
    parser.add_argument("--support-bundle", type=Path, metavar="FILE.zip", help="write codes and counts for support")
    parser.add_argument(
        "--verify-update", type=Path, metavar="PATH", help="check a package, or say what a folder of updates holds"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    commands = parser.add_subparsers(metavar="COMMAND")
    lists = commands.add_parser(
        "compare-lists",
        help="find the people who are on two lists",
        description="Find the people who are on both of two CSV lists. Nothing leaves this computer.",
    )
    lists.add_argument("one", type=Path, metavar="A.csv", help="a list with the column id and what is known")
    lists.add_argument("other", type=Path, metavar="B.csv", help="another")
    lists.add_argument("--out", type=Path, required=True, metavar="PAIRS.csv", help="where the pairs are written")
    lists.set_defaults(run=_compare_lists)
    pairs = commands.add_parser(
        "pair-mentors",
        help="propose mentors for a whole waiting list",
        description="Propose a mentor for each mentee of a CSV list, the best for all together. Nothing leaves this"
        " computer, and a person approves each pair.",
    )
    pairs.add_argument("mentees", type=Path, metavar="MENTEES.csv", help="who waits, with the column mentee_id")
    pairs.add_argument("mentors", type=Path, metavar="MENTORS.csv", help="who mentors, with the column mentor_id")
    pairs.add_argument("--out", type=Path, required=True, metavar="PAIRS.csv", help="where the pairs are written")
    pairs.set_defaults(run=_pair_mentors)
    told = parser.parse_args(arguments)
    asked = [told.version, told.check_config, told.self_test, hasattr(told, "run")]
    asked += [told.support_bundle is not None, told.verify_update is not None]
    if sum(asked) != 1 or (told.reach and not told.check_config):
        parser.error(
            "one command, or one of --version, --check-config, --self-test, --support-bundle, --verify-update is needed"
        )
    try:
        if not hasattr(told, "run"):
            return _answer(told)
        print(told.run(told))  # noqa: T201
    except _RefusedError as refused:
        print(refused, file=sys.stderr)  # noqa: T201
        return REFUSED
    return DONE


def _answer(told: argparse.Namespace) -> int:
    from ui import checking  # noqa: PLC0415 - what it looks at is loaded for it alone

    if told.version:
        answer = checking.version(as_json=told.json)
    elif told.check_config:
        reach = checking.reach_service if told.reach else None
        answer = checking.check_config(checking.this_machine(), as_json=told.json, reach=reach)
    elif told.self_test:
        answer = checking.run_self_test(checking.this_machine(), as_json=told.json)
    elif told.verify_update is not None:
        answer = checking.verify_update(checking.this_machine(), told.verify_update, root=resources.update_root())
    else:
        from ui.support_bundle import bundle  # noqa: PLC0415

        _write(told.support_bundle, bundle(checking.this_machine()))
        answer = checking.Answer(text=f"Written to {told.support_bundle}. It holds codes, versions and counts.")
    print(answer.text)  # noqa: T201
    return answer.code


def _compare_lists(told: argparse.Namespace) -> str:
    if told.out.resolve() in (told.one.resolve(), told.other.resolve()):
        raise _RefusedError(f"{told.out}: this is one of the lists. Name another file for the pairs.")
    one, other = _read(told.one), _read(told.other)
    pairs = compare_lists(one, other, names=_shipped_names())
    rows = (
        (pair.one.id, pair.other.id, f"{min(pair.probability, SUREST):.6f}", reason_sentences(reasons_of(pair)))
        for pair in pairs
    )
    _write(told.out, written_list(PAIR_COLUMNS, rows))
    likely = "1 pair is" if len(pairs) == 1 else f"{len(pairs):,} pairs are"
    return f"{likely} likely the same person, of {len(one):,} and {len(other):,} rows. Written to {told.out}."


def _pair_mentors(told: argparse.Namespace) -> str:
    from ui.pairing import RefusedListsError, pair_lists  # noqa: PLC0415 - numpy and the solver: 200 ms to import (measured)

    if told.out.resolve() in (told.mentees.resolve(), told.mentors.resolve()):
        raise _RefusedError(f"{told.out}: this is one of the lists. Name another file for the pairs.")
    mentees, mentors = _content(told.mentees), _content(told.mentors)
    try:
        done = pair_lists(
            mentees, mentors, names=(str(told.mentees), str(told.mentors)), on=london_day(datetime.now(UTC))
        )
    except RefusedListsError as error:
        raise _RefusedError(str(error)) from error
    _write(told.out, done.content)
    return f"{done.summary} Written to {told.out}."


def _read(path: Path) -> list[Written]:
    try:
        return read_list(_content(path))
    except BadListError as error:
        raise _RefusedError("\n".join(fault_sentence(str(path), fault) for fault in error.faults)) from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than is allowed is enough to refuse.
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _RefusedError(f"{path}: the file cannot be read ({error.strerror}).") from error


def _write(path: Path, content: bytes) -> None:
    try:
        replace_file(path, content)
    except DiskFullError as error:
        raise _RefusedError(f"{path}: there is no room left. Nothing was written.") from error
    except VaultError as error:
        raise _RefusedError(f"{path}: the file cannot be written there. Nothing was written.") from error


def _shipped_names() -> NameTables:
    common = resources.common_names()
    return name_tables(groups=resources.nicknames(), common_given=common["given"], common_family=common["family"])


if __name__ == "__main__":
    sys.exit(main())
