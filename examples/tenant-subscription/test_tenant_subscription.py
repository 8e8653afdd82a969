"""A table decides who comes in: paid, ended, paid again, suspended; and what happens while it is away."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.site import site

from keydesk.testing.keydesk import Keydesk
from keydesk.testing.pool import Pool

HERE = Path(__file__).parent
PRE, POST = HERE / "functions" / "pre_authentication.py", HERE / "functions" / "post_authentication.py"
ENDED = "Your subscription ended on 31 January. Call 555-0100 to renew it"
PATIENT = {"TABLE_SECONDS": "4"}  # what a function waits for whom it is to reach, on a busy machine
CLOSED = "Nobody can be let in at the moment. Try again in a few minutes"


class Tables:
    """The example's two tables."""

    def __init__(self, dynamodb: Any) -> None:
        self.environment: dict[str, str] = dynamodb.environment | PATIENT
        self.tenants = dynamodb.table(HERE / "tables" / "tenants.json")
        self.members = dynamodb.table(HERE / "tables" / "members.json")

    def subscribed(self, pool: Pool | Keydesk, days: int) -> None:
        until = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        self.tenants.put_item(Item={"pool": pool.pool_id, "name": "Acme", "paid_until": until, "notice": ENDED})

    def member(self, pool: Pool | Keydesk, user: str) -> dict[str, Any]:
        return dict(self.members.get_item(Key={"pool": pool.pool_id, "user": user}).get("Item", {}))


@pytest.fixture
def tables(dynamodb: Any) -> Tables:
    return Tables(dynamodb)


def refused(pool: Pool | Keydesk) -> str:
    with pytest.raises(ClientError) as refusal:
        pool.sign_in()
    return str(refusal.value.response["Error"]["Message"])


def words(text: str) -> str:
    return f"PreAuthentication failed with error {text}."


def logged(keydesk: Keydesk, arn: str) -> list[str]:
    events = keydesk.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{arn.rpartition(':')[2]}")["events"]
    return [event["message"].strip() for event in events]


def test_a_tenant_whose_subscription_has_ended_is_told_so_word_for_word(keydesk: Keydesk, tables: Tables) -> None:
    """T-077, T-084, T-085: a pool for each tenant, one function for all; who pays comes in from the next call on."""
    paying, ended, unknown = keydesk.pool(), keydesk.pool(), keydesk.pool()
    arn = paying.trigger("pre_authentication", PRE, timeout=5, environment=tables.environment)
    for pool in (paying, ended, unknown):
        pool.api.update_user_pool(UserPoolId=pool.pool_id, LambdaConfig={"PreAuthentication": arn})
        pool.user("ada")
    tables.subscribed(paying, 0)
    tables.subscribed(ended, -1)
    assert paying.sign_in()["AuthenticationResult"]["AccessToken"], "the last day counts"
    assert refused(ended) == words(ENDED)
    assert refused(unknown) == words("There is no such tenant")
    tables.subscribed(ended, 365)
    assert ended.sign_in()["AuthenticationResult"]["AccessToken"]


def test_who_is_suspended_is_turned_away_until_that_is_over(keydesk: Keydesk, tables: Tables) -> None:
    """T-077: one user's own standing in the table."""
    keydesk.trigger("pre_authentication", PRE, timeout=5, environment=tables.environment)
    tables.subscribed(keydesk, 30)
    sub = keydesk.user("ada")
    for suspended in (True, False):
        tables.members.put_item(Item={"pool": keydesk.pool_id, "user": sub, "suspended": suspended})
        if suspended:
            assert refused(keydesk) == words("Your account is suspended")
    assert keydesk.sign_in()["AuthenticationResult"]


def test_the_last_sign_in_is_written_and_logged(keydesk: Keydesk, tables: Tables) -> None:
    """T-078, T-086: the table has the time, the log tenant and time; what else the table knows of the user stays."""
    arn = keydesk.trigger("post_authentication", POST, timeout=5, environment=tables.environment)
    sub = keydesk.user("ada")
    tables.members.put_item(Item={"pool": keydesk.pool_id, "user": sub, "plan": "gold"})
    before = datetime.now(UTC).isoformat(timespec="seconds")
    assert keydesk.sign_in()["AuthenticationResult"]
    member = tables.member(keydesk, sub)
    assert before <= member["last_sign_in"] <= datetime.now(UTC).isoformat()
    assert member["plan"] == "gold"
    lines = [json.loads(line) for line in logged(keydesk, arn) if line.startswith("{")]
    assert lines == [{"tenant": keydesk.pool_id, "user": "ada", "at": member["last_sign_in"]}]


def test_while_the_tables_are_away_nobody_comes_in(keydesk: Keydesk, tables: Tables) -> None:
    """T-089, T-167: the client reads words to show, the log has the reason. A note that fails stops nobody."""
    tables.subscribed(keydesk, 30)
    post = keydesk.trigger("post_authentication", POST, timeout=5, environment=tables.environment)
    keydesk.user("ada")
    tables.members.delete()
    assert keydesk.sign_in()["AuthenticationResult"], "it cannot be written down, and ada is in all the same"
    assert "ERROR last sign-in not written: ResourceNotFoundException" in "\n".join(logged(keydesk, post))
    pre = keydesk.trigger("pre_authentication", PRE, timeout=5, environment=tables.environment)
    assert refused(keydesk) == words(CLOSED)
    assert f"ERROR {keydesk.pool_id} could not be looked up: ResourceNotFoundException" in "\n".join(
        logged(keydesk, pre)
    )


def test_a_table_that_does_not_answer_is_given_up_in_time(keydesk: Keydesk, tables: Tables) -> None:
    """The function ends by itself, and with its own words, before the trigger's time is over."""
    keydesk.user("ada")
    with site() as silent:
        silent.does = silent.silent
        said = tables.environment | {"AWS_ENDPOINT_URL_DYNAMODB": silent.url, "TABLE_SECONDS": "0.2"}
        keydesk.trigger("pre_authentication", PRE, timeout=5, environment=said)
        assert refused(keydesk) == words(CLOSED)
        assert silent.asked(2), "two tries"
        assert len(silent.paths) == 2, "and no more"
