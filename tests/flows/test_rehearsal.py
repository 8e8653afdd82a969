"""A recorded call is run again against changed code, and a file as the server would run it; nobody is touched."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET
from tests.serving import Pool, Serving
from tests.triggers.recorder import Recorder, answering

from keydesk.domain.difference import Change
from keydesk.domain.pool import Semantics
from keydesk.errors import UnexpectedLambda
from keydesk.flows.judging import judge
from keydesk.flows.rehearsal import Replayed, UnknownTrace, of_file, replay
from keydesk.triggers.rehearsal import Rehearsed, rehearse
from keydesk.triggers.sample import event_for, trigger_named

PRE = trigger_named("PreSignUp")


def recoded(server: Serving, name: str, code: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    server.client("lambda").update_function_code(FunctionName=name, ZipFile=packed.getvalue())


def replayed(server: Serving, trace: str, **more: Any) -> list[Replayed]:
    server.run(server.house.desk.journal.flush())
    return server.run(replay(server.house.desk, trace, **more))


def of_code(server: Serving, folder: Path, name: str, code: str, semantics: Semantics = Semantics.KEYDESK) -> Rehearsed:
    file = folder / name
    file.write_text(code, "utf-8")
    trigger = trigger_named(file.stem)
    return server.run(rehearse(trigger, event_for(trigger), semantics, of_file(server.house.desk, file), judge))


@pytest.mark.parametrize(
    ("name", "response", "semantics", "refused"),
    [
        (
            "custom_message",
            {"emailMessage": "hello"},
            "keydesk",
            "The emailMessage of CustomMessage must contain {####}.",
        ),
        (
            "custom_message",
            {"smsMessage": "{####}" + "x" * 140},
            "aws",
            "The smsMessage of CustomMessage must have at most",
        ),
        ("custom_message", {"emailMessage": "{####}", "emailSubject": "hello"}, "aws", ""),
        ("define_auth_challenge", {}, "keydesk", "Unrecognizable lambda output"),
        ("define_auth_challenge", {"challengeName": "FAX"}, "aws", "Unrecognizable lambda output"),
        ("define_auth_challenge", {"issueTokens": True}, "aws", ""),
        (
            "pre_sign_up",
            {"autoVerifyPhone": True},
            "keydesk",
            "The user has no phone_number that could be auto verified.",
        ),
        ("pre_sign_up", {"autoVerifyEmail": True}, "aws", "Phone or email cannot be auto verified"),
        ("pre_sign_up", {"autoVerifyEmail": True}, "keydesk", ""),
    ],
)
def test_an_answer_is_judged_as_the_flow_behind_the_trigger_would(
    server: Serving, tmp_path: Path, name: str, response: dict[str, Any], semantics: str, refused: str
) -> None:
    code = f"def handler(event, context):\n    return {{**event, 'response': {response!r}}}\n"
    done = of_code(server, tmp_path, f"{name}.py", code, Semantics(semantics))
    assert done.refused.startswith(f"InvalidLambdaResponseException: {refused}" if refused else "")
    assert (done.outcome == "ok") is not bool(refused)


def test_a_refused_sign_in_is_replayed_against_what_the_code_is_now(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada", email="ada@example.com")
    gate = Recorder(server, "raise Exception('closed today')")
    pool.trigger(PreAuthentication=gate.arn)
    failed = pool.refused_id(pool.sign_in)
    (same,) = replayed(server, failed)
    assert (same.changes, same.rehearsed.outcome) == ((), "UserLambdaValidationException")
    assert same.rehearsed.refused == "NotAuthorizedException: PreAuthentication failed with error closed today."
    recoded(server, gate.name, "def handler(event, context):\n    return event\n")
    before = server.client().admin_get_user(UserPoolId=pool.id, Username="ada")
    (now,) = replayed(server, failed, trigger="pre-authentication")
    assert (now.rehearsed.outcome, now.rehearsed.verdict) == ("ok", "The call goes on.")
    assert Change("errorMessage", "closed today", UNSET) in now.changes
    after = server.client().admin_get_user(UserPoolId=pool.id, Username="ada")
    assert {**before, "ResponseMetadata": 0} == {**after, "ResponseMetadata": 0}
    assert replayed(server, failed, trigger="PostAuthentication") == []


def test_a_replay_leaves_no_trace_and_closes_no_breaker(server: Serving) -> None:
    pool = Pool(server, UserPoolTags={"keydesk:guard:PostAuthentication": '{"failures": 1}'})
    pool.user("ada")
    pool.trigger(PostAuthentication=Recorder(server, "raise Exception('down')").arn)
    done = pool.sign_in()["ResponseMetadata"]["RequestId"]
    breakers, key = server.house.desk.triggers.breakers, (pool.id, "PostAuthentication")
    assert key in breakers.open()
    replayed(server, done)
    assert key in breakers.open()
    assert len(server.trace(done).fired) == 1


def test_another_file_answers_in_place_of_the_function(server: Serving, tmp_path: Path) -> None:
    """With that function's variables."""
    pool = Pool(server)
    pool.user("ada")
    claims = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"role": "nurse"}}}
    variables = {"Variables": {"WHOSE": "mine"}}
    pool.trigger(PostAuthentication=answering(server, claims, Environment=variables).arn)
    done = pool.sign_in()["ResponseMetadata"]["RequestId"]
    file = tmp_path / "mine.mjs"
    file.write_text(
        "export const handler = async (event) => { console.log(process.env.WHOSE); "
        "event.response.claimsOverrideDetails = {claimsToAddOrOverride: {role: 'doctor'}}; return event; };"
    )
    (one,) = replayed(server, done, file=file)
    path = "response.claimsOverrideDetails.claimsToAddOrOverride.role"
    assert one.changes == (Change(path, "nurse", "doctor"),)
    assert "mine" in one.rehearsed.log


