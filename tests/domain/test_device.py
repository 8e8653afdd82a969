"""What a pool says of devices: whether it knows them, whether the user is asked, and when one stands for a factor."""

import pytest

from keydesk.domain import device
from keydesk.domain.device import Device
from keydesk.domain.pool import Pool
from keydesk.shapes.types import DeviceConfigurationType, UserPoolType


def pool(required: bool | None = None, prompt: bool | None = None, *, tracks: bool = True) -> Pool:
    said = DeviceConfigurationType(
        challenge_required_on_new_device=required, device_only_remembered_on_user_prompt=prompt
    )
    settings = UserPoolType(device_configuration=said if tracks else None)
    return Pool(id="eu_1", region="eu", account="0", name="p", settings=settings)


def known(*, remembered: bool) -> Device:
    return Device(key="k", sub="s", group="g", salt=b"1", verifier=b"v", remembered=remembered)


def test_a_pool_that_says_nothing_knows_no_devices() -> None:
    silent = pool(tracks=False)
    assert not device.tracks(silent)
    assert not device.on_prompt(silent)
    assert not device.spares_factor(silent, known(remembered=True))


@pytest.mark.parametrize(
    ("required", "remembered", "spared"),
    [(True, True, True), (True, False, False), (False, True, False), (None, True, False)],
)
def test_only_a_remembered_device_spares_a_factor_where_the_pool_says_so(
    required: bool | None, remembered: bool, spared: bool
) -> None:
    assert device.spares_factor(pool(required), known(remembered=remembered)) is spared


def test_users_are_asked_where_the_pool_says_so() -> None:
    assert device.on_prompt(pool(prompt=True))
    assert not device.on_prompt(pool(prompt=False))
    assert device.tracks(pool())
