"""Whatever the network does, the laptop names it rightly; nothing changes in the vault, nothing is lost or doubled."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from app.errors import KnownError, NetworkError
from sync.client import transport
from sync.client.transport import RefusedError
from sync.protocol.messages import HEADS, PULL, PUSH, RECEIPT
from tests.faults import kinds
from tests.faults.certificates import Root
from tests.faults.kinds import on, page
from tests.faults.proxy import Fault, Proxy
from tests.faults.vault_state import state_of
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, register
from ui.messages import words_of

EVERYWHERE: dict[str, tuple[Fault, str]] = {
    "a portal's page with 200": (page("200 OK", "Content-Type: text/html"), "network.portal"),
    "a portal's page that carries our header": (kinds.framed_as_ours(kinds.PORTAL_PAGE), "network.portal"),
    "a portal's redirect": (page("302 Found", "Location: http://portal.example/sign-in"), "network.portal"),
    "a permanent redirect": (page("308 Permanent Redirect", "Location: https://portal.example/"), "network.portal"),
    "511": (page("511 Network Authentication Required"), "network.portal"),
    "407": (page("407 Proxy Authentication Required", "Proxy-Authenticate: Basic"), "network.proxy"),
    "a filter's 403": (page("403 Forbidden"), "network.blocked"),
    "a gateway's 502": (page("502 Bad Gateway"), "network.blocked"),
    "a gateway's 503": (page("503 Service Unavailable", "Retry-After: 99999"), "network.blocked"),
    "a line that is reset": (kinds.reset_before, "network.offline"),
    "half of every reply": (kinds.half, "network.offline"),
}
"""Faults that hit every request, the ping that tells them apart too, and what the laptop calls each."""

IN_ONE_REPLY: dict[str, tuple[Fault, str]] = {
    "half a reply": (kinds.half, "network.offline"),
    "a reply cut to look whole": (kinds.shortened, "network.not_ours"),
    "one bit flipped": (kinds.flipped, "network.not_ours"),
    "a reset in the reply": (kinds.reset_in_the_reply, "network.offline"),
    "a reply that is lost": (kinds.reset_after, "network.offline"),
    "half the request": (kinds.half_the_request, "network.offline"),
    "a zstd bomb": (kinds.zstd_bomb, "network.not_ours"),
    "a zstd bomb that hides its size": (kinds.zstd_bomb_without_size, "network.not_ours"),
    "a gzip bomb": (kinds.gzip_bomb, "network.not_ours"),
    "a bomb as an encoding": (kinds.encoded_bomb, "network.not_ours"),
    "a flood": (kinds.flood, "network.not_ours"),
}
"""Faults that hit one endpoint while the ping gets through."""


def trouble(laptop: Enrolled) -> KnownError:
    with pytest.raises(NetworkError) as caught:
        laptop.sync()
    return caught.value


def recovers(laptop: Enrolled, alliance: AllianceService) -> None:
    """The way is whole again: everything arrives, and every op stands in the log once."""
    with laptop.vault.writing() as connection:
        waiting = [bytes(row[0]) for row in connection.exec_driver_sql("SELECT op_id FROM outbox")]
    report = laptop.sync()
    assert report.waiting.unsent == 0
    with psycopg.connect(alliance.database.owner_url) as owner:
        for op_id in waiting:
            found = owner.execute("SELECT count(*) FROM op_log WHERE op_id = %s::uuid", (op_id.hex(),)).fetchone()
            assert found == (1,)


@pytest.mark.parametrize(("fault", "code"), EVERYWHERE.values(), ids=EVERYWHERE.keys())
def test_what_stands_in_the_way_is_named_and_changes_nothing(
    ward: Enrolled, proxy: Proxy, alliance: AllianceService, fault: Fault, code: str
) -> None:
    register(ward, alliance)
    before = state_of(ward)
    with proxy.faulty(fault):
        error = trouble(ward)
    assert error.code == code
    assert "example" not in str(error.detail)
    assert words_of(error) != words_of(NetworkError("network.offline")) or code == "network.offline"
    assert state_of(ward) == before
    recovers(ward, alliance)


@pytest.mark.parametrize("path", [HEADS, PUSH, PULL, RECEIPT])
@pytest.mark.parametrize(("fault", "code"), IN_ONE_REPLY.values(), ids=IN_ONE_REPLY.keys())
def test_a_broken_reply_changes_nothing_and_what_it_said_is_not_lost(
    ward: Enrolled, colleague: Enrolled, proxy: Proxy, alliance: AllianceService, path: str, fault: Fault, code: str
) -> None:
    register(colleague, alliance)
    colleague.sync()
    if path == PUSH:
        register(ward, alliance)
    before = state_of(ward)
    with proxy.faulty(on(path, fault)):
        error = trouble(ward)
    assert error.code == code
    if path in {HEADS, PUSH, PULL}:
        assert state_of(ward) == before
    recovers(ward, alliance)
    colleague.sync()
    assert ward.bodies() == colleague.bodies()


def test_a_reply_that_drips_is_given_up(
    ward: Enrolled, proxy: Proxy, alliance: AllianceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand times faster clock: too little in 20 s is given up, whatever the connection says."""
    register(ward, alliance)
    before = state_of(ward)
    monkeypatch.setattr(ward.net, "_monotonic", lambda: time.monotonic() * 1000)
    with proxy.faulty(on(PUSH, kinds.drip)):
        error = trouble(ward)
    assert (error.code, error.detail["reason"]) == ("network.offline", "slow")
    assert state_of(ward) == before
    monkeypatch.undo()
    recovers(ward, alliance)


