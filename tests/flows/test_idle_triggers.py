"""Rows of IDLE on their own: which flows of clients let a trigger run."""

import pytest
from msgspec.structs import replace

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.flows.idle_triggers import IDLE, Setup
from keydesk.shapes.types import SignInPolicyType, UserPoolClientType, UserPoolPolicyType, UserPoolType

POOL = Pool(id="us-east-1_a", region="us-east-1", account="000000000000", name="p", settings=UserPoolType())


def reasons_of_clients(trigger: str, *flows: list[str] | None, pool: Pool = POOL) -> list[str]:
    """What the clients of a pool, with these flows, are a reason for."""
    clients = [
        Client(id=str(place), pool=POOL.id, name="c", settings=UserPoolClientType(explicit_auth_flows=said))
        for place, said in enumerate(flows)
    ]
    setup = Setup(pool, {trigger: "arn"}, clients)
    rows = (row for row in IDLE if row.of_clients and trigger in row.triggers)
    return [why for row in rows if (why := row.why(setup, trigger))]


@pytest.mark.parametrize(
    "flow",
    ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ADMIN_NO_SRP_AUTH"],
)
def test_users_migrate_where_a_client_sends_passwords(flow: str) -> None:
    assert reasons_of_clients("UserMigration", ["ALLOW_USER_SRP_AUTH"], [flow]) == []


@pytest.mark.parametrize("flows", [None, ["ALLOW_USER_SRP_AUTH"], ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]])
def test_without_a_password_there_is_nothing_to_migrate_with(flows: list[str] | None) -> None:
    (why,) = reasons_of_clients("UserMigration", flows)
    assert "only ForgotPassword runs it" in why
    assert reasons_of_clients("UserMigration") == [why], "nor without any client"


def test_where_no_password_may_be_chosen_a_choice_migrates_nobody() -> None:
    policies = UserPoolPolicyType(sign_in_policy=SignInPolicyType(allowed_first_auth_factors=["EMAIL_OTP"]))
    pool = replace(POOL, settings=UserPoolType(policies=policies))
    assert reasons_of_clients("UserMigration", ["ALLOW_USER_AUTH"], pool=pool)
    assert reasons_of_clients("UserMigration", ["ALLOW_USER_AUTH"], ["ALLOW_USER_PASSWORD_AUTH"], pool=pool) == []


@pytest.mark.parametrize("trigger", ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"])
def test_custom_challenges_need_their_own_flow(trigger: str) -> None:
    assert reasons_of_clients(trigger, ["ALLOW_USER_SRP_AUTH"]) == ["no client allows ALLOW_CUSTOM_AUTH"]
    for open_flows in (None, ["CUSTOM_AUTH_FLOW_ONLY"], ["ALLOW_CUSTOM_AUTH"]):  # none said are the default ones
        assert reasons_of_clients(trigger, ["ALLOW_USER_SRP_AUTH"], open_flows) == []


@pytest.mark.parametrize("trigger", ["PreSignUp", "PostConfirmation", "PreTokenGeneration", "CustomMessage"])
def test_other_triggers_do_not_wait_for_a_client(trigger: str) -> None:
    assert reasons_of_clients(trigger) == []
