"""Guards: a trigger's own time limit, a breaker, and an answer given in advance (the bank's degraded sign-in)."""

import json
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import Serving, claims, serving
from tests.triggers.recorder import Recorder, answering, pool_of, raising

GONE = "arn:aws:lambda:us-east-1:000000000000:function:gone"
DENIED = ("NotAuthorizedException", "PreAuthentication invocation failed due to error AccessDeniedException.")
BROKEN, KEPT_OUT = "UserLambdaValidationException", "UnexpectedLambdaException"


def guard(pool: Any, trigger: str, **said: Any) -> None:
    pool.api.tag_resource(ResourceArn=pool.arn, Tags={f"keydesk:guard:{trigger}": json.dumps(said)})


def test_without_a_guard_a_function_out_of_reach_stops_the_sign_in(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreAuthentication=GONE)
    assert pool.refused(pool.sign_in) == DENIED


def test_a_guard_lets_sign_ins_go_on(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreAuthentication=GONE)
    guard(pool, "PreAuthentication", then="allow")
    assert pool.tokens()["IdToken"]


def test_a_denial_is_no_failure(server: Serving) -> None:
    """Who is denied stays denied, however often: the function works."""
    pool = pool_of(server)
    pool.trigger(PreAuthentication=raising(server, "suspended").arn)
    guard(pool, "PreAuthentication", failures=1, then="allow")
    said = ("NotAuthorizedException", "PreAuthentication failed with error suspended.")
    assert [pool.refused(pool.sign_in) for _ in range(3)] == [said] * 3


def test_claims_in_place_of_a_function_that_is_broken(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreTokenGeneration=raising(server, "no database").arn)
    degraded = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"custom:degraded": "true"}}}
    guard(pool, "PreTokenGeneration", then="allow", answer=degraded)
    assert claims(pool.tokens()["IdToken"])["custom:degraded"] == "true"


def test_a_breaker_opens_tries_once_and_closes(own_server: Serving) -> None:
    server = own_server
    pool = pool_of(server)
    broken, well = Recorder(server, "return 1 / 0"), answering(server, {})
    pool.trigger(PreTokenGeneration=broken.arn)
    guard(pool, "PreTokenGeneration", failures=2, pause=30)
    failed = ("UserLambdaValidationException", "PreTokenGeneration failed with error division by zero.")
    kept_out = ("UnexpectedLambdaException", "PreTokenGeneration invocation failed due to error BreakerOpen.")
    assert [pool.refused(pool.sign_in) for _ in range(3)] == [failed, failed, kept_out]
    assert len(broken.events()) == 2
    with pytest.raises(ClientError) as fault:
        pool.sign_in()
    (fired,) = server.trace(fault.value.response["ResponseMetadata"]["RequestId"]).fired
    assert (fired.outcome, fired.sentence) == ("BreakerOpen", kept_out[1])
    told = f'keydesk_breaker_open{{pool="{pool.id}",trigger="PreTokenGeneration"}} '
    assert f"{told}1.0" in server.fetch("/_keydesk/metrics").decode()
    for _ in range(2):  # whoever is kept out meanwhile does not keep it open
        server.clock.forward(seconds=14)
        assert pool.refused(pool.sign_in) == kept_out
    server.clock.forward(seconds=3)
    assert [pool.refused(pool.sign_in) for _ in range(2)] == [failed, kept_out]  # one is tried
    assert len(broken.events()) == 3
    pool.trigger(PreTokenGeneration=well.arn)
    assert pool.refused(pool.sign_in) == kept_out
    server.clock.forward(seconds=31)
    assert pool.tokens()["IdToken"]
    assert f"{told}0.0" in server.fetch("/_keydesk/metrics").decode()


def test_each_node_opens_by_what_it_sees_itself(tmp_path: Path, database_url: str) -> None:
    """Two on one database: the guard holds on both, what one has seen keeps nobody out at the other."""
    with serving(tmp_path, database_url=database_url) as one, serving(tmp_path, database_url=database_url) as other:
        pool = pool_of(one)
        pool.trigger(PreTokenGeneration=Recorder(one, "return 1 / 0").arn)
        guard(pool, "PreTokenGeneration", failures=2, pause=30)
        there = copy(pool)
        there.api = other.client()
        assert [pool.refused(pool.sign_in)[0] for _ in range(3)] == [BROKEN, BROKEN, KEPT_OUT]
        assert there.refused(there.sign_in)[0] == BROKEN
        pool.trigger(PreTokenGeneration=answering(one, {}).arn)
        assert there.tokens()["IdToken"], "it has failed once there, and works now"
        assert pool.refused(pool.sign_in)[0] == KEPT_OUT
        one.clock.forward(seconds=31)
        assert pool.tokens()["IdToken"]


def test_a_guard_shortens_the_time(server: Serving) -> None:
    pool = pool_of(server)
    slow = Recorder(server, "if event['request']['validationData']: time.sleep(4)\nreturn event", Timeout=10)
    pool.trigger(PreAuthentication=slow.arn)
    pool.sign_in()  # so that its worker need not start in the guard's time
    guard(pool, "PreAuthentication", seconds=1, then="allow")
    done = pool.sign_in(ClientMetadata={"be": "slow"})
    (fired,) = server.trace(done["ResponseMetadata"]["RequestId"]).fired
    assert fired.instead
    assert "EVENT" in fired.log, "what a late run had printed is in the trace"
    assert f"{fired.run} Stopped by its caller after 1.00 seconds" in fired.log
    assert any(fired.run in line for line in slow.lines())


@pytest.mark.parametrize(
    "said",
    [
        "nonsense",
        '{"seconds": 6}',
        '{"then": "shrug"}',
        '{"unknown": 1}',
        '{"answer": {"claimsOverrideDetails": {}}}',
        '{"then": "allow", "answer": {"claimsOverrideDetails": 7}}',
        '{"then": "allow", "answer": {"claimsOverrideDetail": {"claimsToSuppress": ["email"]}}}',
        '{"pause": 0}',
    ],
)
def test_a_tag_that_is_no_guard_is_refused(server: Serving, said: str) -> None:
    pool = pool_of(server)
    tags = {"keydesk:guard:PreTokenGeneration": said}
    refused = pool.refused(pool.api.tag_resource, ResourceArn=pool.arn, Tags=tags)
    assert refused[0] == "InvalidParameterException"
    assert pool.refused(pool.api.tag_resource, ResourceArn=pool.arn, Tags={"keydesk:guard:Nothing": "{}"})[0]


def test_the_trace_says_that_the_guard_answered(server: Serving) -> None:
    pool = pool_of(server)
    pool.trigger(PreAuthentication=GONE)
    guard(pool, "PreAuthentication", then="allow")
    id = pool.sign_in()["ResponseMetadata"]["RequestId"]
    trace = server.trace(id)
    assert [(one.trigger, one.outcome, one.instead) for one in trace.fired] == [
        ("PreAuthentication", "UnexpectedLambdaException", True)
    ]
