"""Tokens: exactly what they say, that anybody can check them, how long they last, and how new ones are got."""

import base64
import hmac
import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.serving import PASSWORD, REGION, Pool, Serving, claims, serving

from keydesk.store.sweep import DAY, Ages, sweep

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INVALID = ("NotAuthorizedException", "Invalid Refresh Token")


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    made.user("ada", email="ada@example.com", email_verified="true")
    return made


def by_flow(pool: Pool, refresh: str, client: str = "", **said: str) -> dict[str, Any]:
    parameters = {"REFRESH_TOKEN": refresh} | said
    answer = pool.api.initiate_auth(
        ClientId=client or pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters
    )
    return dict(answer["AuthenticationResult"])


def by_secret(pool: Pool, refresh: str, client: str = "", **said: str) -> dict[str, Any]:
    api = pool.api
    answer = api.get_tokens_from_refresh_token(ClientId=client or pool.client, RefreshToken=refresh, **said)
    return dict(answer["AuthenticationResult"])


def by_admin(pool: Pool, refresh: str, client: str = "") -> dict[str, Any]:
    answer = pool.api.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=client or pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": refresh},
    )
    return dict(answer["AuthenticationResult"])


ways = pytest.mark.parametrize("way", [by_flow, by_secret, by_admin])


def served_keys(pool: Pool) -> dict[str, Any]:
    return dict(json.loads(pool.server.fetch(f"/{pool.id}/.well-known/jwks.json")))


