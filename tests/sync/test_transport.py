"""Whatever stands between a laptop and its service is told apart, and never taken for the service."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import pytest
import requests
import urllib3

from app.errors import NetworkError
from sync.client.connection import StalledError, TokenAuth, UploadBody, Watchdog, open_session
from sync.client.transport import RefusedError, Transport, network_error
from sync.protocol.framing import decode_frame, encode_frame
from sync.protocol.messages import ENROL, HEADS, ErrorCode, HeadsReply
from tests.sync.tiny_service import NOW, Answer, Call, TinyService

PORTAL_PAGE = b"<!DOCTYPE html><title>Welcome to the hospital wifi</title>"


@pytest.fixture
def signed_in(net: Transport, service: TinyService) -> Transport:
    service.tokens.add("t0ken")
    net.use_token("t0ken", service.window)
    return net


def trouble(net: Transport) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        net.get(HEADS)
    return caught.value


def everywhere(answer: Answer) -> Callable[[Call], Answer]:
    return lambda _call: answer


def test_a_framed_reply_with_our_nonce_is_read(signed_in: Transport) -> None:
    assert signed_in.get(HEADS).one(HeadsReply).server_time == NOW


def test_a_poll_says_nothing_that_nobody_needs(signed_in: Transport, service: TinyService) -> None:
    signed_in.get(HEADS)

    assert service.calls[-1].headers.keys() == {
        "host", "user-agent", "accept-encoding", "cache-control", "x-sync-proto", "x-schema", "x-nonce", "x-proof",
        "authorization",
    }  # fmt: skip
    assert service.calls[-1].headers["user-agent"] == "Alongside"


def test_a_stale_proof_is_renewed_once_without_troubling_anybody(signed_in: Transport, service: TinyService) -> None:
    service.window = "w2"

    assert signed_in.get(HEADS).one(HeadsReply).server_time == NOW
    assert service.paths() == [HEADS, HEADS]
    assert len({call.nonce for call in service.calls}) == 2


def test_a_proof_that_is_refused_again_is_not_tried_for_ever(signed_in: Transport, service: TinyService) -> None:
    service.device_key = bytes(32)

    with pytest.raises(RefusedError) as caught:
        signed_in.get(HEADS)

    assert caught.value.refusal.error is ErrorCode.PROOF
    assert len(service.calls) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, PORTAL_PAGE), "network.portal"),
        (Answer(200, PORTAL_PAGE, {"X-Sync-Proto": "1"}), "network.portal"),
        (Answer(200, b""), "network.portal"),
        (Answer(302, b"", {"Location": "http://portal.example/"}), "network.portal"),
        (Answer(307, b"", {"Location": "/elsewhere"}), "network.portal"),
        (Answer(511, PORTAL_PAGE), "network.portal"),
        (Answer(403, b"Category: unknown"), "network.blocked"),
        (Answer(451, b""), "network.blocked"),
        (Answer(502, b"bad gateway"), "network.blocked"),
        (Answer(407, b""), "network.proxy"),
        (Answer(204, b""), "network.blocked"),
    ],
)
def test_somebody_elses_answer_is_told_apart(
    signed_in: Transport, service: TinyService, answer: Answer, code: str
) -> None:
    service.fault = everywhere(answer)

    assert trouble(signed_in).code == code
    assert all("example" not in str(value) for value in trouble(signed_in).detail.values())


def test_a_redirect_is_never_followed(signed_in: Transport, service: TinyService) -> None:
    service.fault = everywhere(Answer(302, b"", {"Location": f"{service.address}/stolen"}))

    trouble(signed_in)

    assert "/stolen" not in service.paths()


def test_a_cached_reply_to_another_request_is_refused(signed_in: Transport, service: TinyService) -> None:
    kept: list[Answer] = []

    def cache(call: Call) -> Answer | None:
        if call.path != HEADS:
            return None
        if not kept:
            kept.append(service.frame(call, HeadsReply(scopes=[], server_time=NOW)))
        return kept[0]

    service.fault = cache
    signed_in.get(HEADS)

    assert trouble(signed_in).code == "network.not_ours"


def test_a_refusal_under_another_status_is_refused(signed_in: Transport, service: TinyService) -> None:
    def swapped(call: Call) -> Answer | None:
        if call.path != HEADS:
            return None
        answer = service.refuse(call, ErrorCode.TOKEN)
        answer.status = 403
        return answer

    service.fault = swapped

    assert trouble(signed_in).code == "network.not_ours"


def test_a_reply_without_our_header_is_refused(signed_in: Transport, service: TinyService) -> None:
    def bare(call: Call) -> Answer | None:
        return Answer(200, encode_frame([], nonce=call.nonce)) if call.path == HEADS else None

    service.fault = bare

    assert trouble(signed_in).code == "network.not_ours"


def test_a_reply_cut_at_any_byte_changes_nothing(signed_in: Transport, service: TinyService) -> None:
    whole = len(encode_frame([HeadsReply(scopes=[], server_time=NOW)], nonce="0" * 32))

    for length in range(0, whole, 7):

        def cut(call: Call, length: int = length) -> Answer | None:
            if call.path != HEADS:
                return None
            answer = service.frame(call, HeadsReply(scopes=[], server_time=NOW))
            answer.cut = length
            return answer

        service.fault = cut
        assert trouble(signed_in).code in {"network.offline", "network.not_ours"}


@pytest.mark.parametrize("length", [0, 9])
def test_a_reply_that_breaks_off_once_is_asked_for_again(
    signed_in: Transport, service: TinyService, length: int
) -> None:
    """So a process of the service that is killed between head and body of its reply is noticed by nobody."""
    cut: list[Call] = []

    def once(call: Call) -> Answer | None:
        if call.path != HEADS or cut:
            return None
        cut.append(call)
        answer = service.frame(call, HeadsReply(scopes=[], server_time=NOW))
        answer.cut = length
        return answer

    service.fault = once

    assert signed_in.get(HEADS)
    assert len(cut) == 1


def test_a_body_larger_than_a_frame_may_be_is_not_read_to_its_end(signed_in: Transport, service: TinyService) -> None:
    def flood(call: Call) -> Answer | None:
        return Answer(200, bytes(12 * 1024 * 1024), {"X-Sync-Proto": "1"}) if call.path == HEADS else None

    service.fault = flood

    assert trouble(signed_in).code == "network.not_ours"


def test_a_fault_of_the_gateway_alone_is_no_portal(signed_in: Transport, service: TinyService) -> None:
    service.fault = lambda call: Answer(502, b"bad gateway") if call.path == HEADS else None

    assert trouble(signed_in).code == "network.not_ours"


def test_nobody_there_is_offline(open_net: Callable[[str], Transport]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert trouble(open_net(f"http://127.0.0.1:{port}")).code == "network.offline"


def test_the_wish_to_be_left_alone_is_carried_with_a_refusal(signed_in: Transport, service: TinyService) -> None:
    service.fault = lambda call: service.refuse(call, ErrorCode.BUSY, retry_after="17")

    with pytest.raises(RefusedError) as caught:
        signed_in.get(HEADS)

    assert (caught.value.code, caught.value.retry_after_s) == ("service.busy", 17.0)


@pytest.mark.parametrize("wish", ["-1", "soon", "1e9", "99999999", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_an_odd_wish_is_no_wish(signed_in: Transport, service: TinyService, wish: str) -> None:
    service.fault = lambda call: service.refuse(call, ErrorCode.BUSY, retry_after=wish)

    with pytest.raises(RefusedError) as caught:
        signed_in.get(HEADS)

    assert caught.value.retry_after_s == 0.0


def test_a_frame_broken_on_the_way_out_is_sent_once_more(signed_in: Transport, service: TinyService) -> None:
    def once(call: Call) -> Answer | None:
        return service.refuse(call, ErrorCode.BAD_FRAME) if len(service.calls) == 1 else None

    service.fault = once

    assert signed_in.get(HEADS).one(HeadsReply).server_time == NOW


def test_a_connection_closed_since_the_last_poll_is_made_anew(signed_in: Transport, service: TinyService) -> None:
    service.fault = lambda _call: Answer(0, b"", silent=True) if len(service.calls) == 1 else None

    assert signed_in.get(HEADS).one(HeadsReply).server_time == NOW
    assert len({call.nonce for call in service.calls}) == 2


def test_a_service_that_always_closes_the_connection_is_left_alone(signed_in: Transport, service: TinyService) -> None:
    service.fault = everywhere(Answer(0, b"", silent=True))

    assert trouble(signed_in).code == "network.offline"
    assert len(service.calls) == 2


def test_an_enrolment_is_never_sent_twice(net: Transport, service: TinyService) -> None:
    service.fault = everywhere(Answer(0, b"", silent=True))

    with pytest.raises(NetworkError):
        net.post_unproven(ENROL, HeadsReply(scopes=[], server_time=NOW))

    assert len(service.calls) == 1


def test_a_portals_cookies_are_not_kept(signed_in: Transport, service: TinyService) -> None:
    service.fault = everywhere(Answer(200, PORTAL_PAGE, {"Set-Cookie": "portal=1; Path=/"}))
    trouble(signed_in)
    service.fault = lambda _call: None
    service.calls.clear()

    signed_in.get(HEADS)

    assert "cookie" not in service.calls[0].headers


def test_the_body_travels_with_its_size_and_the_token_is_ours_alone(signed_in: Transport, service: TinyService) -> None:
    with pytest.raises(RefusedError):
        signed_in.post("/v1/unknown", HeadsReply(scopes=[], server_time=NOW))

    headers = service.calls[-1].headers
    assert headers["content-length"] == str(len(service.calls[-1].body))
    assert "transfer-encoding" not in headers
    assert headers["authorization"] == "Bearer t0ken"
    assert decode_frame(service.calls[-1].body, nonce=headers["x-nonce"]).count == 1


def test_no_token_means_no_sign_in_at_all() -> None:
    request = requests.Request("GET", "https://alongside.example", headers={"Authorization": "Basic from-a-file"})

    assert "Authorization" not in TokenAuth("")(request.prepare()).headers


def test_this_very_machine_is_never_reached_through_a_proxy() -> None:
    for address, through_proxy in (("http://127.0.0.1:1", False), ("https://alongside.example", True)):
        with open_session(address) as session:
            assert session.trust_env is through_proxy


def test_a_certificate_is_always_checked_against_the_systems_roots() -> None:
    with open_session("https://alongside.example") as session:
        adapter = session.get_adapter("https://alongside.example")
        context = adapter.poolmanager.connection_pool_kw["ssl_context"]  # type: ignore[attr-defined]

    assert type(context).__module__.startswith("truststore")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


class Crawl:
    """A clock that moves with every look at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def move(watchdog: Watchdog, piece: int) -> None:
    for _read in range(100):
        watchdog.moved(piece)


