"""Where the data keys come from, who may open them, and how servers beside one another learn of them."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Connection, select
from tests.serving import Pool, Serving, serving

from keydesk.crypto.kek import Kek
from keydesk.crypto.key_file import KeyRefused, load_or_make_key
from keydesk.crypto.seal import ROOT, DataKey, SealBroken
from keydesk.domain import places
from keydesk.store import data_keys, signing_keys
from keydesk.store.tables import data_keys as rows


def every(db: Connection) -> list[Any]:
    return list(db.execute(select(rows).order_by(rows.c.created)))


def read(server: Serving, fn: Any, *said: Any) -> Any:
    return server.run(server.house.desk.store.read(fn, *said))


def test_the_database_alone_opens_nothing(tmp_path: Path, own_server: Serving) -> None:
    """SE-03: every pool has a random key of its own, wrapped under the one in the file, which is in no row."""
    pools = [Pool(own_server) for _ in range(2)]
    subs = [pool.user() for pool in pools]
    key = load_or_make_key(tmp_path / "sealing.key", data_exists=True)
    kept = read(own_server, every)
    assert [row.pool for row in kept] == [None, pools[0].id, pools[1].id]
    opened = {row.pool: Kek(key).unwrap(row.wrapped, row.id, row.pool or "") for row in kept}
    assert len({key, *opened.values()}) == 4
    with pytest.raises(SealBroken):
        Kek(bytes(32)).unwrap(kept[1].wrapped, kept[1].id, pools[0].id)
    credentials = [own_server.user(sub).credential for sub in subs]
    under = [DataKey(row.id, row.pool, opened[row.pool], 1) for row in kept[1:]]
    for credential, own in zip(credentials, under, strict=True):
        assert credential[1:9] == own.id
    [signing] = read(own_server, signing_keys.of_pool, pools[0].id)
    assert signing.private[1:9] == under[0].id
    pools[0].api.delete_user_pool(UserPoolId=pools[0].id)
    assert [row.pool for row in read(own_server, every)] == [None, pools[1].id]


def test_another_server_learns_a_key_when_it_meets_it(tmp_path: Path, database_url: str) -> None:
    with (
        serving(tmp_path, database_url=database_url) as here,
        serving(tmp_path, database_url=database_url) as there,
    ):
        pool = Pool(here)
        pool.user()
        said = {"USERNAME": "ada", "PASSWORD": "Correct-horse-9"}
        assert there.client().initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)[
            "AuthenticationResult"
        ]
        theirs, ours = there.house.desk.sealer, here.house.desk.sealer
        assert theirs.sealing(pool.id) == ours.sealing(pool.id) != ROOT
        newer = DataKey.generate(pool.id, here.clock() + 1)
        here.run(here.house.desk.store.write(data_keys.add, here.house.desk.rack.wrapped(newer)))
        there.run(there.house.desk.rack.refresh())
        assert theirs.sealing(pool.id) == newer.id
        assert ours.open(theirs.seal(b"x", "here", pool.id), "here") == b"x"
        assert theirs.seal(b"x", "here", places.SERVER)[:1] == b"\1"


@pytest.fixture(params=["keydesk", "moto"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a key management service, and credentials for it in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "keydesk")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "keydesk")
    if request.param == "keydesk":
        (tmp_path / "service").mkdir()
        with serving(tmp_path / "service") as running:
            yield running.url
    else:
        other = ThreadedMotoServer(port=0)
        other.start()
        host, port = other.get_host_and_port()
        yield f"http://{host}:{port}"
        other.stop()


def kms(service: str) -> Any:
    return boto3.client("kms", region_name="us-east-1", endpoint_url=service)


def test_a_key_service_keeps_the_key(service: str, tmp_path: Path, database_url: str) -> None:
    """SE-03, SE-06: no key file is made; without the service, or with another key of it, the server does not start."""
    alias = f"alias/{uuid.uuid4()}"
    keys = [kms(service).create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    kms(service).create_alias(AliasName=alias, TargetKeyId=keys[0])
    said = {"database_url": database_url, "kms_key": f"{alias}@{service}"}
    with serving(tmp_path, **said) as server:
        pool = Pool(server)
        pool.user()
    assert not (tmp_path / "sealing.key").exists()
    with serving(tmp_path, **said) as server:
        assert Pool(server).user()
        assert server.client().initiate_auth(
            ClientId=pool.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": "Correct-horse-9"},
        )["AuthenticationResult"]
    other = f"{keys[1]}@{service}"
    refused(tmp_path, f"not wrapped for it.* in use, and run: .* --kms-key {other}$", **said | {"kms_key": other})
    refused(tmp_path, "sealing key is missing", database_url=database_url)
    refused(tmp_path, "connect", **said | {"kms_key": f"{alias}@http://127.0.0.1:9"})


def refused(data: Path, why: str, **said: str) -> None:
    with pytest.raises(KeyRefused, match=why) as fault, serving(data, **said):
        pass
    assert "\n" not in str(fault.value)
