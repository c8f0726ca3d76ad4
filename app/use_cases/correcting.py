"""A change that was refused is put right: the form opens with what was typed, and saving it is a new change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.domain.actor import Actor
from app.domain.codes import OpKind, RecordType
from app.domain.ids import PersonId, RecordId
from app.errors import NotFoundError
from app.storage import lists
from app.storage.lists import AttentionItem
from app.storage.reader import Reader
from app.storage.vault import Vault

DRAFT: Final = "correct"
"""The page under which what is being put right is kept; it leaves with its person like every draft."""

_ITEM: Final = "item"
_WITH_A_FORM: Final = frozenset({RecordType.PERSON, RecordType.STAY, RecordType.INJURY})
"""Kinds of record of which a person holds one, with a form on the person's page."""


def has_form(item: AttentionItem) -> bool:
    """Answer whether there is a form in which a refused change can be put right."""
    detail = item.detail
    return (
        item.reason == "rejected"
        and detail.get("type") in _WITH_A_FORM
        and detail.get("kind") == OpKind.PATCH
        and bool(detail.get("patch"))
    )


def begin(vault: Vault, *, actor: Actor, now: datetime, item_id: RecordId) -> PersonId:
    """Keep what was typed for the form of the person's page, and return whose page that is.

    The item stays on the list until the form is saved: whoever leaves the form loses nothing.

    Raises:
        NotFoundError: the item is answered, or its record is not held any more.
    """
    with vault.transaction(actor=actor, now=now) as work:
        item = next((each for each in lists.attention_items(work.connection) if each.id == item_id), None)
        kind = None if item is None or item.record is None else work.kind_of(item.record)
        record = None if kind is None or item is None or item.record is None else work.find(kind, item.record)
        if item is None or record is None or not has_form(item):
            raise NotFoundError("attention.not_found")
        typed = _typed(work, item, record.id)
        work.save_draft(DRAFT, record.aggregate, {**typed, _ITEM: str(item_id)})
        return PersonId(record.aggregate)


def end(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, saved: bool) -> None:
    """Forget what was typed; once it is saved the item is answered too."""
    with vault.transaction(actor=actor, now=now) as work:
        kept = _draft(work, actor, person_id)
        if kept and saved:
            lists.drop_attention(work.connection, UUID(kept[_ITEM]))
        work.drop_draft(DRAFT, person_id)


def typed_before(read: Reader, *, actor: Actor, person_id: PersonId) -> Mapping[str, Any]:
    """Return what is being put right about a person, by `<record>.<field>`; empty when nothing is."""
    return {name: value for name, value in _draft(read, actor, person_id).items() if name != _ITEM}


def _typed(read: Reader, item: AttentionItem, record_id: RecordId) -> dict[str, Any]:
    name, patch = item.detail["type"], item.detail["patch"]
    body = read.body(RecordType(name), record_id) or {}
    sets = {
        field: sorted(
            {*body.get(field, ()), *patch.get("add", {}).get(field, ())} - {*patch.get("rem", {}).get(field, ())}
        )
        for field in {*patch.get("add", {}), *patch.get("rem", {})}
    }
    return {f"{name}.{field}": value for field, value in {**patch.get("set", {}), **sets}.items()}


def _draft(read: Reader, actor: Actor, person_id: PersonId) -> Mapping[str, Any]:
    kept = lists.drafts(read.connection, actor.user)
    return next((draft.values for draft in kept if draft.page == DRAFT and draft.subject == person_id), {})
