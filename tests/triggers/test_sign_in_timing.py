"""Time: what a slow function does to a sign-in, that every call is waited for, and that calls do not queue up.

The five seconds are real ones; each is waited for once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.meeting import COMES, WAITS, Meeting, let_go
from tests.serving import Serving
from tests.triggers.recorder import SEMANTICS, Recorder, event_only, pool_of

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)

TIMED_OUT = "{} invocation failed due to error Socket timeout while invoking Lambda function."
# Says a byte again and again for as long as it runs.
BEATS = COMES + "while True:\n    there.send(b'.')\n    time.sleep(0.02)"


def timed(call: Any, *args: Any) -> tuple[Any, float]:
    """What a call gives, and its seconds."""
    started = time.monotonic()
    return call(*args), time.monotonic() - started


def beating(server: Serving, meeting: Meeting) -> Recorder:
    """A function that never ends, and may take longer than Cognito waits (C-15)."""
    return Recorder(server, BEATS, Timeout=30, Environment=meeting.environment)


@pytest.mark.one_database
def test_t012_t055_t057_after_five_seconds_pre_authentication_fails_the_sign_in(
    server: Serving, meeting: Meeting
) -> None:
    """T-012, T-055, T-057 and, for keydesk, C-16: one attempt."""
    pool = pool_of(server)
    function = beating(server, meeting)
    pool.trigger(PreAuthentication=function.arn)
    refused, seconds = timed(pool.refused, pool.sign_in)
    assert refused == ("NotAuthorizedException", TIMED_OUT.format("PreAuthentication"))
    assert 5 <= seconds < 10
    assert meeting.said()  # and nothing after that
    assert len(function.events()) == 1


def test_t036_t037_after_five_seconds_the_sign_in_goes_on_without_post_authentication(
    server: Serving, meeting: Meeting
) -> None:
    """T-036 the tokens come, T-037 the run is stopped, WK-05 the next sign-in does not wait for it."""
    pool = pool_of(server)
    function = beating(server, meeting)
    pool.trigger(PostAuthentication=function.arn)
    tokens, seconds = timed(pool.tokens)
    assert 5 <= seconds < 10
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    assert meeting.said()  # and nothing after that
    assert len(function.events()) == 1
    assert f"[ERROR] {TIMED_OUT.format('PostAuthentication')}" in function.lines()
    server.client("lambda").delete_function(FunctionName=function.name)
    assert timed(pool.tokens)[1] < 5


@pytest.mark.one_database
def test_c16_live_aws_tries_three_times(server: Serving, meeting: Meeting) -> None:
    pool = pool_of(server, "aws")
    function = beating(server, meeting)
    pool.trigger(PreAuthentication=function.arn)
    refused, seconds = timed(pool.refused, pool.sign_in)
    assert refused == ("UnexpectedLambdaException", TIMED_OUT.format("PreAuthentication"))
    assert 15 <= seconds < 20
    assert len(function.events()) == 3
    assert all(meeting.said() for _ in range(3))


@both_semantics
def test_c16_an_attempt_that_answers_ends_the_trying(server: Serving, semantics: str, meeting: Meeting) -> None:
    """Throttling is tried again like a time-out: a function of no concurrency never runs."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    aws = server.client("lambda")
    aws.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    pool.trigger(PreAuthentication=function.arn)
    said = "PreAuthentication invocation failed due to error TooManyRequestsException."
    code = {"keydesk": "NotAuthorizedException", "aws": "UnexpectedLambdaException"}[semantics]
    assert pool.refused(pool.sign_in) == (code, said)
    aws.delete_function_concurrency(FunctionName=function.name)
    pool.tokens()
    assert len(function.events()) == 1


@both_semantics
def test_t056_the_functions_own_time_is_three_seconds_and_a_function_error(server: Serving, semantics: str) -> None:
    """Section 4.1: a function's own time-out is its own error, and not tried again."""
    pool = pool_of(server, semantics)
    assert _timeout(server, event_only(server)) == 3
    function = Recorder(server, "time.sleep(30)", Timeout=1)
    pool.trigger(PreAuthentication=function.arn)
    code, said = pool.refused(pool.sign_in)
    assert code == {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}[semantics]
    assert said.startswith("PreAuthentication failed with error ")
    assert said.endswith(" Task timed out after 1.00 seconds.")
    assert len(function.events()) == 1


def _timeout(server: Serving, function: Recorder) -> int:
    shown = server.client("lambda").get_function_configuration(FunctionName=function.name)
    return int(shown["Timeout"])


@both_semantics
@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication", "PreTokenGeneration"])
def test_t054_t102_no_call_is_fired_and_forgotten(
    server: Serving, semantics: str, trigger: str, meeting: Meeting
) -> None:
    """T-054, T-102: what a function does last is done when the sign-in answers."""
    pool = pool_of(server, semantics)
    late = "time.sleep(0.4)\n" + COMES + "there.send(b'done')\nthere.close()\nreturn event"
    function = Recorder(server, late, Environment=meeting.environment)
    pool.trigger(**{trigger: function.arn})
    pool.tokens()
    assert meeting.said(within=0) == b"done"


@both_semantics
@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
def test_t087_runs_of_one_function_do_not_queue_up(
    server: Serving, semantics: str, trigger: str, meeting: Meeting
) -> None:
    """Each run waits until four are there: one after the other they would all fail."""
    pool = pool_of(server, semantics)
    function = Recorder(server, WAITS + "return event", Timeout=5, Environment=meeting.environment)
    pool.trigger(**{trigger: function.arn})
    with ThreadPoolExecutor(4) as many:
        asked = [many.submit(pool.tokens) for _ in range(4)]
        for come in [meeting.one() for _ in range(4)]:
            let_go(come)
        assert len([one.result() for one in asked]) == 4


def test_a_slow_function_of_one_pool_does_not_hold_up_another(server: Serving, meeting: Meeting) -> None:
    """WK-10: while one waits in its function, others sign in."""
    slow, quick = pool_of(server), pool_of(server)
    waits = Recorder(server, WAITS + "return event", Timeout=5, Environment=meeting.environment)
    slow.trigger(PreAuthentication=waits.arn)
    quick.trigger(PreAuthentication=event_only(server).arn)
    quick.tokens()  # its worker has started
    with ThreadPoolExecutor(1) as other:
        held = other.submit(slow.tokens)
        come = meeting.one()
        for _ in range(3):
            quick.tokens()
        assert not held.done()
        let_go(come)
        assert held.result()["AccessToken"]
