"""The OpenAPI document, made from the routes, the messages and one table; `python -m tests.openapi` writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sync.central.api.routes import HEALTH, ROUTES
from sync.protocol import messages
from sync.protocol.blob import CHUNK_MOST_BYTES, CONTENT_RANGE_HEADER, RANGE_HEADER, UPLOAD_OFFSET_HEADER
from sync.protocol.hand_over import PASSED_ON_MOST_OPS
from sync.protocol.limits import FETCH_MOST_IDS, FRAME_LIMITS, PUSH_MOST_OPS
from sync.protocol.messages import (
    BLOB,
    DIGEST,
    ENROL,
    FETCH,
    FIGURES,
    HEADS,
    KEYS,
    MEDIA_TYPE,
    PASSED_ON,
    PING,
    PULL,
    PUSH,
    RECEIPT,
    RESCUE,
    STATUS_OF,
    TOKEN,
    WIPED,
    ErrorCode,
)

FILE = Path(__file__).parents[2] / "docs" / "sync" / "openapi.yaml"

ABOUT = f"""\
What laptops ask of the central service. `docs/sync/protocol.md` is the norm; this document says the same for tools.

Bodies are **frames**: one flag byte (0 plain, 1 zstd, 2 gzip), then lines of JSON. The schema of a body describes what
is in its lines: `header` the fields of the first line beside `t` and `nonce`, `lines` what stands between, `end` the
fields of the last line beside `t`, `n` and `sha256`. A frame holds at most {FRAME_LIMITS.packed_bytes} bytes packed,
{FRAME_LIMITS.plain_bytes} plain, {FRAME_LIMITS.line_bytes} in a line, and {FRAME_LIMITS.depth} levels of nesting.

