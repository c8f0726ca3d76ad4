"""Import every module of the program, and each library that one imports at its first use, without what is left out.

Run in the freezing environment. A module that is missing is otherwise noticed by whoever first needs it: a page that
does not open at a bedside.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = (ROOT / "packaging" / "frozen" / "left_out.txt").read_text(encoding="utf-8").splitlines()
LEFT_OUT = frozenset(line for line in LISTED if line and not line.startswith("#"))
OWN = ("app", "ui", "sync.client", "sync.protocol", "resources")
AT_FIRST_USE = (
    "typst", "lap", "openpyxl", "segno", "alembic.operations", "alembic.script", "tuf.ngclient", "stdnum.gb.nhs",
    "sqlalchemy.dialects.sqlite", "phonenumbers", "requests", "truststore", "ui.__main__",
)  # fmt: skip


class Refusing:
    """Stands before the interpreter's own finders and refuses what is left out."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        """Refuse a name on the list, pass every other on."""
        if name in LEFT_OUT:
            raise ModuleNotFoundError(f"{name} is left out", name=name)


def main() -> int:
    """Import everything; returns the exit code."""
    sys.meta_path.insert(0, Refusing)  # type: ignore[arg-type]
    for package in OWN:
        for each in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            # Steps of migrations run inside a migration, and a program runs when it is imported.
            if not each.name.endswith((".__main__", ".env")) and ".versions." not in each.name:
                import_module(each.name)
    for name in AT_FIRST_USE:
        import_module(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
