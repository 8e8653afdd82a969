"""Triggers whose functions live elsewhere: at a second server's Lambda API, or at addresses of their own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import command
from tests.serving import Pool, Serving, claims, serving
from tests.site import Asked, Site, site
from tests.triggers.recorder import Recorder, answering, pool_of, raising

URL = "arn:aws:lambda:us-east-1:111122223333:function:by-address"
GONE = "arn:aws:lambda:us-east-1:000000000000:function:gone"
DEGRADED = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"custom:where": "elsewhere"}}}


@pytest.fixture(scope="module", autouse=True)
def _credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "keydesk")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "keydesk")
        yield


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The server that has the functions; to the other it is a Lambda API like any, and it verifies who signs."""
    with serving(tmp_path_factory.mktemp("there"), open=False, keys={"keydesk": "keydesk"}) as running:
        yield running


@pytest.fixture(scope="module")
def address() -> Iterator[Site]:
    with site() as opened:
        yield opened


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, there: Serving, address: Site) -> Iterator[Serving]:
    said = {"lambda_endpoint": there.url, "function_urls": f"{URL}={address.url}/run"}
    with serving(tmp_path_factory.mktemp("here"), **said) as running:
        yield running


def guard(pool: Pool, trigger: str, **said: Any) -> None:
    pool.api.tag_resource(ResourceArn=pool.arn, Tags={f"keydesk:guard:{trigger}": json.dumps(said)})


def fired(server: Serving, id: str) -> Any:
    (one,) = server.trace(id).fired
    return one


def sign_in_id(pool: Pool) -> str:
    return str(pool.sign_in()["ResponseMetadata"]["RequestId"])


