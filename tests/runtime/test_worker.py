"""One worker by itself; what pools make of workers is in test_workers.py."""

import asyncio

import pytest
from tests.runtime.room import PATIENCE, function

from keydesk.runtime.journal import Place
from keydesk.runtime.worker import Ask, State, Worker


class Owner:
    def __init__(self):
        self.told = []

    def idle(self, worker):
        self.told.append("idle")

    def ended(self, worker):
        self.told.append("ended")


def play(tmp_path, scene, handler="behaviours.echo"):
    async def run():
        owner = Owner()
        worker = Worker(function(handler), Place(lambda *said: None, lambda: 1_700_000_000.0, str(tmp_path)), owner)
        worker.start({}, "")
        try:
            return await scene(worker), owner.told, worker
        finally:
            worker.kill()
            await worker.gone

    return asyncio.run(run())


def ask(payload=b"{}"):
    return Ask(payload, "id", "", "", asyncio.get_running_loop().time() + PATIENCE, PATIENCE)


def test_its_owner_hears_of_each_rest_and_of_its_end(tmp_path):
    async def scene(worker):
        assert worker.state is State.STARTING
        assert not worker.alive()
        assert await worker.ready is None
        answers = []
        for n in range(2):
            assert worker.alive()
            call = worker.call(ask(b"%d" % n))
            assert worker.state is State.BUSY
            assert worker.running > 0
            answers.append((await call).payload)
            await asyncio.sleep(0)
        assert worker.running == 0
        return answers

    answers, told, worker = play(tmp_path, scene)
    assert answers == [b"0", b"1"]
    assert told == ["idle", "idle", "idle", "ended"]
    assert worker.state is State.ENDED
    assert list(tmp_path.iterdir()) == []


def test_every_call_has_a_token_of_its_own(tmp_path):
    async def scene(worker):
        await worker.ready
        tokens = set()
        for _ in range(5):
            call = worker.call(ask())
            tokens.add(worker._call.token)
            await call
            await asyncio.sleep(0)
        return tokens

    assert len(play(tmp_path, scene)[0]) == 5


def test_a_start_that_is_cut_short_is_told(tmp_path):
    async def scene(worker):
        worker.kill()
        return await worker.ready

    failure, _, _ = play(tmp_path, scene)
    assert failure.kind == "Runtime.ExitError"


@pytest.mark.parametrize("times", [1, 2])
def test_killing_twice_is_as_once(tmp_path, times):
    async def scene(worker):
        await worker.ready
        for _ in range(times):
            worker.kill()
        await worker.gone

    assert play(tmp_path, scene)[1] == ["idle", "ended"]
