"""Every error that is the world's or the user's, and none that is a bug.

A `KnownError` carries a stable `code` and safe details, never a sentence: the sentence is made, in the
reader's language, by `ui.messages`. Details hold codes, counts, days and field names, so the text of any
error may be pasted into a ticket. Anything that is not a `KnownError` is a bug and is left to rise.

    KnownError
    ├── BadInputError            <record>.<field>.<problem>: the form marks the field and keeps what was typed
    │   └── SeveralInputsError   with each of them
    ├── NotPermittedError        auth.not_permitted
    ├── NotFoundError            <record>.not_found: absent and not yours are one answer
    ├── BadTransitionError       <record>.bad_transition, with the state it is in
    ├── GateError                gate_person … gate_package: why a referral may not leave
    ├── SignInError              auth.*: the person, the password, the wait, the keyring
    │   ├── WrongPasswordError
    │   ├── MustWaitError
    │   └── KeyringError         keyring.missing, .locked, .not_allowed, .secret_lost, .write_failed
    ├── VaultError               vault.*: the encrypted file and its folder
    │   └── DiskFullError
    ├── NetworkError             network.offline, .portal, .blocked, .proxy, .tls: nothing changed
    ├── ServiceError             service.*: the central service answered, in frame, that it will not
    └── UpdateError              update.*: what was offered as an update is refused
"""

from __future__ import annotations

from typing import ClassVar


class KnownError(Exception):
    """A failure with a stable code; `detail` holds only what is safe to show in a ticket."""

    default_code: ClassVar[str] = "known"

    def __init__(self, code: str | None = None, /, **detail: str | int | None) -> None:
        """Keep `code` (or the class's own) and the safe details."""
        self.code = code or self.default_code
        self.detail = detail
        super().__init__(self.code)

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error cross a process boundary whole."""
        return (_rebuild, (type(self), self.code, self.detail))


def _rebuild(kind: type[KnownError], code: str, detail: dict[str, str | int | None]) -> KnownError:
    return kind(code, **detail)


class BadInputError(KnownError):
    """A field holds what its rule refuses; the code is `<record>.<field>.<problem>`."""

    @classmethod
    def at(cls, record: str, field: str, problem: str, **detail: str | int | None) -> BadInputError:
        """Return the error for one field of one kind of record."""
        return cls(f"{record}.{field}.{problem}", **detail)

    @property
    def field(self) -> str:
        """The name of the field that is refused, empty when the whole record is."""
        parts = self.code.split(".")
        return parts[1] if len(parts) > 2 else ""


class SeveralInputsError(BadInputError):
    """More than one field is refused; as one error it is the first of them, so whoever marks one field still may.

    Attributes:
        errors: each, at least two, in the order of the form.
    """

    def __init__(self, *errors: BadInputError) -> None:
        """Keep every error."""
        super().__init__(errors[0].code, **errors[0].detail)
        self.errors = errors

    def __reduce__(self) -> tuple[object, ...]:
        """Let the errors cross a process boundary whole."""
        return (type(self), self.errors)


class NotPermittedError(KnownError):
    """The role may not do this."""

    default_code = "auth.not_permitted"


class NotFoundError(KnownError):
    """There is no such record, or it is not this reader's: one answer for both."""

    default_code = "record.not_found"


class BadTransitionError(KnownError):
    """A state machine does not go there from where it is."""

    default_code = "record.bad_transition"


class GateError(KnownError):
    """A referral may not leave; the code is the rule of the gate that failed (`domain.md` 6.5)."""

    default_code = "gate_consent"


class SignInError(KnownError):
    """The person cannot be let in."""

    default_code = "auth.refused"


class WrongPasswordError(SignInError):
    """The password does not open this person's slot."""

    default_code = "auth.wrong_password"


class MustWaitError(SignInError):
    """Too many wrong guesses: `detail['seconds']` still to wait."""

    default_code = "auth.must_wait"


class KeyringError(SignInError):
    """The operating system's keyring cannot give or take the device secret."""

    default_code = "keyring.missing"


class VaultError(KnownError):
    """The vault cannot be made, opened or written; nothing was replaced."""

    default_code = "vault.could_not_open"


class DiskFullError(VaultError):
    """There is no room left; everything recorded so far is safe."""

    default_code = "vault.disk_full"


class NetworkError(KnownError):
    """What came back was not a reply of the central service; nothing was changed."""

    default_code = "network.offline"


class ServiceError(KnownError):
    """The central service answered, in frame, that it will not do this."""

    default_code = "service.refused"


class UpdateError(KnownError):
    """What was offered as an update is not one that may be trusted, or is not there; nothing was changed."""

    default_code = "update.damaged"
