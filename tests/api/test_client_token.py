"""GetClientToken: an access token for a client itself, what a function may do to it, and that it opens nothing."""

import json
from typing import Any

import pytest
from botocore import xform_name
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.serving import Pool, Serving, claims, serving
from tests.triggers.recorder import SEMANTICS, Recorder, answering, event_only, raising

from keydesk.api.families import SERVED

MACHINE = {
    "GenerateSecret": True,
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
}
WITHOUT_SCOPE = ("NotAuthorizedException", "Access Token does not have required scopes")
both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)


def machine(server: Serving, semantics: str = "keydesk", **client: Any) -> Pool:
    """A pool whose one client is a machine."""
    return Pool(server, client=MACHINE | client, UserPoolTags={"keydesk:semantics": semantics})


def secret_of(pool: Pool) -> str:
    said = {"UserPoolId": pool.id, "ClientId": pool.client}
    return str(pool.api.describe_user_pool_client(**said)["UserPoolClient"]["ClientSecret"])


def issued(pool: Pool, **more: Any) -> dict[str, Any]:
    answer = pool.api.get_client_token(ClientId=pool.client, Secret=secret_of(pool), **more)
    return dict(answer["ClientAuthenticationResult"])


def pre_token(pool: Pool, function: Recorder, version: str = "V3_0") -> None:
    pool.trigger(PreTokenGenerationConfig={"LambdaVersion": version, "LambdaArn": function.arn})


