"""Signing keys give way (TK-12): published before they sign, and as long as what they signed lives."""

import json
from pathlib import Path

from tests.serving import Pool, Serving, serving

from keydesk.crypto import jwt
from keydesk.flows import signing_rotation
from keydesk.store.signing_rotation import LIFE

HOUR, DAY = 3600, 86_400


def published(server: Serving, pool: Pool) -> list[str]:
    return [key["kid"] for key in json.loads(server.fetch(f"/{pool.id}/.well-known/jwks.json"))["keys"]]


def signed_by(pool: Pool) -> str:
    return jwt.unverified(pool.tokens()["AccessToken"]).kid


def test_a_new_key_signs_when_all_know_it_and_the_old_one_goes_when_nobody_needs_it(own_server: Serving) -> None:
    pool, clock = Pool(own_server, client={"AccessTokenValidity": 24}), own_server.clock
    pool.user()
    first = signed_by(pool)
    new = own_server.run(signing_rotation.forward(own_server.house.desk, pool.id))
    assert own_server.run(signing_rotation.forward(own_server.house.desk, pool.id)) is None
    assert published(own_server, pool) == [first, new.kid]
    clock.forward(seconds=HOUR - 60)
    assert signed_by(pool) == first
    token = pool.tokens()["AccessToken"]
    clock.forward(seconds=70)
    assert signed_by(pool) == new.kid
    assert published(own_server, pool) == [first, new.kid]
    clock.forward(seconds=DAY - 120)
    assert pool.api.get_user(AccessToken=token)["Username"] == "ada"
    clock.forward(seconds=420)
    assert published(own_server, pool) == [new.kid]
    assert signed_by(pool) == new.kid


def test_back_and_forth(own_server: Serving) -> None:
    """Before the new key has signed, and after it has; both times at once, and no token is refused."""
    pool, clock, desk = Pool(own_server), own_server.clock, own_server.house.desk
    pool.user()
    first = signed_by(pool)
    assert own_server.run(signing_rotation.back(desk, pool.id)) is None
    own_server.run(signing_rotation.forward(desk, pool.id))
    assert own_server.run(signing_rotation.back(desk, pool.id)).kid == first
    assert published(own_server, pool) == [first]
    second = own_server.run(signing_rotation.forward(desk, pool.id, lead=0)).kid
    tokens = [pool.tokens()["AccessToken"]]
    assert jwt.unverified(tokens[0]).kid == second
    for expected in (first, second, first):
        clock.forward(seconds=11)
        assert own_server.run(signing_rotation.back(desk, pool.id)).kid == expected
        tokens.append(pool.tokens()["AccessToken"])
        assert jwt.unverified(tokens[-1]).kid == expected
    assert published(own_server, pool) == [first, second]
    assert {pool.api.get_user(AccessToken=token)["Username"] for token in tokens} == {"ada"}
    clock.forward(seconds=LIFE / 1000 + 1)
    assert published(own_server, pool) == [first]


def test_a_dropped_key_is_worth_nothing_at_once(own_server: Serving) -> None:
    pool, desk = Pool(own_server), own_server.house.desk
    pool.user()
    token = pool.tokens()["AccessToken"]
    stolen = jwt.unverified(token).kid
    assert own_server.run(signing_rotation.drop(desk, stolen)) is None
    own_server.run(signing_rotation.forward(desk, pool.id, lead=0))
    assert own_server.run(signing_rotation.drop(desk, stolen)) == pool.id
    assert pool.refused(pool.api.get_user, AccessToken=token)[0] == "NotAuthorizedException"
    assert stolen not in published(own_server, pool)
    assert pool.tokens()["AccessToken"]


def test_another_server_takes_new_keys_without_a_restart(tmp_path: Path, database_url: str) -> None:
    with (
        serving(tmp_path, database_url=database_url) as here,
        serving(tmp_path, database_url=database_url) as there,
    ):
        pool = Pool(here)
        pool.user()
        first = signed_by(pool)
        assert published(there, pool) == [first]
        new = here.run(signing_rotation.forward(here.house.desk, pool.id, lead=0)).kid
        token = pool.tokens()["AccessToken"]
        assert jwt.unverified(token).kid == new
        assert (
            there.client().get_user(AccessToken=token)["Username"] == "ada"
        )  # a key that it does not know is looked for
        there.clock.forward(seconds=11)
        assert published(there, pool) == [first, new]
