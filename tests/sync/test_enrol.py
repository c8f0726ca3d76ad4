"""A laptop is enrolled from its slip, and believes only keys that the slip names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.errors import NetworkError, ServiceError
from app.security.device_key import DeviceKey
from app.storage.held import Held
from sync.client.enrol import Enrolment, enrol, keep_enrolment
from sync.client.transport import Transport
from sync.protocol.proof import sign_control
from tests.helpers.vaults import Laptop
from tests.sync.tiny_service import AUDIENCE, TinyService

SITE = UUID(int=0x51)


@pytest.fixture
def try_to_enrol(
    service: TinyService, open_net: Callable[[str], Transport], device_key: DeviceKey
) -> Callable[..., Enrolment]:
    service.scopes[SITE] = []
    service.epochs[SITE] = 1

    def enrol_it(**change: object) -> Enrolment:
        slip = msgspec.structs.replace(service.slip, **change)
        net = open_net(service.address)
        return enrol(slip, net=net, signer=device_key, device_name="Ward laptop", app_version="0.1.0")

    return enrol_it


def test_an_enrolled_laptop_knows_its_service_after_a_restart(
    try_to_enrol: Callable[..., Enrolment], service: TinyService, device_key: DeviceKey, laptop: Laptop
) -> None:
    keep_enrolment(try_to_enrol(), Held(laptop.vault))

    held = Held(laptop.reopen())
    device = held.device()

    assert service.device_key == device_key.public
    assert (device.device_id, device.org, device.org_name) == (service.device_id, service.org, "Aspire")
    assert (device.address, device.audience) == (service.address, AUDIENCE)
    assert device.server_keys == (service.key.public_key().public_bytes_raw(),)
    assert device.lease_until == datetime(2026, 5, 17, 10, 14, tzinfo=UTC)
    assert [scope.id for scope in held.scopes()] == [SITE]


def test_a_spent_code_is_refused_in_words(try_to_enrol: Callable[..., Enrolment]) -> None:
    with pytest.raises(ServiceError) as caught:
        try_to_enrol(code="ANOTHER-CODE")

    assert caught.value.code == "service.enrol_refused"


def test_a_service_with_a_key_the_slip_does_not_name_is_not_believed(try_to_enrol: Callable[..., Enrolment]) -> None:
    with pytest.raises(NetworkError) as caught:
        try_to_enrol(keys=["ab" * 32])

    assert caught.value.detail["rule"] == "server_keys"


@pytest.mark.parametrize("whose", ["stranger", "another device"])
def test_a_lease_that_is_not_ours_is_not_kept(
    try_to_enrol: Callable[..., Enrolment], service: TinyService, whose: str
) -> None:
    lease = service.lease()
    if whose == "stranger":
        lease = sign_control(lease, Ed25519PrivateKey.generate())
    else:
        lease = service.signed(**{**lease, "lease": str(UUID(int=7))})
    service.lease = lambda: lease  # type: ignore[method-assign]

    with pytest.raises(NetworkError) as caught:
        try_to_enrol()

    assert caught.value.detail["rule"] == "signature"
