"""`POST /_keydesk/reset`: a clean pool for tests in any language. Never under serve, and never for a page."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

JSON = {"Content-Type": "application/json"}


def reset(server: Serving, body: Any = None, query: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
    """Ask for it; the status and the answer."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(f"{server.url}/_keydesk/reset{query}", data, {**JSON, **headers}, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def pools(server: Serving) -> list[str]:
    return [pool["Id"] for pool in server.client().list_user_pools(MaxResults=60)["UserPools"]]


def sign_in(server: Serving, client: str, name: str = "ada") -> Any:
    said = {"USERNAME": name, "PASSWORD": PASSWORD}
    return server.client().initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)


def test_everything_is_gone_and_a_pool_is_there(own_server: Serving) -> None:
    server = own_server
    old = Pool(server, AutoVerifiedAttributes=["email"])
    old.trigger(PreSignUp=server.deploy("gate", "def handler(event, context):\n    print('in')\n    return event\n"))
    old.sign_up("ada", attributes={"email": "ada@example.com"})
    server.client("kms").create_key()
    status, told = reset(server)
    assert status == 200
    assert set(told) == {"url", "region", "pool_id", "client_id"}
    assert (told["url"], told["region"]) == (server.url, "us-east-1")
    assert pools(server) == [told["pool_id"]] != [old.id]
    assert json.loads(server.fetch("/_keydesk/outbox")) == []
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("logs").describe_log_groups()["logGroups"] == []
    assert server.client("cloudtrail").lookup_events()["Events"] == []
    assert server.client("kms").list_keys()["Keys"] == []
    # what was there may be made again, and the new pool works as the first one of `keydesk dev`
    server.deploy("gate", "def handler(event, context):\n    return event\n")
    api = server.client()
    mail = [{"Name": "email", "Value": "ada@example.com"}]
    api.sign_up(ClientId=told["client_id"], Username="ada", Password=PASSWORD, UserAttributes=mail)
    code = server.code("ada@example.com")
    api.confirm_sign_up(ClientId=told["client_id"], Username="ada", ConfirmationCode=code)
    assert "AccessToken" in sign_in(server, told["client_id"])["AuthenticationResult"]


def test_pools_beside_each_other_share_nothing(own_server: Serving) -> None:
    """What tests that run at once ask for: each has its own pool, and reads its own messages."""
    first, second = (reset(own_server, {"keep": True})[1] for _ in range(2))
    assert sorted(pools(own_server)) == sorted([first["pool_id"], second["pool_id"]])
    mail = [{"Name": "email", "Value": "ada@example.com"}]
    for one in (first, second):
        own_server.client().sign_up(ClientId=one["client_id"], Username="ada", Password=PASSWORD, UserAttributes=mail)
    sent = [
        json.loads(own_server.fetch(f"/_keydesk/outbox?to=ada@example.com&pool={one['pool_id']}"))
        for one in (first, second)
    ]
    assert [len(messages) for messages in sent] == [1, 1]
    own_server.client().confirm_sign_up(
        ClientId=second["client_id"], Username="ada", ConfirmationCode=sent[1][0]["code"]
    )


def test_the_pool_and_the_client_are_as_asked_for(own_server: Serving) -> None:
    wish = {"pool": {"UsernameAttributes": ["email"]}, "client": {"GenerateSecret": True}}
    status, told = reset(own_server, wish)
    assert status == 200
    api = own_server.client()
    pool = api.describe_user_pool(UserPoolId=told["pool_id"])["UserPool"]
    assert (pool["UsernameAttributes"], pool.get("AutoVerifiedAttributes")) == (["email"], None)
    client = api.describe_user_pool_client(UserPoolId=told["pool_id"], ClientId=told["client_id"])["UserPoolClient"]
    assert client["ClientSecret"] == told["client_secret"]


