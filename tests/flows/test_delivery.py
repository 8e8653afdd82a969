"""Where codes go, and what is shown of it."""

import secrets
from types import SimpleNamespace
from typing import Any

import pytest

from keydesk.crypto.seal import Sealer
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.errors import InvalidParameter, NotAuthorized, Refusal
from keydesk.flows import delivery
from keydesk.shapes.types import AccountRecoverySettingType, RecoveryOptionType, UserPoolType

EMAIL, PHONE = "ada@example.com", "+12065550100"
BOTH = {"email": EMAIL, "phone_number": PHONE}
PROVED = BOTH | {"email_verified": "true", "phone_number_verified": "true"}


def pool(*verifies: str, recovery: list[str] | None = None, id: str = "us-east-1_aaaaaaaaa") -> Pool:
    """`recovery` names mechanisms, the first to be tried last in the list as it is stored."""
    setting = None
    if recovery is not None:
        ways = [RecoveryOptionType(priority=place, name=name) for place, name in enumerate(recovery, 1)]
        setting = AccountRecoverySettingType(recovery_mechanisms=ways[::-1])
    settings = UserPoolType(auto_verified_attributes=list(verifies), account_recovery_setting=setting)
    return Pool(id=id, region="us-east-1", account="000000000000", name="test", settings=settings)


def user(attributes: dict[str, str]) -> User:
    return User(sub="s", pool="p", username="ada", status=Status.CONFIRMED, attributes=attributes)


def call() -> Any:
    return SimpleNamespace(desk=SimpleNamespace(sealer=Sealer(secrets.token_bytes(32))))


@pytest.mark.parametrize(
    ("attribute", "value", "shown"),
    [
        ("email", EMAIL, "a***@e***"),
        ("email", "b@x.example", "b***@x***"),
        ("email", '"a@b"@example.com', '"***@e***'),
        ("phone_number", PHONE, "+*******0100"),
    ],
)
def test_a_destination_is_masked(attribute: str, value: str, shown: str) -> None:
    told = delivery.of(attribute, value)
    assert (told.attribute, told.destination) == (attribute, shown)
    assert told.medium.value == ("SMS" if attribute == "phone_number" else "EMAIL")


@pytest.mark.parametrize(
    ("verifies", "attributes", "goes"),
    [
        (("email",), BOTH, "email"),
        (("phone_number",), BOTH, "phone_number"),
        (("email", "phone_number"), BOTH, "phone_number"),
        (("email", "phone_number"), {"email": EMAIL}, "email"),
        (("phone_number",), {"email": EMAIL}, None),
        ((), BOTH, None),
    ],
)
def test_where_a_sign_up_code_goes(verifies: tuple[str, ...], attributes: dict[str, str], goes: str | None) -> None:
    assert delivery.to_confirm(pool(*verifies), user(attributes)) == goes


@pytest.mark.parametrize(
    ("recovery", "goes"),
    [
        (None, "phone_number"),
        (["verified_email", "verified_phone_number"], "email"),
        (["verified_phone_number", "verified_email"], "phone_number"),
        (["verified_email"], "email"),
    ],
)
def test_the_pool_says_which_way_recovery_goes_first(recovery: list[str] | None, goes: str) -> None:
    assert delivery.to_recover(pool(recovery=recovery), user(PROVED)) == goes


@pytest.mark.parametrize(
    ("recovery", "attributes", "fault"),
    [
        (None, BOTH, InvalidParameter),
        (["verified_email"], BOTH | {"phone_number_verified": "true"}, InvalidParameter),
        (None, {"email_verified": "true"}, InvalidParameter),
        (["admin_only"], PROVED, NotAuthorized),
    ],
)
def test_co06_nothing_unproved_receives_a_recovery_code(
    recovery: list[str] | None, attributes: dict[str, str], fault: type[Refusal]
) -> None:
    with pytest.raises(fault):
        delivery.to_recover(pool(recovery=recovery), user(attributes))


def test_an_unproved_way_is_passed_over() -> None:
    proved = BOTH | {"email_verified": "true", "phone_number_verified": "false"}
    assert delivery.to_recover(pool(), user(proved)) == "email"


def test_an_administrator_may_reset_where_only_administrators_may() -> None:
    assert delivery.to_recover(pool(recovery=["admin_only"]), user(PROVED), by_admin=True) == "phone_number"


def test_what_is_shown_for_nobody_looks_real_and_stays_the_same() -> None:
    here, one, other = call(), pool(recovery=["verified_email"]), pool(recovery=["verified_email"], id="x_bbbbbbbbb")
    assert delivery.simulated(one, EMAIL, here) == delivery.of("email", EMAIL)
    assert delivery.simulated(one, PHONE, here) == delivery.of("phone_number", PHONE)
    names = [f"name{number}" for number in range(40)]
    told = [delivery.simulated(one, name, here) for name in names]
    assert told == [delivery.simulated(one, name, here) for name in names]
    assert {each.attribute for each in told} == {"email"}
    assert all(len(each.destination) == len("a***@e***") for each in told)
    assert len({each.destination for each in told}) > 10
    assert told != [delivery.simulated(other, name, here) for name in names]
    assert told != [delivery.simulated(one, name, here, confirms=True) for name in names]
    by_number = delivery.simulated(pool(), "ada", here)
    assert (by_number.attribute, len(by_number.destination)) == ("phone_number", len("+*******0100"))
    assert by_number.destination[-4:].isdigit()
