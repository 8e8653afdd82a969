"""A second's requests are handed out in batches, whoever asks, and never more than there are."""

import asyncio

from tests.contract.samples import read, together, written

from keydesk.store import request_limits
from keydesk.store.request_limits import Batch, Scope
from keydesk.store.store import Store

HERE = Scope("eu-west-1", "", "UserList")


def test_rq_14_no_more_is_taken_than_a_second_has(store: Store) -> None:
    async def race() -> list[int | BaseException]:
        return await together(*(store.write(request_limits.take, HERE, Batch(7, 3, 10)) for _ in range(8)))

    assert sorted(asyncio.run(race())) == [0, 0, 0, 0, 1, 3, 3, 3]
    assert written(store, request_limits.take, HERE, Batch(8, 3, 10)) == 3
    assert written(store, request_limits.take, HERE, Batch(7, 3, 10)) == 3, (
        "a clock that is behind counts as the others"
    )
    assert written(store, request_limits.take, HERE._replace(pool="eu-west-1_a"), Batch(8, 3, 2)) == 2


def test_a_limit_is_kept_changed_and_lifted(store: Store) -> None:
    of_pool = HERE._replace(pool="eu-west-1_a")
    for scope, value in ((HERE, 5), (of_pool, 6), (HERE, 7)):
        written(store, request_limits.keep, scope, value)
    assert read(store, request_limits.every) == {HERE: 7, of_pool: 6}
    written(store, request_limits.lift, HERE)
    written(store, request_limits.lift_all, of_pool.pool)
    assert read(store, request_limits.every) == {}
