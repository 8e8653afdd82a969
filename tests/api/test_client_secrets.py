"""Two secrets of one client, so that one can replace the other with nobody locked out; and one that always remains."""

import base64
import hmac
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.domain.client import Client
from keydesk.shapes.types import UserPoolClientType
from keydesk.store import documents

CHOSEN = "chosen_secret_of_at_least_24"


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server, client={"GenerateSecret": True})
    made.user()
    return made


def where(pool: Pool) -> dict[str, str]:
    return {"UserPoolId": pool.id, "ClientId": pool.client}


def shown(pool: Pool) -> str:
    """What the client's description tells: the secret that it was made with, if that is still there."""
    return str(pool.api.describe_user_pool_client(**where(pool))["UserPoolClient"].get("ClientSecret", ""))


def add(pool: Pool, **more: str) -> dict[str, Any]:
    return dict(pool.api.add_user_pool_client_secret(**where(pool), **more)["ClientSecretDescriptor"])


def listed(pool: Pool) -> list[dict[str, Any]]:
    return list(pool.api.list_user_pool_client_secrets(**where(pool))["ClientSecrets"])


def remove(pool: Pool, secret: dict[str, Any]) -> None:
    pool.api.delete_user_pool_client_secret(**where(pool), ClientSecretId=secret["ClientSecretId"])


def hashed(pool: Pool, secret: str, name: str = "ada") -> str:
    return base64.b64encode(hmac.digest(secret.encode(), (name + pool.client).encode(), "sha256")).decode()


def sign_in(pool: Pool, secret: str) -> dict[str, Any]:
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD, "SECRET_HASH": hashed(pool, secret)}
    made = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    return dict(made["AuthenticationResult"])


def by_flow(pool: Pool, token: str, proof: str) -> None:
    said = {"REFRESH_TOKEN": token, "SECRET_HASH": proof}
    pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said)


def use(pool: Pool, secret: str) -> None:
    """Everything that a secret is asked for."""
    token = sign_in(pool, secret)["RefreshToken"]
    by_flow(pool, token, hashed(pool, secret))
    by_flow(pool, token, secret)
    asked = {"ClientId": pool.client, "ClientSecret": secret}
    pool.api.get_tokens_from_refresh_token(RefreshToken=token, **asked)
    pool.api.revoke_token(Token=token, **asked)
    name = f"of-{secret[:8]}-{len(listed(pool))}"
    pool.api.sign_up(ClientId=pool.client, Username=name, Password=PASSWORD, SecretHash=hashed(pool, secret, name))


def is_dead(pool: Pool, secret: str, living: str) -> None:
    token = sign_in(pool, living)["RefreshToken"]
    asked = {"ClientId": pool.client, "ClientSecret": secret}
    assert pool.refused(sign_in, pool, secret)[0] == "NotAuthorizedException"
    assert pool.refused(by_flow, pool, token, hashed(pool, secret))[0] == "NotAuthorizedException"
    assert pool.refused(by_flow, pool, token, secret)[0] == "NotAuthorizedException"
    refused = pool.refused(pool.api.get_tokens_from_refresh_token, RefreshToken=token, **asked)
    assert refused == ("NotAuthorizedException", f"Unable to verify secret for client {pool.client}")
    assert pool.refused(pool.api.revoke_token, Token=token, **asked)[0] == "UnauthorizedException"


def test_a_secret_is_replaced_while_both_hold(pool: Pool) -> None:
    """OA-06: either secret proves the client everywhere; one that was deleted nowhere."""
    first = shown(pool)
    before = datetime.now(UTC).timestamp() - 1
    added = add(pool)
    second = added["ClientSecretValue"]
    assert first != second
    assert added["ClientSecretId"].startswith(f"{pool.client}--")
    assert before <= added["ClientSecretCreateDate"].timestamp() <= datetime.now(UTC).timestamp() + 1
    for secret in (first, second):
        use(pool, secret)
    assert shown(pool) == first
    old, new = listed(pool)
    assert new == {name: value for name, value in added.items() if name != "ClientSecretValue"}
    assert set(old) == {"ClientSecretId", "ClientSecretCreateDate"}
    remove(pool, old)
    is_dead(pool, first, second)
    use(pool, second)
    assert shown(pool) == ""
    assert listed(pool) == [new]


