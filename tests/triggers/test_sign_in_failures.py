"""What goes wrong between a sign-in and its function: answers of the wrong form, time-outs, missing permissions.

Sections 4 and 7 of the specification. The three tests of the five seconds take as long as they say.
"""

import json
import time
from typing import Any

import pytest
from tests.serving import Pool, Serving
from tests.triggers.recorder import SEMANTICS, Recorder, event_only, pool_of, raising

NOT_JSON = ("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON")
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
LATE = "invocation failed due to error Socket timeout while invoking Lambda function."
CLOSED = "invocation failed due to error AccessDeniedException."
both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
one_database = pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # five seconds are five seconds


# Wrong answers (section 4.2): the same for every trigger that is read strictly.
WRONG_ANSWERS: list[tuple[str, tuple[str, str]]] = [
    ("return None", NOT_JSON),
    ("return ''", UNRECOGNIZABLE),
    ("return 'allowed'", UNRECOGNIZABLE),
    ("return [event]", UNRECOGNIZABLE),
    ("return True", UNRECOGNIZABLE),
    ("return {}", UNRECOGNIZABLE),
    ("return {'errorMessage': 'no'}", UNRECOGNIZABLE),  # C-06
    ("del event['callerContext']\nreturn event", UNRECOGNIZABLE),
    ("del event['version']\nreturn event", UNRECOGNIZABLE),
    ("del event['response']\nreturn event", UNRECOGNIZABLE),
    ("return {key[:1].upper() + key[1:]: value for key, value in event.items()}", UNRECOGNIZABLE),
]
STRICT = [("aws", "PreAuthentication"), ("aws", "PostAuthentication"), ("keydesk", "PreTokenGeneration")]


@pytest.mark.parametrize(("semantics", "trigger"), STRICT)
def test_c06_c07_an_answer_of_the_wrong_form_fails_the_sign_in(server: Serving, semantics: str, trigger: str) -> None:
    """One function, given each of the bodies in turn: the next sign-in runs the new code."""
    pool = pool_of(server, semantics)
    for body, expected in WRONG_ANSWERS:
        pool.trigger(**{trigger: Recorder(server, body).arn})
        assert pool.refused(pool.sign_in) == expected, body
    pool.trigger(**{trigger: event_only(server).arn})
    assert pool.tokens()


@pytest.mark.parametrize(("semantics", "trigger"), STRICT)
def test_explicit_nulls_and_members_of_its_own_are_no_fault(server: Serving, semantics: str, trigger: str) -> None:
    """Section 10, 12: be lenient."""
    pool = pool_of(server, semantics)
    body = "event['request']['clientMetadata'] = None\nevent['response'] = None\nevent['mine'] = 1\nreturn event"
    pool.trigger(**{trigger: Recorder(server, body).arn})
    assert pool.tokens()


@pytest.mark.parametrize(
    "response",
    [
        "x",
        [],
        {"claimsOverrideDetails": "x"},
        {"claimsOverrideDetails": {"claimsToAddOrOverride": {"a": 1}}},
        {"claimsOverrideDetails": {"claimsToAddOrOverride": {"a": ["b"]}}},
        {"claimsOverrideDetails": {"claimsToAddOrOverride": ["a"]}},
        {"claimsOverrideDetails": {"claimsToSuppress": "a"}},
        {"claimsOverrideDetails": {"claimsToSuppress": [1]}},
        {"claimsOverrideDetails": {"groupOverrideDetails": {"groupsToOverride": "a"}}},
        {"claimsOverrideDetails": {"groupOverrideDetails": {"preferredRole": ["a"]}}},
    ],
)
def test_section_82_members_of_the_wrong_type_fail_pre_token_generation(server: Serving, response: Any) -> None:
    pool = pool_of(server)
    body = f"event['response'] = json.loads({json.dumps(response)!r})\nreturn event"
    pool.trigger(PreTokenGeneration=Recorder(server, body).arn)
    assert pool.refused(pool.sign_in) == UNRECOGNIZABLE