def checked(pool: Pool, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, checked by a library with the keys that the pool serves."""
    read = jwt.decode(token, KeySet.import_key_set(served_keys(pool)), algorithms=["RS256"])
    return dict(read.header), dict(read.claims)


def test_t061_t062_t063_the_tokens_say_exactly_this(pool: Pool) -> None:
    """T-061 the ID token, T-062 the access token, T-063 both signed by the pool."""
    with pool.server.clock.still():
        at, tokens = pool.server.clock() // 1000, pool.tokens()
    (header, identity), (other, access) = checked(pool, tokens["IdToken"]), checked(pool, tokens["AccessToken"])
    assert header == other == {"alg": "RS256", "kid": served_keys(pool)["keys"][0]["kid"]}
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["UserAttributes"]
    both = {
        "sub": next(one["Value"] for one in user if one["Name"] == "sub"),
        "iss": f"{pool.server.url}/{pool.id}",
        "origin_jti": identity["origin_jti"],
        "event_id": identity["event_id"],
        "auth_time": at,
        "iat": at,
        "exp": at + 3600,
    }
    assert identity == both | {
        "aud": pool.client,
        "cognito:username": "ada",
        "email": "ada@example.com",
        "email_verified": True,
        "jti": identity["jti"],
        "token_use": "id",
    }
    assert access == both | {
        "client_id": pool.client,
        "jti": access["jti"],
        "scope": "aws.cognito.signin.user.admin",
        "token_use": "access",
        "username": "ada",
    }
    ids = [identity["jti"], access["jti"], identity["origin_jti"], identity["event_id"]]
    assert all(UUID.fullmatch(one) for one in ids)
    assert len(set(ids)) == 4


def test_t064_the_refresh_token_is_a_random_string(pool: Pool) -> None:
    """T-064, C-23, TK-09: issued with the others, nothing to read in it, another one each time."""
    made = [pool.tokens()["RefreshToken"] for _ in range(3)]
    assert len(set(made)) == 3
    for refresh in made:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43,}", refresh)


def test_attributes_as_claims(server: Serving) -> None:
    """Booleans are booleans, an address is an object; custom attributes keep their prefix and are texts."""
    schema = [{"Name": "level", "AttributeDataType": "Number", "Mutable": True}]
    pool = Pool(server, Schema=schema)
    said = {"given_name": "Ada ∑", "address": "12 St James's Square", "phone_number": "+12065550100"}
    pool.user("ada", **said, phone_number_verified="false", **{"custom:level": "7"})
    told = claims(pool.tokens()["IdToken"])
    assert told["address"] == {"formatted": "12 St James's Square"}
    assert (told["phone_number_verified"], told["custom:level"], told["given_name"]) == (False, "7", "Ada ∑")


def test_only_what_the_client_may_read_is_told(pool: Pool) -> None:
    pool.client = pool.new_client(ReadAttributes=["email"])
    told = claims(pool.tokens()["IdToken"])
    assert told["email"] == "ada@example.com"
    assert "email_verified" not in told


def test_groups_come_in_the_order_of_their_precedence(pool: Pool) -> None:
    for precedence, name in enumerate(("zebra", "ant", "none")):
        role = {"RoleArn": f"arn:aws:iam::000000000000:role/{name}"} if name != "none" else {}
        pool.api.create_group(UserPoolId=pool.id, GroupName=name, Precedence=precedence, **role)
        pool.api.admin_add_user_to_group(UserPoolId=pool.id, GroupName=name, Username="ada")
    tokens = pool.tokens()
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert identity["cognito:groups"] == access["cognito:groups"] == ["zebra", "ant", "none"]
    roles = [f"arn:aws:iam::000000000000:role/{name}" for name in ("zebra", "ant")]
    assert (identity["cognito:roles"], identity["cognito:preferred_role"]) == (roles, roles[0])
    assert not {"cognito:roles", "cognito:preferred_role"} & access.keys()


def test_keys_are_public_members_only_and_each_pools_own(pool: Pool) -> None:
    """TK-11, TK-13."""
    [key] = served_keys(pool)["keys"]
    assert key.keys() == {"alg", "e", "kid", "kty", "n", "use"}
    assert (key["alg"], key["e"], key["kty"], key["use"]) == ("RS256", "AQAB", "RSA", "sig")
    [other] = served_keys(Pool(pool.server))["keys"]
    assert (key["n"], key["kid"]) != (other["n"], other["kid"])
    document = json.loads(pool.server.fetch(f"/{pool.id}/.well-known/openid-configuration"))
    assert document["issuer"] == claims(pool.tokens()["IdToken"])["iss"]
    assert json.loads(pool.server.fetch(document["jwks_uri"].removeprefix(pool.server.url))) == served_keys(pool)


def test_the_issuer_can_be_amazons(tmp_path: Path) -> None:
    template = "https://cognito-idp.{region}.amazonaws.com/{pool}"
    with serving(tmp_path, issuer=template) as running:
        pool = Pool(running)
        pool.user("ada")
        assert claims(pool.tokens()["IdToken"])["iss"] == f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"


VALIDITY = [
    ({}, 3600, 3600),
    ({"IdTokenValidity": 2, "AccessTokenValidity": 1}, 7200, 3600),
    (
        {
            "IdTokenValidity": 10,
            "AccessTokenValidity": 301,
            "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "seconds"},
        },
        600,
        301,
    ),
    ({"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "days"}}, 3600, 86400),
]


@pytest.mark.parametrize(("settings", "identity", "access"), VALIDITY)
def test_how_long_tokens_last(pool: Pool, settings: dict[str, Any], identity: int, access: int) -> None:
    """Hours, where no unit is said; ExpiresIn is the access token's."""
    pool.client = pool.new_client(**settings)
    tokens = pool.tokens()
    for made in (tokens, by_flow(pool, tokens["RefreshToken"])):
        assert made["ExpiresIn"] == access
        for kind, seconds in (("IdToken", identity), ("AccessToken", access)):
            told = claims(made[kind])
            assert told["exp"] - told["iat"] == seconds


@ways
def test_a_refresh_token_gives_new_tokens_of_the_same_sign_in(pool: Pool, way: Any) -> None:
    first = pool.tokens()
    pool.api.admin_update_user_attributes(
        UserPoolId=pool.id, Username="ada", UserAttributes=[{"Name": "name", "Value": "Ada"}]
    )
    again = way(pool, first["RefreshToken"])
    assert again.keys() == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}, "the refresh token stays"
    for kind in ("IdToken", "AccessToken"):
        was, now = claims(first[kind]), checked(pool, again[kind])[1]
        same = ("sub", "iss", "origin_jti", "event_id", "auth_time", "token_use")
        assert [now[name] for name in same] == [was[name] for name in same]
        assert now["jti"] != was["jti"]
        assert now["iat"] >= was["iat"]
    assert claims(again["IdToken"])["name"] == "Ada", "of the user as it is now"
    assert pool.api.get_user(AccessToken=again["AccessToken"])["Username"] == "ada"


@ways
def test_a_refresh_token_is_its_clients_alone(pool: Pool, way: Any) -> None:
    """TK-09, TK-03: nor does any other string pass for one."""
    tokens = pool.tokens()
    assert pool.refused(way, pool, tokens["RefreshToken"], pool.new_client()) == INVALID
    for other in (tokens["AccessToken"], tokens["IdToken"], secrets.token_urlsafe(48), tokens["RefreshToken"] + "A"):
        assert pool.refused(way, pool, other) == INVALID
    gone = pool.new_client()
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=gone)
    no_client = ("ResourceNotFoundException", f"User pool client {gone} does not exist.")
    assert pool.refused(way, pool, tokens["RefreshToken"], gone) == no_client, "as with any other way to sign in"