def test_a_secret_may_be_chosen_and_is_not_told_again(pool: Pool) -> None:
    first = listed(pool)[0]
    assert "ClientSecretValue" not in add(pool, ClientSecret=CHOSEN)
    use(pool, CHOSEN)
    remove(pool, first)
    refused = pool.refused(add, pool, ClientSecret=CHOSEN)
    assert refused == ("InvalidParameterException", "The client has this secret already.")
    assert pool.refused(add, pool, ClientSecret="no-word-character-here-x!")[0] == "InvalidParameterException"
    assert shown(pool) == ""


def test_one_remains_and_there_are_two_at_most(pool: Pool) -> None:
    only = listed(pool)[0]
    assert pool.refused(remove, pool, only)[0] == "InvalidParameterException"
    add(pool)
    assert pool.refused(add, pool)[0] == "LimitExceededException"
    unknown = {"ClientSecretId": f"{pool.client}--1"}
    assert pool.refused(remove, pool, unknown)[0] == "ResourceNotFoundException"
    other = Pool(pool.server, client={"GenerateSecret": True})
    assert pool.refused(remove, pool, listed(other)[0])[0] == "ResourceNotFoundException"


def test_a_public_client_gets_no_secret(pool: Pool) -> None:
    pool.client = pool.new_client()
    assert pool.refused(add, pool)[0] == "InvalidParameterException"
    assert listed(pool) == []
    assert pool.tokens()


def test_only_the_pools_own_client_is_found(pool: Pool) -> None:
    """RQ-11."""
    other = Pool(pool.server)
    mixed = {"UserPoolId": other.id, "ClientId": pool.client}
    for operation in ("add_user_pool_client_secret", "list_user_pool_client_secrets"):
        assert pool.refused(getattr(pool.api, operation), **mixed)[0] == "ResourceNotFoundException"
    asked = {**mixed, "ClientSecretId": listed(pool)[0]["ClientSecretId"]}
    assert pool.refused(pool.api.delete_user_pool_client_secret, **asked)[0] == "ResourceNotFoundException"


def at_once(*calls: Any) -> list[str]:
    """What each call came to: the refusal's code, or nothing."""
    outcomes: list[str] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> None:
        barrier.wait()
        try:
            call()
            outcomes.append("")
        except Exception as refusal:
            outcomes.append(refusal.response["Error"]["Code"])  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_secrets_that_are_added_at_once_one_is_kept(pool: Pool) -> None:
    outcomes = at_once(*[lambda: add(pool)] * 4)
    assert outcomes == ["", *["LimitExceededException"] * 3]
    assert len({one["ClientSecretId"] for one in listed(pool)}) == 2


def test_of_two_that_are_deleted_at_once_one_stays(pool: Pool) -> None:
    add(pool)
    both = listed(pool)
    outcomes = at_once(*[lambda one=one: remove(pool, one) for one in both])
    assert outcomes == ["", "InvalidParameterException"]
    assert len(listed(pool)) == 1


def test_an_update_keeps_the_secrets(pool: Pool) -> None:
    add(pool)
    kept = listed(pool)
    pool.api.update_user_pool_client(**where(pool), ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    assert listed(pool) == kept


def test_secrets_outlive_a_restart(tmp_path: Path) -> None:
    """SE-05: sealed, so that the database shows neither."""
    with serving(tmp_path) as server:
        pool = Pool(server, client={"ClientSecret": CHOSEN})
        pool.user()
        second = add(pool)["ClientSecretValue"]
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("keydesk.db*"))
    assert CHOSEN.encode() not in data
    assert second.encode() not in data
    with serving(tmp_path) as server:
        pool.server, pool.api = server, server.client()
        use(pool, CHOSEN)
        use(pool, second)


def test_a_client_that_was_stored_with_its_only_secret_keeps_it() -> None:
    stored = {"id": "a", "pool": "p", "name": "n", "settings": {}, "secret": "c2VhbGVk", "created": 7}
    client = documents.client(msgspec.json.encode(stored))
    assert [(one.id, one.sealed, one.created) for one in client.secrets] == [("a--7", b"sealed", 7)]
    assert documents.client(documents.encode(client)) == client
    assert Client(id="a", pool="p", name="n", settings=UserPoolClientType()).secrets == ()
