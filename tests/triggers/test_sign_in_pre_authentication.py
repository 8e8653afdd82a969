"""Pre authentication: when it runs, what it is sent, and what its answer means (specification, 9.1 and section 7)."""

import base64
import json
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import (
    LANGUAGES,
    SEMANTICS,
    Recorder,
    admin_sign_in,
    answering,
    envelope,
    event_only,
    pool_of,
    raising,
)

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
DENIAL = {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}
both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


def attributes(pool: Pool, name: str = "ada") -> dict[str, str]:
    """What the user pool says of the user, as a trigger is to see it."""
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    told = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
    return told | {"cognito:user_status": user["UserStatus"]}


@both_semantics
def test_t001_a_pool_without_the_trigger_signs_in_without_a_call(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    unused = event_only(server)
    assert set(pool.tokens()) >= {"AccessToken", "IdToken", "RefreshToken"}
    assert unused.lines() == []


@both_languages
@both_semantics
def test_t015_to_t019_the_event_is_exactly_this(server: Serving, semantics: str, language: str) -> None:
    """T-015 response, T-016 source, T-017 envelope, T-018 attributes, T-019 validationData."""
    pool = pool_of(server, semantics)
    function = event_only(server, language)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in(ClientMetadata={"ip": "192.0.2.7", "größe": "L"})
    user = attributes(pool)
    assert user == {
        "sub": user["sub"],
        "email": "ada@example.com",
        "email_verified": "true",
        "cognito:user_status": "CONFIRMED",
    }
    request = {"validationData": {"ip": "192.0.2.7", "größe": "L"}}
    assert function.events() == [envelope(pool, "PreAuthentication_Authentication", user, request, {})]


@both_semantics
def test_t019_validation_data_is_null_when_nothing_was_passed(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    assert set(function.events()[0]["request"]) == {"userAttributes", "validationData"}
    assert function.events()[0]["request"]["validationData"] is None


@both_semantics
def test_t020_t021_it_runs_for_initiate_auth_and_admin_initiate_auth(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    assert len(function.events()) == 1
    admin_sign_in(pool, ClientMetadata={"by": "admin"})
    assert [event["request"]["validationData"] for event in function.events()] == [None, {"by": "admin"}]


def test_t018_aliases_and_a_sign_out_show_in_the_attributes(server: Serving) -> None:
    """Section 2.1: a verified alias and the time of a global sign-out are sent; verified flags are texts."""
    pool = pool_of(server, AliasAttributes=["email", "phone_number"])
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in("ada@example.com")
    [event] = function.events()
    user = event["request"]["userAttributes"]
    assert event["userName"] == "ada"
    assert user["cognito:email_alias"] == "ada@example.com"
    assert "cognito:phone_number_alias" not in user
    assert user["email_verified"] == "true"
    assert int(user["cognito:token_nbf"]) <= server.clock()
    assert all(isinstance(value, str) for value in user.values())


def test_t017_where_the_email_is_the_user_name_the_event_names_the_sub(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"])
    sub = pool.user("ada@example.com")
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in("ada@example.com")
    [event] = function.events()
    assert (event["userName"], event["request"]["userAttributes"]["sub"]) == (sub, sub)


@both_semantics
def test_t002_t005_t006_a_wrong_password(server: Serving, semantics: str) -> None:
    """T-002, T-005: under keydesk nothing runs; under aws it runs once (C-01). T-006: the answer is the same."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    assert pool.refused(pool.sign_in, "ada", "Wrong-horse-9") == WRONG
    assert len(function.events()) == {"keydesk": 0, "aws": 1}[semantics]
    pool.sign_in()
    assert len(function.events()) == {"keydesk": 1, "aws": 2}[semantics]


@both_semantics
def test_c02_a_denial_hides_a_wrong_password_only_under_aws(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    pool.trigger(PreAuthentication=raising(server, "not today").arn)
    seen = pool.refused(pool.sign_in, "ada", "Wrong-horse-9")
    denied = ("UserLambdaValidationException", "PreAuthentication failed with error not today.")
    assert seen == {"keydesk": WRONG, "aws": denied}[semantics]


@both_semantics
@pytest.mark.parametrize("said", [{}, {"USERNAME": "ada"}, {"PASSWORD": PASSWORD}])
def test_t050_what_is_missing_is_refused_before_any_call(server: Serving, semantics: str, said: dict[str, str]) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    absent = "PASSWORD" if "USERNAME" in said else "USERNAME"
    refused = pool.refused(
        pool.api.initiate_auth, ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said
    )
    assert refused == ("InvalidParameterException", f"Missing required parameter {absent}")
    assert function.events() == []


@both_semantics
@pytest.mark.parametrize("hides", ["ENABLED", "LEGACY"])
def test_c21_a_name_nobody_has(server: Serving, semantics: str, hides: str) -> None:
    """Only live AWS, and only where the client hides existence, asks the function about a name nobody has."""
    pool = pool_of(server, semantics, client={"PreventUserExistenceErrors": hides})
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    refused = pool.refused(pool.sign_in, "nobody", ClientMetadata={"from": "here"})
    hidden = {"ENABLED": WRONG, "LEGACY": ("UserNotFoundException", "User does not exist.")}
    assert refused == hidden[hides]
    if (semantics, hides) == ("aws", "ENABLED"):
        [event] = function.events()
        request = {"userAttributes": {}, "validationData": {"from": "here"}, "userNotFound": True}
        assert (event["userName"], event["request"]) == ("nobody", request)
    else:
        assert function.events() == []


@both_semantics
def test_c21_a_known_user_is_told_as_found_where_existence_is_hidden(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics, client={"PreventUserExistenceErrors": "ENABLED"})
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    assert function.events()[0]["request"]["userNotFound"] is False


@both_languages
@both_semantics
def test_t007_to_t010_a_throw_stops_the_sign_in(server: Serving, semantics: str, language: str) -> None:
    """T-007 although the password is right; T-008 no token; T-009 the type; T-010, T-085 the words."""
    pool = pool_of(server, semantics)
    function = raising(server, 'Subscription of "Zoë & Co" has ended', language)
    pool.trigger(PreAuthentication=function.arn)
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    asked = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": pool.client,
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
    }
    status, _, body = server.raw(target, json.dumps(asked).encode())
    assert status == 400
    assert json.loads(body) == {
        "__type": DENIAL[semantics],
        "message": 'PreAuthentication failed with error Subscription of "Zoë & Co" has ended.',
    }
    assert len(function.events()) == 1, "a function error is not tried again (C-16)"


@both_semantics
def test_t022_a_throw_without_words(server: Serving, semantics: str) -> None:
    """T-022: under keydesk the error is the generic one; live AWS passes on the nothing there is (C-05)."""
    pool = pool_of(server, semantics)
    pool.trigger(PreAuthentication=raising(server, "").arn)
    live = ("UserLambdaValidationException", "PreAuthentication failed with error .")
    assert pool.refused(pool.sign_in) == {"keydesk": WRONG, "aws": live}[semantics]


@both_languages
def test_t011_a_returned_error_object_denies_under_keydesk(server: Serving, language: str) -> None:
    pool = pool_of(server)
    said = {"errorMessage": "too risky", "errorType": "Denied"}
    python, node = f"return {said}", f"return {json.dumps(said)};" if language == "node" else ""
    pool.trigger(PreAuthentication=Recorder(server, python, node).arn)
    denied = ("NotAuthorizedException", "PreAuthentication failed with error too risky.")
    assert pool.refused(pool.sign_in) == denied


def test_t011_a_returned_error_object_without_words_denies_too(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreAuthentication=Recorder(server, "return {'errorMessage': '', 'errorType': 'Denied'}").arn)
    assert pool.refused(pool.sign_in) == WRONG


@pytest.mark.parametrize(
    "returned", ["None", "''", "'allowed'", "{}", "[]", "[1]", "0", "False", "{'response': {'x': 1}}"]
)
def test_t013_an_empty_or_foreign_answer_passes_under_keydesk(server: Serving, returned: str) -> None:
    """T-013, C-07."""
    pool = pool_of(server)
    function = Recorder(server, f"return {returned}")
    pool.trigger(PreAuthentication=function.arn)
    assert pool.tokens()
    assert len(function.events()) == 1


def test_t013_nothing_returned_from_node_passes_under_keydesk(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreAuthentication=Recorder(server, node=";").arn)
    assert pool.tokens()


CLAIMS: dict[str, Any] = {
    "claimsOverrideDetails": {
        "claimsToAddOrOverride": {"added": "yes", "email": "other@example.com"},
        "claimsToSuppress": ["email_verified"],
        "groupOverrideDetails": {"groupsToOverride": ["admins"]},
    }
}


@both_languages
@both_semantics
def test_t014_t101_t103_the_response_never_changes_tokens(server: Serving, semantics: str, language: str) -> None:
    pool = pool_of(server, semantics)
    before = pool.tokens()
    pool.trigger(PreAuthentication=answering(server, CLAIMS, language).arn)
    after = pool.tokens()
    for kind in ("IdToken", "AccessToken"):
        assert stable(after[kind]) == stable(before[kind])


@both_semantics
@pytest.mark.parametrize(
    "response",
    [
        {"challengeName": "SMS_MFA", "forceMfa": True, "requireMfa": True},
        {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": True},
    ],
)
def test_t023_it_cannot_ask_for_mfa(server: Serving, semantics: str, response: dict[str, Any]) -> None:
    """T-023, C-40: such members are nothing to it; a sign-in goes on to its tokens."""
    pool = pool_of(server, semantics)
    pool.trigger(PreAuthentication=answering(server, response).arn)
    answer = pool.sign_in()
    assert "ChallengeName" not in answer
    assert answer["AuthenticationResult"]["AccessToken"]


@both_semantics
def test_it_does_not_run_on_refresh(server: Serving, semantics: str) -> None:
    """Section 6.2: a refresh runs neither of the two."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    refresh = pool.tokens()["RefreshToken"]
    pool.trigger(PreAuthentication=function.arn, PostAuthentication=function.arn)
    said = {"REFRESH_TOKEN": refresh}
    assert pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said)
    assert pool.api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=refresh)
    assert function.events() == []


@both_semantics
@pytest.mark.parametrize("standing", ["disabled", "unconfirmed", "reset"])
def test_a_user_who_may_not_sign_in_is_refused_with_and_without_the_trigger(
    server: Serving, semantics: str, standing: str
) -> None:
    """Under keydesk the function is not asked about one who may not sign in anyhow (T-002: after the credential)."""
    pool = pool_of(server, semantics)
    if standing == "disabled":
        pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    elif standing == "reset":
        pool.api.admin_reset_user_password(UserPoolId=pool.id, Username="ada")
    else:
        pool.sign_up("eve", attributes={"email": "eve@example.com"})
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    code, _ = pool.refused(pool.sign_in, "eve" if standing == "unconfirmed" else "ada")
    wanted = {
        "disabled": "NotAuthorizedException",
        "unconfirmed": "UserNotConfirmedException",
        "reset": "PasswordResetRequiredException",
    }
    assert code == wanted[standing]
    assert len(function.events()) == {"keydesk": 0, "aws": 1}[semantics]


def stable(token: str) -> dict[str, Any]:
    """The claims that two sign-ins of the same user share, and the header beside them."""
    own = {"iat", "exp", "auth_time", "jti", "origin_jti", "event_id"}
    header = token.split(".")[0]
    said = {"header": json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))}
    return said | {name: value for name, value in claims(token).items() if name not in own}