def test_what_a_trace_does_not_keep_is_said_and_can_be_given(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    pool.trigger(PreAuthentication=Recorder(server, "print(event['request'].get('validationData'))\nreturn event").arn)
    done = pool.sign_in(ClientMetadata={"ip": "192.0.2.7"})["ResponseMetadata"]["RequestId"]
    (without,) = replayed(server, done)
    assert without.hidden == ("request.validationData",)
    assert "None" in without.rehearsed.log
    (given,) = replayed(server, done, partial={"request": {"validationData": {"ip": "198.51.100.9"}}})
    assert given.hidden == ()
    assert "198.51.100.9" in given.rehearsed.log


def test_a_trace_that_is_gone_and_a_function_that_is_gone(server: Serving) -> None:
    with pytest.raises(UnknownTrace):
        replayed(server, "no-such-id")
    pool = Pool(server)
    pool.user("ada")
    gate = Recorder(server)
    pool.trigger(PreAuthentication=gate.arn)
    done = pool.sign_in()["ResponseMetadata"]["RequestId"]
    server.client("lambda").delete_function(FunctionName=gate.name)
    with pytest.raises(UnexpectedLambda, match="ResourceNotFoundException"):
        replayed(server, done)


@pytest.mark.parametrize(
    ("name", "code", "outcome", "refused", "ignored"),
    [
        ("pre_sign_up.py", "def handler(e, c):\n    return e\n", "ok", "", ()),
        (
            "pre_sign_up.py",
            "def handler(e, c):\n    e['response']['autoConfirm'] = True\n    return e\n",
            "ok",
            "",
            ("autoConfirm",),
        ),
        (
            "pre_sign_up.mjs",
            "export const handler = async (e) => { throw new Error('no') }",
            "UserLambdaValidationException",
            "UserLambdaValidationException: PreSignUp failed with error no.",
            (),
        ),
        (
            "pre_sign_up.py",
            "def handler(e, c):\n    e['response']['autoConfirmUser'] = 'yes'\n    return e\n",
            "InvalidLambdaResponseException",
            "InvalidLambdaResponseException: Unrecognizable lambda output",
            (),
        ),
        (
            "post_authentication.py",
            "def handler(e, c):\n    raise Exception('down')\n",
            "UserLambdaValidationException",
            "",
            (),
        ),
    ],
)
def test_a_file_is_judged_as_the_server_would(
    server: Serving, tmp_path: Path, name: str, code: str, outcome: str, refused: str, ignored: tuple[str, ...]
) -> None:  # T-075
    done = of_code(server, tmp_path, name, code)
    assert (done.outcome, done.refused, done.ignored) == (outcome, refused, ignored)


def test_the_other_semantics_judges_otherwise(server: Serving, tmp_path: Path) -> None:
    code = "def handler(e, c):\n    raise Exception('down')\n"
    done = of_code(server, tmp_path, "post_authentication.py", code, Semantics.AWS)
    assert done.refused == "UserLambdaValidationException: PostAuthentication failed with error down."