def test_c22_a_throw_in_pre_token_generation_fails_sign_in_and_refresh(server: Serving) -> None:
    pool = pool_of(server)
    refresh = pool.tokens()["RefreshToken"]
    pool.trigger(PreTokenGeneration=raising(server, "no claims").arn)
    words = ("UserLambdaValidationException", "PreTokenGeneration failed with error no claims.")
    assert pool.refused(pool.sign_in) == words
    assert pool.refused(pool.api.get_tokens_from_refresh_token, ClientId=pool.client, RefreshToken=refresh) == words


@both_semantics
@pytest.mark.parametrize(
    ("body", "node", "part"),
    [
        ("os._exit(3)", "", "exit status 3"),
        ("", "process.exit(4);", "exit status 4"),
        ("import nowhere_to_be_found", "", "No module named 'nowhere_to_be_found'"),
    ],
)
def test_c05_a_crash_surfaces_its_words_and_the_next_sign_in_works(
    server: Serving, semantics: str, body: str, node: str, part: str
) -> None:
    pool = pool_of(server, semantics)
    crashing = Recorder(server, body, node)
    pool.trigger(PreAuthentication=crashing.arn)
    code, sentence = pool.refused(pool.sign_in)
    assert code == {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}[semantics]
    assert sentence.startswith("PreAuthentication failed with error ")
    assert part in sentence
    assert "Traceback" not in sentence
    pool.trigger(PreAuthentication=event_only(server).arn)
    assert pool.tokens()


# Permissions


@both_semantics
def test_t067_to_t069_permission(server: Serving, semantics: str) -> None:
    """T-068, C-14: under keydesk setting a trigger makes the permission; live AWS wants AddPermission (T-067)."""
    pool = pool_of(server, semantics)
    function = Recorder(server, permit=False)
    pool.trigger(PreAuthentication=function.arn)
    if semantics == "keydesk":
        pool.sign_in()
        policy = json.loads(server.client("lambda").get_policy(FunctionName=function.name)["Policy"])
        [statement] = policy["Statement"]
        assert statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
        assert statement["Condition"]["ArnLike"] == {"AWS:SourceArn": pool.arn}
    else:
        refused = ("UnexpectedLambdaException", f"PreAuthentication {CLOSED}")
        assert pool.refused(pool.sign_in) == refused
        function.permit(SourceArn=pool.arn)
        assert pool.tokens()


@both_semantics
def test_t069_without_permission_the_call_fails(server: Serving, semantics: str) -> None:
    """Taken away by RemovePermission: pre authentication and pre token generation fail, and the function is not run."""
    pool = pool_of(server, semantics)
    function = Recorder(server, permit=semantics == "aws")
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    policy = json.loads(server.client("lambda").get_policy(FunctionName=function.name)["Policy"])
    server.client("lambda").remove_permission(FunctionName=function.name, StatementId=policy["Statement"][0]["Sid"])
    code = {"keydesk": "NotAuthorizedException", "aws": "UnexpectedLambdaException"}[semantics]
    assert pool.refused(pool.sign_in) == (code, f"PreAuthentication {CLOSED}")
    assert len(function.events()) == 1


@pytest.mark.parametrize(
    "conditions",
    [
        {"SourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Elsewhere"},
        {"SourceAccount": "111111111111"},
        {"SourceArn": "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/*"},
    ],
)
def test_t067_a_permission_for_somebody_else_is_none(server: Serving, conditions: dict[str, str]) -> None:
    pool = pool_of(server, "aws")
    function = Recorder(server, permit=False)
    function.permit(**conditions)
    pool.trigger(PreAuthentication=function.arn)
    assert pool.refused(pool.sign_in) == ("UnexpectedLambdaException", f"PreAuthentication {CLOSED}")
    assert function.events() == []


