"""How far functions are isolated is found out at the start, and said; and the server itself keeps to itself.

A machine that allows less is had by starting the command in a user namespace that may make no other.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.running import COMMAND, PATIENCE, begun, command, environment, running, until
from tests.runtime.room import isolated

from keydesk.runtime import landlock
from keydesk.runtime.walls import Users, may_enter

ANOTHER = ("--dev-bind", "/", "/", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL")
NO_NAMESPACES = (*ANOTHER, "--disable-userns")
AS_IN_A_CONTAINER = ("--dev-bind", "/", "/", "--cap-drop", "CAP_SYS_ADMIN")  # of root's
NO_OTHER_IDS = ("--dev-bind", "/", "/", "--unshare-user", "--uid", "0", "--gid", "0")  # a root who has one id alone
NO_PROC = (*ANOTHER, "--ro-bind", "/dev/null", "/proc/kmsg")  # no other can be mounted then, as in a container


@pytest.fixture(scope="module")
def bubblewrap() -> str:
    if isolated().level != "full":
        pytest.skip(f"NOT TESTED: this machine gives no full isolation: {isolated()}; {isolated().failed}")
    return isolated().walls.bwrap


def jailed(
    bubblewrap: str, how: tuple[str, ...], home: Path, *line: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command where something is not to be had."""
    words = [bubblewrap, *how, "--", COMMAND, *line]
    said = environment(home, **variables)
    return subprocess.run(words, env=said, cwd=home, capture_output=True, text=True, timeout=PATIENCE)


def lines(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.startswith(("isolation: ", "not to be had"))]


def test_the_doctor_says_what_there_is(bubblewrap: str, tmp_path: Path) -> None:
    """WK-06: by a trial, which leaves nothing behind."""
    (tmp_path / "d").mkdir()
    done = command(tmp_path, "doctor", "--data", "d")
    assert lines(done.stdout) == [f"isolation: {isolated()}"]
    assert list((tmp_path / "d").iterdir()) == []


def test_a_server_that_is_stopped_in_the_middle_of_it_leaves_nothing_behind_either(tmp_path: Path) -> None:
    data = tmp_path / "d"
    with begun(tmp_path, "serve", "--data", "d") as server:
        until(lambda: any(data.glob(".trial-*")))
        assert server.stop() == 0
    assert list(data.rglob(".trial-*")) == []
    assert "Traceback" not in server.err


@pytest.mark.skipif(landlock.version() < landlock.SIGNALS, reason=f"NOT TESTED: Landlock {landlock.version()}")
def test_the_doctor_says_what_there_is_not(bubblewrap: str, tmp_path: Path) -> None:
    said = lines(jailed(bubblewrap, NO_NAMESPACES, tmp_path, "doctor", "--data", "d").stdout)
    assert said[0] == "isolation: partial (Landlock); a handler can fill the disk"
    assert {line.partition(":")[0] for line in said[1:]} == {
        "not to be had  bubblewrap",
        "not to be had  bubblewrap, the machine's /proc",
    }


@pytest.mark.skipif(os.getuid() != 0, reason="NOT TESTED: needs root")
def test_what_is_left_of_root(bubblewrap: str, tmp_path: Path) -> None:
    """WK-09: files, memory and signals are shut all the same."""
    said = lines(jailed(bubblewrap, NO_OTHER_IDS, tmp_path, "doctor", "--data", "d").stdout)
    assert said[0] == "isolation: partial (bubblewrap); a handler can act as root"
    if landlock.version() >= landlock.SIGNALS:
        said = lines(jailed(bubblewrap, AS_IN_A_CONTAINER, tmp_path, "doctor", "--data", "d").stdout)
        others = may_enter(Users.RANGE[0], os.path.realpath(sys.executable))
        here = "(Landlock, other user ids); a handler can" if others else "(Landlock); a handler can act as root,"
        assert said[0] == f"isolation: partial {here} fill the disk"
        assert others or any("other users do not get to" in line for line in said)


def test_the_old_proc_will_do(bubblewrap: str, tmp_path: Path) -> None:
    """As under systemd's unit, and in some containers: who is outside can be listed, and not reached."""
    said = lines(jailed(bubblewrap, NO_PROC, tmp_path, "doctor", "--data", "d").stdout)
    assert said[0] == "isolation: full (bubblewrap, the machine's /proc)"
    assert "proc" in said[1]


def test_where_it_is_required_nothing_starts_without_it(bubblewrap: str, tmp_path: Path) -> None:
    done = jailed(
        bubblewrap, NO_NAMESPACES, tmp_path, "serve", "--data", "d", "--port", "0", KEYDESK_ISOLATION="require"
    )
    assert done.returncode == 2
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("keydesk: ")]
    assert said.startswith("keydesk: isolation is required, but here it is partial (Landlock)")
    with running(tmp_path, "serve", "--data", "e", KEYDESK_ISOLATION="require") as server:
        assert '"isolation": "full"' in server.err


def test_less_is_said_aloud(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--data", "d", KEYDESK_ISOLATION="off") as server:
        (said,) = [line for line in server.err.splitlines() if "functions are not fully isolated" in line]
        assert '"level": "warning"' in said
        assert "read the server's files" in said


@pytest.mark.skipif(sys.platform != "linux", reason="what it looks at is Linux's")
def test_the_server_keeps_its_memory_to_itself(tmp_path: Path) -> None:
    """SE-09: no core dump, and the process belongs to root in the eyes of others of its user."""
    with running(tmp_path, "serve", "--data", "d") as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
        assert [line.split()[-3:-1] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    asks = "from keydesk.cli.listen import keep_to_itself; import ctypes; keep_to_itself()\n"
    asks += "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True).stdout == "0\n"
