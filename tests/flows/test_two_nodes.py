"""Two nodes on one PostgreSQL are one server to their clients (AU-05, AU-06, SR-07, TK-06 to TK-08)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests import postgres
from tests.serving import PASSWORD, Pool, Serving, serving

pytestmark = pytest.mark.postgres
DENIED = "NotAuthorizedException"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Serving, Serving]]:
    url = postgres.required_database(schema=True)
    said = {"database_url": url, "key_file": str(tmp_path / "sealing.key")}
    with serving(tmp_path / "one", **said) as one, serving(tmp_path / "two", **said) as two:
        yield one, two
    postgres.drop_database(url)


def outcome(call: Any, **said: Any) -> str:
    try:
        call(**said)
    except ClientError as refusal:
        return f"{refusal.response['Error']['Code']}: {refusal.response['Error']['Message']}"
    return "ok"


def typed(pool: Pool, password: str = PASSWORD, name: str = "ada") -> dict[str, Any]:
    said = {"USERNAME": name, "PASSWORD": password}
    return {"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": said}


def test_guesses_at_both_nodes_are_counted_together(nodes: tuple[Serving, Serving]) -> None:
    """However many come at once, and wherever: a few are judged, the rest are told of the lock, and so is the owner."""
    pool = Pool(nodes[0])
    pool.user("ada")
    apis = [node.client() for node in nodes]
    nodes[0].clock.stop()  # a lock lasts a second
    nodes[1].clock.stop(at=nodes[0].clock())
    with ThreadPoolExecutor(12) as crowd:
        guesses = [
            crowd.submit(outcome, apis[number % 2].initiate_auth, **typed(pool, f"Wrong-guess-{number}"))
            for number in range(40)
        ]
        outcomes = [guess.result() for guess in guesses]
    judged = outcomes.count(f"{DENIED}: Incorrect username or password.")
    assert 5 <= judged <= 7  # five, and one that each node judges while the other counts
    assert outcomes.count(f"{DENIED}: Password attempts exceeded") == 40 - judged
    for api in apis:
        assert outcome(api.initiate_auth, **typed(pool)) == f"{DENIED}: Password attempts exceeded"


def test_what_is_revoked_at_one_node_is_revoked_at_the_other(nodes: tuple[Serving, Serving]) -> None:
    pool = Pool(nodes[0])
    pool.user("ada")
    one, two = (node.client() for node in nodes)
    held, other, third = (pool.tokens() for _ in range(3))
    assert two.get_user(AccessToken=held["AccessToken"])["Username"] == "ada"
    two.revoke_token(ClientId=pool.client, Token=held["RefreshToken"])
    assert outcome(one.get_user, AccessToken=held["AccessToken"]).startswith(DENIED)
    assert outcome(one.get_user, AccessToken=other["AccessToken"]) == "ok"
    one.global_sign_out(AccessToken=other["AccessToken"])
    assert outcome(two.get_user, AccessToken=third["AccessToken"]).startswith(DENIED)
    last = pool.tokens()
    one.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert outcome(two.get_user, AccessToken=last["AccessToken"]).startswith(DENIED)
    assert outcome(two.initiate_auth, **typed(pool)).startswith(DENIED)


def test_an_answer_may_go_to_any_node_and_counts_once(nodes: tuple[Serving, Serving]) -> None:
    """A new password is asked for at one node; of two answers at once, one at each, one wins."""
    pool = Pool(nodes[0])
    apis = [node.client() for node in nodes]
    for number in range(3):
        name = f"user{number}"
        apis[0].admin_create_user(
            UserPoolId=pool.id, Username=name, MessageAction="SUPPRESS", TemporaryPassword=PASSWORD
        )
        asked = apis[0].initiate_auth(**typed(pool, name=name))
        answer = {
            "ClientId": pool.client,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": asked["Session"],
            "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": "Another-horse-9"},
        }
        with ThreadPoolExecutor(2) as both:
            said = [both.submit(outcome, api.respond_to_auth_challenge, **answer) for api in apis]
            outcomes = [one.result() for one in said]
        assert sorted(one == "ok" for one in outcomes) == [False, True], outcomes


def test_names_are_taken_once_on_all_nodes(nodes: tuple[Serving, Serving]) -> None:
    """DU-03: of many who want one name at once, wherever, one gets it."""
    pool = Pool(nodes[0])
    apis = [node.client() for node in nodes]
    with ThreadPoolExecutor(10) as crowd:
        asked = [
            crowd.submit(outcome, apis[number % 2].sign_up, ClientId=pool.client, Username="ada", Password=PASSWORD)
            for number in range(20)
        ]
        outcomes = [one.result().partition(":")[0] for one in asked]
    assert outcomes.count("ok") == 1
    assert outcomes.count("UsernameExistsException") == 19
