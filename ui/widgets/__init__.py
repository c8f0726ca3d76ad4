"""The parts pages are built from; each looks, reads and behaves the same wherever it stands."""

from ui.theme import TextRole
from ui.widgets.announce import Announcer, announce
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