A refusal is a frame with one `Refusal`; `x-codes` lists which of its codes go with a status. Every other path, and
every other method, is answered 404 `not_found`; `OPTIONS` names the method there is.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the lines of one body are: names of messages."""

    header: str = ""
    lines: str | tuple[str, ...]
    most: int | None = 1
    least: int = 1
    end: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The messages a line may be."""
        return (self.lines,) if isinstance(self.lines, str) else self.lines

    def schema(self) -> dict[str, Any]:
        """Return the body's schema."""
        kinds = [_ref(name) for name in self.kinds]
        items = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        lines: dict[str, Any] = {"type": "array", "items": items, "minItems": self.least}
        if self.most is not None:
            lines["maxItems"] = self.most
        parts = {"header": self.header, "lines": "", "end": self.end}
        found = {
            part: lines if part == "lines" else _ref(name) for part, name in parts.items() if name or part == "lines"
        }
        return {"type": "object", "properties": found, "required": list(found), "additionalProperties": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What one endpoint takes, gives and refuses with; `sealed` bodies are bytes in no frame.

    Attributes:
        asked: headers of its own that a request carries, with their schemas.
        told: headers of its own that a good reply carries, by what they say.
        also: a further good status, with the same reply.
        is_bare: a refusal has no body, and names no code.
    """

    request: Frame | None = None
    sealed: str = ""
    status: int = 200
    also: int | None = None
    reply: Frame | None
    gives: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    is_bare: bool = False
    refusals: Sequence[ErrorCode]


_E = ErrorCode
_ANY = (_E.BAD_REQUEST, _E.FAILED)
_BODY = (_E.BAD_FRAME, _E.TOO_LARGE)
_DEVICE = (_E.PROOF, _E.REVOKED, _E.SUSPENDED, _E.TOO_MANY, _E.BUSY)
_CALLER = (*_ANY, *_DEVICE, _E.TOKEN)
_LEAVER = (*_ANY, _E.PROOF, _E.NOT_FOUND, _E.TOO_MANY, _E.BUSY)
"""What a laptop that was revoked may still be answered; any other is told that there is nothing here."""

ENDPOINTS: Mapping[str, Endpoint] = {
    ENROL: Endpoint(
        request=Frame(lines="EnrolRequest"),
        reply=Frame(lines="EnrolReply"),
        refusals=(*_ANY, *_BODY, _E.ENROL_REFUSED, _E.BUSY),
    ),
    TOKEN: Endpoint(
        request=Frame(lines="TokenRequest"), reply=Frame(lines="TokenReply"), refusals=(*_ANY, *_BODY, *_DEVICE)
    ),
    HEADS: Endpoint(reply=Frame(lines="HeadsReply"), refusals=(*_CALLER, _E.SCOPE_DENIED)),
    PUSH: Endpoint(
        request=Frame(header="PushHeader", lines="OpLine", most=PUSH_MOST_OPS, least=0),
        reply=Frame(lines="ResultLine", most=PUSH_MOST_OPS, least=0, end="PushEnd"),
        refusals=(*_CALLER, *_BODY, _E.LANE_FORKED, _E.LANE_AHEAD, _E.UPDATE_NEEDED),
    ),
    PULL: Endpoint(
        request=Frame(lines="PullRequest"),
        reply=Frame(header="PageHeader", lines="RowLine", most=None, least=0, end="PageEnd"),
        refusals=(
            *_CALLER,
            *_BODY,
            _E.SCOPE_DENIED,
            _E.EPOCH_CHANGED,
            _E.CURSOR_AHEAD,
            _E.CURSOR_TOO_OLD,
            _E.UPDATE_NEEDED,
        ),
    ),
    FETCH: Endpoint(
        request=Frame(lines="FetchRequest"),
        reply=Frame(header="PageHeader", lines="RowLine", most=FETCH_MOST_IDS, least=0, end="PageEnd"),
        refusals=(*_CALLER, *_BODY, _E.SCOPE_DENIED, _E.UPDATE_NEEDED),
    ),
    DIGEST: Endpoint(
        request=Frame(lines="DigestRequest"),
        reply=Frame(lines=("BucketLine", "DigestLine"), most=None, least=0),
        refusals=(*_CALLER, *_BODY, _E.SCOPE_DENIED, _E.EPOCH_CHANGED, _E.CURSOR_AHEAD, _E.MOVED),
    ),
    RECEIPT: Endpoint(
        request=Frame(lines="ReceiptRequest"),
        reply=Frame(lines="ReceiptReply"),
        refusals=(*_CALLER, *_BODY, _E.SCOPE_DENIED, _E.EPOCH_CHANGED, _E.CURSOR_AHEAD),
    ),
    RESCUE: Endpoint(
        sealed="A sealed outbox (protocol.md).",
        status=201,
        reply=Frame(lines="RescueReply"),
        refusals=(*_LEAVER, _E.TOO_LARGE),
    ),
    WIPED: Endpoint(request=Frame(lines="WipeDone"), reply=Frame(lines="WipeNoted"), refusals=(*_LEAVER, *_BODY)),
    KEYS: Endpoint(request=Frame(lines="KeysRequest"), reply=Frame(lines="KeysReply"), refusals=(*_CALLER, *_BODY)),
    PASSED_ON: Endpoint(
        request=Frame(header="PassedOn", lines="OpLine", most=PASSED_ON_MOST_OPS, least=0),
        reply=Frame(lines="ResultLine", most=PASSED_ON_MOST_OPS, least=0, end="PassedOnEnd"),
        refusals=(*_CALLER, *_BODY, _E.TOO_LARGE),
    ),
    FIGURES: Endpoint(reply=Frame(lines="FiguresLine", most=None, least=1), refusals=(*_CALLER, _E.SCOPE_DENIED)),
    PING: Endpoint(reply=Frame(lines="Pong"), refusals=_ANY),
    HEALTH: Endpoint(reply=None, refusals=(_E.BUSY, _E.FAILED)),
}
"""Every endpoint but those of files; a test holds that these are the routes."""

_FILE = (*_CALLER, _E.NOT_FOUND)
_OFFSET = {UPLOAD_OFFSET_HEADER: "Bytes the service has; the next chunk begins there."}
FILE_ENDPOINTS: Mapping[str, Endpoint] = {
    "head": Endpoint(reply=None, told=_OFFSET, is_bare=True, refusals=_FILE),
    "put": Endpoint(
        sealed=f"A sealed chunk of at most {CHUNK_MOST_BYTES} bytes (protocol.md).",
        asked={CONTENT_RANGE_HEADER: r"^bytes [0-9]{1,10}-[0-9]{1,10}/[0-9]{1,10}$"},
        also=201,
        reply=Frame(lines="BlobReply"),
        told=_OFFSET,
        refusals=(*_FILE, _E.TOO_LARGE),
    ),
    "get": Endpoint(
        status=206,
        reply=None,
        gives="A sealed chunk (protocol.md).",
        asked={RANGE_HEADER: r"^bytes=[0-9]{1,10}-[0-9]{0,10}$"},
        told={CONTENT_RANGE_HEADER: "Where the chunk lies, and the size of the whole."},
        refusals=_FILE,
    ),
}
"""What the three methods of a file's path do."""

_HEX_128 = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_VERSION = {"type": "string", "pattern": "^[0-9]{1,5}$"}
_PARAMETERS = {
    "proto": ("X-Sync-Proto", "Version of this protocol.", {"type": "string", "const": "1"}),
    "schema": ("X-Schema", "Version of the record shapes the laptop writes.", _VERSION),
    "nonce": ("X-Nonce", "16 random bytes, new for every attempt; the reply repeats them inside.", _HEX_128),
}  # fmt: skip
_REPLY_HEADERS = {messages.PROTOCOL_HEADER: "1", "Cache-Control": "no-store"}
_NO_PROOF = frozenset({ENROL, PING, HEALTH})
_NO_TOKEN = _NO_PROOF | {TOKEN, RESCUE, WIPED}


def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Alongside central service", "version": messages.PROTOCOL_VERSION, "description": ABOUT},
        "paths": _paths(),
        "components": {
            "parameters": {key: _parameter(*given) for key, given in _PARAMETERS.items()},
            "headers": {
                name: {"required": True, "schema": {"type": "string", "const": value}}
                for name, value in _REPLY_HEADERS.items()
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An access token of at most ten minutes."},
                "proof": {
                    "type": "apiKey", "in": "header", "name": messages.PROOF_HEADER,
                    "description": "`<window nonce>.<signature>` by the device's key (protocol.md, section 4).",
                },
            },
            "schemas": _schemas(),
        },
    }  # fmt: skip


