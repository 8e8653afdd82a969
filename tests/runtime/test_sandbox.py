import os
import subprocess

import msgspec
import pytest
from tests.runtime.room import alive, function

from keydesk.runtime import sandbox
from keydesk.runtime.meter import Meter
from keydesk.runtime.walls import NO_WALLS


def launch(asked, base, given=None):
    said = {"token": "t" * 32, "stream": "stream", "given": given or {}, "base": str(base)}
    return sandbox.launch(asked, NO_WALLS, None, node="/bin/node", channel=9, **said)


@pytest.mark.parametrize(
    ("runtime", "family"), [("python3.12", "python"), ("nodejs22.x", "nodejs"), ("java21", "java"), ("", "")]
)
def test_families(runtime, family):
    assert sandbox.family(runtime) == family


def test_variables_of_the_function_come_last(tmp_path):
    asked = function("a.b", environment={"TZ": "Europe/Berlin", "X": "mine"})
    made = launch(asked, tmp_path, {"X": "given", "Y": "given"})
    assert made.environment["X"] == "given"
    assert made.environment["Y"] == "given"
    assert made.first == b"\0\0\0\x18TZ=Europe/Berlin\0X=mine\0"


def test_the_folder_is_private(tmp_path):
    made = launch(function("a.b"), tmp_path)
    assert os.stat(made.folder).st_mode & 0o777 == 0o700


def test_node_is_told_its_heap(tmp_path):
    made = launch(function("callbacks.echo", memory=512), tmp_path)
    assert "--max-old-space-size=460" in made.command


def test_a_folder_of_a_process_that_cannot_start_goes(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        launch(function("a.b", code=str(tmp_path / "missing")), tmp_path)
    made = msgspec.structs.replace(launch(function("a.b"), tmp_path), command=["/no/such/program"])
    with pytest.raises(OSError, match="No such file"):
        sandbox.start(made, 1, 1)
    assert os.listdir(tmp_path) == []


def test_a_process_is_found_by_its_mark(tmp_path):
    made = launch(function("a.b"), tmp_path)
    marked = subprocess.Popen(["sleep", "60"], env={"PATH": "/usr/bin:/bin", "MARK": "m" * 32}, start_new_session=True)
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        sandbox.clear(made, "m" * 32)
        assert not alive(marked.pid)
        assert alive(other.pid)
        assert not os.path.exists(made.folder)
    finally:
        for each in (marked, other):
            each.kill()
            each.wait()


def test_the_meter_sees_children_and_the_end():
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo; wait"], stdout=subprocess.PIPE, start_new_session=True)
    with shell:
        shell.stdout.readline()
        meter = Meter(shell.pid)
        assert meter.has_children()
        assert 0 < meter.read() <= meter.peak
        assert meter.beyond(1000)
        assert not meter.beyond(2**30)
        sandbox.end(shell.pid, meter)
    assert meter.read() == 0
    assert not meter.has_children()
    meter.close()
    meter.close()
    sandbox.end(shell.pid, meter)  # nobody there: no matter


def test_folders_of_servers_that_were_killed_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    for name in (f"keydesk-workers-{dead.pid}-a", f"keydesk-workers-{os.getpid()}-b", "keydesk-workers-x-c", "other"):
        (tmp_path / name / "inside").mkdir(parents=True)
    made = sandbox.folder_of_folders(NO_WALLS)
    assert sorted(os.listdir(tmp_path)) == sorted(
        [os.path.basename(made), f"keydesk-workers-{os.getpid()}-b", "keydesk-workers-x-c", "other"]
    )
