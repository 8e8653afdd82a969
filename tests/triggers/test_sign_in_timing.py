"""Time: what a slow function does to a sign-in, that every call is waited for, and that calls do not queue up.

The five seconds are real ones; each is waited for once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.serving import Serving
from tests.triggers.recorder import SEMANTICS, Recorder, event_only, pool_of

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
one_database = pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # the other knows nothing of time

TIMED_OUT = "{} invocation failed due to error Socket timeout while invoking Lambda function."
# Adds a byte to a file for as long as it runs.
BEATS = "while True:\n    open(os.environ['FILE'], 'ab').write(b'.')\n    time.sleep(0.02)"


def timed(call: Any, *args: Any) -> tuple[Any, float]:
    """What a call gives, and its seconds."""
    started = time.monotonic()
    return call(*args), time.monotonic() - started


def beating(server: Serving, file: Path) -> Recorder:
    """A function that never ends, and may take longer than Cognito waits (C-15)."""
    return Recorder(server, BEATS, Timeout=30, Environment={"Variables": {"FILE": str(file)}})


def stands_still(file: Path) -> bool:
    """Whether nobody writes to the file: fifteen beats long nothing comes."""
    before = file.stat().st_size
    time.sleep(0.3)
    return before > 0 and file.stat().st_size == before


@one_database
def test_t012_t055_t057_after_five_seconds_pre_authentication_fails_the_sign_in(
    server: Serving, tmp_path: Path
) -> None:
    """T-012, T-055, T-057 and, for keydesk, C-16: one attempt."""
    pool = pool_of(server)
    function = beating(server, tmp_path / "beats")
    pool.trigger(PreAuthentication=function.arn)
    refused, seconds = timed(pool.refused, pool.sign_in)
    assert refused == ("NotAuthorizedException", TIMED_OUT.format("PreAuthentication"))
    assert 5 <= seconds < 7.5
    assert stands_still(tmp_path / "beats")
    assert len(function.events()) == 1


def test_t036_t037_after_five_seconds_the_sign_in_goes_on_without_post_authentication(
    server: Serving, tmp_path: Path
) -> None:
    """T-036 the tokens come, T-037 the run is stopped, WK-05 the next sign-in does not wait for it."""
    pool = pool_of(server)
    function = beating(server, tmp_path / "beats")
    pool.trigger(PostAuthentication=function.arn)
    tokens, seconds = timed(pool.tokens)
    assert 5 <= seconds < 7.5
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    assert stands_still(tmp_path / "beats")
    assert len(function.events()) == 1
    assert f"[ERROR] {TIMED_OUT.format('PostAuthentication')}" in function.lines()
    server.client("lambda").delete_function(FunctionName=function.name)
    assert timed(pool.tokens)[1] < 1


@one_database
def test_c16_live_aws_tries_three_times(server: Serving, tmp_path: Path) -> None:
    pool = pool_of(server, "aws")
    function = beating(server, tmp_path / "beats")
    pool.trigger(PreAuthentication=function.arn)
    refused, seconds = timed(pool.refused, pool.sign_in)
    assert refused == ("UnexpectedLambdaException", TIMED_OUT.format("PreAuthentication"))
    assert 15 <= seconds < 20
    assert len(function.events()) == 3
    assert stands_still(tmp_path / "beats")


@both_semantics
def test_c16_an_attempt_that_answers_ends_the_trying(server: Serving, semantics: str, tmp_path: Path) -> None:
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
    (code, said), seconds = timed(pool.refused, pool.sign_in)
    assert code == {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}[semantics]
    assert said.startswith("PreAuthentication failed with error ")
    assert said.endswith(" Task timed out after 1.00 seconds.")
    assert 1 <= seconds < 3
    assert len(function.events()) == 1


def _timeout(server: Serving, function: Recorder) -> int:
    shown = server.client("lambda").get_function_configuration(FunctionName=function.name)
    return int(shown["Timeout"])


@both_semantics
@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication", "PreTokenGeneration"])
def test_t054_t102_no_call_is_fired_and_forgotten(
    server: Serving, semantics: str, trigger: str, tmp_path: Path
) -> None:
    """T-054, T-102: what a function does last is done when the sign-in answers."""
    pool = pool_of(server, semantics)
    late = "time.sleep(0.4)\nopen(os.environ['FILE'], 'x').close()\nreturn event"
    function = Recorder(server, late, Environment={"Variables": {"FILE": str(tmp_path / "done")}})
    pool.trigger(**{trigger: function.arn})
    pool.tokens()
    assert (tmp_path / "done").exists()


@both_semantics
@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
def test_t087_runs_of_one_function_do_not_queue_up(
    server: Serving, semantics: str, trigger: str, tmp_path: Path
) -> None:
    """Each run waits until four are there: one after the other they would all fail."""
    pool = pool_of(server, semantics)
    meets = (
        "folder = os.environ['FOLDER']\nopen(folder + '/' + context.aws_request_id, 'x').close()\n"
        "end = time.monotonic() + 4\n"
        "while len(os.listdir(folder)) < 4:\n    time.sleep(0.01)\n    if time.monotonic() > end: os._exit(9)\n"
        "open(folder + '/../met-' + context.aws_request_id, 'x').close()\nreturn event"
    )
    together = tmp_path / "together"
    together.mkdir()
    function = Recorder(server, meets, Timeout=5, Environment={"Variables": {"FOLDER": str(together)}})
    pool.trigger(**{trigger: function.arn})
    with ThreadPoolExecutor(4) as many:
        assert len([one.result() for one in [many.submit(pool.tokens) for _ in range(4)]]) == 4
    assert len(list(tmp_path.glob("met-*"))) == 4


def test_a_slow_function_of_one_pool_does_not_hold_up_another(server: Serving, tmp_path: Path) -> None:
    """WK-10: while one waits in its function, others sign in."""
    slow, quick = pool_of(server), pool_of(server)
    waits = "open(os.environ['FILE'], 'x').close()\nwhile os.path.exists(os.environ['FILE']):\n    time.sleep(0.01)"
    file = tmp_path / "held"
    slow.trigger(
        PreAuthentication=Recorder(server, waits, Timeout=5, Environment={"Variables": {"FILE": str(file)}}).arn
    )
    quick.trigger(PreAuthentication=event_only(server).arn)
    with ThreadPoolExecutor(1) as other:
        held = other.submit(slow.tokens)
        while not file.exists():
            assert not held.done()
        for _ in range(3):
            quick.tokens()
        assert not held.done()
        file.unlink()
        assert held.result()["AccessToken"]