def text() -> str:
    """Return the document as it is kept."""
    return yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _write_text)


def route_paths() -> set[str]:
    """Return every path, as the document names it."""
    return {path for path, _, _ in _routes()}


def _paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, method, about in _routes():
        found.setdefault(path, {})[method] = _operation(path, method, about)
    return found


def _routes() -> list[tuple[str, str, str]]:
    found = []
    for handler in ROUTES:
        (path,) = handler.paths  # type: ignore[union-attr]
        methods = handler.http_methods - {"OPTIONS"}  # type: ignore[union-attr]
        (method,) = methods - {"HEAD"} or methods
        about = (handler.fn.__doc__ or "").strip()  # type: ignore[union-attr]
        found.append((path.replace(":str}", "}"), method.lower(), about))
    return found


def _operation(path: str, method: str, about: str) -> dict[str, Any]:
    endpoint = FILE_ENDPOINTS[method] if path == BLOB else ENDPOINTS[path]
    name = f"{method}_blob" if path == BLOB else path.rsplit("/", 1)[1]
    operation: dict[str, Any] = {"operationId": name, "summary": about}
    if path != HEALTH:
        operation["parameters"] = [{"$ref": f"#/components/parameters/{key}"} for key in _PARAMETERS]
    if path == BLOB:
        operation["parameters"] += [_hash_in_path(), *(_header_of_its_own(*each) for each in endpoint.asked.items())]
    needed = {} if path in _NO_PROOF else {"proof": []} if path in _NO_TOKEN else {"proof": [], "token": []}
    operation["security"] = [needed] if needed else []
    if endpoint.sealed:
        described = {"type": "string", "contentEncoding": "binary", "description": endpoint.sealed}
        operation["requestBody"] = {"required": True, "content": {MEDIA_TYPE: {"schema": described}}}
    if endpoint.request is not None:
        operation["requestBody"] = {"required": True, "content": {MEDIA_TYPE: {"schema": endpoint.request.schema()}}}
    good = _told(_bytes(endpoint.gives) if path == BLOB and method != "put" else _reply(endpoint.reply), endpoint.told)
    operation["responses"] = {str(endpoint.status): good, **_refusals(endpoint.refusals, is_bare=endpoint.is_bare)}
    if endpoint.also is not None:
        operation["responses"][str(endpoint.also)] = good
    return operation


