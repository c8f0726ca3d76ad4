"""The form for what is told of an injury: each question can be left, and not knowing is an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from app.domain.clocks import parse_partial
from app.domain.codes import Ais, Cause, Completeness, InjuryLevel, NonTraumaticKind, ToldBy, Ventilation
from app.domain.faults import Faults
from app.domain.person import Injury
from app.errors import BadInputError
from app.use_cases import injuries
from app.use_cases.injuries import InjuryForm as Told
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.messages import labels
from ui.pages.person_form import PersonForm
from ui.view_models.injury_words import KIND_NOT_KNOWN, completeness_words, kinds, parts_of
from ui.widgets import ChoiceGroup, DateField, DateParts, Field, Option, SelectField


class InjuryForm(PersonForm):
    """Where the injury is, what caused it, help with breathing, when, and who told it."""

    def __init__(self, context: PageContext) -> None:
        self.level = SelectField(self.tr("Where the injury is"), list(labels("injury_level").items()))
        self.completeness = ChoiceGroup(
            self.tr("Complete or incomplete"),
            [Option(key=key, words=completeness_words(key)) for key in labels("completeness")],
            in_a_row=True,
        )
        self.ais = SelectField(
            self.tr("AIS grade"),
            list(labels("ais").items()),
            hint=self.tr("The letter A to E, if somebody who examined them told you."),
            optional=True,
        )
        self.cause = ChoiceGroup(self.tr("Cause"), _options(labels("cause")), in_a_row=True)
        self.kind = ChoiceGroup(self.tr("Which illness or cause"), _options(kinds()), in_a_row=True)
        self.ventilation = ChoiceGroup(self.tr("Breathing"), _options(labels("ventilation")))
        self.day = DateField(
            self.tr("When it happened"), hint=self.tr("The year alone, or month and year, is enough."), optional=True
        )
        self.told_by = ChoiceGroup(self.tr("Who told you"), _options(labels("told_by")), in_a_row=True)
        fields: tuple[Field, ...] = (
            self.level,
            self.completeness,
            self.ais,
            self.cause,
            self.kind,
            self.ventilation,
            self.day,
            self.told_by,
        )
        super().__init__(context, self.tr("Record the injury"), self.tr("Save the injury"), *fields)
        self.cause.chosen.connect(self._on_cause)

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {
            "injury.level": self.level,
            "injury.completeness": self.completeness,
            "injury.ais": self.ais,
            "injury.cause": self.cause,
            "injury.non_traumatic_kind": self.kind,
            "injury.ventilation": self.ventilation,
            "injury.injury_date": self.day,
            "injury.told_by": self.told_by,
        }

    def begin(self, view: PersonView) -> None:
        """Be about `view`; the button says whether something is recorded already."""
        super().begin(view)
        self.open_button.set_words(self.tr("Change the injury") if view.injury else self.tr("Record the injury"))

    def fill(self, view: PersonView) -> None:
        """Show what is recorded; a first time begins with nothing chosen."""
        told = view.injury
        self.level.set_value(told.level if told else None)
        self.ais.set_value(told.ais if told else None)
        recorded: dict[ChoiceGroup, str] = {}
        if told is not None:
            recorded = {
                self.completeness: told.completeness,
                self.cause: told.cause,
                self.kind: told.non_traumatic_kind or KIND_NOT_KNOWN,
                self.ventilation: told.ventilation,
                self.told_by: told.told_by,
            }
        for group in (self.completeness, self.cause, self.kind, self.ventilation, self.told_by):
            key = recorded.get(group)
            group.set_value(key if key in group.choices else None)
        day, month, year = parts_of(told.injury_date if told else None)
        self.day.set_parts(DateParts(day=day, month=month, year=year))
        self._on_cause(self.cause.value or "")

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records what was told; a question that was left is kept as not known."""
        vault, act, person = self.context.vault, self.act, view.person_id
        on = self.context.on
        told_by = self.told_by.value or (view.injury and view.injury.told_by)
        form = self._told(view.injury)

        def record() -> object:
            faults = Faults()
            faults.take(partial(parse_partial, form.injury_date, record="injury", field="injury_date", on=on), None)
            if not told_by:
                faults.add([BadInputError.at("injury", "told_by", "required")])
            faults.raise_all()
            assert told_by
            return injuries.record_injury(vault, **act, person_id=person, form=replace(form, told_by=ToldBy(told_by)))

        return record

    def _told(self, recorded: Injury | None) -> Told:
        # What a newer version recorded cannot be chosen here, so an open question keeps what stands.
        old = recorded if recorded is not None else Told()
        cause, kind, day = Cause(self.cause.value or old.cause), self.kind.value, self.day.parts()
        if kind is not None:
            named = None if kind == KIND_NOT_KNOWN else NonTraumaticKind(kind)
        else:
            named = old.non_traumatic_kind
        return Told(
            level=InjuryLevel(self.level.value or old.level),
            ais=Ais(self.ais.value or old.ais),
            completeness=Completeness(self.completeness.value or old.completeness),
            cause=cause,
            non_traumatic_kind=named if cause is Cause.NON_TRAUMATIC else None,
            ventilation=Ventilation(self.ventilation.value or old.ventilation),
            injury_date=(day.day, day.month, day.year),
        )

    def _on_cause(self, key: str) -> None:
        self.kind.setVisible(key == Cause.NON_TRAUMATIC)


def _options(words: dict[str, str]) -> list[Option]:
    return [Option(key=key, words=text) for key, text in words.items()]