def test_a_service_that_says_nothing_is_given_up(
    ward: Enrolled, proxy: Proxy, alliance: AllianceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(ward, alliance)
    before = state_of(ward)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    with proxy.faulty(on(PUSH, kinds.silence)):
        error = trouble(ward)
    assert (error.code, error.detail["reason"]) == ("network.offline", "slow")
    assert state_of(ward) == before
    monkeypatch.undo()
    recovers(ward, alliance)


@pytest.mark.parametrize("bomb", [kinds.zstd_bomb, kinds.zstd_bomb_without_size, kinds.gzip_bomb, kinds.encoded_bomb])
def test_a_bomb_costs_less_memory_than_it_would_unfold_to(ward: Enrolled, proxy: Proxy, bomb: Fault) -> None:
    tracemalloc.start()
    with proxy.faulty(on(HEADS, bomb)):
        trouble(ward)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A frame may hold 32 MB; what is refused may cost that and one copy at most.
    assert peak < 70 * 1024 * 1024


# --- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def over_tls(alliance: AllianceService, ward: Enrolled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run one cycle of the ward's laptop through TLS with a certificate that a test chooses."""
    trusted = Root.make()
    # The system's roots, as the operating system's TLS library looks them up.
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.write(tmp_path / "roots.pem")))

    def cycle(root: Root | None = None, **given: object) -> None:
        certificate = (root or trusted).server(tmp_path, **given)  # type: ignore[arg-type]
        tls = Proxy(alliance.address, certificate)
        monkeypatch.setattr(ward.net, "_address", f"https://localhost:{tls.port}")
        try:
            ward.sync()
        finally:
            ward.net.close()
            tls.stop()

    return cycle


def test_a_certificate_that_the_system_trusts_is_taken(over_tls: Callable[..., None]) -> None:
    over_tls(names=("localhost",))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"root": Root.make(), "names": ("localhost",)}, "network.tls"),
        ({"names": ("portal.example",)}, "network.portal"),
        ({"names": ("127.0.0.1",)}, "network.portal"),
        ({"names": ("localhost",), "days": (-30, -1)}, "network.tls"),
        ({"names": ("localhost",), "days": (2, 30)}, "network.tls"),
    ],
    ids=["nobody vouches for it", "another name", "an address for a name", "expired", "not valid yet"],
)
def test_a_certificate_that_will_not_do_is_named_and_nothing_is_sent(
    over_tls: Callable[..., None], ward: Enrolled, given: dict[str, object], code: str
) -> None:
    before = state_of(ward)
    with pytest.raises(NetworkError) as caught:
        over_tls(**given)
    assert caught.value.code == code
    assert state_of(ward) == before


def test_a_port_that_speaks_no_tls_is_named(ward: Enrolled, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ward.net, "_address", proxy.address.replace("http://127.0.0.1", "https://localhost"))
    before = state_of(ward)
    assert trouble(ward).code in {"network.tls", "network.offline"}
    assert state_of(ward) == before


def test_a_refusal_of_the_service_itself_is_none_of_the_networks(
    ward: Enrolled, alliance: AllianceService, proxy: Proxy
) -> None:
    """The table above can tell: the same laptop on the same way is refused in frame, and says so."""
    with pytest.raises(RefusedError) as caught:
        ward.net.post("/v1/nowhere")
    assert caught.value.code == "service.not_found"
