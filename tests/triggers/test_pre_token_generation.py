"""Pre token generation, first version: when it runs, what it is sent, and what it may do to claims (section 8)."""

import json
from typing import Any

import pytest
from tests.serving import Pool, Serving, claims
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
OWN = {"iat", "exp", "auth_time", "jti", "origin_jti", "event_id"}  # claims that no two sign-ins share
ROLES = ["arn:aws:iam::000000000000:role/desk", "arn:aws:iam::000000000000:role/floor"]
PROTECTED = [
    "sub", "iss", "aud", "exp", "iat", "jti", "auth_time", "token_use", "origin_jti", "nbf", "nonce", "acr", "amr",
    "azp", "at_hash", "identities", "cognito:username", "cognito:roles", "cognito:preferred_role", "cognito:anything",
]  # fmt: skip


def override(**said: Any) -> dict[str, Any]:
    return {"claimsOverrideDetails": said}


def told(tokens: dict[str, Any], kind: str = "IdToken") -> dict[str, Any]:
    """The claims that two sign-ins of one user share."""
    return {name: value for name, value in claims(tokens[kind]).items() if name not in OWN}


def in_groups(pool: Pool) -> Pool:
    """`ada` is in two groups, each with a role."""
    for precedence, (group, role) in enumerate(zip(("desk", "floor"), ROLES, strict=True)):
        said = {"UserPoolId": pool.id, "GroupName": group}
        pool.api.create_group(**said, RoleArn=role, Precedence=precedence)
        pool.api.admin_add_user_to_group(**said, Username="ada")
    return pool


def refreshed(pool: Pool, refresh: str) -> dict[str, Any]:
    said = {"REFRESH_TOKEN": refresh}
    made = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said)
    return dict(made["AuthenticationResult"])


@both_languages
@both_semantics
def test_the_event_is_exactly_this(server: Serving, semantics: str, language: str) -> None:
    """Section 3.6: no groups are empty lists and null; ClientMetadata of the Initiate call does not get here."""
    pool = pool_of(server, semantics)
    function = event_only(server, language)
    pool.trigger(PreTokenGeneration=function.arn)
    sub = claims(pool.tokens(ClientMetadata={"ip": "192.0.2.7"})["IdToken"])["sub"]
    user = {"sub": sub, "email": "ada@example.com", "email_verified": "true", "cognito:user_status": "CONFIRMED"}
    groups = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
    request = {"groupConfiguration": groups}
    response = {"claimsOverrideDetails": None}
    assert function.events() == [envelope(pool, "TokenGeneration_Authentication", user, request, response)]


@both_semantics
def test_the_groups_of_the_user_are_sent(server: Serving, semantics: str) -> None:
    pool = in_groups(pool_of(server, semantics))
    function = event_only(server)
    pool.trigger(PreTokenGeneration=function.arn)
    pool.tokens()
    assert function.events()[0]["request"]["groupConfiguration"] == {
        "groupsToOverride": ["desk", "floor"],
        "iamRolesToOverride": ROLES,
        "preferredRole": ROLES[0],
    }


