"""The wording that is put to people: approved text only, with its version and hash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.codes import Purpose, Scope, WordingFormat
from app.domain.consent_event import ConsentWording
from app.errors import NotFoundError
from app.storage.reader import Reader

APPROVED = "approved"
DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One approved wording, ready to be read aloud.

    Attributes:
        version: which wording.
        hash: of its texts.
        language: its language.
        texts: the texts, by key.
        asker: name of the asking organisation.
        formats: the formats in which this language is approved.
    """

    version: str
    hash: str
    language: str
    texts: Mapping[str, str]
    asker: str
    formats: tuple[WordingFormat, ...] = ()

    def sentence(self, purpose: Purpose, *, organisation: str, is_own: bool = False) -> str:
        """Return the sentence for one purpose of one organisation."""
        text = self.texts.get(f"own.{purpose}", "") if is_own else ""
        return self._filled(text or self.texts[purpose], organisation)

    def scope(self, scope: Scope, *, organisation: str = "") -> str:
        """Return the sentence for how much may be known."""
        return self._filled(self.texts.get(f"scope.{scope}", ""), organisation)

    def script(self) -> str:
        """Return the sentence a person can agree to by a nod, a blink or a word."""
        return self._filled(self.texts.get("statement", ""), "")

    def opening(self) -> str:
        """Return what to say before the first question."""
        return self._filled(self.texts.get("opening", ""), "")

    def how_to_stop(self, phone: str) -> str:
        """Return how to stop, with the phone to ring."""
        return self._filled(self.texts.get("stop", ""), "").replace("{phone}", phone)

    def _filled(self, text: str, organisation: str) -> str:
        return text.replace("{organisation}", organisation).replace("{asker}", self.asker)


def words_for(read: Reader, *, language: str, asker: str, form: WordingFormat = WordingFormat.STANDARD) -> Words:
    """Return the newest approved wording of a language.

    Raises:
        NotFoundError: `consent_wording.not_found`: nothing is approved in that language; offer an interpreter.
    """
    return words_among(read.all(ConsentWording), language=language, asker=asker, form=form)


def words_among(
    wordings: Iterable[ConsentWording], *, language: str, asker: str, form: WordingFormat = WordingFormat.STANDARD
) -> Words:
    """Return the newest approved one of these wordings in a language; raises as `words_for` does."""
    approved = [each for each in wordings if each.state == APPROVED and each.language == language]
    fitting = [each for each in approved if each.format == form] or approved
    if not fitting:
        raise NotFoundError("consent_wording.not_found")
    newest = max(fitting, key=lambda each: (each.created_at, each.version))
    return Words(
        version=newest.version,
        hash=newest.hash,
        language=language,
        texts=newest.texts,
        asker=asker,
        formats=tuple(sorted({each.format for each in approved})),
    )
