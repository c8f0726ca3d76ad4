"""The documents say what is there: links, tests, commands, sections and versions are compared with the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version

import packaging
from app import __version__
from app.config import KEYS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("resources/*.md")])
DECISIONS = sorted(ROOT.glob("docs/adr/[0-9]*.md"))
LOCKS = sorted(ROOT.glob("packaging/locks/*.txt"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

ROOMS = ("app", "ui", "sync", "resources", "tests", "docs", "newsfragments", "packaging", ".ci")
TEXTS = {".py", ".md", ".toml", ".txt", ".in", ".json", ".sh", ".qss", ".svg", ".mako", ""}
# In two pieces each, or this file would be the first to break its own rule.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js.", "/simp" + "le/")
PLACES = ("/wo" + "rk/", "/tmp/br" + "ief", "/ro" + "ot/", "/opt/py" + "pi", ".py" + "env")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _own_files() -> Iterator[Path]:
    yield from (ROOT / name for name in ("README.md", "pyproject.toml", "noxfile.py", ".gitignore"))
    for room in ROOMS:
        for folder, folders, names in os.walk(ROOT / room):
            folders[:] = [each for each in folders if not each.startswith((".", "__"))]
            yield from (Path(folder) / name for name in names if Path(name).suffix in TEXTS)


def _headings(page: Path) -> set[str]:
    """Return the anchors of a page, as they are made from its headings."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def _commands(text: str, start: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip().startswith(start)}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{_name(page)} links to {target}"
        assert not anchor or anchor in _headings(there), f"{_name(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    for file, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8")):
        there = ROOT / file
        assert there.exists(), f"{_name(page)} names {file}"
        found = not test or re.search(rf"^(?:async )?def {test}\(", there.read_text(encoding="utf-8"), re.MULTILINE)
        assert found, f"{_name(page)} names {file}::{test}"


def test_every_promise_of_the_security_page_names_a_test() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for part in page.split("| promise | shown by |")[1:]:
        rows = [line for line in part.split("\n\n")[0].splitlines() if line.startswith("| ") and "---" not in line]
        assert rows
        assert [row for row in rows if "`tests/" not in row] == []


def test_every_section_of_the_security_page_that_the_code_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    there = set(re.findall(r"^#+ (\d+(?:\.\d+)?)[. ]", page, re.MULTILINE))
    named = set()
    for room in ("app", "ui", "sync", "resources"):
        for path in (ROOT / room).rglob("*.py"):
            named |= set(re.findall(r"security\.md`?,? (?:section )?(\d+(?:\.\d+)?)", path.read_text(encoding="utf-8")))
    assert named
    assert named - there == set()


def test_every_module_that_the_architecture_page_names_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for file in re.findall(r"`((?:app|ui|sync|resources|tests)/[\w/]+\.py)`", page):
        assert (ROOT / file).exists(), file
    rooms = re.findall(r"^\| `((?:app|ui|sync|tests)[\w/]*)` \| (.+) \|$", page, re.MULTILINE)
    assert len(rooms) >= 8
    for room, holds in rooms:
        for name in re.findall(r"`([\w/]+)`", holds):
            there = ROOT / room / name
            assert there.is_dir() or there.with_suffix(".py").exists(), f"{room}/{name}"


def test_every_import_contract_stands_on_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        assert "ignore_imports" not in contract
        assert contract["name"].partition(":")[0] in page


@pytest.mark.parametrize("path", DECISIONS, ids=_name)
def test_a_decision_has_its_number_and_its_four_sections(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert text.startswith(f"# {path.name[:4]} ")
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections == ["Context", "Options", "Decision", "What we watch"]
    assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])
    assert len(re.findall(r"\bGood: ", text)) >= 2
    assert len(re.findall(r"\bBad: ", text)) >= 2


def test_decisions_are_numbered_once_in_order_and_all_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == sorted(set(numbers))
    assert [path.name for path in DECISIONS if f"({path.name})" not in listed] == []


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    looked_at = 0
    for path in _own_files():
        text = path.read_text(encoding="utf-8").lower()
        looked_at += 1
        found = [word for word in (*REGISTRIES, *PLACES) if word in text]
        assert not found, f"{_name(path)}: {found}"
    assert looked_at > 300


