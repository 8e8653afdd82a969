"""WK-03. Post authentication: when it runs, what it is sent; under keydesk it observes (specification, 9.2)."""

import json
from typing import Any

import pytest
from tests.serving import Pool, Serving, claims
from tests.triggers.recorder import (
    LANGUAGES,
    SEMANTICS,
    Recorder,
    admin_sign_in,
    answer_new_password,
    answering,
    envelope,
    event_only,
    new_password_session,
    pool_of,
    raising,
)

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)
OWN = {"iat", "exp", "auth_time", "jti", "origin_jti", "event_id"}  # claims that no two sign-ins share


def override(**said: Any) -> dict[str, Any]:
    return {"claimsOverrideDetails": said}


def told(token: str) -> dict[str, Any]:
    """The claims that two sign-ins of one user share."""
    return {name: value for name, value in claims(token).items() if name not in OWN}


@both_languages
@both_semantics
def test_t031_to_t034_the_event_is_exactly_this(server: Serving, semantics: str, language: str) -> None:
    """T-031 source, T-032 and C-19 validationData, T-033 and T-076 newDeviceUsed, T-034 and C-13 no token."""
    pool = pool_of(server, semantics)
    function = event_only(server, language)
    pool.trigger(PostAuthentication=function.arn)
    tokens = pool.tokens(ClientMetadata={"ip": "192.0.2.7"})
    said = claims(tokens["IdToken"])
    user = {
        "sub": said["sub"],
        "email": "ada@example.com",
        "email_verified": "true",
        "cognito:user_status": "CONFIRMED",
    }
    request = {
        "keydesk": {"newDeviceUsed": False, "validationData": {"ip": "192.0.2.7"}},
        "aws": {"newDeviceUsed": False},
    }
    expected = envelope(pool, "PostAuthentication_Authentication", user, request[semantics], {})
    assert function.events() == [expected]
    log = "\n".join(function.lines())
    for kind in ("IdToken", "AccessToken", "RefreshToken"):
        assert tokens[kind] not in log


def test_t032_everything_that_pre_authentication_has(server: Serving) -> None:
    pool = pool_of(server)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn, PostAuthentication=function.arn)
    for metadata in ({"ClientMetadata": {"a": "b"}}, {}):
        pool.sign_in(**metadata)
        before, after = (event["request"] for event in function.events()[-2:])
        assert {name: after[name] for name in before} == before


