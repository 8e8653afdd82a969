"""Refresh tokens that give way to new ones: in turn, within the grace, after it, at once, over a restart (TK-10)."""

import base64
import hmac
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import BY_ITSELF, Pool, Serving, claims, serving

from keydesk.crypto.seal import token_digest
from keydesk.store import rotation, sign_ins
from keydesk.store.sweep import Ages, sweep

REUSED = ("RefreshTokenReuseException", "Refresh token reuse detected")
REVOKED = ("NotAuthorizedException", "Refresh Token has been revoked")
FLOWS = ["ALLOW_USER_PASSWORD_AUTH"]


def rotating(server: Serving, grace: int, **client: Any) -> Pool:
    rotates = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    pool = Pool(server, client={"ExplicitAuthFlows": FLOWS, "RefreshTokenRotation": rotates, **client})
    pool.user()
    return pool


def refresh(pool: Pool, token: str, **more: str) -> dict[str, Any]:
    made = pool.api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=token, **more)
    return dict(made["AuthenticationResult"])


def turned(pool: Pool, token: str) -> str:
    return str(refresh(pool, token)["RefreshToken"])


def works(pool: Pool, access: str) -> bool:
    return bool(pool.api.get_user(AccessToken=access)["Username"] == "ada")


@pytest.fixture
def moving(own_server: Serving) -> Serving:
    own_server.clock.stop()
    return own_server


def test_each_refresh_gives_a_new_refresh_token(server: Serving) -> None:
    pool = rotating(server, 30)
    first = pool.tokens()
    second = refresh(pool, first["RefreshToken"])
    third = refresh(pool, second["RefreshToken"])
    tokens = [one["RefreshToken"] for one in (first, second, third)]
    assert len(set(tokens)) == 3
    assert {len(token) for token in tokens} == {64}
    for one in (first, second, third):
        assert works(pool, one["AccessToken"])
        assert claims(one["AccessToken"])["origin_jti"] == claims(first["AccessToken"])["origin_jti"]


def test_without_rotation_the_token_goes_on(server: Serving) -> None:
    pool = rotating(server, 0, RefreshTokenRotation={"Feature": "DISABLED"})
    token = pool.tokens()["RefreshToken"]
    for _ in range(2):
        assert "RefreshToken" not in refresh(pool, token)


def test_a_retry_within_the_grace_is_given_what_was_lost(moving: Serving) -> None:
    """And what has come since: the session has one refresh token at any time."""
    pool = rotating(moving, 10)
    first = pool.tokens()["RefreshToken"]
    second = turned(pool, first)
    assert turned(pool, first) == second
    third = turned(pool, second)
    assert turned(pool, first) == turned(pool, second) == third
    moving.clock.forward(seconds=9.999)
    assert turned(pool, first) == third
    moving.clock.forward(seconds=0.001)
    assert pool.refused(refresh, pool, first) == REUSED


@pytest.mark.parametrize("grace", [0, 60])
def test_a_use_after_the_grace_ends_the_family(moving: Serving, grace: int) -> None:
    """TK-10: every token of the session dies, and no other session."""
    pool = rotating(moving, grace)
    first, other = pool.tokens(), pool.tokens()
    newer = refresh(pool, first["RefreshToken"])
    moving.clock.forward(seconds=grace)
    newest = refresh(pool, newer["RefreshToken"])
    assert pool.refused(refresh, pool, first["RefreshToken"]) == REUSED
    assert pool.refused(refresh, pool, newest["RefreshToken"]) == REVOKED
    for one in (first, newer, newest):
        assert pool.refused(pool.api.get_user, AccessToken=one["AccessToken"])[1] == "Access Token has been revoked"
    assert pool.refused(refresh, pool, first["RefreshToken"]) == REUSED
    assert works(pool, other["AccessToken"])
    assert refresh(pool, other["RefreshToken"])


def test_a_retry_does_not_lengthen_the_grace(moving: Serving) -> None:
    pool = rotating(moving, 10)
    first = pool.tokens()["RefreshToken"]
    turned(pool, first)
    moving.clock.forward(seconds=9)
    turned(pool, first)
    moving.clock.forward(seconds=1)
    assert pool.refused(refresh, pool, first) == REUSED


def test_the_last_token_ends_when_the_first_would_have(moving: Serving) -> None:
    units = {"RefreshToken": "hours", "AccessToken": "minutes", "IdToken": "minutes"}
    lives = {"RefreshTokenValidity": 1, "AccessTokenValidity": 5, "IdTokenValidity": 5, "TokenValidityUnits": units}
    pool = rotating(moving, 0, **lives)
    token = pool.tokens()["RefreshToken"]
    for _ in range(3):
        moving.clock.forward(seconds=1199)
        token = turned(pool, token)
    moving.clock.forward(seconds=2.999)
    token = turned(pool, token)
    moving.clock.forward(seconds=0.001)
    assert pool.refused(refresh, pool, token) == ("NotAuthorizedException", "Refresh Token has expired")


