"""How the service says no: a whole request that is refused, or one op that is."""

from __future__ import annotations

from typing import Any

from app.errors import ServiceError
from sync.protocol.messages import ErrorCode, HoldCode, RejectCode


class RefusedError(ServiceError):
    """The whole request is refused; the reply is a frame with one line that says why.

    Attributes:
        error: why.
        proof_nonce: a fresh window nonce, with `proof`.
        revocation: the signed order, with `revoked`.
        retry_after_s: seconds to wait, with `busy` and `too_many`.
    """

    def __init__(
        self,
        error: ErrorCode,
        *,
        proof_nonce: str = "",
        revocation: dict[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        """Keep the reason and what travels with it."""
        super().__init__(f"service.{error.value}")
        self.error = error
        self.proof_nonce = proof_nonce
        self.revocation = revocation
        self.retry_after_s = retry_after_s


class OpRefusedError(ServiceError):
    """One op is rejected, and with it its transaction.

    Attributes:
        reject: why.
        gate: the rule of the gate that failed, with `gate`.
        state: where the referral stands, with `bad_transition`.
        problem: `<record>.<field>.<problem>`, with `constraint`.
    """

    def __init__(self, reject: RejectCode, *, gate: str = "", state: str = "", problem: str = "") -> None:
        """Keep the reason."""
        super().__init__(f"service.{reject.value}")
        self.reject = reject
        self.gate = gate
        self.state = state
        self.problem = problem


class OpHeldError(ServiceError):
    """One op is kept for the home organisation; the device may not hold the record any more."""

    def __init__(self, hold: HoldCode) -> None:
        """Keep the reason."""
        super().__init__(f"service.{hold.value}")
        self.hold = hold
