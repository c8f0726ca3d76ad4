"""Forms of a mentor's or a mentee's profile, each folded until it is wanted, a few fields at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal

from app.domain.clocks import parse_day, parse_partial
from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    DbsLevel,
    Gender,
    InjuryLevel,
    LifeFact,
    MentorKind,
    Nation,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.mentor_checks import NEEDED_REFERENCES
from app.domain.mentoring import MOST_MATCHES, MenteeProfile, MentorProfile
from app.errors import BadInputError
from ui.messages import labels
from ui.pages.move_form import codes_choice, show_value, value_of
from ui.pages.parts import FoldedForm
from ui.widgets import ChoiceGroup, DateField, Field, Option, SelectField, Surface, TextField, TickGroup
from ui.widgets.layouts import BETWEEN_FIELDS

Profile = MentorProfile | MenteeProfile
Read = Callable[[], dict[str, Any]]
"""What a form holds as fields of a profile; raises what is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One field of a form: how its value becomes what the record holds, and back."""

    field: Field
    parse: Callable[[Any], Any]
    show: Callable[[Any], Any]


class ProfileForms(Surface):
    """Everything that is known for mentoring, changed part by part.

    Signals:
        save_asked: A `Read` of the form that shall be saved.
    """

    save_asked = Signal(object)

    def __init__(self, record: str) -> None:
        """Build the forms of a `mentor_profile` or a `mentee_profile`."""
        super().__init__(gap=BETWEEN_FIELDS)
        self._record = record
        self._profile: Profile | None = None
        self._entries: dict[str, _Entry] = {}
        self.forms: list[FoldedForm] = []
        is_mentor = record == MentorProfile.TYPE
        self._lived(is_mentor=is_mentor)
        if is_mentor:
            self._talk()
        self._ways(is_mentor=is_mentor)
        self._about(is_mentor=is_mentor)
        if is_mentor:
            self._checks()

    @property
    def is_open(self) -> bool:
        """Whether a form is unfolded: what is typed in it must not go."""
        return any(form.is_open for form in self.forms)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        return {f"{self._record}.{name}": entry.field for name, entry in self._entries.items()}

    def show_profile(self, profile: Profile | None) -> None:
        """Fold every form over a profile, or hide all of them."""
        self._profile = profile
        self.setVisible(profile is not None)
        for form in self.forms:
            form.fold()

    def _lived(self, *, is_mentor: bool) -> None:
        fields: dict[str, Field] = {}
        if is_mentor:
            fields["role_kinds"] = self._ticks("role_kinds", self.tr("Whom they mentor"), "mentor_kind", MentorKind)
        whose = self.tr("For family members and parents, their relative's.")
        fields["level"] = self._code("level", self.tr("Level of the injury"), "injury_level", InjuryLevel, hint=whose)
        fields["ais"] = self._code("ais", self.tr("AIS grade"), "ais", Ais)
        fields["injured_on"] = self._injured()
        fields["care"] = self._ticks("care", self.tr("Care and equipment"), "care_item", CareItem)
        fields["life_facts"] = self._ticks("life_facts", self.tr("Their life"), "life_fact", LifeFact)
        self._form(self.tr("Change lived experience"), self.tr("Save lived experience"), fields)

    def _talk(self) -> None:
        fields = {
            "topics": self._ticks("topics", self.tr("Talks about"), "topic", Topic, in_a_row=True),
            "unwilling_topics": self._ticks(
                "unwilling_topics", self.tr("Does not want to talk about"), "topic", Topic, in_a_row=True
            ),
        }
        self._form(self.tr("Change topics"), self.tr("Save topics"), fields)

    def _ways(self, *, is_mentor: bool) -> None:
        fields = {
            "channels": self._ticks("channels", self.tr("Ways to talk"), "session_channel", SessionChannel),
            "times": self._ticks("times", self.tr("When"), "safe_time", SafeTime, in_a_row=True),
            "languages": self._words("languages", self.tr("Languages"), self.tr("For example, English, Welsh")),
        }
        if is_mentor:
            places = [Option(key=str(count), words=str(count)) for count in range(1, MOST_MATCHES + 1)]
            most = ChoiceGroup(self.tr("Mentees at once, at most"), places, in_a_row=True)
            fields["max_matches"] = self._keep("max_matches", most, parse=int, show=str)
        self._form(self.tr("Change how and when"), self.tr("Save how and when"), fields)

    def _about(self, *, is_mentor: bool) -> None:
        fields = {
            "gender": self._code("gender", self.tr("Gender, as they say it"), "gender", Gender),
            "age_band": self._code("age_band", self.tr("Age"), "age_band", AgeBand),
            "nation": self._code("nation", self.tr("Nation"), "nation", Nation),
            "interests": self._words("interests", self.tr("What they like"), self.tr("For example, chess, rugby")),
        }
        if not is_mentor:
            wish = codes_choice(self.tr("Would they like a mentor of one gender?"), "gender", ("not_said",))
            fields["gender_wish"] = self._keep(
                "gender_wish", wish, parse=lambda key: Gender(key) if key else None, show=lambda gender: gender
            )
            must = ChoiceGroup(
                self.tr("How much does it matter?"),
                [
                    Option(key="prefer", words=self.tr("They would prefer it")),
                    Option(key="must", words=self.tr("It must be so")),
                ],
            )
            fields["gender_must"] = self._keep(
                "gender_must", must, parse=lambda key: key == "must", show=lambda said: "must" if said else "prefer"
            )
        self._form(self.tr("Change who they are"), self.tr("Save who they are"), fields)

    def _checks(self) -> None:
        counts = [Option(key=str(count), words=str(count)) for count in range(NEEDED_REFERENCES + 1)]
        fields = {
            "training_on": self._day("training_on", self.tr("Training done on")),
            "conduct_on": self._day("conduct_on", self.tr("Code of conduct signed on")),
            "references": self._keep(
                "references", ChoiceGroup(self.tr("References"), counts, in_a_row=True), parse=int, show=str
            ),
            "dbs_level": self._code("dbs_level", self.tr("Background check (DBS)"), "dbs_level", DbsLevel),
            "dbs_on": self._day("dbs_on", self.tr("Background check made on")),
            "supervised_on": self._day("supervised_on", self.tr("Last supervision")),
        }
        self._form(self.tr("Change checks"), self.tr("Save checks"), fields)

    def _form(self, words: str, save_words: str, fields: Mapping[str, Field]) -> None:
        form = FoldedForm(words, save_words, *fields.values())
        names = tuple(fields)
        form.opened.connect(partial(self._on_opened, names))
        form.save_asked.connect(partial(self._on_save, names))
        self.forms.append(form)
        self.add(form)

    def _on_opened(self, names: Sequence[str]) -> None:
        for name in names:
            entry = self._entries[name]
            show_value(entry.field, entry.show(getattr(self._profile, name)))

    def _on_save(self, names: Sequence[str]) -> None:
        # Read here, on the window's thread; parsed where it is saved, so that what is refused is said as always.
        typed = {name: value_of(self._entries[name].field) for name in names}
        entries, record = self._entries, self._record

        def read() -> dict[str, Any]:
            if not typed.get("role_kinds", True):
                raise BadInputError.at(record, "role_kinds", "required")
            return {name: entries[name].parse(value) for name, value in typed.items()}

        self.save_asked.emit(read)

    def _keep(self, name: str, field: Field, *, parse: Callable[[Any], Any], show: Callable[[Any], Any]) -> Field:
        self._entries[name] = _Entry(field=field, parse=parse, show=show)
        return field

    def _ticks(self, name: str, words: str, code_list: str, code: type[Any], *, in_a_row: bool = False) -> Field:
        options = [Option(key=slug, words=said) for slug, said in labels(code_list).items()]
        return self._keep(
            name,
            TickGroup(words, options, in_a_row=in_a_row),
            parse=lambda slugs: frozenset(map(code, slugs)),
            show=lambda values: [str(value) for value in values],
        )

    def _code(self, name: str, words: str, code_list: str, code: type[Any], *, hint: str = "") -> Field:
        said = labels(code_list)
        default = {"level": "X99", "gender": "not_said", "dbs_level": "none"}.get(name, "unknown")
        field: Field = SelectField(words, list(said.items()), hint=hint)
        if len(said) <= 7:
            field = ChoiceGroup(words, [Option(key=slug, words=label) for slug, label in said.items()], hint=hint)
        return self._keep(name, field, parse=lambda slug: code(slug or default), show=str)

    def _words(self, name: str, words: str, hint: str) -> Field:
        field = TextField(words, hint=hint, optional=True, longest=200)
        return self._keep(
            name,
            field,
            parse=lambda text: frozenset(part.strip() for part in text.split(",") if part.strip()),
            show=lambda values: ", ".join(sorted(values)),
        )

    def _injured(self) -> Field:
        field = TextField(self.tr("Injured in"), hint=self.tr("For example, 2019 or 3 2019"), optional=True)
        record = self._record
        return self._keep(
            "injured_on",
            field,
            parse=lambda text: parse_partial(text, record=record, field="injured_on"),
            show=lambda value: value or "",
        )

    def _day(self, name: str, words: str) -> Field:
        record = self._record

        def parse(typed: list[str]) -> Any:
            day, month, year = typed
            return parse_day((day, month, year), record=record, field=name)

        def show(day: Any) -> list[str]:
            return [str(day.day), str(day.month), str(day.year)] if day else ["", "", ""]

        return self._keep(name, DateField(words, optional=True), parse=parse, show=show)