@both_semantics
def test_client_metadata_comes_only_with_an_answer_to_a_challenge(server: Serving, semantics: str) -> None:
    """Section 5: that of the Initiate call is validationData, that of the Respond call is clientMetadata."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    session = new_password_session(pool)
    pool.trigger(PostAuthentication=function.arn)
    answer_new_password(pool, session, ClientMetadata={"step": "two"})
    [event] = function.events()
    assert event["request"]["clientMetadata"] == {"step": "two"}
    assert ("validationData" in event["request"]) is (semantics == "keydesk")


def test_validation_data_is_kept_until_the_challenge_is_answered(server: Serving) -> None:
    pool = pool_of(server)
    function = event_only(server)
    pool.trigger(PostAuthentication=function.arn)
    said = {"UserPoolId": pool.id, "Username": "eve", "MessageAction": "SUPPRESS"}
    pool.api.admin_create_user(**said, TemporaryPassword="Correct-horse-9")
    asked = pool.sign_in("eve", ClientMetadata={"step": "one"})
    answer_new_password(pool, asked["Session"], ClientMetadata={"step": "two"})
    [event] = function.events()
    assert event["request"]["validationData"] == {"step": "one"}
    assert event["request"]["clientMetadata"] == {"step": "two"}
    assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


@both_semantics
def test_t029_it_runs_after_successful_authentication_only(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    denier = raising(server, "no")
    pool.trigger(PostAuthentication=function.arn)
    pool.refused(pool.sign_in, "ada", "Wrong-horse-9")
    pool.refused(pool.sign_in, "nobody")
    pool.trigger(PreAuthentication=denier.arn)
    pool.refused(pool.sign_in)
    assert function.events() == []
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    admin_sign_in(pool)
    assert function.sources() == ["PreAuthentication_Authentication", "PostAuthentication_Authentication"] * 2


def test_t035_t038_t099_a_throw_leaves_the_sign_in_successful_and_a_line_in_the_log(server: Serving) -> None:
    """T-035, T-038, T-099, C-09: nothing it says blocks, and what it said stands in its log."""
    pool = pool_of(server)
    for function in (raising(server, "the activity table is away"), raising(server, "blocked", "node")):
        pool.trigger(PostAuthentication=function.arn)
        assert set(pool.tokens()) == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
        words = "blocked" if "blocked" in "".join(function.lines()) else "the activity table is away"
        assert f"[ERROR] PostAuthentication failed with error {words}." in function.lines()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return {'errorMessage': 'no'}", "PostAuthentication failed with error no."),
        (
            "event['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'a': [1]}}}\nreturn event",
            "Unrecognizable lambda output",
        ),
        ("event['response'] = {'claimsOverrideDetails': 'x'}\nreturn event", "Unrecognizable lambda output"),
        ("event['response'] = {'claimsOverrideDetails': {'claimsToSuppress': 'sub'}}\nreturn event", "Unrecognizable"),
        ("os._exit(3)", "exit status 3"),
    ],
)
def test_t035_no_failure_of_any_kind_stops_the_sign_in(server: Serving, body: str, words: str) -> None:
    """Section 8.4, step 5: the tokens of before are returned."""
    pool = pool_of(server)
    plain = pool.tokens()
    function = Recorder(server, body)
    pool.trigger(PostAuthentication=function.arn)
    after = pool.tokens()
    assert told(after["IdToken"]) == told(plain["IdToken"])
    assert pool.api.get_user(AccessToken=after["AccessToken"])["Username"] == "ada"
    assert any(line.startswith("[ERROR]") and words in line for line in function.lines())


@pytest.mark.parametrize("returned", ["None", "''", "'fine'", "{}", "[]", "{'response': None}", "{'response': {}}"])
def test_t048_an_empty_response_leaves_the_tokens_unchanged(server: Serving, returned: str) -> None:
    pool = pool_of(server)
    plain = pool.tokens()
    pool.trigger(PostAuthentication=Recorder(server, f"return {returned}").arn)
    after = pool.tokens()
    assert told(after["IdToken"]) == told(plain["IdToken"])
    assert told(after["AccessToken"]) == told(plain["AccessToken"])


def test_c09_under_aws_a_throw_fails_the_sign_in(server: Serving) -> None:
    pool = pool_of(server, "aws")
    pool.trigger(PostAuthentication=raising(server, "no table").arn)
    refused = pool.refused(pool.sign_in)
    assert refused == ("UserLambdaValidationException", "PostAuthentication failed with error no table.")


def test_c11_under_aws_the_response_is_not_read(server: Serving) -> None:
    pool = pool_of(server, "aws")
    plain = pool.tokens()
    pool.trigger(PostAuthentication=answering(server, override(claimsToAddOrOverride={"added": "x"})).arn)
    assert told(pool.tokens()["IdToken"]) == told(plain["IdToken"])


@both_languages
def test_t039_to_t041_t046_claims_added_and_replaced(server: Serving, language: str) -> None:
    """T-039 added, T-040 replaced, T-041 the access token as it was, T-046 the token that the client gets."""
    pool = pool_of(server)
    plain = pool.tokens()
    said = override(claimsToAddOrOverride={"plan": "gold", "email": "desk@example.com"}, claimsToSuppress=["plan2"])
    function = answering(server, said, language)
    pool.trigger(PostAuthentication=function.arn)
    tokens = pool.tokens()
    assert told(tokens["IdToken"]) == told(plain["IdToken"]) | {"plan": "gold", "email": "desk@example.com"}
    assert told(tokens["AccessToken"]) == told(plain["AccessToken"])
    assert "claimsOverrideDetails" not in json.dumps(function.events())


def test_t041_t101_groups_of_the_access_token_stay_as_they_are(server: Serving) -> None:
    """C-12: an override of groups reaches the ID token only."""
    pool = pool_of(server)
    _join(pool, "staff")
    said = override(groupOverrideDetails={"groupsToOverride": ["admins"], "preferredRole": "arn:aws:iam::1:role/r"})
    pool.trigger(PostAuthentication=answering(server, said).arn)
    tokens = pool.tokens()
    assert claims(tokens["IdToken"])["cognito:groups"] == ["admins"]
    assert claims(tokens["IdToken"])["cognito:preferred_role"] == "arn:aws:iam::1:role/r"
    assert claims(tokens["AccessToken"])["cognito:groups"] == ["staff"]


def test_suppressed_claims_leave_the_id_token(server: Serving) -> None:
    """C-24: what is not protected may go; suppression beats replacement."""
    pool = pool_of(server)
    said = override(claimsToAddOrOverride={"email": "x@example.com"}, claimsToSuppress=["email", "email_verified"])
    pool.trigger(PostAuthentication=answering(server, said).arn)
    assert not {"email", "email_verified"} & claims(pool.tokens()["IdToken"]).keys()


PROTECTED = [
    "sub", "iss", "aud", "exp", "iat", "jti", "auth_time", "token_use", "origin_jti", "nbf", "nonce", "acr",
    "amr", "azp", "at_hash", "identities", "cognito:username", "cognito:groups", "cognito:roles",
    "cognito:preferred_role", "cognito:anything",
]  # fmt: skip


def test_t042_t043_protected_claims_are_neither_changed_nor_removed(server: Serving) -> None:
    """T-042 `sub`, T-043 `iss` and all others of section 8.1, in one answer."""
    pool = pool_of(server)
    plain = claims(pool.tokens()["IdToken"])
    kept = [name for name in PROTECTED if name != "cognito:groups"]  # groups may be suppressed
    for said in (
        override(claimsToAddOrOverride=dict.fromkeys(PROTECTED, "forged")),
        override(claimsToSuppress=kept),
    ):
        pool.trigger(PostAuthentication=answering(server, said).arn)
        after = claims(pool.tokens()["IdToken"])
        assert after.keys() == plain.keys()
        assert "forged" not in json.dumps(after)
        assert all(after[name] == plain[name] for name in after if name not in OWN)


def test_t044_t045_any_other_name_is_added_as_it_is(server: Serving) -> None:
    """T-044 a custom name that the schema does not know; T-045 a mistyped one."""
    pool = pool_of(server)
    added = {"custom:physicianId": "P-17", "custom:phyiscianId": "P-17", "emial": "x", "": "nameless", "ключ": "да"}
    pool.trigger(PostAuthentication=answering(server, override(claimsToAddOrOverride=added)).arn)
    after = claims(pool.tokens()["IdToken"])
    assert {name: after[name] for name in added} == added


def test_section_84_the_id_token_is_signed_again_with_its_jti_iat_and_exp(server: Serving) -> None:
    """Pre token generation's claims stay beneath those of post authentication; a slow function moves no time."""
    pool = pool_of(server)
    first = answering(server, override(claimsToAddOrOverride={"a": "pre", "b": "pre"}))
    late = "time.sleep(1.1)\nevent['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'b': 'post'}}}"
    pool.trigger(PreTokenGeneration=first.arn, PostAuthentication=Recorder(server, late + "\nreturn event").arn)
    tokens = pool.tokens()
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert (identity["a"], identity["b"]) == ("pre", "post")
    assert identity["iat"] == access["iat"] == identity["auth_time"]
    assert identity["exp"] == identity["iat"] + 3600
    assert identity["origin_jti"] == access["origin_jti"]


def test_c09_an_override_too_large_for_a_token_is_left_out(server: Serving) -> None:
    pool = pool_of(server)
    body = "event['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'big': 'x' * 200_000}}}"
    pool.trigger(PostAuthentication=Recorder(server, body + "\nreturn event").arn)
    assert "big" not in claims(pool.tokens()["IdToken"])


@both_semantics
def test_section_62_a_new_password_runs_it_once_and_live_aws_twice(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn, PostAuthentication=function.arn)
    session = new_password_session(pool)
    pre, post = "PreAuthentication_Authentication", "PostAuthentication_Authentication"
    assert function.sources() == {"keydesk": [pre], "aws": [pre, post]}[semantics]
    answer_new_password(pool, session)
    assert function.sources() == {"keydesk": [pre, post], "aws": [pre, post, post]}[semantics]


def _join(pool: Pool, group: str) -> None:
    pool.api.create_group(UserPoolId=pool.id, GroupName=group)
    pool.api.admin_add_user_to_group(UserPoolId=pool.id, Username="ada", GroupName=group)