@both_semantics
def test_the_source_tells_what_the_tokens_are_made_for(server: Serving, semantics: str) -> None:
    """Section 3.6; clientMetadata comes with an answer to a challenge and GetTokensFromRefreshToken (section 5)."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    session = new_password_session(pool)
    pool.trigger(PreTokenGeneration=function.arn)
    made = answer_new_password(pool, session, ClientMetadata={"step": "two"})["AuthenticationResult"]
    said = {"REFRESH_TOKEN": made["RefreshToken"]}
    pool.api.initiate_auth(
        ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said, ClientMetadata={"lost": "yes"}
    )
    pool.api.get_tokens_from_refresh_token(
        ClientId=pool.client, RefreshToken=made["RefreshToken"], ClientMetadata={"step": "three"}
    )
    seen = [(event["triggerSource"], event["request"].get("clientMetadata")) for event in function.events()]
    assert seen == [
        ("TokenGeneration_NewPasswordChallenge", {"step": "two"}),
        ("TokenGeneration_RefreshTokens", None),
        ("TokenGeneration_RefreshTokens", {"step": "three"}),
    ]


@both_languages
@both_semantics
def test_claims_are_added_replaced_and_suppressed_in_the_id_token(
    server: Serving, semantics: str, language: str
) -> None:
    """Section 8.2; suppression beats replacement of the same claim."""
    pool = pool_of(server, semantics)
    plain = pool.tokens()
    said = override(
        claimsToAddOrOverride={"plan": "gold", "email": "desk@example.com", "gone": "x", "custom:new": ""},
        claimsToSuppress=["email_verified", "gone", "never there"],
    )
    pool.trigger(PreTokenGeneration=answering(server, said, language).arn)
    made = pool.tokens()
    expected = told(plain) | {"plan": "gold", "email": "desk@example.com", "custom:new": ""}
    del expected["email_verified"]
    assert told(made) == expected
    assert told(made, "AccessToken") == told(plain, "AccessToken")
    assert told(refreshed(pool, made["RefreshToken"])) == expected, "again at every refresh"


@both_semantics
@pytest.mark.parametrize("said", [None, {}, {"claimsOverrideDetails": None}, {"claimsOverrideDetails": {}}, {"x": 1}])
def test_an_empty_override_changes_nothing(server: Serving, semantics: str, said: Any) -> None:
    pool = in_groups(pool_of(server, semantics))
    plain = pool.tokens()
    pool.trigger(PreTokenGeneration=answering(server, said).arn)
    made = pool.tokens()
    assert (told(made), told(made, "AccessToken")) == (told(plain), told(plain, "AccessToken"))


@both_semantics
def test_protected_claims_stay_as_they_are(server: Serving, semantics: str) -> None:
    """Section 8.1, TK-14: neither set nor removed, dropped without an error."""
    pool = in_groups(pool_of(server, semantics))
    plain = pool.tokens()
    never_set = [*PROTECTED, "cognito:groups", "dev:custom:x"]  # groups have a member of their own
    for said in (
        override(claimsToAddOrOverride=dict.fromkeys(never_set, "forged")),
        override(claimsToSuppress=PROTECTED),
    ):
        pool.trigger(PreTokenGeneration=answering(server, said).arn)
        made = pool.tokens()
        assert claims(made["IdToken"]).keys() == claims(plain["IdToken"]).keys()
        assert (told(made), told(made, "AccessToken")) == (told(plain), told(plain, "AccessToken"))
        assert "forged" not in json.dumps([claims(made["IdToken"]), claims(made["AccessToken"])])
        assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"


GROUP_FORMS: list[tuple[Any, list[str] | None, list[str] | None, str | None]] = [
    ({"groupsToOverride": ["a", "b"]}, ["a", "b"], None, None),
    (
        {"groupsToOverride": ["a"], "iamRolesToOverride": ["r1", "r2"], "preferredRole": "r2"},
        ["a"],
        ["r1", "r2"],
        "r2",
    ),
    ({"preferredRole": "r2"}, None, None, "r2"),
    ({"groupsToOverride": []}, None, None, None),
    ({}, None, None, None),
    (None, None, None, None),
]


@both_semantics
@pytest.mark.parametrize(("details", "groups", "roles", "preferred"), GROUP_FORMS)
def test_the_forms_of_an_override_of_groups(
    server: Serving,
    semantics: str,
    details: Any,
    groups: list[str] | None,
    roles: list[str] | None,
    preferred: str | None,
) -> None:
    """Section 8.2: groups of both tokens, roles of the ID token; empty or null takes all away."""
    pool = in_groups(pool_of(server, semantics))
    pool.trigger(PreTokenGeneration=answering(server, override(groupOverrideDetails=details)).arn)
    made = pool.tokens()
    identity, access = claims(made["IdToken"]), claims(made["AccessToken"])
    names = ("cognito:groups", "cognito:roles", "cognito:preferred_role")
    assert tuple(identity.get(name) for name in names) == (groups, roles, preferred)
    assert tuple(access.get(name) for name in names) == (groups, None, None)


@both_semantics
def test_groups_copied_back_from_the_request_stay(server: Serving, semantics: str) -> None:
    pool = in_groups(pool_of(server, semantics))
    plain = pool.tokens()
    copies = (
        "event['response'] = {'claimsOverrideDetails': "
        "{'groupOverrideDetails': event['request']['groupConfiguration']}}\nreturn event"
    )
    pool.trigger(PreTokenGeneration=Recorder(server, copies).arn)
    made = pool.tokens()
    assert (told(made), told(made, "AccessToken")) == (told(plain), told(plain, "AccessToken"))


@both_semantics
def test_suppressing_the_groups_takes_the_roles_along(server: Serving, semantics: str) -> None:
    """Section 8.1."""
    pool = in_groups(pool_of(server, semantics))
    pool.trigger(PreTokenGeneration=answering(server, override(claimsToSuppress=["cognito:groups"])).arn)
    made = pool.tokens()
    assert not {"cognito:groups", "cognito:roles", "cognito:preferred_role"} & claims(made["IdToken"]).keys()


WRONG: list[Any] = [
    override(claimsToAddOrOverride={"level": 3}),
    override(claimsToAddOrOverride={"list": ["a"]}),
    override(claimsToAddOrOverride={"truth": True}),
    override(claimsToAddOrOverride={"nothing": None}),
    override(claimsToAddOrOverride=["plan"]),
    override(claimsToSuppress="email"),
    override(claimsToSuppress=[1]),
    override(groupOverrideDetails=["a"]),
    override(groupOverrideDetails={"groupsToOverride": "a"}),
    override(groupOverrideDetails={"groupsToOverride": [1]}),
    {"claimsOverrideDetails": "x"},
    "x",
]


@both_semantics
def test_a_response_of_another_form_is_refused(server: Serving, semantics: str) -> None:
    """Sections 4.2 and 8.2."""
    pool = pool_of(server, semantics)
    for said in WRONG:
        pool.trigger(PreTokenGeneration=answering(server, said).arn)
        refused = pool.refused(pool.sign_in)
        assert refused == ("InvalidLambdaResponseException", "Unrecognizable lambda output"), said


@both_semantics
@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("None", "Invalid lambda function output : Invalid JSON"),
        ("'x'", "Unrecognizable lambda output"),
        ("{}", "Unrecognizable lambda output"),
        ("{name: event[name] for name in event if name != 'callerContext'}", "Unrecognizable lambda output"),
    ],
)
def test_the_event_must_come_back(server: Serving, semantics: str, returned: str, sentence: str) -> None:
    """Section 4.2; C-07 is of pre authentication only."""
    pool = pool_of(server, semantics)
    pool.trigger(PreTokenGeneration=Recorder(server, f"return {returned}").arn)
    assert pool.refused(pool.sign_in) == ("InvalidLambdaResponseException", sentence)


@both_semantics
def test_c22_a_throw_stops_tokens_of_every_kind(server: Serving, semantics: str) -> None:
    """C-22: no tokens at sign-in nor at refresh; post authentication does not observe what did not happen."""
    pool = pool_of(server, semantics)
    refresh = pool.tokens()["RefreshToken"]
    observer = event_only(server)
    pool.trigger(PreTokenGeneration=raising(server, "no role").arn, PostAuthentication=observer.arn)
    denied = ("UserLambdaValidationException", "PreTokenGeneration failed with error no role.")
    assert pool.refused(pool.sign_in) == denied
    assert pool.refused(refreshed, pool, refresh) == denied
    by_secret = pool.api.get_tokens_from_refresh_token
    assert pool.refused(by_secret, ClientId=pool.client, RefreshToken=refresh) == denied
    assert len(observer.events()) == {"keydesk": 0, "aws": 1}[semantics]
    pool.trigger(PreTokenGeneration=event_only(server).arn)
    assert refreshed(pool, refresh)["IdToken"], "the session has not suffered"


def test_claims_too_large_for_a_token_are_refused(server: Serving) -> None:
    """TK-15: an error, not a token that is cut."""
    pool = pool_of(server)
    body = "event['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'big': 'x' * 200_000}}}"
    pool.trigger(PreTokenGeneration=Recorder(server, body + "\nreturn event").arn)
    assert pool.refused(pool.sign_in) == ("InvalidParameterException", "The token's claims are too large.")


def test_the_versioned_member_means_the_same(server: Serving) -> None:
    """Section 1.1: PreTokenGenerationConfig of V1_0 is the same trigger."""
    pool = pool_of(server)
    function = event_only(server)
    said: Any = {"LambdaVersion": "V1_0", "LambdaArn": function.arn}
    pool.trigger(PreTokenGenerationConfig=said)
    pool.tokens()
    assert [(event["version"], event["triggerSource"]) for event in function.events()] == [
        ("1", "TokenGeneration_Authentication")
    ]
