"""Pre token generation, versions two and three: both tokens, values of every kind, and scopes (section 8.3)."""

import json
import sys
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import (
    LANGUAGES,
    SEMANTICS,
    Recorder,
    answer_new_password,
    answering,
    envelope,
    event_only,
    new_password_session,
    pool_of,
    raising,
)

pytestmark = pytest.mark.one_database

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)
versions = pytest.mark.parametrize("version", ["V2_0", "V3_0"])
UNRECOGNIZABLE = "Unrecognizable lambda output"
ADMIN = "aws.cognito.signin.user.admin"
OWN = {"iat", "exp", "auth_time", "jti", "origin_jti", "event_id"}  # claims that no two sign-ins share
SERVERS = [
    "sub", "iss", "exp", "iat", "jti", "auth_time", "token_use", "origin_jti", "nbf", "nonce", "acr", "amr", "azp",
    "at_hash", "identities", "cognito:username", "cognito:roles", "cognito:preferred_role", "cognito:anything",
]  # fmt: skip
OF_ACCESS = ["username", "client_id", "event_id", "device_key", "version", "scope"]
WITHOUT_SCOPE = ("NotAuthorizedException", "Access Token does not have required scopes")


def override(*, id: Any = None, access: Any = None, **said: Any) -> dict[str, Any]:
    edits = {"idTokenGeneration": id, "accessTokenGeneration": access} | said
    return {"claimsAndScopeOverrideDetails": {name: value for name, value in edits.items() if value is not None}}


def let(pool: Pool, function: Recorder, version: str = "V2_0") -> None:
    pool.trigger(PreTokenGenerationConfig={"LambdaVersion": version, "LambdaArn": function.arn})


def told(tokens: dict[str, Any], kind: str = "IdToken") -> dict[str, Any]:
    """The claims that two sign-ins of one user share."""
    return {name: value for name, value in claims(tokens[kind]).items() if name not in OWN}


def both(tokens: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return told(tokens), told(tokens, "AccessToken")


def refreshed(pool: Pool, refresh: str) -> dict[str, Any]:
    said = {"REFRESH_TOKEN": refresh}
    made = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said)
    return dict(made["AuthenticationResult"])


@both_languages
@both_semantics
@versions
def test_the_event_is_exactly_this(server: Serving, semantics: str, language: str, version: str) -> None:
    """Sections 2 and 3.6: the version, the scopes that an API sign-in gives, and another empty response."""
    pool = pool_of(server, semantics)
    function = event_only(server, language)
    let(pool, function, version)
    sub = claims(pool.tokens()["IdToken"])["sub"]
    user = {"sub": sub, "email": "ada@example.com", "email_verified": "true", "cognito:user_status": "CONFIRMED"}
    groups: dict[str, Any] = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
    request = {"scopes": [ADMIN], "groupConfiguration": groups}
    response = {"claimsAndScopeOverrideDetails": None}
    whole = envelope(pool, "TokenGeneration_Authentication", user, request, response)
    assert function.events() == [whole | {"version": version[1]}]


@both_semantics
@versions
def test_every_source_comes_in_the_version_that_the_pool_asks_for(
    server: Serving, semantics: str, version: str
) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    session = new_password_session(pool)
    let(pool, function, version)
    made = answer_new_password(pool, session, ClientMetadata={"step": "two"})["AuthenticationResult"]
    refreshed(pool, made["RefreshToken"])
    pool.api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=made["RefreshToken"])
    seen = [(event["version"], event["triggerSource"], event["request"]["scopes"]) for event in function.events()]
    sources = ("NewPasswordChallenge", "RefreshTokens", "RefreshTokens")
    assert seen == [(version[1], f"TokenGeneration_{source}", [ADMIN]) for source in sources]