def test_only_the_client_itself_can_end_its_family(server: Serving) -> None:
    """A spent token in another client's hands, or without the secret, ends nothing."""
    pool = rotating(server, 0, GenerateSecret=True)
    secret = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    proof = {"ClientSecret": secret["ClientSecret"]}
    key = secret["ClientSecret"].encode()
    hashed = base64.b64encode(hmac.digest(key, ("ada" + pool.client).encode(), "sha256")).decode()
    said = {"USERNAME": "ada", "PASSWORD": "Correct-horse-9", "SECRET_HASH": hashed}
    begun = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    first = begun["AuthenticationResult"]["RefreshToken"]
    newer = refresh(pool, first, **proof)["RefreshToken"]
    assert pool.refused(refresh, pool, first)[0] == "NotAuthorizedException"
    other = pool.new_client()
    asked = {"ClientId": other, "RefreshToken": first}
    refused = pool.refused(pool.api.get_tokens_from_refresh_token, **asked)
    assert refused == ("NotAuthorizedException", "Invalid Refresh Token")
    pool.api.revoke_token(ClientId=other, Token=first)
    newest = refresh(pool, newer, **proof)["RefreshToken"]
    assert pool.refused(refresh, pool, newer, **proof) == REUSED
    assert pool.refused(refresh, pool, newest, **proof) == REVOKED


@pytest.mark.parametrize("revocable", [True, False])
def test_what_revoke_token_does_not_do_reuse_does_all_the_same(server: Serving, revocable: bool) -> None:
    """EnableTokenRevocation is about RevokeToken; a stolen family ends without it."""
    pool = rotating(server, 0, EnableTokenRevocation=revocable)
    first = pool.tokens()["RefreshToken"]
    newer = refresh(pool, first)
    assert ("origin_jti" in claims(newer["AccessToken"])) is revocable
    assert pool.refused(refresh, pool, first) == REUSED
    assert pool.refused(refresh, pool, newer["RefreshToken"]) == REVOKED


def test_a_token_that_gave_way_can_be_revoked(server: Serving) -> None:
    pool = rotating(server, 0)
    first = pool.tokens()["RefreshToken"]
    newer = turned(pool, first)
    pool.api.revoke_token(ClientId=pool.client, Token=first)
    assert pool.refused(refresh, pool, newer) == REVOKED


