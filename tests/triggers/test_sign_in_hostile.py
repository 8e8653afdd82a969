"""Texts that break things, on their way to a function, and out of one: what it throws, and what it claims."""

import json
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import Recorder, event_only, pool_of

pytestmark = pytest.mark.one_database

BREAKING = {
    "nul": "a\0b",
    "line": 'a\r\nX-Evil: 1\r\n\r\n{"__type":"x"}',
    "escape": "\x1b[2J\x9b",
    "emoji": "🐎 größe",
    "quotes": "\"'\\</script>",
    "long": "x" * 60_000,
}
breaking = pytest.mark.parametrize("text", BREAKING.values(), ids=BREAKING)


def sign_in(pool: Pool, **more: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    body = {
        "ClientId": pool.client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
    }
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    status, headers, answer = pool.server.raw(target, json.dumps(body | more).encode())
    return status, headers, json.loads(answer)


@breaking
@pytest.mark.parametrize("language", ["python", "node"])
def test_what_the_client_says_reaches_the_function_as_it_is(server: Serving, text: str, language: str) -> None:
    """But for U+0000, which no database keeps: it is refused before anything runs."""
    pool = pool_of(server)
    python = f"if event['request']['validationData'] != {{'said': {text!r}}}: raise Exception('changed')\nreturn event"
    node = f"if (event.request.validationData.said !== {json.dumps(text)}) throw new Error('changed'); return event;"
    function = Recorder(server, python, node if language == "node" else "")
    pool.trigger(PreAuthentication=function.arn, PostAuthentication=function.arn)
    status, _, said = sign_in(pool, ClientMetadata={"said": text})
    if "\0" in text:
        assert (status, said["__type"], function.lines()) == (400, "InvalidParameterException", [])
    else:
        assert status == 200, said
        assert "[ERROR]" not in "".join(function.lines())


@breaking
def test_what_a_function_throws_stays_a_text(server: Serving, text: str) -> None:
    """LG-01: no header, no second answer, and the server goes on."""
    pool = pool_of(server)
    pool.trigger(PreAuthentication=Recorder(server, f"raise Exception({text!r})").arn)
    status, headers, said = sign_in(pool)
    assert status == 400
    assert said == {
        "__type": "NotAuthorizedException",
        "message": f"PreAuthentication failed with error {text}.",
    }
    assert not [name for name in headers if "evil" in name.lower()]
    pool.trigger(PreAuthentication=event_only(server).arn)
    assert sign_in(pool)[0] == 200


@breaking
@pytest.mark.parametrize("trigger", ["PreTokenGeneration", "PostAuthentication"])
def test_what_a_function_claims_is_in_the_token_as_it_is(server: Serving, text: str, trigger: str) -> None:
    pool = pool_of(server)
    body = f"event['response'] = {{'claimsOverrideDetails': {{'claimsToAddOrOverride': {{'said': {text!r}}}}}}}"
    pool.trigger(**{trigger: Recorder(server, body + "\nreturn event").arn})
    status, _, said = sign_in(pool)
    assert status == 200
    assert claims(said["AuthenticationResult"]["IdToken"])["said"] == text


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PreTokenGeneration", "PostAuthentication"])
@pytest.mark.parametrize(
    "body",
    [
        "raise Exception('a\\ud800b')",
        "event['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'a': '\\ud800'}}}\nreturn event",
        "event['response'] = float('nan')\nreturn event",
        "event['self'] = event\nreturn event",
        "return {'a': object()}",
        "return 'x' * 7_000_000",
        "value = []\nfor _ in range(900): value = [value]\nreturn value",
        "sys_exit = __import__('sys').exit\nsys_exit(3)",
        "os.write(1, b'\\xff\\xfe not text')\nos.close(1)\nreturn event",
    ],
)
def test_answers_that_are_no_answers(server: Serving, trigger: str, body: str) -> None:
    """WK-02: a modelled error or, where the answer does not count, tokens; and the next sign-in works (WK-05)."""
    pool = pool_of(server)
    pool.trigger(**{trigger: Recorder(server, body).arn})
    status, _, said = sign_in(pool)
    modelled = {"NotAuthorizedException", "UserLambdaValidationException", "InvalidLambdaResponseException"}
    assert status == 200 or said["__type"] in modelled
    assert status == 200 or trigger != "PostAuthentication"
    pool.trigger(**{trigger: event_only(server).arn})
    assert sign_in(pool)[0] == 200
