"""Nova, the scopes that may hold her, referrals in every state, and consent of every kind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from app.domain.clocks import start_of_london_day
from app.domain.codes import (
    Purpose,
    Scope,
)
from app.domain.codes import ReferralState as S
from app.domain.consent_event import ConsentLine
from app.domain.record import Cls
from app.domain.visibility import visibility
from tests.domain.consent_kit import (
    AS,
    ASKED_AT,
    ASKED_ON,
    BU,
    X,
    agreed,
    refused,
    withdrawn,
)
from tests.domain.record_kit import (
    NOW,
    STANMORE,
    STOKE,
    aggregate,
    at,
    directory,
    referral,
    step,
)

PROGRAMME = f"programme:{AS}"
RIGHTS = f"rights:{AS}"
WARD = f"site:{AS}:{STANMORE}"
OTHER_WARD = f"site:{AS}:{STOKE}"
INTAKE = f"intake:{BU}:front-door"
PARTNER = f"programme:{BU}"
YES = agreed("g1", scope=Scope.CONTACT_INJURY_NEEDS)
"""Runs to 1 August 2027, and 28 days of grace after it."""
LAPSED_ON = date(2027, 8, 10)
EXPIRED_ON = date(2027, 9, 1)
READING_ENDS = start_of_london_day(date(2027, 8, 30))
LINGER = timedelta(days=30)

Held = dict[tuple[Any, Cls], datetime | None]


def held(scope_key: str, *lines: ConsentLine, on: date = ASKED_ON, **fields: Any) -> Held:
    """Return what one scope holds of Nova."""
    around = fields.pop("directory", directory())
    now = fields.pop("now", NOW if on == ASKED_ON else at(on))
    found = visibility(aggregate(*lines, **fields), directory=around, on=on, now=now)
    return {(entry.owner, entry.cls): entry.until for entry in found if entry.scope_key == scope_key}


def sent(state: S = S.SENT, **fields: Any) -> dict[str, Any]:
    """Return a referral to Back Up in a state, with the steps that led there."""
    path = PATHS[state]
    steps = tuple(step(to, number, leaves=path[number - 1] if number else None) for number, to in enumerate(path))
    return {"referrals": (referral(state=state, sent_at=ASKED_AT, **fields),), "events": steps}


_TO_ACCEPTED = (S.DRAFT, S.QUEUED, S.SENT, S.RECEIVED, S.ACCEPTED)
PATHS: dict[S, tuple[S, ...]] = {
    S.DRAFT: _TO_ACCEPTED[:1],
    S.QUEUED: _TO_ACCEPTED[:2],
    S.SENT: _TO_ACCEPTED[:3],
    S.RECEIVED: _TO_ACCEPTED[:4],
    S.INFO_NEEDED: (*_TO_ACCEPTED[:4], S.INFO_NEEDED),
    S.ACCEPTED: _TO_ACCEPTED,
    S.WAITING_LIST: (*_TO_ACCEPTED, S.WAITING_LIST),
    S.IN_PROGRESS: (*_TO_ACCEPTED, S.IN_PROGRESS),
    S.COMPLETED: (*_TO_ACCEPTED, S.IN_PROGRESS, S.COMPLETED),
    S.CLOSED: (*_TO_ACCEPTED, S.IN_PROGRESS, S.COMPLETED, S.CLOSED),
    S.DECLINED_BY_SERVICE: (*_TO_ACCEPTED[:4], S.DECLINED_BY_SERVICE),
    S.DECLINED_BY_PERSON: (*_TO_ACCEPTED, S.DECLINED_BY_PERSON),
    S.COULD_NOT_CONTACT: (*_TO_ACCEPTED, S.COULD_NOT_CONTACT),
    S.REROUTED: (*_TO_ACCEPTED[:4], S.REROUTED),
    S.EXPIRED: (*_TO_ACCEPTED[:3], S.EXPIRED),
    S.WITHDRAWN: (*_TO_ACCEPTED, S.WITHDRAWN),
    S.ENTERED_IN_ERROR: (*_TO_ACCEPTED, S.ENTERED_IN_ERROR),
}
HOLDING = (S.ACCEPTED, S.WAITING_LIST, S.IN_PROGRESS)
TAKEN_BACK = (S.WITHDRAWN, S.ENTERED_IN_ERROR)


CONSENTS: list[tuple[str, tuple[ConsentLine, ...], date, bool, bool]] = [
    ("yes", (YES,), ASKED_ON, True, True),
    ("lapsed", (YES,), LAPSED_ON, True, True),
    ("expired", (YES,), EXPIRED_ON, False, True),
    ("not asked", (), ASKED_ON, False, False),
    ("not yet", (agreed("g1", valid_from=date(2026, 5, 4)),), ASKED_ON, False, False),
    ("refused", (refused("r1"),), ASKED_ON, False, False),
    ("withdrawn", (YES, withdrawn("w1", cites=["g1"])), ASKED_ON, False, False),
    ("withdrawn from all", (YES, withdrawn("w0", org=None, purpose=None, cites=["g1"])), ASKED_ON, False, False),
    ("withdrawn unseen", (YES, withdrawn("w1")), ASKED_ON, False, False),
    ("asked again", (YES, withdrawn("w1", cites=["g1"]), agreed("g2", cites=["g1", "w1"])), ASKED_ON, True, True),
    ("another purpose", (agreed("g1", purpose=Purpose.CASEWORK),), ASKED_ON, False, False),
    ("another charity", (agreed("g1", org=X),), ASKED_ON, False, False),
]
