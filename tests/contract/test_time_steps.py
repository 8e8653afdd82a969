"""A time step of an authenticator app is used up once, however many nodes hear the same code at once (AU-08)."""

import asyncio

import pytest
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.store import people, users
from keydesk.store.store import Store

ME = samples.key()
APP = b"a sealed secret"


@pytest.fixture
def desk(store: Store) -> Store:
    written(store, samples.added, samples.pool(), samples.client(), samples.user(totp=APP, totp_step=10))
    return store


def test_a_step_counts_once_and_none_before_it(desk: Store) -> None:
    before = read(desk, users.by_key, ME)
    assert written(desk, people.use_step, ME, APP, 10) is None
    rev = written(desk, people.use_step, ME, APP, 12)
    assert rev == before.rev + 1
    for used in (9, 11, 12):
        assert written(desk, people.use_step, ME, APP, used) is None
    after = read(desk, users.by_key, ME)
    assert (after.rev, after.totp_step, after.modified) == (rev, 12, before.modified)
    assert written(desk, people.use_step, ME, APP, 13) is not None


def test_codes_of_an_app_that_was_replaced_count_no_more(desk: Store) -> None:
    assert written(desk, people.use_step, ME, b"another secret", 12) is None
    assert written(desk, people.use_step, samples.key(9), APP, 12) is None


def test_of_many_nodes_one_wins(desk: Store, store_url: str) -> None:
    nodes = [desk, Store.open(store_url), Store.open(store_url)]

    async def all_at_once() -> list[int | None]:
        return await asyncio.gather(*(node.write(people.use_step, ME, APP, 12) for node in nodes for _ in range(4)))

    try:
        answers = asyncio.run(all_at_once())
    finally:
        for node in nodes[1:]:
            node.close()
    assert sum(answer is not None for answer in answers) == 1
