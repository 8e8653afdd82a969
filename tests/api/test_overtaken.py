"""What happens when somebody else changes or deletes, right after it was read, what a call is about to change."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.api.asking import refused
from tests.serving import Serving

from keydesk.store import clients, groups, pools

Meddle = Callable[[Any, Any], Awaitable[Any]]


def meddling(server: Serving, patch: pytest.MonkeyPatch, read: Any, times: int, meddle: Meddle) -> list[int]:
    """`meddle` with what was found, after each of the first `times` reads; gives the list of those reads."""
    store = server.house.desk.store
    real, reads = store.glance, []

    async def glance(fn: Any, *args: Any) -> Any:
        found = await real(fn, *args)
        if fn is read and len(reads) < times:
            reads.append(1)
            await meddle(store, found)
        return found

    patch.setattr(store, "glance", glance)
    return reads


async def changes_pool(store: Any, found: Any) -> None:
    await store.write(pools.change, found)


async def changes_client(store: Any, found: Any) -> None:
    await store.write(clients.change, found)


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool(cognito: Any) -> dict[str, Any]:
    return dict(cognito.create_user_pool(PoolName="raced")["UserPool"])


def test_a_change_of_a_pool_is_made_again(
    server: Serving, cognito: Any, pool: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = meddling(server, monkeypatch, pools.named, 3, changes_pool)
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"a": "1"})
    assert len(reads) == 3
    assert cognito.list_tags_for_resource(ResourceArn=pool["Arn"])["Tags"] == {"a": "1"}


def test_a_change_of_a_client_is_made_again(
    server: Serving, cognito: Any, pool: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")["UserPoolClient"]
    of = {"UserPoolId": pool["Id"], "ClientId": made["ClientId"]}
    reads = meddling(server, monkeypatch, clients.named, 2, changes_client)
    cognito.update_user_pool_client(**of, ClientName="changed")
    assert len(reads) == 2
    assert cognito.describe_user_pool_client(**of)["UserPoolClient"]["ClientName"] == "changed"


def test_who_is_always_overtaken_is_told(
    server: Serving, cognito: Any, pool: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")["UserPoolClient"]
    with monkeypatch.context() as patch:
        meddling(server, patch, pools.named, 100, changes_pool)
        refusal = refused(cognito.update_user_pool, UserPoolId=pool["Id"])
        assert refusal[0] == "ConcurrentModificationException"
    meddling(server, monkeypatch, clients.named, 100, changes_client)
    refusal = refused(cognito.update_user_pool_client, UserPoolId=pool["Id"], ClientId=made["ClientId"])
    assert refusal[0] == "ConcurrentModificationException"


@pytest.mark.parametrize("operation", ["delete_user_pool", "delete_user_pool_client", "update_group"])
def test_what_is_gone_by_now_is_not_found(
    server: Serving, cognito: Any, pool: dict[str, Any], monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    at = {"UserPoolId": pool["Id"]}
    client = cognito.create_user_pool_client(**at, ClientName="c")["UserPoolClient"]["ClientId"]
    cognito.create_group(**at, GroupName="g")
    read, more, remove = {
        "delete_user_pool": (pools.named, {}, (pools.remove, pool["Id"])),
        "delete_user_pool_client": (clients.named, {"ClientId": client}, (clients.remove, pool["Id"], client)),
        "update_group": (groups.named, {"GroupName": "g"}, (groups.remove, pool["Id"], "g")),
    }[operation]

    async def removes(store: Any, _: Any) -> None:
        await store.write(*remove)

    reads = meddling(server, monkeypatch, read, 1, removes)
    assert refused(getattr(cognito, operation), **at, **more)[0] == "ResourceNotFoundException"
    assert reads
