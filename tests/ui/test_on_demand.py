"""What the widget and shell packages offer can be had, and type checkers see the same names."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ui.shell
import ui.widgets

PACKAGES = [ui.widgets, ui.shell]


@pytest.mark.parametrize("package", PACKAGES, ids=["widgets", "shell"])
def test_every_name_that_is_offered_is_there(package: object) -> None:
    assert all(getattr(package, name) is not None for name in package.__all__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", PACKAGES, ids=["widgets", "shell"])
def test_type_checkers_are_told_the_same_names_as_the_program(package: object) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    told = {name.name: part.module for part in checked.body if isinstance(part, ast.ImportFrom) for name in part.names}
    table = next(node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    loaded = {name: home for home, names in ast.literal_eval(table).items() for name in names}

    assert loaded == told


@pytest.mark.parametrize("package", PACKAGES, ids=["widgets", "shell"])
def test_no_module_has_a_name_that_is_offered(package: object) -> None:
    """Python would give the module in its place, once somebody has loaded it."""
    modules = {path.stem for path in Path(str(package.__file__)).parent.glob("*.py")}  # type: ignore[attr-defined]

    assert not modules & set(package.__all__)  # type: ignore[attr-defined]


def test_a_name_that_is_not_offered_is_refused_as_ever() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Gadget'"):
        _ = ui.widgets.Gadget  # type: ignore[attr-defined]


def test_a_gate_loads_no_record_kinds_and_no_consent_matrix() -> None:
    unwanted = {"app.domain.bodies", "ui.widgets.matrix", "sqlalchemy"}
    said = f"import ui.gate, sys; print(sorted(set(sys.modules) & {unwanted}))"

    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"