def _hash_in_path() -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    about = "SHA-256 of the sealed bytes."
    return {"name": "sha256", "in": "path", "required": True, "description": about, "schema": schema}


def _header_of_its_own(name: str, pattern: str) -> dict[str, Any]:
    about = "Where the chunk lies (RFC 9110, 14)."
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": True, "description": about, "schema": schema}


def _told(reply: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    if not headers:
        return reply
    own = {
        name: {"required": True, "description": about, "schema": {"type": "string"}} for name, about in headers.items()
    }
    return {**reply, "headers": {**reply["headers"], **own}}


def _bytes(about: str) -> dict[str, Any]:
    """Return a reply that is in no frame: its headers say what a frame would."""
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _REPLY_HEADERS}
    content = {MEDIA_TYPE: {"schema": {"type": "string", "contentEncoding": "binary", "description": about}}}
    return {"description": "Done.", "headers": headers, **({"content": content} if about else {})}


def _reply(frame: Frame | None) -> dict[str, Any]:
    if frame is None:
        schema = {
            "type": "object",
            "properties": {"database": {"const": "ok"}},
            "required": ["database"],
            "additionalProperties": False,
        }
        return {"description": "The database answers.", "content": {"application/json": {"schema": schema}}}
    return _framed("Done.", frame.schema())


def _refusals(codes: Sequence[ErrorCode], *, is_bare: bool = False) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(STATUS_OF[code], []).append(code.value)
    return {
        str(status): {
            **({"description": "Refused."} if is_bare else _framed("Refused.", _ref("RefusalFrame"))),
            "x-codes": sorted(listed),
        }
        for status, listed in sorted(by_status.items())
    }


def _framed(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _REPLY_HEADERS}
    return {"description": about, "headers": headers, "content": {MEDIA_TYPE: {"schema": schema}}}


def _parameter(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": about, "schema": schema}


def _schemas() -> dict[str, Any]:
    names = {"Refusal"}
    for endpoint in (*ENDPOINTS.values(), *FILE_ENDPOINTS.values()):
        for frame in (endpoint.request, endpoint.reply):
            names |= {frame.header, *frame.kinds, frame.end} - {""} if frame else set()
    kinds = [_described(getattr(messages, name)) for name in sorted(names)]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {**dict(sorted(components.items())), "RefusalFrame": Frame(lines="Refusal").schema()}


def _described(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a message whose undecoded body is described as what it is: an object."""
    fields = msgspec.structs.fields(kind)
    if all(each.type is not msgspec.Raw for each in fields):
        return kind
    listed = []
    for each in fields:
        given = {} if each.required else {"default": {} if each.type is msgspec.Raw else each.default}
        of_type = dict[str, Any] if each.type is msgspec.Raw else each.type
        listed.append((each.name, of_type, msgspec.field(name=each.encode_name, **given)))
    made = msgspec.defstruct(kind.__name__, listed, kw_only=True)
    made.__doc__ = kind.__doc__
    return made


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
