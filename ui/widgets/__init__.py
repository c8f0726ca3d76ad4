"""The parts pages are built from; each looks, reads and behaves the same wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.on_demand import on_demand

if TYPE_CHECKING:
    from ui.theme import TextRole
    from ui.widgets.announcing import Announcer, announce
    from ui.widgets.answer_bar import AnswerBar
    from ui.widgets.answers import Answer, AnswerCell, answer_words
    from ui.widgets.buttons import (
        Button,
        DangerButton,
        PlainButton,
        PrimaryButton,
        QuietButton,
        SecondaryButton,
    )
    from ui.widgets.cells import Cell
    from ui.widgets.choices import ChoiceGroup, TickGroup
    from ui.widgets.dates import DateBox, DateField, DateParts
    from ui.widgets.error_summary import ErrorSummary
    from ui.widgets.faces import FaceGroup
    from ui.widgets.fields import Field, LineEdit, SecretField, SelectField, TextArea, TextField
    from ui.widgets.focus_ring import FocusRing
    from ui.widgets.icons import IconLabel, Shape, ShapeView
    from ui.widgets.labels import SafeLabel, Tone
    from ui.widgets.layouts import FlowRow, SideBySide, clear, column, row
    from ui.widgets.links import LinkLine
    from ui.widgets.matrix import ConsentMatrix, MatrixColumn, MatrixRow
    from ui.widgets.options import Choice, Option, Tick
    from ui.widgets.page import Page
    from ui.widgets.paged_rows import Column
    from ui.widgets.person_header import PersonHeader
    from ui.widgets.progress import ReferralProgress, Station
    from ui.widgets.search import SearchBox
    from ui.widgets.surfaces import AttentionCard, Banner, Card, Chip, EmptyState, Manner, Surface
    from ui.widgets.table import DataTable
    from ui.widgets.tabs import Tabs
    from ui.widgets.text import isolated, shown, tooltip, without_mnemonic
    from ui.widgets.timeline import Event, Timeline

__all__ = [
    "Announcer",
    "Answer",
    "AnswerBar",
    "AnswerCell",
    "AttentionCard",
    "Banner",
    "Button",
    "Card",
    "Cell",
    "Chip",
    "Choice",
    "ChoiceGroup",
    "Column",
    "ConsentMatrix",
    "DangerButton",
    "DataTable",
    "DateBox",
    "DateField",
    "DateParts",
    "EmptyState",
    "ErrorSummary",
    "Event",
    "FaceGroup",
    "Field",
    "FlowRow",
    "FocusRing",
    "IconLabel",
    "LineEdit",
    "LinkLine",
    "Manner",
    "MatrixColumn",
    "MatrixRow",
    "Option",
    "Page",
    "PersonHeader",
    "PlainButton",
    "PrimaryButton",
    "QuietButton",
    "ReferralProgress",
    "SafeLabel",
    "SearchBox",
    "SecondaryButton",
    "SecretField",
    "SelectField",
    "Shape",
    "ShapeView",
    "SideBySide",
    "Station",
    "Surface",
    "Tabs",
    "TextArea",
    "TextField",
    "TextRole",
    "Tick",
    "TickGroup",
    "Timeline",
    "Tone",
    "announce",
    "answer_words",
    "clear",
    "column",
    "isolated",
    "row",
    "shown",
    "tooltip",
    "without_mnemonic",
]

# A gate needs a third of the parts, and is to be up within a second of a lock: each is loaded when first used.
__getattr__ = on_demand(
    __name__,
    {
        "ui.theme": ("TextRole",),
        "ui.widgets.announcing": ("Announcer", "announce"),
        "ui.widgets.answer_bar": ("AnswerBar",),
        "ui.widgets.answers": ("Answer", "AnswerCell", "answer_words"),
        "ui.widgets.buttons": (
            "Button",
            "DangerButton",
            "PlainButton",
            "PrimaryButton",
            "QuietButton",
            "SecondaryButton",
        ),
        "ui.widgets.cells": ("Cell",),
        "ui.widgets.choices": ("ChoiceGroup", "TickGroup"),
        "ui.widgets.dates": ("DateBox", "DateField", "DateParts"),
        "ui.widgets.error_summary": ("ErrorSummary",),
        "ui.widgets.faces": ("FaceGroup",),
        "ui.widgets.fields": ("Field", "LineEdit", "SecretField", "SelectField", "TextArea", "TextField"),
        "ui.widgets.focus_ring": ("FocusRing",),
        "ui.widgets.icons": ("IconLabel", "Shape", "ShapeView"),
        "ui.widgets.labels": ("SafeLabel", "Tone"),
        "ui.widgets.layouts": ("FlowRow", "SideBySide", "clear", "column", "row"),
        "ui.widgets.links": ("LinkLine",),
        "ui.widgets.matrix": ("ConsentMatrix", "MatrixColumn", "MatrixRow"),
        "ui.widgets.options": ("Choice", "Option", "Tick"),
        "ui.widgets.page": ("Page",),
        "ui.widgets.paged_rows": ("Column",),
        "ui.widgets.person_header": ("PersonHeader",),
        "ui.widgets.progress": ("ReferralProgress", "Station"),
        "ui.widgets.search": ("SearchBox",),
        "ui.widgets.surfaces": ("AttentionCard", "Banner", "Card", "Chip", "EmptyState", "Manner", "Surface"),
        "ui.widgets.table": ("DataTable",),
        "ui.widgets.tabs": ("Tabs",),
        "ui.widgets.text": ("isolated", "shown", "tooltip", "without_mnemonic"),
        "ui.widgets.timeline": ("Event", "Timeline"),
    },
)