def override(**said: Any) -> dict[str, Any]:
    return {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": said}}


def test_the_token_stands_for_the_client(server: Serving) -> None:
    pool = machine(server, AccessTokenValidity=10, TokenValidityUnits={"AccessToken": "minutes"})
    made = issued(pool)
    assert (made["ExpiresIn"], made["TokenType"], set(made)) == (
        600,
        "Bearer",
        {"AccessToken", "ExpiresIn", "TokenType"},
    )
    served = json.loads(server.fetch(f"/{pool.id}/.well-known/jwks.json"))
    said = jwt.decode(made["AccessToken"], KeySet.import_key_set(served), algorithms=["RS256"]).claims
    assert said.pop("jti") != claims(issued(pool)["AccessToken"])["jti"]
    now = said.pop("iat")
    assert (said.pop("exp"), said.pop("auth_time")) == (now + 600, now)
    assert said == {
        "sub": pool.client,
        "client_id": pool.client,
        "token_use": "access",
        "iss": f"{server.url}/{pool.id}",
        "version": 2,
    }


def test_no_signature_is_needed_the_secret_is_the_proof(tmp_path: Any) -> None:
    """Where administrators must sign, a machine needs no key of theirs, and theirs is none of its secrets."""
    keys = {"KDADMIN": "secret-of-the-administrator"}
    with serving(tmp_path, open=False, keys=keys) as server:
        signed = {"aws_access_key_id": "KDADMIN", "aws_secret_access_key": keys["KDADMIN"]}
        api = server.client(**signed)
        pool_id = api.create_user_pool(PoolName="p")["UserPool"]["Id"]
        client = api.create_user_pool_client(UserPoolId=pool_id, ClientName="m", **MACHINE)["UserPoolClient"]
        said = {"ClientId": client["ClientId"], "Secret": client["ClientSecret"]}
        target = "AWSCognitoIdentityProviderService.GetClientToken"
        status, _, body = server.raw(target, json.dumps(said).encode())
        assert (status, json.loads(body)["ClientAuthenticationResult"]["TokenType"]) == (200, "Bearer")
        status, _, body = server.raw(target, json.dumps(said | {"Secret": "a" * 30}).encode())
        assert (status, json.loads(body)["__type"]) == (400, "NotAuthorizedException")
        other = server.client(aws_access_key_id="KDNOBODY", aws_secret_access_key="nothing")
        assert other.get_client_token(**said)["ClientAuthenticationResult"]["AccessToken"]


def test_who_gets_none(server: Serving) -> None:
    pool = machine(server)
    public, user = pool.new_client(), pool.new_client(GenerateSecret=True)
    ask, wrong = pool.api.get_client_token, "a" * 30
    refused = pool.refused(ask, ClientId=pool.client, Secret=wrong)
    assert refused == ("NotAuthorizedException", f"Unable to verify secret for client {pool.client}")
    refused = pool.refused(ask, ClientId=public, Secret=wrong)
    assert refused == ("NotAuthorizedException", f"Unable to verify secret for client {public}")
    pool.client = user
    code, said = pool.refused(ask, ClientId=user, Secret=secret_of(pool))
    assert (code, said) == ("NotAuthorizedException", f"The client_credentials flow is not enabled for client {user}")
    gone = "a" * 26
    refused = pool.refused(ask, ClientId=gone, Secret=wrong)
    assert refused == ("ResourceNotFoundException", f"User pool client {gone} does not exist.")


@pytest.mark.parametrize("scope", ["openid", "aws.cognito.signin.user.admin", "api/read"])
def test_no_scope_is_given_that_the_client_may_not_have(server: Serving, scope: str) -> None:
    """Standard scopes are for users, though the client's settings name them."""
    pool = machine(server)
    assert pool.refused(issued, pool, Scopes=[scope])[0] == "InvalidParameterException"
    assert "scope" not in claims(issued(pool, Scopes=[])["AccessToken"])


@both_semantics
def test_the_third_version_of_pre_token_generation_is_told(server: Serving, semantics: str) -> None:
    pool = machine(server, semantics)
    function = event_only(server)
    pre_token(pool, function)
    issued(pool, ClientMetadata={"site": "north"})
    issued(pool)
    groups: dict[str, Any] = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
    request = {"userAttributes": {}, "scopes": [], "groupConfiguration": groups}
    first, second = function.events()
    assert first["request"] == request | {"clientMetadata": {"site": "north"}}
    assert second["request"] == request
    assert (first["version"], first["triggerSource"]) == ("3", "TokenGeneration_ClientCredentials")
    assert (first["userName"], first["callerContext"]["clientId"]) == (pool.client, pool.client)
    assert first["response"] == {"claimsAndScopeOverrideDetails": None}


@both_semantics
def test_earlier_versions_are_not_told(server: Serving, semantics: str) -> None:
    pool = machine(server, semantics)
    function = raising(server, "not for machines")
    for version in ("V1_0", "V2_0"):
        pre_token(pool, function, version)
        issued(pool)
    assert function.events() == []


@both_semantics
def test_what_the_function_may_do(server: Serving, semantics: str) -> None:
    pool = machine(server, semantics)
    plain = claims(issued(pool)["AccessToken"])
    said = override(
        claimsToAddOrOverride={"site": {"rooms": [1, "two"]}, "limit": 10, "aud": pool.client},
        scopesToAdd=["api/read", "api/write"],
        scopesToSuppress=["api/write"],
    )
    pre_token(pool, answering(server, said))
    made = claims(issued(pool)["AccessToken"])
    own = {"jti": made["jti"], "iat": made["iat"], "exp": made["exp"], "auth_time": made["auth_time"]}
    added = {"site": {"rooms": [1, "two"]}, "limit": 10, "aud": pool.client, "scope": "api/read"}
    assert made == plain | own | added


@both_semantics
def test_what_the_function_may_not_do(server: Serving, semantics: str) -> None:
    """TK-14: nothing of the server's changes."""
    pool = machine(server, semantics)
    plain = claims(issued(pool)["AccessToken"])
    forged = dict.fromkeys(["sub", "client_id", "event_id", "username", "token_use", "scope", "iss", "version"], "x")
    said = override(claimsToAddOrOverride=forged, claimsToSuppress=["exp", "jti", "sub", "client_id"])
    pre_token(pool, answering(server, said))
    made = claims(issued(pool)["AccessToken"])
    moving = {"jti", "iat", "exp", "auth_time"}
    assert {n: v for n, v in made.items() if n not in moving} == {n: v for n, v in plain.items() if n not in moving}
    assert made.keys() == plain.keys()


@both_semantics
def test_a_function_that_fails_stops_the_token(server: Serving, semantics: str) -> None:
    """The operation's model has no Lambda exceptions, so their words come under a name that it has."""
    pool = machine(server, semantics)
    pre_token(pool, raising(server, "closed"))
    assert pool.refused(issued, pool) == ("NotAuthorizedException", "PreTokenGeneration failed with error closed.")
    pre_token(pool, answering(server, override(scopesToAdd=["two words"])))
    assert pool.refused(issued, pool) == ("NotAuthorizedException", "Unrecognizable lambda output")


# What the operations of users need beside the access token; one that is served later and needs more fails here.
NEEDED: dict[str, Any] = {
    "AttributeName": "email",
    "Code": "123456",
    "Credential": {},
    "CredentialId": "a" * 20,
    "DeviceKey": "us-east-1_00000000-0000-4000-8000-000000000000",
    "MFAOptions": [],
    "PreviousPassword": "Some-pass-1",
    "ProposedPassword": "Some-pass-2",
    "SessionId": "tkn" + "a" * 25,
    "UserAttributeNames": ["name"],
    "UserAttributes": [{"Name": "name", "Value": "x"}],
    "UserCode": "123456",
}


def test_nobody_is_behind_the_token(server: Serving) -> None:
    """Every operation of users refuses it, even where a function gave it the scope of users."""
    pool = machine(server)
    plain = issued(pool)["AccessToken"]
    pre_token(pool, answering(server, override(scopesToAdd=["aws.cognito.signin.user.admin"])))
    scoped = issued(pool)["AccessToken"]
    assert claims(scoped)["scope"] == "aws.cognito.signin.user.admin"
    asked = 0
    for name in sorted(SERVED):
        shape = pool.api.meta.service_model.operation_model(name).input_shape
        if "AccessToken" not in shape.members:
            continue
        said = {member: NEEDED[member] for member in shape.required_members if member != "AccessToken"}
        for token in (plain, scoped):
            refused = pool.refused(getattr(pool.api, xform_name(name)), AccessToken=token, **said)
            assert refused == WITHOUT_SCOPE, name
        asked += 1
    assert asked > 20
    assert pool.refused(pool.api.revoke_token, ClientId=pool.client, Token=plain)[0] == "UnsupportedTokenTypeException"
