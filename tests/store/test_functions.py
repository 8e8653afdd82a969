"""Functions in the store, on both databases."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event

from keydesk.domain.function import Alias, Deployed, Reference, Statement
from keydesk.domain.function_refusals import Conflict
from keydesk.store import functions, hot
from keydesk.store.store import Store

HERE = "000000000000"


def deployed(name: str = "f", digest: str = "a1", **more: Any) -> Deployed:
    said = {"region": "us-east-1", "account": HERE, "runtime": "python3.12", "handler": "i.h", "build": name}
    return Deployed(name=name, digest=digest, **(said | more))


def write(store: Store, fn: Callable[..., Any], *args: Any) -> Any:
    return asyncio.run(store.write(fn, *args))


def read(store: Store, fn: Callable[..., Any], *args: Any) -> Any:
    return asyncio.run(store.read(fn, *args))


def publish(store: Store, name: str = "f") -> Deployed:
    _, version = write(store, functions.publish, Reference("us-east-1", HERE, name), lambda one: one, lambda one: one)
    return version


def arn(name: str, qualifier: str = "") -> str:
    return f"arn:aws:lambda:us-east-1:{HERE}:function:{name}" + (f":{qualifier}" if qualifier else "")


def test_what_is_stored_is_found_again(store: Store) -> None:
    one = deployed(
        environment=b"\x00sealed", tags={"k": "v"}, statements=(Statement(id="s", action="*", principal="*"),)
    )
    write(store, functions.add, one, b"zip")
    assert read(store, functions.named, "us-east-1", "f") == one
    assert read(store, functions.named, "eu-west-1", "f") is None
    assert read(store, functions.archive, "a1") == b"zip"


def test_a_name_is_taken_once_in_a_region(store: Store) -> None:
    write(store, functions.add, deployed(), b"zip")
    with pytest.raises(Conflict):
        write(store, functions.add, deployed(), b"zip")
    write(store, functions.add, deployed(region="eu-west-1"), b"zip")


def test_changes_at_once_all_count(store: Store) -> None:
    write(store, functions.add, deployed())

    def tag(key: str) -> Callable[[Deployed], Deployed]:
        return lambda one: replace(one, tags={**one.tags, key: ""})

    async def together() -> None:
        await asyncio.gather(*(store.write(functions.change, "us-east-1", "f", tag(str(n))) for n in range(20)))

    asyncio.run(together())
    found = read(store, functions.named, "us-east-1", "f")
    assert set(found.tags) == {str(number) for number in range(20)}
    assert found.rev == 21


def test_a_change_of_nothing_writes_nothing(store: Store) -> None:
    write(store, functions.add, deployed())
    assert write(store, functions.change, "us-east-1", "f", lambda one: one).rev == 1
    assert write(store, functions.change, "us-east-1", "none", lambda one: one) is None


def test_an_archive_is_kept_while_something_names_it(store: Store) -> None:
    write(store, functions.add, deployed("f", "a1"), b"zip")
    write(store, functions.add, deployed("g", "a1"), b"zip")
    version = publish(store)
    write(store, functions.change, "us-east-1", "f", lambda one: replace(one, digest="b2", build="new"), b"other")
    write(store, functions.remove, "us-east-1", "g")
    assert read(store, functions.archive, "a1") == b"zip"
    write(store, functions.remove_version, version)
    assert read(store, functions.archive, "a1") == b"zip"  # a former code of f, to go back to
    for number in range(functions.FORMERS):
        newer = partial(replace, digest=f"c{number}", build=f"c{number}")
        write(store, functions.change, "us-east-1", "f", newer, f"code {number}".encode())
    assert read(store, functions.archive, "a1") is None
    assert read(store, functions.archive, "b2") == b"other"
    assert write(store, functions.remove, "us-east-1", "f")
    assert [read(store, functions.archive, digest) for digest in ("b2", "c0", "c9")] == [None] * 3
    assert not write(store, functions.remove, "us-east-1", "f")


def test_a_function_goes_with_its_versions_and_their_code(store: Store) -> None:
    write(store, functions.add, deployed("f", "a1"), b"one")
    publish(store)
    write(store, functions.change, "us-east-1", "f", lambda one: replace(one, digest="b2", build="new"), b"two")
    write(store, functions.remove, "us-east-1", "f")
    assert [read(store, functions.archive, digest) for digest in ("a1", "b2")] == [None, None]
    write(store, functions.add, deployed("f", "a1"), b"one")
    assert read(store, functions.versions, "us-east-1", "f") == []
    assert publish(store).version == "1"


def test_versions_keep_what_was(store: Store) -> None:
    write(store, functions.add, deployed(timeout=3, tags={"k": "v"}))
    one = publish(store)
    assert one.qualifier == one.version == "1"
    assert publish(store).version == "1"
    write(store, functions.change, "us-east-1", "f", lambda now: replace(now, timeout=9, build="new"))
    assert publish(store).version == "2"
    assert read(store, functions.named, "us-east-1", "f", "1").timeout == 3
    assert read(store, functions.named, "us-east-1", "f", "2").timeout == 9
    assert read(store, functions.named, "us-east-1", "f", "1").tags == {"k": "v"}
    assert [one.version for one in read(store, functions.versions, "us-east-1", "f", 1)] == ["2"]
    for strange in ("3", "0", "-1", "x", "9" * 30, "١", "01"):
        assert read(store, functions.named, "us-east-1", "f", strange) is None


def test_functions_are_found_by_arns_together(store: Store) -> None:
    for name in ("f", "g"):
        write(store, functions.add, deployed(name))
    publish(store)
    alias = {"live": Alias(name="live", version="1")}
    write(store, functions.change, "us-east-1", "f", lambda one: replace(one, aliases=alias))
    asked = [arn("f"), arn("g"), arn("f", "1"), arn("f", "live"), arn("f", "$LATEST"), arn("none"), arn("f", "7"), "x"]
    asked.append(arn("f").replace(HERE, "1" * 12))
    found = read(store, functions.for_arns, asked)
    assert {one: (there.name, there.version, there.arn) for one, there in found.items()} == {
        arn("f"): ("f", "$LATEST", arn("f")),
        arn("g"): ("g", "$LATEST", arn("g")),
        arn("f", "1"): ("f", "1", arn("f", "1")),
        arn("f", "live"): ("f", "1", arn("f", "live")),
        arn("f", "$LATEST"): ("f", "$LATEST", arn("f", "$LATEST")),
    }
    assert read(store, functions.for_arns, []) == {}


def test_plain_arns_cost_one_statement(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("f", "g"):
        write(store, functions.add, deployed(name))
    statements: list[str] = []
    on_driver = hot._on_driver

    def noted(db: Connection, text: str, said: Any) -> Any:
        statements.append(text)
        return on_driver(db, text, said)

    def counted(db: Connection) -> int:
        monkeypatch.setattr(hot, "_on_driver", noted)
        event.listen(db, "before_cursor_execute", lambda *args: statements.append(args[2]))
        functions.for_arns(db, [arn("f"), arn("g"), arn("none")])
        return len(statements)

    assert read(store, counted) == 1


def test_pages_and_folders(store: Store) -> None:
    for name in ("b", "a", "C"):
        write(store, functions.add, deployed(name, "" if name == "b" else "a1", folder="x" if name == "b" else ""))
    assert [one.name for one in read(store, functions.page, "us-east-1", "", 2)] == ["C", "a"]
    assert [one.name for one in read(store, functions.page, "us-east-1", "a", 2)] == ["b"]
    assert [one.name for one in read(store, functions.folders, "us-east-1")] == ["b"]
