"""The lock in its course: how it grows and ends, over clients, operations, restarts and nodes, and in a race."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

WRONG, EXCEEDED = "Incorrect username or password.", "Password attempts exceeded"


@pytest.fixture
def pool(own_server: Serving) -> Pool:
    own_server.clock.stop()
    made = Pool(own_server)
    made.user("ada")
    made.user("eve")
    return made


def guess(pool: Pool, password: str = "Wrong-horse-9", name: str = "ada") -> str:
    code, sentence = pool.refused(pool.sign_in, name, password)
    assert code == "NotAuthorizedException"
    return sentence


def guessed_five_times(pool: Pool) -> None:
    assert [guess(pool) for _ in range(5)] == [WRONG] * 5


def locked_for(pool: Pool, seconds: float) -> None:
    """Locked until just before, and judged again right after; with another wrong password, which locks for longer."""
    pool.server.clock.forward(seconds=seconds - 0.001)
    assert guess(pool, PASSWORD) == EXCEEDED
    pool.server.clock.forward(seconds=0.001)
    assert guess(pool) == WRONG


def test_locks_grow_from_a_second_to_a_quarter_of_an_hour(pool: Pool) -> None:
    """AU-01: five are judged at once; then 1, 2, 4, … 512 and 900 seconds."""
    guessed_five_times(pool)
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        locked_for(pool, seconds)
    pool.server.clock.forward(seconds=899.999)
    assert guess(pool, PASSWORD) == EXCEEDED
    pool.server.clock.forward(seconds=0.001)
    assert pool.tokens()


def test_tries_during_a_lock_change_nothing(pool: Pool) -> None:
    """AU-02: neither the right nor a wrong password is judged or counted, and neither makes the lock longer."""
    guessed_five_times(pool)
    for _ in range(5):
        assert guess(pool, PASSWORD) == guess(pool) == EXCEEDED
    pool.server.clock.forward(seconds=1)
    assert guess(pool) == WRONG, "the sixth"
    locked_for(pool, 2)


def test_a_success_sets_the_count_back(pool: Pool) -> None:
    """AU-03."""
    guessed_five_times(pool)
    pool.server.clock.forward(seconds=1)
    assert pool.tokens()
    guessed_five_times(pool)
    assert guess(pool) == EXCEEDED


def test_fewer_than_five_lock_nobody(pool: Pool) -> None:
    for _ in range(3):
        assert [guess(pool) for _ in range(4)] == [WRONG] * 4
        assert pool.tokens()


@pytest.mark.parametrize(("minutes", "counted"), [(14.999, True), (15, False)])
def test_fifteen_quiet_minutes_set_the_count_back(pool: Pool, minutes: float, counted: bool) -> None:
    """AU-03."""
    guessed_five_times(pool)
    pool.server.clock.forward(seconds=60 * minutes)
    assert guess(pool) == WRONG
    assert guess(pool) == (EXCEEDED if counted else WRONG)


def test_the_count_is_the_users_over_all_clients_and_flows(pool: Pool) -> None:
    """AU-04; AU-07: and of nobody else."""
    other = pool.new_client()
    said = {"USERNAME": "ada", "PASSWORD": "Wrong-horse-9"}
    admin = {"UserPoolId": pool.id, "ClientId": pool.client, "AuthParameters": said}
    api = pool.api
    ways: list[tuple[Any, dict[str, Any]]] = [
        (api.initiate_auth, {"ClientId": other, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": said}),
        (api.admin_initiate_auth, admin | {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}),
        (api.admin_initiate_auth, admin | {"AuthFlow": "ADMIN_NO_SRP_AUTH"}),
    ]
    assert [pool.refused(call, **asked)[1] for call, asked in ways] == [WRONG] * 3
    assert [guess(pool) for _ in range(2)] == [WRONG] * 2
    said["PASSWORD"] = PASSWORD
    assert [pool.refused(call, **asked)[1] for call, asked in ways] == [EXCEEDED] * 3
    assert pool.tokens("eve")


def test_a_lock_keeps_no_session_from_working(pool: Pool) -> None:
    """AU-07: who guesses from outside puts no one out who is in."""
    tokens = pool.tokens()
    guessed_five_times(pool)
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])
    assert pool.api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=tokens["RefreshToken"])


def in_parallel(pools: list[Pool], count: int) -> Counter[str]:
    """So many wrong guesses at once, from all sides."""
    with ThreadPoolExecutor(count) as many:
        return Counter(many.map(guess, [pools[number % len(pools)] for number in range(count)]))


def test_guesses_at_once_gain_nothing(pool: Pool) -> None:
    """AU-05."""
    assert in_parallel([pool], 16) == {WRONG: 5, EXCEEDED: 11}


def test_a_lock_outlives_a_restart(tmp_path: Path) -> None:
    """AU-06."""
    with serving(tmp_path) as first:
        first.clock.stop()
        pool = Pool(first)
        pool.user("ada")
        guessed_five_times(pool)
        first.clock.forward(seconds=1)
        assert guess(pool) == WRONG
        first.clock.forward(seconds=2)
        assert guess(pool) == WRONG, "from here on four seconds"
        now = first.clock()
    with serving(tmp_path) as second:
        second.clock.stop(at=now)
        pool.api, pool.server = second.client(), second
        assert guess(pool, PASSWORD) == EXCEEDED
        second.clock.forward(seconds=4)
        assert pool.tokens()


@pytest.mark.postgres
def test_a_lock_holds_on_every_node(postgresql_url: str, tmp_path: Path) -> None:
    """AU-05, AU-06: two servers on one database judge no more than one would, but for the one that each has in hand."""
    (tmp_path / "two").mkdir()
    key = str(tmp_path / "sealing.key")
    with serving(tmp_path, database_url=postgresql_url, key_file=key) as one:
        pool = Pool(one)
        pool.user("ada")
        with serving(tmp_path / "two", database_url=postgresql_url, key_file=key) as two:
            one.clock.stop()
            two.clock.stop(at=one.clock())
            there = copy(pool)
            there.api, there.server = two.client(), two
            assert [guess(node) for node in (pool, there, pool, there, pool)] == [WRONG] * 5
            assert guess(there, PASSWORD) == guess(pool, PASSWORD) == EXCEEDED
            for node in (one, two):
                node.clock.forward(seconds=3600)
            told = in_parallel([pool, there], 16)
            assert 5 <= told[WRONG] <= 6
            assert told[WRONG] + told[EXCEEDED] == 16
