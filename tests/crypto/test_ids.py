"""Ids are UUIDs, none comes twice, and a forked process has its own."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from keydesk.crypto.ids import new_uuid, uuid_of


def test_each_is_a_uuid_of_version_4_and_none_comes_twice() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: new_uuid(), range(5000)))
    assert len(set(made)) == 5000
    read = [uuid.UUID(one) for one in made]
    assert {(one.version, one.variant) for one in read} == {(4, uuid.RFC_4122)}
    assert made == [str(one) for one in read]


def test_ids_of_a_time_are_of_version_7_and_stand_in_its_order() -> None:
    made = [uuid_of(at) for at in range(1_800_000_000_000, 1_800_000_000_100)]
    assert made == sorted(made)
    assert uuid_of(1_800_000_000_000) != uuid_of(1_800_000_000_000)
    read = [uuid.UUID(one) for one in made]
    assert {(one.version, one.variant) for one in read} == {(7, uuid.RFC_4122)}
    assert [one.int >> 80 for one in read] == list(range(1_800_000_000_000, 1_800_000_000_100))


def test_a_forked_process_gives_out_others() -> None:
    new_uuid()  # more of them are ready now
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, new_uuid().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    ours = {new_uuid() for _ in range(100)}
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 36
    assert theirs not in ours