def test_the_old_flow_is_closed_to_a_client_that_rotates(server: Serving) -> None:
    """Its default flows as well: it could not give the new token back."""
    pool = rotating(server, 0)
    token = pool.tokens()["RefreshToken"]
    rotates = {"Feature": "ENABLED"}
    both = {"UserPoolId": pool.id, "ClientId": pool.client, "RefreshTokenRotation": rotates}
    asked = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}, "ClientId": pool.client}
    closed = ("InvalidParameterException", "Auth flow not enabled for this client")
    assert pool.refused(pool.api.initiate_auth, **asked) == closed
    for flows in ({}, {"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}):
        pool.api.update_user_pool_client(**both, **flows)
        assert pool.refused(pool.api.initiate_auth, **asked) == closed
        assert pool.refused(pool.api.admin_initiate_auth, UserPoolId=pool.id, **asked) == closed
    flows = {"ExplicitAuthFlows": [*FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"]}
    assert pool.refused(pool.api.update_user_pool_client, **both, **flows)[0] == "InvalidParameterException"
    assert turned(pool, token)


def test_rotation_that_is_switched_off_leaves_the_newest_token(moving: Serving) -> None:
    """By either operation; the spent ones stay spent."""
    pool = rotating(moving, 10)
    first = pool.tokens()["RefreshToken"]
    second = turned(pool, first)
    pool.api.update_user_pool_client(
        UserPoolId=pool.id, ClientId=pool.client, ExplicitAuthFlows=[*FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"]
    )
    assert "RefreshToken" not in refresh(pool, second)
    assert turned(pool, first) == second
    said = {"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": pool.client}
    made = pool.api.initiate_auth(**said, AuthParameters={"REFRESH_TOKEN": second})["AuthenticationResult"]
    assert "RefreshToken" not in made
    moving.clock.forward(seconds=10)
    assert pool.refused(pool.api.initiate_auth, **said, AuthParameters={"REFRESH_TOKEN": first}) == REUSED
    assert pool.refused(refresh, pool, second) == REVOKED


def raced(pool: Pool, token: str, apis: list[Any]) -> list[Any]:
    """What uses of one token at the same time came to: the new refresh token, or the refusal."""
    barrier, outcomes = threading.Barrier(len(apis)), []

    def use(api: Any) -> None:
        barrier.wait()
        try:
            made = api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=token)
            outcomes.append(made["AuthenticationResult"]["RefreshToken"])
        except ClientError as refusal:
            error = refusal.response["Error"]
            outcomes.append((error["Code"], error["Message"]))

    threads = [threading.Thread(target=use, args=(api,)) for api in apis]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_racing_uses_give_one_new_token(server: Serving) -> None:
    """TK-10."""
    pool = rotating(server, 60)
    token = pool.tokens()["RefreshToken"]
    for _ in range(4):
        outcomes = raced(pool, token, [server.client() for _ in range(6)])
        assert len(outcomes) == 6
        assert len(set(outcomes)) == 1
        assert isinstance(outcomes[0], str)
        token = outcomes[0]


def test_without_grace_one_of_racing_uses_wins_and_the_family_ends(server: Serving) -> None:
    pool = rotating(server, 0)
    first = pool.tokens()["RefreshToken"]
    outcomes = raced(pool, first, [server.client() for _ in range(6)])
    won = [one for one in outcomes if isinstance(one, str)]
    assert len(won) == 1
    assert {one for one in outcomes if isinstance(one, tuple)} <= {REUSED, REVOKED}
    assert pool.refused(refresh, pool, won[0]) == REVOKED


def test_two_nodes_give_one_new_token(store_url: str, tmp_path: Path) -> None:
    """On one database with one sealing key, as several nodes are."""
    with serving(tmp_path, database_url=store_url) as one, serving(tmp_path, database_url=store_url) as two:
        pool = rotating(one, 60)
        token = pool.tokens()["RefreshToken"]
        for _ in range(3):
            outcomes = raced(pool, token, [one.client(), two.client()] * 2)
            assert len(outcomes) == 4
            assert len(set(outcomes)) == 1
            token = outcomes[0]
            assert isinstance(token, str)


def test_rotation_outlives_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = rotating(server, 60)
        first = pool.tokens()["RefreshToken"]
        second = turned(pool, first)
    with serving(tmp_path) as server:
        pool.server, pool.api = server, server.client()
        assert turned(pool, first) == second
        third = turned(pool, second)
        server.clock.forward(seconds=61)
        assert pool.refused(refresh, pool, first) == REUSED
        assert pool.refused(refresh, pool, third) == REVOKED
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("keydesk.db*"))
    assert not [token for token in (first, second, third) if token.encode() in data]


SIGNS_OUT = """
import boto3

def handler(event, context):
    if event["triggerSource"] == "TokenGeneration_RefreshTokens":
        boto3.client("cognito-idp").admin_user_global_sign_out(
            UserPoolId=event["userPoolId"], Username=event["userName"]
        )
    return event
"""
FAILS = """
def handler(event, context):
    if event["triggerSource"] == "TokenGeneration_RefreshTokens":
        raise ValueError("not now")
    return event
"""


def test_a_session_that_ends_while_a_function_runs_gets_no_token(server: Serving) -> None:
    pool = rotating(server, 60)
    function = server.deploy(f"out-{pool.id[-9:]}", SIGNS_OUT, Timeout=5, MemorySize=512)
    pool.trigger(PreTokenGeneration=server.warmed(function))
    assert pool.refused(refresh, pool, pool.tokens()["RefreshToken"]) == REVOKED


def test_a_refresh_that_a_function_refused_has_not_spent_the_token(server: Serving) -> None:
    pool = rotating(server, 0)
    token = pool.tokens()["RefreshToken"]
    pool.trigger(PreTokenGeneration=server.deploy(f"no-{pool.id[-9:]}", FAILS, Timeout=5))
    assert pool.refused(refresh, pool, token)[0] == "UserLambdaValidationException"
    pool.api.update_user_pool(UserPoolId=pool.id)
    assert turned(pool, token)


def test_what_was_spent_is_swept_with_its_session(moving: Serving) -> None:
    pool = rotating(moving, 0, RefreshTokenValidity=1)
    first = pool.tokens()["RefreshToken"]
    second, store = turned(pool, first), moving.house.desk.store
    moving.clock.forward(seconds=2 * 86_400 + 1)
    assert moving.run(store.read(rotation.spent, pool.client, token_digest(first)))
    gone = moving.run(sweep(store, moving.clock(), Ages(logs=0)))
    assert gone["sessions"] == 1
    assert moving.run(store.read(rotation.spent, pool.client, token_digest(first))) is None
    assert moving.run(store.read(sign_ins.refresh, pool.client, token_digest(second))) is None
    assert pool.refused(refresh, pool, first) == ("NotAuthorizedException", "Invalid Refresh Token")


def test_a_refresh_that_changes_nothing_writes_nothing(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look at the database, where a token does not rotate and the pool does not track sessions."""
    pool = Pool(server)
    pool.user()
    token = pool.tokens()["RefreshToken"]
    asked: list[str] = []
    store = server.house.desk.store

    def noting(way: str) -> Any:
        real = getattr(store, way)

        def run(fn: Any, *args: Any, **kwargs: Any) -> Any:
            if fn not in BY_ITSELF:
                asked.append(f"{way} {fn.__module__}.{fn.__name__}")
            return real(fn, *args, **kwargs)

        return run

    for way in ("read", "glance", "write"):
        monkeypatch.setattr(store, way, noting(way))
    refresh(pool, token)
    assert asked == ["glance keydesk.store.sign_ins.refresh"]
    pool.api.set_user_pool_session_configuration(
        UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}
    )
    asked.clear()
    refresh(pool, token)
    assert asked == ["glance keydesk.store.sign_ins.refresh", "write keydesk.store.sessions.touch"]