@both_semantics
def test_the_older_member_with_the_newer_version_is_one_function(server: Serving, semantics: str) -> None:
    """Section 1.1: both name the same, and it runs once."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    newer = {"LambdaVersion": "V2_0", "LambdaArn": function.arn}
    pool.trigger(PreTokenGeneration=function.arn, PreTokenGenerationConfig=newer)
    pool.tokens()
    assert [event["version"] for event in function.events()] == ["2"]
    other = event_only(server)
    code, _ = pool.refused(pool.trigger, PreTokenGeneration=other.arn, PreTokenGenerationConfig=newer)
    assert code == "InvalidParameterException"


VALUES: dict[str, Any] = {
    "text": "gold",
    "number": 3,
    "fraction": 1.5,
    "truth": True,
    "list": ["a", 1, False, 2.5],
    "object": {"rooms": [{"floor": 1, "free": None}], "open": True},
    "custom:text": "",
}


@both_languages
@both_semantics
@versions
def test_claims_of_every_kind_in_both_tokens(server: Serving, semantics: str, language: str, version: str) -> None:
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    said = override(
        id={"claimsToAddOrOverride": VALUES | {"gone": "x"}, "claimsToSuppress": ["gone", "email_verified"]},
        access={"claimsToAddOrOverride": {"email": "desk@example.com"} | VALUES, "claimsToSuppress": ["never there"]},
    )
    let(pool, answering(server, said, language), version)
    made = pool.tokens()
    identity, access = both(plain)
    del identity["email_verified"]
    assert both(made) == (identity | VALUES, access | VALUES | {"email": "desk@example.com"})
    assert both(refreshed(pool, made["RefreshToken"])) == both(made), "again at every refresh"
    assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"


@both_semantics
@pytest.mark.parametrize("said", [None, {}, override(), override(id={}, access={}), {"claimsOverrideDetails": "x"}])
def test_an_empty_override_changes_nothing(server: Serving, semantics: str, said: Any) -> None:
    """The first version's member is not looked at."""
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    let(pool, answering(server, said))
    assert both(pool.tokens()) == both(plain)


@both_semantics
def test_the_first_version_does_not_look_at_the_later_member(server: Serving, semantics: str) -> None:
    """Its function changes nothing in the access token but groups (C-12)."""
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    said = override(access={"claimsToAddOrOverride": {"plan": "gold"}, "scopesToAdd": ["api/read"]})
    pool.trigger(PreTokenGeneration=answering(server, said).arn)
    assert both(pool.tokens()) == both(plain)


@both_semantics
def test_protected_claims_stay_as_they_are_in_both_tokens(server: Serving, semantics: str) -> None:
    """Section 8.1, TK-14: neither set nor removed, dropped without an error."""
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    forged = dict.fromkeys([*SERVERS, "aud", "cognito:groups", "dev:custom:x"], "forged")
    of_access = forged | dict.fromkeys(OF_ACCESS, "forged")
    for said in (
        override(id={"claimsToAddOrOverride": forged}, access={"claimsToAddOrOverride": of_access}),
        override(
            id={"claimsToSuppress": [*SERVERS, "aud"]}, access={"claimsToSuppress": [*SERVERS, *OF_ACCESS, "aud"]}
        ),
    ):
        let(pool, answering(server, said))
        made = pool.tokens()
        assert both(made) == both(plain)
        for kind in ("IdToken", "AccessToken"):
            assert claims(made[kind]).keys() == claims(plain[kind]).keys()
            assert "forged" not in json.dumps(claims(made[kind]))
        assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"


