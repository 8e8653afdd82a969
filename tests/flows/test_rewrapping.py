"""Another key-encryption key under a running server (SE-04): what is added meanwhile, and who knows which key."""

from pathlib import Path

import pytest
from tests.flows.test_rack import refused, service  # noqa: F401
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.crypto import key_file
from keydesk.crypto.kms import KeyService
from keydesk.flows import rewrapping
from keydesk.flows.rack import HeldByService, KeyFile
from keydesk.store import data_keys

DAY = 86_400


def signs_in(server: Serving, pool: Pool) -> bool:
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    answer = server.client().initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    return bool(answer["AuthenticationResult"])


def with_user(server: Serving) -> Pool:
    pool = Pool(server)
    pool.user()
    return pool


def test_a_new_key_in_the_files_place(tmp_path: Path, database_url: str) -> None:
    """A server that runs on with the former key adds a pool; the new key opens that as well, and the former nothing."""
    file = KeyFile(tmp_path / "sealing.key")
    with serving(tmp_path, database_url=database_url) as here:
        pools = [with_user(here)]
        former = file.path.read_bytes()
        with serving(tmp_path, database_url=database_url) as there:
            rack = there.house.desk.rack
            assert there.run(rewrapping.in_place(rack, file, there.clock())) == 2
            assert file.path.read_bytes() != former
            pools.append(with_user(here))
            there.run(rewrapping.finish(rack))
            pools.append(with_user(here))
            assert here.house.desk.rack.kek.id != rack.kek.id
            assert all(signs_in(server, pool) for server in (here, there) for pool in pools)
            there.clock.forward(seconds=DAY + 1)
            there.run(rewrapping.settle(rack, there.clock()))  # too early: the last pool is under the former key only
    with serving(tmp_path, database_url=database_url) as anew:
        assert all(signs_in(anew, pool) for pool in pools)
        anew.run(rewrapping.finish(anew.house.desk.rack))
        assert len(anew.run(anew.house.desk.store.read(data_keys.counts))) == 1
        anew.run(rewrapping.settle(anew.house.desk.rack, anew.clock() + (DAY + 1) * 1000))
    now = file.path.read_bytes()
    file.path.write_bytes(former)
    refused(tmp_path, "not the key", database_url=database_url)
    file.path.write_bytes(now)
    with serving(tmp_path, database_url=database_url) as anew:
        assert all(signs_in(anew, pool) for pool in pools)


def test_a_running_server_takes_the_new_key_from_the_file(tmp_path: Path, database_url: str) -> None:
    file = KeyFile(tmp_path / "sealing.key")
    with (
        serving(tmp_path, database_url=database_url) as here,
        serving(tmp_path, database_url=database_url) as there,
    ):
        there.run(rewrapping.in_place(there.house.desk.rack, file, there.clock()))
        there.run(rewrapping.finish(there.house.desk.rack))
        pool = with_user(there)  # its key is unknown here, and under the new key
        assert signs_in(here, pool)
        here.run(here.house.desk.rack.refresh())
        assert here.house.desk.rack.kek.id == there.house.desk.rack.kek.id


@pytest.mark.parametrize("moment", ["drawn", "wrapped"])
def test_killed_half_way_either_key_opens_and_the_next_try_ends_it(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = KeyFile(tmp_path / "sealing.key")
    with serving(tmp_path) as server:
        pool = with_user(server)
        rack = server.house.desk.rack
        where = {"drawn": (rewrapping, "_under"), "wrapped": (key_file, "put_in_place")}[moment]
        with monkeypatch.context() as killed:
            killed.setattr(*where, lambda *said: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                server.run(rewrapping.in_place(rack, file, server.clock()))
    with serving(tmp_path) as server:
        assert signs_in(server, pool)
        drawn = file.path.with_name("sealing.key.next").read_bytes()
        server.run(rewrapping.in_place(server.house.desk.rack, file, server.clock()))
        server.run(rewrapping.finish(server.house.desk.rack))
    assert file.path.read_bytes() == drawn
    with serving(tmp_path) as server:
        assert signs_in(server, pool)


def test_from_a_file_to_a_service_and_back(service: str, tmp_path: Path, database_url: str) -> None:  # noqa: F811
    from tests.flows.test_rack import kms

    key = f"{kms(service).create_key()['KeyMetadata']['KeyId']}@{service}"
    with serving(tmp_path, database_url=database_url) as server:
        pool = with_user(server)
        keeper = HeldByService(KeyService.named(key, "us-east-1"))
        assert server.run(rewrapping.to_service(server.house.desk.rack, keeper, server.clock())) == 2
    (tmp_path / "sealing.key").unlink()
    with serving(tmp_path, database_url=database_url, kms_key=key) as server:
        assert server.run(rewrapping.finish(server.house.desk.rack)) == 2
        pools = [pool, with_user(server)]
        file = tmp_path / "other.key"
        assert server.run(rewrapping.to_file(server.house.desk.rack, file, server.clock())) == 3
    with serving(tmp_path, database_url=database_url, key_file=str(file)) as server:
        assert all(signs_in(server, pool) for pool in pools)
