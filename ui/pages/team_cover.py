"""Who is away from a team and who covers, above its inbox: said in a line each, with one form to say it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.clocks import parse_day
from app.domain.codes import RecordType
from app.domain.ids import RecordId, UserId
from app.errors import BadInputError, KnownError
from app.use_cases import covering
from app.use_cases.covering import AbsenceLine, TeamCover
from ui.context import PageContext
from ui.pages.parts import FoldedForm
from ui.view_models.cover_words import absence_words, team_words, unwatched_words
from ui.widgets import (
    Banner,
    DateField,
    DateParts,
    Field,
    IconLabel,
    Manner,
    QuietButton,
    SelectField,
    Shape,
    SideBySide,
    TextRole,
    Tone,
    announce,
    clear,
)

CHANGED = frozenset({RecordType.TASK})


class TeamCoverPart(QWidget):
    """Lines of who is away, a warning when nobody is there, and a folded form.

    Signals:
        failed: A `KnownError` for the page to say.
    """

    failed = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.unwatched = Banner("", manner=Manner.ATTENTION)
        self.team = SelectField(self.tr("Which team?"), [])
        self.user = SelectField(self.tr("Who is away?"), [])
        self.from_on = DateField(self.tr("First day away"), hint=self.tr("Left empty: from today."), optional=True)
        self.until = DateField(self.tr("Last day away"), hint=self.tr("For example, 15 3 2027"))
        self.by = SelectField(
            self.tr("Who covers?"), [], optional=True, hint=self.tr("Without anybody, the whole team looks after it.")
        )
        self.form = FoldedForm(
            self.tr("Somebody is away"),
            self.tr("Record who is away"),
            self.team,
            self.user,
            self.from_on,
            self.until,
            self.by,
            shape=Shape.PERSON,
        )
        self.back_buttons: dict[RecordId, QuietButton] = {}
        self._teams: tuple[TeamCover, ...] = ()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.unwatched)
        column.addLayout(self._lines)
        column.addWidget(self.form)
        self.unwatched.hide()
        self.form.opened.connect(self._on_opened)
        self.form.save_asked.connect(self._on_save)
        self.team.edited.connect(self._fill_people)

    def show_teams(self, teams: tuple[TeamCover, ...]) -> None:
        """Show who is away from these teams; a form that is being filled in stays."""
        self._teams = teams
        clear(self._lines)
        self.back_buttons = {}
        for team in teams:
            for line in team.absences:
                self._lines.addWidget(self._row(line))
        empty = [team.team for team in teams if team.is_unwatched]
        self.unwatched.set_words(
            unwatched_words(empty) if empty else "",
            self.tr("What comes in waits unseen. Say who covers, or open the inbox yourself."),
        )
        self.unwatched.setVisible(bool(empty))
        self.form.setVisible(any(team.colleagues for team in teams))
        if not self.form.is_open:
            self._offer(self.team, [(team.team, team_words(team.team)) for team in teams])
            self.team.setVisible(len(teams) > 1)

    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused word is typed into."""
        fields: dict[str, Field] = {
            "cover.user": self.user,
            "cover.from_on": self.from_on,
            "cover.until": self.until,
            "cover.cover": self.by,
        }
        return fields.get(key)

    def _row(self, line: AbsenceLine) -> QWidget:
        words = absence_words(line, self.context.on, names_team=len(self._teams) > 1)
        tone = Tone.INFO if line.cover else Tone.ATTENTION
        shape = Shape.INFORMATION if line.cover else Shape.TRIANGLE
        said = self.tr("Back now") if line.is_now else self.tr("Not away")
        button = QuietButton(said, full_name=f"{said}, {line.name}, {team_words(line.team)}")
        button.clicked.connect(partial(self._on_back, line.task))
        self.back_buttons[line.task] = button
        label = IconLabel(shape, words, TextRole.BODY, tone=tone, size=18)
        return SideBySide(label, button, least_width=420, stretches=(1, 0))

    def _chosen(self) -> TeamCover | None:
        key = self.team.value
        return next((team for team in self._teams if team.team == key or len(self._teams) == 1), None)

    def _on_opened(self) -> None:
        if len(self._teams) == 1:
            self.team.set_value(self._teams[0].team)
        for field in (self.from_on, self.until):
            field.set_parts(DateParts(day="", month="", year=""))
        self._fill_people()
        if len(self._teams) == 1:
            self.user.focus_control()

    def _fill_people(self) -> None:
        team = self._chosen()
        self._offer(self.user, [] if team is None else [(str(each.user), each.name) for each in team.colleagues])
        self._offer(self.by, [] if team is None else [(str(each.user), each.name) for each in team.covers])

    def _offer(self, field: SelectField, options: list[tuple[str, str]]) -> None:
        had, box = field.value, field.box
        was_blocked = box.blockSignals(True)
        first = box.itemText(0)
        box.clear()
        box.addItem(first, "")
        for key, words in options:
            box.addItem(words, key)
        field.set_value(had)
        box.blockSignals(was_blocked)

    def _on_save(self) -> None:
        for field in self.form.fields:
            field.set_error("")
        context, team = self.context, self._chosen()
        try:
            from_on, until = (
                parse_day((parts.day, parts.month, parts.year), record="cover", field=name)
                for name, parts in (("from_on", self.from_on.parts()), ("until", self.until.parts()))
            )
        except BadInputError as error:
            self.failed.emit(error)
            return
        user, cover = self.user.value, self.by.value

        def save() -> RecordId:
            return covering.say_away(
                context.vault,
                actor=context.actor,
                now=context.now,
                team="" if team is None else team.team,
                user=UserId(UUID(user)) if user else None,
                cover=UserId(UUID(cover)) if cover else None,
                from_on=from_on,
                until=until,
            )

        context.jobs.run(save, self._on_saved, self._on_failed)

    def _on_saved(self, _task: RecordId) -> None:
        self.form.fold()
        self._tell()

    def _on_back(self, task: RecordId, _checked: bool = False) -> None:
        context = self.context

        def back() -> None:
            covering.say_back(context.vault, actor=context.actor, now=context.now, task=task)

        context.jobs.run(back, self._on_is_back, self._on_failed)

    def _on_is_back(self, _nothing: None) -> None:
        self._tell()

    def _tell(self) -> None:
        announce(self, self.tr("Recorded on this laptop."))
        self.context.changes.tell(CHANGED)
        self.context.sync_now()

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
