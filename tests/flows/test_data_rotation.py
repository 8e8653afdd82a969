"""Data keys give way beside running servers, and nothing that is sealed is forgotten (SE-04)."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, select
from tests.api.test_srp import answer, ask
from tests.sealed_world import World, needles
from tests.serving import PASSWORD, Serving, claims, serving
from tests.srp_client import Client
from tests.store import released
from tests.store.test_released import all_opens

from keydesk.crypto.seal import ROOT
from keydesk.domain import places
from keydesk.flows import data_rotation
from keydesk.store import data_keys
from keydesk.store.schema import metadata
from keydesk.store.sealed import SEALED

DAY = 86_400


def rotate(server: Serving) -> Any:
    desk = server.house.desk
    server.run(data_rotation.begin(desk))
    return server.run(data_rotation.reseal(desk))


def keys(server: Serving) -> list[data_keys.Row]:
    desk = server.house.desk
    return server.run(desk.store.read(data_keys.under, desk.rack.kek.id))


def holding(db: Connection, start: bytes, written: bytes) -> list[str]:
    """The columns that hold something sealed under the key."""
    columns = [one for table in metadata.sorted_tables for one in table.c if isinstance(one.type, LargeBinary)]
    found = []
    for column in columns:
        values = db.execute(select(column).where(column.is_not(None))).scalars()
        if any(value.startswith(start) or written in value for value in values):
            found.append(str(column))
    return found


def test_everything_is_sealed_anew_and_old_keys_go(own_server: Serving, tmp_path: Path) -> None:
    """While users sign in: what they began under the old seal goes on under the new one."""
    world, desk = World(own_server), own_server.house.desk
    former = [row.id for row in keys(own_server)]
    exchange = Client(world.pool.id, PASSWORD)
    by_srp = ask(world.pool, "ada", exchange)
    by_app = world.pool.sign_in("grace")
    changing = world.pool.tokens("ada")["AccessToken"]
    done = rotate(own_server)
    assert done.keys() == {one.column.table.name for one in SEALED}
    own_server.clock.forward(seconds=31)
    world.answers(by_app)
    assert answer(world.pool, by_srp, exchange)["AuthenticationResult"]
    world.works(own_server)
    world.pool.api.change_password(AccessToken=changing, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD + "2")
    world.pool.api.admin_set_user_password(UserPoolId=world.pool.id, Username="ada", Password=PASSWORD, Permanent=True)
    assert own_server.run(data_rotation.reseal(desk)).total() == 0
    assert own_server.run(data_rotation.retire(desk)) == 0
    own_server.clock.forward(seconds=DAY + 1)
    assert own_server.run(data_rotation.retire(desk)) == len(former) - 1
    left = [row.id for row in keys(own_server)]
    assert set(left) & set(former) == {ROOT}
    for id in set(former) - {ROOT}:
        assert own_server.run(desk.store.read(holding, *needles(id))) == []
    with serving(tmp_path, database_url=desk.settings["database_url"]) as anew:
        anew.clock.offset = own_server.clock.offset
        world.works(anew)


def test_what_could_not_be_sealed_anew_keeps_its_key(own_server: Serving) -> None:
    """A server that knew the old keys only seals once more; the run that comes to retire them finds it."""
    world, desk = World(own_server), own_server.house.desk
    old = next(row for row in keys(own_server) if row.pool == world.pool.id)
    credential = desk.sealer.seal(b"late", "here", world.pool.id)
    assert credential[1:9] == old.id
    rotate(own_server)
    with pytest.MonkeyPatch.context() as late:
        late.setattr(desk.sealer, "sealing", lambda pool: old.id)
        world.pool.user("late")
    own_server.clock.forward(seconds=DAY + 1)
    assert own_server.run(data_rotation.retire(desk)) == 0
    assert own_server.run(data_rotation.retire(desk)) == 1
    assert claims(world.pool.tokens("late")["AccessToken"])["username"] == "late"


@pytest.mark.parametrize("schema", released.SCHEMAS)
def test_an_older_database_gets_data_keys_at_its_first_rotation(schema: str, tmp_path: Path, database_url: str) -> None:
    """Until then everything is sealed so that the older release, which may run beside, can open it."""
    kept = released.put_back(schema, tmp_path, database_url)
    with serving(tmp_path, database_url=database_url) as server:
        pool = server.client().create_user_pool(PoolName="new")["UserPool"]["Id"]
        sealer = server.house.desk.sealer
        assert server.house.desk.rack.as_before
        assert sealer.sealing(pool) == sealer.sealing(places.SERVER) == ROOT
        rotate(server)
        assert not server.house.desk.rack.as_before
        assert len({sealer.sealing(pool), sealer.sealing(places.SERVER), ROOT}) == 3
        all_opens(server, kept)
    with serving(tmp_path, database_url=database_url) as server:
        server.clock.forward(seconds=60)
        all_opens(server, kept)