def unreached(code: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"PreAuthentication invocation failed due to error {code}."


def test_a_function_of_the_endpoint_decides_claims(here: Serving, there: Serving) -> None:
    """No policy here lets anybody in: that is for the other server, which asks who signs."""
    pool = pool_of(here)
    pool.trigger(PreTokenGeneration=answering(there, DEGRADED, permit=False).arn)
    assert claims(pool.tokens()["IdToken"])["custom:where"] == "elsewhere"


def test_its_trace_is_like_any(here: Serving, there: Serving) -> None:
    pool = pool_of(here)
    function = Recorder(there, "print('seen elsewhere')\nreturn event")
    version = there.client("lambda").publish_version(FunctionName=function.name)["Version"]
    pool.trigger(PreAuthentication=f"{function.arn}:{version}")
    one = fired(here, sign_in_id(pool))
    assert (one.version, one.outcome, one.attempts) == (f"elsewhere {version}", "ok", 1)
    assert "seen elsewhere" in one.log
    assert json.loads(bytes(one.answer)) == json.loads(bytes(one.event)) == function.events()[0]
    assert one.ms > 0
    assert b'keydesk_triggers_total{outcome="ok",trigger="PreAuthentication"}' in here.fetch("/_keydesk/metrics")


def test_what_it_throws_is_told(here: Serving, there: Serving) -> None:
    pool = pool_of(here)
    pool.trigger(PreAuthentication=raising(there, "suspended").arn)
    assert pool.refused(pool.sign_in) == ("NotAuthorizedException", "PreAuthentication failed with error suspended.")


def test_a_guards_time_holds(here: Serving, there: Serving) -> None:
    pool = pool_of(here)
    pool.trigger(PreAuthentication=Recorder(there, "time.sleep(4)\nreturn event", Timeout=10).arn)
    guard(pool, "PreAuthentication", seconds=0.5)
    timed_out = unreached("Socket timeout while invoking Lambda function")
    assert pool.refused(pool.sign_in) == timed_out, "without it the sign-in succeeds, after four seconds"


def test_one_that_is_not_there_either(here: Serving) -> None:
    pool = pool_of(here)
    pool.trigger(PreAuthentication=GONE)
    assert pool.refused(pool.sign_in) == unreached("ResourceNotFoundException")


def test_credentials_that_the_other_server_does_not_know(
    tmp_path: Path, there: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    arn = answering(there, {}).arn
    with serving(tmp_path, lambda_endpoint=there.url) as stranger:
        pool = pool_of(stranger)
        pool.trigger(PreAuthentication=arn)
        assert pool.refused(pool.sign_in) == unreached("InvalidSignatureException")


def test_a_breaker_and_an_answer_in_advance(here: Serving) -> None:
    pool = pool_of(here)
    pool.trigger(PreTokenGeneration=GONE)
    guard(pool, "PreTokenGeneration", failures=1, then="allow", answer=DEGRADED)
    assert [fired(here, sign_in_id(pool)).outcome for _ in range(2)] == ["UnexpectedLambdaException", "BreakerOpen"]
    assert claims(pool.tokens()["IdToken"])["custom:where"] == "elsewhere"


def test_a_failure_that_nobody_sees_is_in_its_log_here(here: Serving) -> None:
    pool = pool_of(here)
    pool.trigger(PostAuthentication=GONE + "-unseen")
    assert pool.tokens()
    page = here.client("logs").filter_log_events(logGroupName="/aws/lambda/gone-unseen")
    assert [event["message"] for event in page["events"]] == [
        "[ERROR] PostAuthentication invocation failed due to error ResourceNotFoundException."
    ]


def test_a_page_is_no_answer(here: Serving, address: Site) -> None:
    """What stands before an address may answer in its place, with a page and 200: nobody was asked (C-07)."""
    pool = pool_of(here)
    pool.trigger(PreAuthentication=URL)
    address.does = lambda one: one.says(b"<html>Welcome</html>")
    assert pool.refused(pool.sign_in) == (
        "NotAuthorizedException",
        "Invalid lambda function output : Invalid JSON",
    )
    address.does = lambda one: one.says(b"")
    assert pool.tokens()


def test_one_that_is_here_wins(here: Serving, there: Serving) -> None:
    name = "of-both"
    for server, said in ((there, "there"), (here, "here")):
        arn = server.deploy(name, f"def handler(event, context):\n    raise Exception({said!r})")
    pool = pool_of(here)
    pool.trigger(PreAuthentication=arn)
    assert pool.refused(pool.sign_in)[1] == "PreAuthentication failed with error here."
    here.client("lambda").delete_function(FunctionName=name)
    assert pool.refused(pool.sign_in)[1] == "PreAuthentication failed with error there."


def test_one_that_is_here_is_not_replaced_because_its_policy_says_no(here: Serving, there: Serving) -> None:
    name = "of-both-closed"
    arn = here.deploy(name, "def handler(event, context):\n    return event")
    there.deploy(name, "def handler(event, context):\n    return event")
    pool = pool_of(here, "aws")
    pool.trigger(PreAuthentication=arn)
    code = "UnexpectedLambdaException"
    assert pool.refused(pool.sign_in) == (code, unreached("AccessDeniedException")[1])


def test_an_address_is_sent_the_event(here: Serving, address: Site) -> None:
    pool = pool_of(here)
    pool.trigger(PreTokenGeneration=URL)

    def does(asked: Asked) -> None:
        asked.says(json.loads(asked.body) | {"response": DEGRADED})

    address.does = does
    answer = pool.sign_in()
    assert claims(answer["AuthenticationResult"]["IdToken"])["custom:where"] == "elsewhere"
    assert json.loads(address.bodies[-1])["userName"] == "ada"
    assert address.paths[-1] == "/run"
    assert fired(here, answer["ResponseMetadata"]["RequestId"]).version == "elsewhere"


@pytest.mark.parametrize("status", [307, 403, 500])
def test_an_address_that_answers_otherwise(here: Serving, address: Site, status: int) -> None:
    pool = pool_of(here)
    pool.trigger(PreAuthentication=URL)
    address.does = lambda asked: asked.says({}, status, Location=address.url + "/other")
    assert pool.refused(pool.sign_in) == unreached(f"Status{status}")
    assert address.paths[-1] == "/run"


def test_throttling_is_tried_again_under_aws_alone(here: Serving, address: Site) -> None:
    address.does = lambda asked: asked.says({}, 429)
    for semantics, attempts in (("keydesk", 1), ("aws", 3)):
        pool = pool_of(here, semantics)
        pool.trigger(PreAuthentication=URL)
        before = len(address.bodies)
        assert pool.refused(pool.sign_in)[1] == unreached("TooManyRequestsException")[1]
        assert len(address.bodies) - before == attempts


def test_an_answer_that_is_too_large(here: Serving, address: Site) -> None:
    pool = pool_of(here)
    pool.trigger(PreAuthentication=URL)
    address.does = lambda asked: asked.says(b" " * 6_300_000)
    assert "exceeded maximum allowed payload size" in pool.refused(pool.sign_in)[1]


def test_in_production_private_addresses_are_refused(tmp_path: Path, there: Serving, address: Site) -> None:
    """Neither the endpoint nor an address of loopback is spoken to, though both are set."""
    said = {"lambda_endpoint": there.url, "function_urls": f"{URL}={address.url}/run"}
    arn, sent = answering(there, {}).arn, len(address.bodies)
    with serving(tmp_path, open=False, keys={"keydesk": "keydesk"}, **said) as production:
        pool = pool_of(production)
        for one in (arn, URL):
            pool.trigger(PreAuthentication=one)
            assert pool.refused(pool.sign_in) == unreached("PrivateAddressRefused")
    with serving(tmp_path, open=False, keys={"keydesk": "keydesk"}, allow_private_functions="true", **said) as allowing:
        pool.api = allowing.client()
        pool.trigger(PreAuthentication=arn)
        assert pool.tokens()
    assert len(address.bodies) == sent


def test_a_function_elsewhere_is_not_set_in_vain(tmp_path: Path, there: Serving) -> None:
    with serving(tmp_path) as alone:
        pool_of(alone).trigger(PreAuthentication=GONE)
    vain = "PreAuthentication (no such function is deployed here)"
    for said, told in (
        ({}, True),
        ({"KEYDESK_LAMBDA_ENDPOINT": there.url}, False),
        ({"KEYDESK_FUNCTION_URLS": f"{GONE}=https://a.example.com/?key=canary"}, False),
    ):
        done = command(tmp_path, "doctor", "--data", ".", **said)
        assert (done.returncode, vain in done.stdout, "canary" in done.stdout) == (0, told, False)