def test_an_administrator_refreshes_in_the_pool_of_the_token(pool: Pool) -> None:
    other = Pool(pool.server)
    refresh = pool.tokens()["RefreshToken"]
    said = {"REFRESH_TOKEN": refresh}
    refused = pool.refused(
        pool.api.admin_initiate_auth,
        UserPoolId=other.id,
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters=said,
    )
    assert refused == ("ResourceNotFoundException", f"User pool client {pool.client} does not exist.")


@pytest.fixture
def timed(own_server: Serving) -> Pool:
    """A pool whose refresh tokens last an hour and whose others five minutes, on a server whose clock may move."""
    units = {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"}
    validity = {"AccessTokenValidity": 5, "IdTokenValidity": 5, "RefreshTokenValidity": 1}
    own_server.clock.stop()
    pool = Pool(own_server, client={"TokenValidityUnits": units, **validity})
    pool.user("ada")
    return pool


def test_tokens_end_in_time(timed: Pool) -> None:
    """TK-04, TK-09: the access token at its time; the refresh token at its own, however often it was used."""
    clock = timed.server.clock
    tokens = timed.tokens()
    clock.forward(seconds=297)
    assert timed.api.get_user(AccessToken=tokens["AccessToken"])
    clock.forward(seconds=5)
    refused = timed.refused(timed.api.get_user, AccessToken=tokens["AccessToken"])
    assert refused == ("NotAuthorizedException", "Access Token has expired")
    again = by_flow(timed, tokens["RefreshToken"])
    assert claims(again["IdToken"])["iat"] - claims(again["IdToken"])["auth_time"] >= 302
    assert timed.api.get_user(AccessToken=again["AccessToken"])
    clock.forward(seconds=3600 - 302 - 20)
    assert by_flow(timed, tokens["RefreshToken"])
    clock.forward(seconds=40)
    for way in (by_flow, by_secret, by_admin):
        refused = timed.refused(way, timed, tokens["RefreshToken"])
        assert refused == ("NotAuthorizedException", "Refresh Token has expired")
    assert timed.tokens("ada", PASSWORD)


def test_an_access_token_outlives_the_refresh_token_by_what_it_says(timed: Pool) -> None:
    """TK-04: `exp` counts, whether what has expired was swept in between or not."""
    server, refresh = timed.server, timed.tokens()["RefreshToken"]
    server.clock.forward(seconds=3600 - 20)
    access = by_flow(timed, refresh)["AccessToken"]
    server.clock.forward(seconds=40)
    assert timed.refused(by_flow, timed, refresh) == ("NotAuthorizedException", "Refresh Token has expired")
    server.run(sweep(server.house.desk.store, server.clock(), Ages(logs=DAY)))
    assert timed.api.get_user(AccessToken=access)["Username"] == "ada"
    server.clock.forward(seconds=260)
    refused = timed.refused(timed.api.get_user, AccessToken=access)
    assert refused == ("NotAuthorizedException", "Access Token has expired")


def test_a_client_with_a_secret_proves_itself_at_every_refresh(pool: Pool) -> None:
    """OA-06: by SECRET_HASH of the user name or the sub, by the bare secret of old SDKs, or by ClientSecret."""
    client = pool.new_client(GenerateSecret=True)
    described = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=client)["UserPoolClient"]
    secret = str(described["ClientSecret"])

    def hashed(name: str) -> str:
        return base64.b64encode(hmac.digest(secret.encode(), (name + client).encode(), "sha256")).decode()

    said = {"USERNAME": "ada", "PASSWORD": PASSWORD, "SECRET_HASH": hashed("ada")}
    signed_in = pool.api.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    tokens = signed_in["AuthenticationResult"]
    refresh, sub = tokens["RefreshToken"], claims(tokens["IdToken"])["sub"]
    for proof in (hashed("ada"), hashed(sub), secret):
        assert by_flow(pool, refresh, client, SECRET_HASH=proof)["IdToken"]
    assert by_secret(pool, refresh, client, ClientSecret=secret)["IdToken"]
    wrong = ("NotAuthorizedException", f"SecretHash does not match for the client: {client}")
    for proof in (hashed("eve"), secret[:-1], "é"):
        assert pool.refused(by_flow, pool, refresh, client, SECRET_HASH=proof) == wrong
    absent = ("NotAuthorizedException", f"Client {client} is configured with secret but SECRET_HASH was not received")
    assert pool.refused(by_flow, pool, refresh, client) == absent
    unproved = ("NotAuthorizedException", f"Unable to verify secret for client {client}")
    assert pool.refused(by_secret, pool, refresh, client) == unproved
    assert pool.refused(by_secret, pool, refresh, client, ClientSecret=secret[:-1] + "x" * 2) == unproved