def test_the_readme_tells_the_commands_that_ci_runs() -> None:
    for session in ("demo", "tests"):
        assert f"pip install nox && nox -s {session}" in _commands(README, "pip install nox")
    assert "pip install nox && nox -s tests" in CI
    assert "nox -s check" in CI
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_and_ci_install_the_same_from_apt() -> None:
    told = re.search(r"apt-get install -y --no-install-recommends ([^`]+)```", README)
    used = re.search(r"^packages=\(([^)]+)\)", CI, re.MULTILINE)
    assert told is not None
    assert used is not None
    assert told[1].replace("\\\n", " ").split() == used[1].split()


def test_the_readme_lists_every_session() -> None:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = re.findall(r"@nox\.session[^\n]*\ndef (\w+)\(", noxfile)
    assert sessions
    assert [name for name in sessions if f"| `nox -s {name}` |" not in README] == []


def test_the_page_for_it_tells_every_key_of_the_policy() -> None:
    page = (ROOT / "docs" / "how-to" / "it.md").read_text(encoding="utf-8")
    keys = {key.name for key in KEYS}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_the_page_for_it_tells_codes_that_there_are() -> None:
    page = (ROOT / "docs" / "how-to" / "it.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    codes = set(re.findall(r"`((?:vault|keyring|policy)\.[a-z_]+)`", page)) - {"vault.db", "policy.toml"}
    assert codes
    assert {code for code in codes if f'"{code}"' not in source} == set()


def test_packaging_still_means_the_library() -> None:
    assert not list((ROOT / "packaging").rglob("__init__.py"))
    assert not list((ROOT / "tests" / "packaging").rglob("__init__.py"))
    assert "site-packages" in str(packaging.__file__)
    assert Version("1.0") < Version("1.1")


def test_the_version_is_said_once() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["version"] == __version__
    assert "Private :: Do Not Upload" in settings["project"]["classifiers"]


def test_every_package_is_listed_for_installing() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    roots = [ROOT / name for name in ("app", "ui", "sync", "resources")]
    there = {_name(each.parent).replace("/", ".") for root in roots for each in root.rglob("__init__.py")}
    assert set(settings["tool"]["setuptools"]["packages"]) == there


@pytest.mark.parametrize("lock", LOCKS, ids=_name)
def test_locks_hold_hashes_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==", text, re.MULTILINE)
    assert len(pinned) > 20 or lock.stem == "bench"
    for requirement in re.split(r"\n(?=[A-Za-z0-9])", text)[1:]:
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]
    assert not re.search(r"^--?(?:i|index-url|extra-index-url|find-links|f)\b|://", text, re.MULTILINE)


def test_there_is_a_lock_for_the_laptop_the_service_developers_and_public_lists() -> None:
    assert [lock.stem for lock in LOCKS] == ["bench", "central", "desktop", "dev"]


@pytest.mark.parametrize("product", ["desktop", "central"])
def test_no_product_brings_pydantic_or_a_plaintext_keyring(product: str) -> None:
    text = (ROOT / "packaging" / "locks" / f"{product}.txt").read_text(encoding="utf-8").lower()
    assert not re.search(r"^(?:pydantic|keyrings)[\w.-]*==", text, re.MULTILINE)


def test_everything_a_product_pins_is_pinned_the_same_for_tests() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "packaging" / "locks" / f"{name}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"^([A-Za-z0-9._-]+==[^ ;\\]+)", text, re.MULTILINE))

    assert (pins("desktop") | pins("central")) - pins("dev") == set()


def test_the_notes_of_the_release_can_be_made() -> None:
    assert list((ROOT / "newsfragments").glob("*.feature.md"))
    made = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", __version__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert made.returncode == 0, made.stderr
    assert f"# alongside {__version__}" in made.stdout
    assert "## Features" in made.stdout


def test_an_installed_service_finds_the_data_that_ship() -> None:
    """Without this line an installed `alongside-central` has no holidays, no directory and no wordings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["package-data"] == {"resources": ["**/*"]}
    module, _, name = project["project"]["scripts"]["alongside-central"].partition(":")
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
    assert f"def {name}(" in (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
    page = (ROOT / "docs/how-to/central-service.md").read_text(encoding="utf-8")
    assert "-r packaging/locks/central.txt" in page
