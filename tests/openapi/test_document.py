"""The document says what the service does: same paths, same messages, same codes; and the service keeps to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import jsonschema_rs
import msgspec
import psycopg_pool.base
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks

from app.errors import NetworkError
from sync.central.api.routes import HEALTH
from sync.protocol.blob import CONTENT_RANGE_HEADER, RANGE_HEADER
from sync.protocol.framing import decode_frame, encode_frame
from sync.protocol.messages import (
    BLOB,
    ENROL,
    MEDIA_TYPE,
    NONCE_HEADER,
    PING,
    PROTOCOL_HEADER,
    RESCUE,
    SCHEMA_HEADER,
    STATUS_OF,
    TOKEN,
    WIPED,
    ErrorCode,
)
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.helpers.central import AllianceService
from tests.openapi.document import ENDPOINTS, FILE, document, route_paths, text

DOCUMENT = document()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SAID = {PROTOCOL_HEADER, SCHEMA_HEADER, CONTENT_RANGE_HEADER, RANGE_HEADER}
"""Headers of a case that travel as they are; who sends is proven."""
EXAMPLES = 40

load_all_checks()


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllianceService]:
    """A real service, in this process.

    Its pool draws from the generator that all share whenever it opens a connection, in a thread of its own: in the
    middle of a strategy Hypothesis took that for the strategy's doing, and called the test flaky.
    """
    with patch.object(psycopg_pool.base, "random", Random().random):
        running = AllianceService.start(tmp_path_factory.mktemp("central"), clock=Clock())
        yield running
        running.stop()


@pytest.fixture
def device(alliance: AllianceService) -> Device:
    """A device of its own for each endpoint, for none may ask too often; it proves whatever it says."""
    return Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])


# --- the document ------------------------------------------------------------------------------------------------


def test_the_kept_document_is_the_one_that_routes_and_messages_make() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.openapi"


def test_document_and_routes_name_the_same_paths() -> None:
    assert set(DOCUMENT["paths"]) == route_paths() == {*ENDPOINTS, BLOB}


def test_every_code_belongs_to_an_endpoint_and_to_its_status() -> None:
    found = set()
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                for code in response.get("x-codes", ()):
                    assert STATUS_OF[ErrorCode(code)] == int(status)
                    found.add(ErrorCode(code))
    assert found == set(ErrorCode)


def test_every_message_is_described_and_nothing_is_described_that_is_none() -> None:
    named = text()
    for name in DOCUMENT["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in named, name


# --- the service ---------------------------------------------------------------------------------------------------


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_service_keeps_to_the_document_whatever_is_asked(
    case: Any, alliance: AllianceService, device: Device
) -> None:
    """Requests made from the document, and ones that break it: each is answered as described, none is a bug."""
    response, nonce = send(case, alliance, device)
    if case.method.lower() not in DOCUMENT["paths"][case.path]:
        assert (response.status_code, case.method) in {(404, case.method), (204, "OPTIONS")}
        return
    checks = schemathesis.checks.CHECKS
    case.validate_response(
        response,
        checks=[
            checks.get_one("not_a_server_error"),
            checks.get_one("status_code_conformance"),
            checks.get_one("content_type_conformance"),
            checks.get_one("response_headers_conformance"),
        ],
    )
    if case.path != HEALTH and case.method != "HEAD" and response.status_code != 206:
        lines_are_as_described(case, response, nonce)


def send(case: Any, alliance: AllianceService, device: Device) -> tuple[requests.Response, str]:
    """Send a case, its body as a frame; who sends is proven, for the document is about what comes after."""
    nonce = secrets.token_hex(16)
    given = {name: value for name, value in (case.headers or {}).items() if name in SAID}
    sent_nonce = str((case.headers or {}).get(NONCE_HEADER, nonce))
    if len(sent_nonce) == len(nonce):
        sent_nonce = nonce
    body = frame_of(case.body, nonce) if case.method == "POST" else b""
    if case.method == "PUT":
        body = bytes(case.body) if isinstance(case.body, bytes) else str(case.body).encode()
    if not device.token:
        device.sign_in()
    token, device.token = device.token, "" if case.path in {TOKEN, ENROL, PING, HEALTH, RESCUE, WIPED} else device.token
    path = case.path.replace("{sha256}", quote(str((case.path_parameters or {}).get("sha256", "")), safe=""))
    try:
        proven = device.proven(case.method, path, body, sent_nonce)
    finally:
        device.token = token
    headers = {**proven, **{name: safe(value) for name, value in given.items()}, NONCE_HEADER: safe(sent_nonce)}
    if body:
        headers["Content-Type"] = MEDIA_TYPE
    response = device.session.request(
        case.method, alliance.address + path, data=body or None, headers=headers, timeout=30
    )
    return response, nonce if sent_nonce == nonce else ""


def safe(value: object) -> str:
    """Return what may travel as a header at all."""
    return str(value).encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "").strip() or "x"


def frame_of(body: Any, nonce: str) -> bytes:
    """Return the frame of a described body; what no frame can be made of goes as it is."""
    if not isinstance(body, dict) or not isinstance(body.get("lines", []), list):
        return b"\x00" + msgspec.json.encode(body if isinstance(body, dict | list | str | int) else str(body))
    lines = [msgspec.json.encode(line) for line in body.get("lines", [])]
    header = body.get("header")
    fields = header if isinstance(header, dict) and not {"t", "nonce"} & set(header) else {}
    values = {name: value for name, value in fields.items() if name.isidentifier()}
    # A header may hold a field called `__dict__`, and no attribute may.
    names = {f"field_{number}": name for number, name in enumerate(values)}
    struct = msgspec.defstruct("Header", [(own, Any) for own in names], rename=names)
    return encode_frame(lines, nonce=nonce, header=struct(*values.values()))


def lines_are_as_described(case: Any, response: requests.Response, nonce: str) -> None:
    """Read the frame, and hold its lines against the schema of this very status."""
    frame = decode_frame(response.content, nonce=nonce)
    described = DOCUMENT["paths"][case.path][case.method.lower()]["responses"][str(response.status_code)]
    schema = described["content"][MEDIA_TYPE]["schema"]
    validator = jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})
    found: dict[str, Any] = {"lines": [msgspec.json.decode(line) for line in frame.raw_lines()]}
    parts = schema.get("properties", {})
    if "header" in parts:
        found["header"] = without(frame.head, "t", "nonce")
    if "end" in parts:
        found["end"] = without(frame.tail, "t", "sha256")
    validator.validate(found)
    if response.status_code not in (200, 201):
        assert found["lines"][0]["error"] in described["x-codes"]


def without(line: bytes, *names: str) -> dict[str, Any]:
    return {name: value for name, value in msgspec.json.decode(line).items() if name not in names}


def test_the_comparison_notices_a_line_that_is_not_described() -> None:
    schema = DOCUMENT["paths"][PING]["get"]["responses"]["200"]["content"][MEDIA_TYPE]["schema"]
    validator = jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})
    assert validator.is_valid({"lines": [{"sync": "ok", "nonce": "00"}]})
    assert not validator.is_valid({"lines": [{"sync": 1}]})
    assert not validator.is_valid({"lines": []})
    with pytest.raises(NetworkError):
        decode_frame(b"<html>", nonce="")