def test_a_pool_of_a_pinned_id_is_a_new_one_each_time(own_server: Serving) -> None:
    """Tokens of before do not count: the pool of the same name has another key."""
    wish = {"pool": {"UserPoolTags": {"keydesk:id": "us-east-1_Pinned001"}}}
    tokens = []
    for _ in range(2):
        status, told = reset(own_server, wish)
        assert (status, told["pool_id"]) == (200, "us-east-1_Pinned001")
        Pool.user(_as_pool(own_server, told), "ada")
        tokens.append(sign_in(own_server, told["client_id"])["AuthenticationResult"]["AccessToken"])
    api = own_server.client()
    assert api.get_user(AccessToken=tokens[1])["Username"] == "ada"
    with pytest.raises(api.exceptions.NotAuthorizedException):
        api.get_user(AccessToken=tokens[0])


def _as_pool(server: Serving, told: dict[str, Any]) -> Pool:
    one = Pool.__new__(Pool)
    one.server, one.api, one.id, one.client = server, server.client(), told["pool_id"], told["client_id"]
    return one


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "The body must be a JSON object of keep, pool and client"),
        (b"[]", 400, "The body must be a JSON object of keep, pool and client"),
        ({"keeep": True}, 400, "keeep"),
        ({"pool": {"AutoVerifed": ["email"]}}, 400, "CreateUserPool has no member AutoVerifed."),
        ({"pool": {"AutoVerifiedAttributes": ["fax"]}}, 400, "autoVerifiedAttributes"),
        ({"client": {"ExplicitAuthFlows": "none"}}, 400, ""),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(server: Serving, body: Any, status: int, words: str) -> None:
    pool = Pool(server)
    answered, told = reset(server, body)
    assert (answered, words in told["message"]) == (status, True), told
    assert pool.api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Id"] == pool.id


def test_what_is_said_in_the_query_is_not_passed_over(server: Serving) -> None:
    pool = Pool(server)
    status, told = reset(server, {}, query="?keep=true")
    assert (status, told["message"]) == (400, "The query has no member 'keep' here.")
    assert pool.api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Id"] == pool.id


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_no_page_in_a_browser_empties_the_server(server: Serving, headers: dict[str, str], status: int) -> None:
    pool = Pool(server)
    assert reset(server, {}, **headers)[0] == status
    assert pool.api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Id"] == pool.id
    for method in ("GET", "OPTIONS"):
        asked = urllib.request.Request(f"{server.url}/_keydesk/reset", method=method)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(asked, timeout=30)
        with refusal.value as answer:
            assert (answer.code, answer.headers.get("access-control-allow-origin")) == (405, None)


def test_there_is_none_in_production(tmp_path: Path) -> None:
    """SE-10."""
    with serving(tmp_path, open=False, keys={"a": "b" * 16}) as server:
        assert reset(server) == (404, {"message": "There is no reset under `keydesk serve`."})


@pytest.mark.parametrize("semantics", ["keydesk", "aws"])
def test_new_pools_run_the_handlers_of_a_watched_folder(tmp_path: Path, semantics: str) -> None:
    folder = tmp_path / "triggers"
    folder.mkdir()
    handler = "def handler(event, context):\n    event['response']['autoConfirmUser'] = True\n    return event\n"
    (folder / "pre_sign_up.py").write_text(handler)
    with serving(tmp_path / "data", folder=folder, semantics=semantics) as server:
        for wish in ({}, {"keep": True}, {"keep": True}, {}):
            told = reset(server, wish)[1]
            server.client().sign_up(ClientId=told["client_id"], Username="ada", Password=PASSWORD)
            assert "AccessToken" in sign_in(server, told["client_id"])["AuthenticationResult"]
        policy = json.loads(server.client("lambda").get_policy(FunctionName="pre_sign_up")["Policy"])
        assert len(policy["Statement"]) == 1
        own = {"keep": True, "pool": {"LambdaConfig": {"PreSignUp": server.deploy("no", "def handler(e, c): 1/0\n")}}}
        told = reset(server, own)[1]
        api = server.client()
        config = api.describe_user_pool(UserPoolId=told["pool_id"])["UserPool"]["LambdaConfig"]
        assert config["PreSignUp"].endswith(":no")