@pytest.mark.parametrize(("step", "piece"), [(7.0, 100), (601.0, 10_000)])
def test_a_transfer_that_crawls_or_never_ends_is_stopped(step: float, piece: int) -> None:
    watchdog = Watchdog(Crawl(step))

    with pytest.raises(StalledError):
        move(watchdog, piece)


def test_a_slow_but_steady_transfer_goes_on() -> None:
    watchdog = Watchdog(Crawl(5.0))

    move(watchdog, 1000)


def test_an_upload_that_crawls_is_stopped() -> None:
    body = UploadBody(bytes(100_000), Watchdog(Crawl(7.0)))

    with pytest.raises(StalledError):
        list(iter(lambda: body.read(100), b""))


def test_a_reply_that_crawls_is_offline(service: TinyService, open_net: Callable[..., Transport]) -> None:
    service.fault = lambda call: Answer(200, bytes(300), {"X-Sync-Proto": "1"})

    assert trouble(open_net(service.address, monotonic=Crawl(21.0))).detail["reason"] == "slow"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (requests.ConnectionError("no route to host: alongside.example"), "network.offline"),
        (requests.ReadTimeout("timed out"), "network.offline"),
        (requests.exceptions.ProxyError("Tunnel connection failed: 407"), "network.proxy"),
        (requests.exceptions.ChunkedEncodingError("broken"), "network.offline"),
        (urllib3.exceptions.ProtocolError("broken"), "network.offline"),
        (requests.exceptions.SSLError(ssl.SSLError("handshake failure")), "network.tls"),
        (
            requests.exceptions.SSLError(ssl.SSLCertVerificationError("unable to get local issuer certificate")),
            "network.tls",
        ),
        (
            requests.exceptions.SSLError(
                urllib3.exceptions.MaxRetryError(
                    urllib3.PoolManager().connection_from_host("h"),
                    "/",
                    urllib3.exceptions.SSLError(
                        ssl.SSLCertVerificationError("Hostname mismatch, certificate is not valid for 'h'")
                    ),
                )
            ),
            "network.portal",
        ),
    ],
)
def test_an_error_of_the_library_becomes_a_code_without_an_address(error: Exception, code: str) -> None:
    known = network_error(error)

    assert known.code == code
    assert "example" not in f"{known} {known.detail}"
