"""Two lists of a mentoring programme in, a list of proposed pairs out; no Qt, as no window is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import resources
from app.domain.assigning import Placing, TooManyPlacesError, best_assignment
from app.domain.codes import Criterion
from app.domain.lists.programme import FaultyListsError, Programme, read_programme
from app.domain.lists.table import written_list
from app.domain.matching import Weights
from app.domain.roster import Roster
from ui.programme_words import NOT_JUDGED, Label, programme_fault, reason_words

PROPOSED_COLUMNS: Final = ("mentee_id", "mentor_id", "score", "known_facts", "reasons")

_POLICY: Final[dict[str, int | bool | str]] = {}
"""No vault is opened, so no organisation's policy is known: checks hold as long as they do by default."""


class RefusedListsError(Exception):
    """Why two lists are not paired, as sentences for the person at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedLists:
    """What came of two lists: the CSV file, and what to say of it."""

    content: bytes
    summary: str


def pair_lists(mentees: bytes, mentors: bytes, *, names: tuple[str, str], on: date) -> PairedLists:
    """Return the best mentors for everybody on a list, and whoever stays without, with reasons in words.

    Args:
        mentees: the content of the list of mentees.
        mentors: the content of the list of mentors.
        names: what the files are called.
        on: today.

    Raises:
        RefusedListsError: with every fault of both lists.
    """
    labels = resources.code_words()
    try:
        programme = read_programme(mentees, mentors, words=labels, on=on, policy=_POLICY)
        roster = Roster(programme.mentors, on=on, policy=_POLICY)
        placings = best_assignment(programme.waiting, roster, weights=shipped_weights())
    except FaultyListsError as error:
        told = [(names[0], fault) for fault in error.of_mentees] + [(names[1], fault) for fault in error.of_mentors]
        raise RefusedListsError(
            "\n".join(programme_fault(name, fault, labels=labels) for name, fault in told)
        ) from error
    except TooManyPlacesError as error:
        raise RefusedListsError(
            f"{names[0]}, {names[1]}: there are more than {error.detail['most']:,} mentees, or places of mentors."
            " Divide the lists and pair the parts."
        ) from error

    rows = _rows(programme, placings, label=lambda code_list, slug: labels[code_list].get(slug, slug))
    return PairedLists(content=written_list(PROPOSED_COLUMNS, rows), summary=_summary(programme, placings))


def shipped_weights() -> Weights:
    """Return the weights of the ten criteria as they ship."""
    shipped = resources.match_weights()
    return Weights(
        version=shipped["version"], of={Criterion(name): weight for name, weight in shipped["weights"].items()}
    )


def _rows(programme: Programme, placings: Sequence[Placing], *, label: Label) -> Iterator[Sequence[str]]:
    """Yield one row for each mentee, in the order of the list."""
    by_id = {programme.ids[each.who.side.person]: each for each in placings}
    for mentee in programme.order:
        if mentee in programme.not_ready:
            yield mentee, "", "", "", "Nobody is proposed: the list does not say that they are ready."
            continue
        placing = by_id[mentee]
        why = reason_words(placing, label=label)
        if placing.scored is None:
            yield mentee, "", "", "", why
        else:
            mentor = programme.ids[placing.scored.candidate.side.person]
            yield mentee, mentor, str(placing.scored.score), str(placing.scored.known), why


def _summary(programme: Programme, placings: Sequence[Placing]) -> str:
    paired = [each.scored.score for each in placings if each.scored is not None]
    without = len(programme.order) - len(paired)
    have = "1 mentee has" if len(paired) == 1 else f"{len(paired):,} mentees have"
    said = [f"{have} a mentor proposed, of {len(programme.order):,} and {len(programme.mentors):,} on the lists."]
    said.append(f"{without:,} {'stays' if without == 1 else 'stay'} without; the list says why.")
    if programme.not_judged:
        unknown = ", ".join(NOT_JUDGED[column] for column in programme.not_judged)
        said.append(f"The lists say nothing of: {unknown}. Nobody was left out for it.")
    said.append("A person approves each pair.")
    return " ".join(said)
