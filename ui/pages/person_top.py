"""The person at the top of a page about something else: name, how to address them, where they are, what they need."""

from __future__ import annotations

from datetime import date

from app.use_cases.person_page import PersonView
from ui.view_models.person_facts import header_facts
from ui.widgets import Manner, PersonHeader


def person_header(view: PersonView, on: date) -> PersonHeader:
    """Return the header of a person as just read."""
    facts = header_facts(view, on)
    chips = [(words, Manner.ATTENTION) for words in facts.warnings]
    chips += [(words, Manner.INFO) for words in facts.needs]
    return PersonHeader(facts.name, facts.address, facts.place, chips)
