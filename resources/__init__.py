"""Data that ships with the program, and the few functions that find and read it; nothing here knows the domain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

_ROOT = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """Return where a shipped file or folder lies, below `resources`."""
    return _ROOT.joinpath(*parts)


def read_json(*parts: str) -> dict[str, Any]:
    """Return the JSON object in a shipped file."""
    return cast(dict[str, Any], json.loads(path(*parts).read_text(encoding="utf-8")))


def code_lists() -> dict[str, dict[str, Any]]:
    """Return every code list by its name; each has `entries` in the order to show them."""
    return {file.stem: read_json("codes", file.name) for file in sorted(path("codes").glob("*.json"))}


def labels(code_list: str) -> dict[str, str]:
    """Return the words on screen for each slug of one code list, in the order to show them."""
    return {entry["slug"]: entry["label"] for entry in read_json("codes", f"{code_list}.json")["entries"]}


def code_words() -> dict[str, dict[str, str]]:
    """Return the words on screen by code list and slug."""
    return {name: {entry["slug"]: entry["label"] for entry in held["entries"]} for name, held in code_lists().items()}


def wordings() -> list[dict[str, Any]]:
    """Return every consent wording that ships, by file name."""
    return [read_json("wordings", file.name) for file in sorted(path("wordings").glob("*.json"))]


def organisations() -> list[dict[str, Any]]:
    """Return the organisations that the directory starts with."""
    return cast(list[dict[str, Any]], read_json("directory", "organisations.json")["entries"])


def services() -> list[dict[str, Any]]:
    """Return the services that the directory starts with; `provider` is an organisation's slug."""
    return cast(list[dict[str, Any]], read_json("directory", "services.json")["entries"])


def sites() -> list[dict[str, Any]]:
    """Return the spinal cord injury centres that the directory starts with."""
    return cast(list[dict[str, Any]], read_json("directory", "sites.json")["entries"])


def bank_holidays() -> dict[str, Any]:
    """Return the bank holidays by nation as `YYYY-MM-DD`, and under `last_day` the last day they cover."""
    return read_json("holidays.json")


def nicknames() -> list[list[str]]:
    """Return groups of given names that one person may go by, each folded to lower case, the full name first."""
    return cast(list[list[str]], read_json("nicknames.json")["groups"])


def common_names() -> dict[str, list[str]]:
    """Return the commonest `given` and `family` names, folded to lower case."""
    names = read_json("common_names.json")
    return {"given": names["given"], "family": names["family"]}


def match_weights() -> dict[str, Any]:
    """Return how much each criterion of a mentoring match counts, with its `version`."""
    return read_json("mentoring", "weights-1.json")


def update_root() -> bytes | None:
    """Return the root that updates are checked by, None in a copy that is no release."""
    root = path("updates", "root.json")
    return root.read_bytes() if root.exists() else None


def demo_people() -> list[dict[str, Any]]:
    """Return the invented people of the demonstration's caseload; their days count from the day it starts."""
    return cast(list[dict[str, Any]], read_json("demo", "people.json")["people"])


def demo_story() -> dict[str, Any]:
    """Return the people, places and words of the demonstration's story."""
    return read_json("demo", "story.json")


def print_words() -> dict[str, dict[str, Any]]:
    """Return the words of receipts and letters by language; each file says whether somebody approved it."""
    return {file.stem: read_json("print", "words", file.name) for file in sorted(path("print", "words").glob("*.json"))}


def figure_words() -> dict[str, Any]:
    """Return the words of the figures: headings, definitions, columns and rows."""
    return read_json("reports", "figures.json")
