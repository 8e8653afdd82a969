"""From a deployed function to a run: code on disk, variables in the clear, a share of the workers."""

import asyncio
import io
import zipfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from keydesk.crypto.seal import Sealer
from keydesk.domain import places
from keydesk.domain.function import Deployed
from keydesk.domain.function_refusals import FunctionNotFound, InvalidValue
from keydesk.errors import ServiceUnavailable
from keydesk.runtime.function import Answer, Function, Throttled
from keydesk.store import functions as stored
from keydesk.store.store import Store
from keydesk.triggers.functions import PENDING, SERVICES, Functions, surroundings

SEALER = Sealer(bytes(32))


class Recorder:
    """A runtime that keeps what it was asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[Function] = []
        self.go = asyncio.Event()
        self.go.set()

    async def invoke(self, function: Function, payload: bytes, **more: Any) -> Answer:
        self.asked.append(function)
        await self.go.wait()
        return Answer(payload=payload, request_id=more["request_id"], duration=0.0)

    async def close(self) -> None:
        return None


@pytest.fixture
def store(sqlite_file: Path, tmp_path: Path) -> Any:
    path = tmp_path / "keydesk.db"
    path.write_bytes(sqlite_file.read_bytes())
    opened = Store.open(path)
    yield opened
    opened.close()


def deployed(**more: Any) -> Deployed:
    said = {"name": "f", "region": "us-east-1", "account": "0" * 12, "runtime": "python3.12", "handler": "i.h"}
    return Deployed(**(said | {"digest": "ab12", "build": "one"} | more))


def packed() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("i.py", "x = 1\n")
    return made.getvalue()


def run(store: Store, folder: Path, work: Any) -> Any:
    async def inside() -> Any:
        runtime = Recorder()
        return await work(Functions(runtime, store, SEALER, folder), runtime)

    return asyncio.run(inside())


async def call(functions: Functions, function: Deployed) -> Answer:
    return await functions.invoke(function, b"{}", within=5.0, arn=function.arn)


def test_code_is_unpacked_once_and_variables_are_opened(store: Store, tmp_path: Path) -> None:
    sealed = SEALER.seal(b'{"KEY":"value"}', places.function("us-east-1", "f"), places.SERVER)
    one = deployed(environment=sealed)
    asyncio.run(store.write(stored.add, one, packed()))

    async def work(functions: Functions, runtime: Recorder) -> None:
        await asyncio.gather(*(call(functions, one) for _ in range(5)))
        assert (tmp_path / "code" / "ab12" / "i.py").read_text() == "x = 1\n"
        assert runtime.asked[0].environment == {"KEY": "value"}
        assert runtime.asked[0].fingerprint == "one"
        assert runtime.asked[0].code == str(tmp_path / "code" / "ab12")
        await call(functions, deployed(environment=sealed, build="two", version="3"))
        assert (runtime.asked[-1].fingerprint, runtime.asked[-1].arn.rsplit(":", 1)[1]) == ("two", "3")

    run(store, tmp_path / "code", work)


def test_a_function_that_was_deleted_meanwhile_is_not_found(store: Store, tmp_path: Path) -> None:
    async def work(functions: Functions, runtime: Recorder) -> None:
        with pytest.raises(FunctionNotFound):
            await call(functions, deployed())
        with pytest.raises(InvalidValue):
            await functions.unpacked("cd34", b"no zip")

    run(store, tmp_path / "code", work)


def test_a_disk_that_takes_no_code_is_said_and_tried_again(store: Store, tmp_path: Path) -> None:
    """DU-05."""
    taken = tmp_path / "functions"
    taken.write_bytes(b"")  # in the folder's place

    async def work(functions: Functions, _: Recorder) -> None:
        with pytest.raises(ServiceUnavailable):
            await functions.unpacked("cd34", packed())
        taken.unlink()
        assert (await functions.unpacked("cd34", packed()) / "i.py").exists()

    run(store, taken, work)


def test_reserved_concurrency_bounds_the_runs_at_once(store: Store, tmp_path: Path) -> None:
    asyncio.run(store.write(stored.add, deployed(), packed()))
    bounded = deployed(concurrency=2)

    async def work(functions: Functions, runtime: Recorder) -> None:
        await call(functions, bounded)
        runtime.go.clear()
        running = [asyncio.create_task(call(functions, bounded)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Throttled):
            await call(functions, bounded)
        runtime.go.set()
        await asyncio.gather(*running)
        await call(functions, bounded)

    run(store, tmp_path / "code", work)


def test_what_nobody_waits_for_is_bounded_and_ended_before_the_server(store: Store, tmp_path: Path) -> None:
    async def work(functions: Functions, runtime: Recorder) -> None:
        done: list[int] = []

        async def one() -> None:
            await runtime.go.wait()
            done.append(1)

        runtime.go.clear()
        for _ in range(PENDING):
            functions.later(one())
        extra: Coroutine[Any, Any, None] = one()
        with pytest.raises(Throttled):
            functions.later(extra)
        runtime.go.set()
        await functions.close()
        assert len(done) == PENDING

    run(store, tmp_path / "code", work)


def test_workers_are_told_of_this_server_and_in_development_get_credentials() -> None:
    here = "http://127.0.0.1:9229"
    given = surroundings(here, open=True)
    session = botocore.session.get_session()
    names = {session.get_service_model(name).service_id.upper().replace(" ", "_") for name in WANTED}
    assert set(SERVICES) == names
    assert {given[f"AWS_ENDPOINT_URL_{name}"] for name in names} == {here}
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= set(given)
    assert not any("KEY" in name or "SECRET" in name for name in set(surroundings(here, open=False)) - KMS)


WANTED = ("cognito-idp", "lambda", "logs", "cloudtrail", "kms")
KMS = {"AWS_ENDPOINT_URL_KMS"}
