"""Health, metrics and the outbox: what operators and, in development, programs read."""

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.serving import Pool, Serving, serving

import keydesk

REFUSE = """\
def handler(event, context):
    if event["userName"] == "out":
        raise Exception("no")
    return event
"""


def metric(server: Serving, name: str, **labels: str) -> float:
    """One number of the metrics page, 0 where it is not there yet."""
    for line in server.fetch("/_keydesk/metrics").decode().splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")) == labels:
            return float(found[3])
    return 0.0


def test_health_says_the_version(server: Serving) -> None:
    assert json.loads(server.fetch("/_keydesk/health")) == {"status": "ok", "version": keydesk.__version__}


def test_metrics_count_calls_and_triggers(own_server: Serving) -> None:
    """By operation, by trigger and by outcome, each with a histogram of times."""
    server, pool = own_server, Pool(own_server)
    pool.trigger(PreAuthentication=server.deploy("watch", REFUSE))
    server.client("lambda").add_permission(
        FunctionName="watch",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )
    for name in ("ada", "out"):
        pool.user(name)
    pool.sign_in()
    pool.sign_in()
    assert pool.refused(pool.sign_in, "out") == ("NotAuthorizedException", "PreAuthentication failed with error no.")
    assert pool.refused(pool.sign_in, "ada", "wrong")[0] == "NotAuthorizedException"
    ok = {"operation": "InitiateAuth", "outcome": "ok"}
    assert metric(server, "keydesk_calls_total", **ok) == 2
    assert metric(server, "keydesk_calls_total", **ok | {"outcome": "NotAuthorizedException"}) == 2
    assert metric(server, "keydesk_call_seconds_count", operation="InitiateAuth") == 4
    assert metric(server, "keydesk_call_seconds_bucket", operation="InitiateAuth", le="+Inf") == 4
    assert metric(server, "keydesk_call_seconds_sum", operation="InitiateAuth") > 0
    ran = {"trigger": "PreAuthentication", "outcome": "ok"}
    assert metric(server, "keydesk_triggers_total", **ran) == 2
    assert metric(server, "keydesk_triggers_total", **ran | {"outcome": "UserLambdaValidationException"}) == 1
    assert metric(server, "keydesk_trigger_seconds_count", trigger="PreAuthentication") == 3
    assert metric(server, "keydesk_workers") >= 1
    assert metric(server, "keydesk_isolation_gaps") == len(server.house.desk.isolation.open)


def test_made_up_operations_count_as_one(own_server: Serving) -> None:
    """Nothing that a client says makes a label of its own."""
    for name in ("Nope", "AnotherNope"):
        own_server.raw(f"AWSCognitoIdentityProviderService.{name}", b"{}")
    unknown = {"operation": "unknown", "outcome": "UnknownOperationException"}
    assert metric(own_server, "keydesk_calls_total", **unknown) == 2
    assert b"Nope" not in own_server.fetch("/_keydesk/metrics")


def test_the_outbox_lists_the_oldest_first(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    to = f"{pool.client}@example.com"
    pool.sign_up("ada", attributes={"email": to})
    pool.api.resend_confirmation_code(ClientId=pool.client, Username="ada")
    pool.sign_up("bob", attributes={"email": "other+" + to})
    sent = server.outbox(to)
    assert len(sent) == 2
    assert sent[0]["code"] != sent[1]["code"]
    every = [one["code"] for one in json.loads(server.fetch("/_keydesk/outbox")) if one["to"].endswith(to)]
    assert every == [*(one["code"] for one in sent), server.code("other+" + to)]
    bare = json.loads(server.fetch(f"/_keydesk/outbox?to=other+{to}"))
    assert [one["to"] for one in bare] == ["other+" + to], "a plus that nobody has encoded"
    assert pool.refused(
        pool.api.confirm_sign_up, ClientId=pool.client, Username="ada", ConfirmationCode=sent[0]["code"]
    )[0] in {"CodeMismatchException", "ExpiredCodeException"}
    pool.api.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=sent[1]["code"])


def test_the_outbox_is_a_page_for_a_browser(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    to = f"{pool.client}@example.com"
    pool.sign_up("ada", attributes={"email": to})
    asked = urllib.request.Request(f"{server.url}/_keydesk/outbox?to={to}", headers={"Accept": "text/html,*/*"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        page, headers = answer.read().decode(), answer.headers
    assert headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert to in page
    assert server.code(to) in page


def test_there_is_no_outbox_in_production(tmp_path: Path) -> None:
    with serving(tmp_path, open=False, keys={"a": "b" * 16}) as server:
        assert json.loads(server.fetch("/_keydesk/health"))["status"] == "ok"
        with pytest.raises(urllib.error.HTTPError) as refusal:
            server.fetch("/_keydesk/outbox")
        with refusal.value as answer:
            assert answer.code == 404
