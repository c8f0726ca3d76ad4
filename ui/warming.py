"""Warming up: what a first window costs once in a process, paid while somebody still types their password."""

from __future__ import annotations

from app.domain.bodies import look_up_kinds
from app.domain.codes import Role
from app.storage.tables import prepare_tables
from ui.look import Wardrobe
from ui.places import entries_for
from ui.shell import Shell
from ui.widgets import Cell, Column, DataTable, PrimaryButton, SafeLabel, SearchBox, Tabs, TextRole
from ui.widgets.page import Page


def warm_up() -> None:
    """Draw a window like the desk's, of nobody's records, into memory, and let go of it.

    Fonts, style sheet, icons, and the enumerations that PySide6 makes at their first use; without it and with a style
    sheet put on twice, sign-in to a list of 100 000 took 450 ms instead of 290 (measured on one machine).
    """
    prepare_tables()
    # The vault thread and the sync thread meet kinds of record at the same time.
    look_up_kinds()
    Wardrobe().wear()
    shell = Shell(entries_for(frozenset({Role.OUTREACH_WORKER, Role.INTAKE_WORKER})), with_concern=False)
    page = Page(full_width=True)
    page.set_heading("\u00a0", "\u00a0")
    table = DataTable([Column(words="\u00a0", share=1)], name="\u00a0")
    table.set_ids([0], {0: [Cell(words="\u00a0", strong=True)]})
    for part in (SearchBox("\u00a0"), Tabs([("\u00a0", "\u00a0")]), SafeLabel("\u00a0", TextRole.HINT), table):
        page.add(part)
    page.set_actions(PrimaryButton("\u00a0"))
    shell.open_page(page)
    shell.resize(1280, 860)
    shell.grab()
    shell.deleteLater()
