"""What the sync client asks of a device key; where the key lies, in a file or in hardware, is not its business."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """The laptop's key: `app.security.device_key.DeviceKey`, or one held in hardware."""

    @property
    def algorithm(self) -> str:
        """`ed25519` or `p256`."""
        ...

    @property
    def public(self) -> bytes:
        """The public half: 32 raw bytes, or an uncompressed point."""
        ...

    def sign(self, purpose: str, payload: bytes, /) -> bytes:
        """Return the signature over purpose, line feed, payload."""
        ...
