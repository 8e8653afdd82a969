import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.runtime.room import PATIENCE, alive, processes

from keydesk.runtime import confine

TOLD = """
import json, os, resource, sys
print(json.dumps({"argv": sys.argv, "name": os.environ["NAME"], "files": resource.getrlimit(resource.RLIMIT_NOFILE),
                  "status": dict(line.split(":", 1) for line in open("/proc/self/status"))}))
"""


@pytest.fixture
def told(tmp_path):
    program = tmp_path / "told.py"
    program.write_text(TOLD)

    def run(*how, parent=None):
        reading, writing = os.pipe()
        os.write(writing, b"\0\0\0\x08NAME=b=\0")
        limits = [f"SERVER={parent or os.getpid()}", "NOFILE=77"]
        command = [sys.executable, "-I", confine.__file__, str(reading), *limits, "--", *how]
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=(reading,))
        os.close(reading)
        os.close(writing)
        return done

    return program, run


@pytest.mark.parametrize("way", ["run", "exec"])
def test_limits_and_ties_are_taken_before_the_program(told, way):
    program, run = told
    how = [way, str(program)] if way == "run" else [way, sys.executable, str(program)]
    said = json.loads(run(*how, "argument").stdout)
    assert said["argv"] == [str(program), "argument", "3"]
    assert said["name"] == "b="
    assert said["files"] == [77, 77]
    assert said["status"]["NoNewPrivs"].strip() == "1"


def test_a_limit_never_rises():
    # in a process of its own: what is lowered cannot be raised again
    script = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))\n"
        f"confine = runpy.run_path({confine.__file__!r})\n"
        "confine['_limit']('NOFILE', 1000)\n"
        "confine['_limit']('NO_SUCH_LIMIT', 1)\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "(60, 60)\n"


def test_nothing_runs_for_a_server_that_is_gone(told):
    program, run = told
    done = run("run", str(program), parent=1)
    assert (done.returncode, done.stdout) == (0, "")


SERVER = """
import asyncio, sys
sys.path[:0] = {path!r}
from tests.runtime.room import function
from keydesk.runtime.workers import Workers
async def main():
    workers = Workers(sink=lambda *said: None, environment=lambda function: {{}})
    for handler in ("behaviours.count", "callbacks.count"):
        await workers.invoke(function(handler), b"{{}}", within=30)
    for handler in ("behaviours.loops", "callbacks.loops"):
        asyncio.ensure_future(workers.invoke(function(handler, timeout=60.0), b"{{}}", within=60))
    while workers.count()["busy"] < 2:
        await asyncio.sleep(0.01)
    print(workers._place.base, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_workers_die_with_the_server():
    """WK-13: idle ones and ones in an endless loop, when the server is killed outright."""
    root = str(Path(__file__).parents[2])
    server = subprocess.Popen([sys.executable, "-c", SERVER.format(path=[root])], stdout=subprocess.PIPE, text=True)
    with server:
        base = server.stdout.readline().strip()
        assert len(processes(base)) == 4
        server.kill()
        server.wait()
    until = time.monotonic() + PATIENCE
    while [pid for pid in processes(base) if alive(pid)]:
        assert time.monotonic() < until
        time.sleep(0.01)
    shutil.rmtree(base, ignore_errors=True)  # the next server to start beside this one may have removed it already
