"""What is found by trying. The levels themselves are in tests/cli/test_isolation.py, as a person sees them."""

import asyncio
import os
import stat
import tempfile

import pytest

from keydesk.runtime import isolation, report
from keydesk.runtime.function import Answer
from keydesk.runtime.isolation import Isolation
from keydesk.runtime.walls import NO_WALLS, Walls


def find(wanted, data):
    return asyncio.run(isolation.find(wanted, data, [data / "sealing.key"]))


def test_without_walls_it_is_off_and_says_what_is_open(tmp_path):
    (tmp_path / "sealing.key").touch()
    found = find("off", tmp_path)
    assert (found.level, found.walls, found.failed) == ("off", NO_WALLS, ())
    assert {"files", "code", "signals", "disk"} <= set(found.open)
    assert str(found).startswith("off; a handler can read the server's files, read another function's code, ")
    assert os.listdir(tmp_path) == ["sealing.key"]


@pytest.mark.skipif(os.getuid() != 0, reason="NOT TESTED: needs root")
def test_the_folder_is_opened_for_other_users_only_where_that_helps(tmp_path, monkeypatch):
    """A Python that they cannot run is no help."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    monkeypatch.setattr(isolation, "_candidates", lambda hidden: [Walls(user=True), NO_WALLS])
    monkeypatch.setattr("keydesk.runtime.walls.HERE", tmp_path)
    monkeypatch.setattr("keydesk.runtime.sandbox.HERE", tmp_path)
    found = find("auto", data)
    assert [line.partition(":")[0] for line in found.failed] == ["other user ids", "nothing"]
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert os.listdir(data) == []


def test_a_trial_that_is_late_says_nothing_of_the_walls(tmp_path, monkeypatch):
    """The machine was busy: it is tried once more, and not left with weaker ones for as long as the server runs."""
    run, late = isolation._run, report.timed_out("id", 10.0, 0.0)
    tried = []

    async def first_late(*said):
        tried.append(said)
        if len(tried) == 1:
            return Answer(payload=late.payload(), error="Unhandled", request_id="", duration=0.0)
        return await run(*said)

    monkeypatch.setattr(isolation, "_run", first_late)
    monkeypatch.setattr(isolation, "_candidates", lambda hidden: [NO_WALLS])
    assert (find("auto", tmp_path).failed, len(tried)) == ((), 2)


def test_two_processes_that_start_at_once_do_not_stand_in_each_others_way(tmp_path, monkeypatch):
    """The one that is done takes the empty folder away just when the other is about to use it."""
    make, folder = tempfile.mkdtemp, tmp_path / "functions"

    def taken_away_first(**how):
        if how["dir"] == folder and folder.exists():
            monkeypatch.undo()
            folder.rmdir()
        return make(**how)

    monkeypatch.setattr(tempfile, "mkdtemp", taken_away_first)
    assert find("off", tmp_path).level == "off"
    assert tempfile.mkdtemp is make


def test_levels_in_words():
    assert str(Isolation(Walls(bwrap="b", user=True), ())) == "full (bubblewrap, other user ids)"
    assert str(Isolation(Walls(landlock=True), ("disk",))) == "partial (Landlock); a handler can fill the disk"
    assert Isolation(Walls(bwrap="b", proc=False), ()).how == "bubblewrap, the machine's /proc"