@both_semantics
def test_a_deleted_function_fails_until_the_trigger_is_cleared(server: Serving, semantics: str) -> None:
    """Section 1.1: deleting a function does not clear the trigger."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    server.client("lambda").delete_function(FunctionName=function.name)
    code = {"keydesk": "NotAuthorizedException", "aws": "UnexpectedLambdaException"}[semantics]
    assert pool.refused(pool.sign_in) == (code, f"PreAuthentication {CLOSED}")
    shown = pool.api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["LambdaConfig"]
    assert shown == {"PreAuthentication": function.arn}
    _clear(pool)
    assert pool.tokens()


def test_t069_post_authentication_without_permission_stops_nothing_under_keydesk(server: Serving) -> None:
    """C-09 holds for every kind of failure; under aws the sign-in fails."""
    pool = pool_of(server)
    function = event_only(server)
    pool.trigger(PostAuthentication=function.arn)
    server.client("lambda").delete_function(FunctionName=function.name)
    assert pool.tokens()
    live = pool_of(server, "aws")
    live.trigger(PostAuthentication=event_only(server).arn[:-3] + "gone")
    assert live.refused(live.sign_in) == ("UnexpectedLambdaException", f"PostAuthentication {CLOSED}")


# Time


@both_semantics
def test_t012_t096_the_function_s_own_timeout(server: Serving, semantics: str) -> None:
    """T-012: it stops the sign-in, as a function error (section 4.1): not tried again, with Lambda's words."""
    pool = pool_of(server, semantics)
    function = Recorder(server, "time.sleep(10)\nreturn event", Timeout=1)
    pool.trigger(PreAuthentication=function.arn)
    began = time.monotonic()
    code, sentence = pool.refused(pool.sign_in)
    assert 1 <= time.monotonic() - began < 3
    assert code == {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}[semantics]
    assert sentence.startswith("PreAuthentication failed with error ")
    assert sentence.endswith("Task timed out after 1.00 seconds.")
    assert len(function.events()) == 1


def test_t056_the_default_timeout_is_three_seconds(server: Serving) -> None:
    function = event_only(server)
    shown = server.client("lambda").get_function_configuration(FunctionName=function.name)
    assert shown["Timeout"] == 3


@one_database
def test_t012_t055_t057_five_seconds_stop_the_sign_in(server: Serving) -> None:
    """Under keydesk one attempt (C-16), whatever the function's own timeout; T-037 the run is stopped."""
    pool = pool_of(server)
    function = Recorder(server, "time.sleep(6)\nprint('STILL HERE')\nreturn event", Timeout=30)
    pool.trigger(PreAuthentication=function.arn)
    began = time.monotonic()
    assert pool.refused(pool.sign_in) == ("NotAuthorizedException", f"PreAuthentication {LATE}")
    assert 5 <= time.monotonic() - began < 6.5
    assert len(function.events()) == 1
    assert any("Stopped by its caller after 5.00 seconds" in line for line in function.lines())


@one_database
def test_t036_t037_t038_five_seconds_of_post_authentication_leave_the_sign_in_successful(server: Serving) -> None:
    """The run is stopped, its log says so, and neither it nor its worker delays the next sign-in."""
    pool = pool_of(server)
    slow = "if event['request']['validationData']:\n    time.sleep(6)\n    print('STILL HERE')\nreturn event"
    function = Recorder(server, slow, Timeout=30)
    pool.trigger(PostAuthentication=function.arn)
    began = time.monotonic()
    tokens = pool.tokens(ClientMetadata={"be": "slow"})
    assert 5 <= time.monotonic() - began < 6.5
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    assert f"[ERROR] PostAuthentication {LATE}" in function.lines()
    began = time.monotonic()
    assert pool.tokens()
    assert time.monotonic() - began < 1.5
    time.sleep(1.2)  # past the sixth second, in which a run that goes on would have spoken
    assert "STILL HERE" not in "".join(function.lines())


@one_database
def test_c16_live_aws_tries_three_times_before_it_gives_up(server: Serving) -> None:
    """Fifteen seconds, with both triggers' failure words; a throttled or failed run is another matter."""
    pool = pool_of(server, "aws")
    function = Recorder(server, "time.sleep(30)\nreturn event", Timeout=30)
    pool.trigger(PostAuthentication=function.arn)
    began = time.monotonic()
    assert pool.refused(pool.sign_in) == ("UnexpectedLambdaException", f"PostAuthentication {LATE}")
    assert 15 <= time.monotonic() - began < 18
    assert len(function.events()) == 3


def _clear(pool: Pool) -> None:
    pool.settings["LambdaConfig"] = {}
    pool.trigger()