@both_semantics
def test_the_access_token_takes_its_own_client_as_audience(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    said = {"claimsToAddOrOverride": {"aud": pool.client}}
    let(pool, answering(server, override(access=said)))
    assert claims(pool.tokens()["AccessToken"])["aud"] == pool.client


@both_semantics
def test_scopes_are_added(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    let(pool, answering(server, override(access={"scopesToAdd": ["api/read", ADMIN, "api/read"]})))
    made = pool.tokens()
    assert claims(made["AccessToken"])["scope"] == f"{ADMIN} api/read"
    assert "scope" not in claims(made["IdToken"])
    assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"


@both_semantics
@versions
def test_without_its_scope_a_token_is_no_key_to_the_users_own_operations(
    server: Serving, semantics: str, version: str
) -> None:
    """Section 8.3. The refresh token and the ID token are not concerned."""
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    function = answering(server, override(access={"scopesToAdd": ["api/read"], "scopesToSuppress": [ADMIN]}))
    let(pool, function, version)
    made = pool.tokens()
    assert claims(made["AccessToken"])["scope"] == "api/read"
    token, email = made["AccessToken"], {"Name": "email", "Value": "eve@example.com"}
    for name, said in (
        ("get_user", {}),
        ("update_user_attributes", {"UserAttributes": [email]}),
        ("delete_user_attributes", {"UserAttributeNames": ["email"]}),
        ("change_password", {"PreviousPassword": PASSWORD, "ProposedPassword": "Another-horse-8"}),
        ("get_user_attribute_verification_code", {"AttributeName": "email"}),
        ("verify_user_attribute", {"AttributeName": "email", "Code": "123456"}),
        ("global_sign_out", {}),
        ("delete_user", {}),
    ):
        assert pool.refused(getattr(pool.api, name), AccessToken=token, **said) == WITHOUT_SCOPE, name
    assert pool.api.get_user(AccessToken=plain["AccessToken"])["Username"] == "ada", "nothing was done"
    again = refreshed(pool, made["RefreshToken"])
    assert pool.refused(pool.api.get_user, AccessToken=again["AccessToken"]) == WITHOUT_SCOPE


@both_semantics
def test_a_token_whose_only_scope_is_gone_has_no_such_claim(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    let(pool, answering(server, override(access={"scopesToSuppress": [ADMIN]})))
    made = pool.tokens()
    assert "scope" not in claims(made["AccessToken"])
    assert pool.refused(pool.api.get_user, AccessToken=made["AccessToken"]) == WITHOUT_SCOPE


@both_semantics
def test_groups_are_overridden_in_both_tokens(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    pool.api.create_group(UserPoolId=pool.id, GroupName="desk")
    pool.api.admin_add_user_to_group(UserPoolId=pool.id, GroupName="desk", Username="ada")
    details = {"groupsToOverride": ["floor"], "iamRolesToOverride": ["r"], "preferredRole": "r"}
    let(pool, answering(server, override(groupOverrideDetails=details)))
    identity, access = both(pool.tokens())
    names = ("cognito:groups", "cognito:roles", "cognito:preferred_role")
    assert tuple(identity.get(name) for name in names) == (["floor"], ["r"], "r")
    assert tuple(access.get(name) for name in names) == (["floor"], None, None)
    let(pool, answering(server, override(access={"claimsToSuppress": ["cognito:groups"]})))
    identity, access = both(pool.tokens())
    assert (identity.get("cognito:groups"), access.get("cognito:groups")) == (["desk"], None)


WRONG: list[Any] = [
    {"claimsAndScopeOverrideDetails": "x"},
    override(id="x"),
    override(access=["x"]),
    override(id={"claimsToAddOrOverride": {"nothing": None}}),
    override(access={"claimsToAddOrOverride": {"nothing": None}}),
    override(access={"claimsToAddOrOverride": {"list": [["a"]]}}),
    override(access={"claimsToAddOrOverride": {"list": [{"a": 1}]}}),
    override(id={"claimsToAddOrOverride": ["plan"]}),
    override(id={"claimsToSuppress": "email"}),
    override(access={"claimsToSuppress": [1]}),
    override(access={"scopesToAdd": "api/read"}),
    override(access={"scopesToAdd": ["api/read api/write"]}),
    override(access={"scopesToAdd": [""]}),
    override(access={"scopesToSuppress": [1]}),
    override(id={"claimsToAddOrOverride": {"address": {"formatted": "x"}}}),
    override(id={"claimsToAddOrOverride": {"email_verified": [True]}}),
    override(id={"claimsToAddOrOverride": {"phone_number_verified": {}}}),
    override(id={"claimsToAddOrOverride": {"updated_at": [1]}}),
    override(groupOverrideDetails={"groupsToOverride": "a"}),
]


@both_semantics
def test_a_response_of_another_form_is_refused(server: Serving, semantics: str) -> None:
    """Sections 4.2 and 8.3: one function, and what it answers is told in the call's own metadata."""
    pool = pool_of(server, semantics)
    refresh = pool.tokens()["RefreshToken"]
    asked = "event['response'] = json.loads(event['request']['clientMetadata']['said'])\nreturn event"
    let(pool, Recorder(server, asked))
    for said in WRONG:
        again = {"ClientId": pool.client, "RefreshToken": refresh, "ClientMetadata": {"said": json.dumps(said)}}
        refused = pool.refused(pool.api.get_tokens_from_refresh_token, **again)
        assert refused == ("InvalidLambdaResponseException", UNRECOGNIZABLE), said


# How deep a reader in C goes is the interpreter's own limit: Python 3.12 reads this, and refuses what it says.
TOO_DEEP = "Invalid lambda function output : Invalid JSON" if sys.version_info < (3, 12) else UNRECOGNIZABLE


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("2 ** 69", UNRECOGNIZABLE),
        ("nested(200)", UNRECOGNIZABLE),
        ("nested(2000)", TOO_DEEP),
    ],
)
def test_what_no_reader_of_tokens_could_take_is_refused_like_any_other_answer(
    server: Serving, value: str, sentence: str
) -> None:
    """A number that is too large, an object that is too deep, and one that is deeper than can be read."""
    pool = pool_of(server)
    node = """
        const nested = (depth) => depth ? {a: nested(depth - 1)} : 1;
        const edits = {claimsToAddOrOverride: {x: VALUE}};
        event.response = {claimsAndScopeOverrideDetails: {accessTokenGeneration: edits}};
        return event;
    """.replace("VALUE", value)
    let(pool, Recorder(server, node=node))
    assert pool.refused(pool.sign_in) == ("InvalidLambdaResponseException", sentence)


@both_semantics
def test_claims_that_no_token_can_carry_are_refused(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    long = "event['response'] = {'claimsAndScopeOverrideDetails': {'accessTokenGeneration': "
    long += "{'claimsToAddOrOverride': {'long': 'x' * 200_000}}}}\nreturn event"
    let(pool, Recorder(server, long))
    assert pool.refused(pool.sign_in) == ("InvalidParameterException", "The token's claims are too large.")


@both_semantics
@versions
def test_a_throw_stops_tokens_of_every_kind(server: Serving, semantics: str, version: str) -> None:
    pool = pool_of(server, semantics)
    refresh = pool.tokens()["RefreshToken"]
    let(pool, raising(server, "closed"), version)
    refused = ("UserLambdaValidationException", "PreTokenGeneration failed with error closed.")
    assert pool.refused(pool.sign_in) == refused
    assert pool.refused(refreshed, pool, refresh) == refused


def test_post_authentication_never_changes_the_access_token(server: Serving) -> None:
    """C-12: under `keydesk` it reads the first version's form, for the ID token, after what the later versions did."""
    pool = pool_of(server)
    access = {"claimsToAddOrOverride": {"plan": "gold"}, "scopesToAdd": ["api/read"]}
    let(pool, answering(server, override(id={"claimsToAddOrOverride": {"plan": 1}}, access=access)))
    plain = pool.tokens()
    said = override(access={"claimsToAddOrOverride": {"plan": "lead"}, "scopesToSuppress": ["api/read"]})
    details = {"claimsToAddOrOverride": {"plan": "tin"}, "groupOverrideDetails": {"groupsToOverride": ["z"]}}
    pool.trigger(PostAuthentication=answering(server, said | {"claimsOverrideDetails": details}).arn)
    made = pool.tokens()
    assert told(made, "AccessToken") == told(plain, "AccessToken")
    assert told(made) == told(plain) | {"plan": "tin", "cognito:groups": ["z"]}
