"""Real handlers that try to get out. Where a machine cannot hold them, the tests are skipped and say so."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.meeting import Meeting
from tests.runtime.room import HANDLERS, PATIENCE, Room, function, isolated

from keydesk.runtime import landlock, walls
from keydesk.runtime.function import Answer, Function
from keydesk.runtime.walls import Users, Walls

ROOT = os.getuid() == 0
SHUT = {"EACCES", "EPERM", "ENOENT", "ESRCH", "EROFS", "EINVAL", "ENOSYS", "ENODEV", "EXDEV", "ENOSPC"}


class Prison:
    """A server's folder with what no handler may have, two unpacked functions, and a room behind walls."""

    def __init__(self, folder: Path, stood: Walls) -> None:
        self.data = folder / "data"
        self.key = self.data / "sealing.key"
        self.own, self.other = (self.data / "functions" / name for name in ("own", "other"))
        for code in (self.own, self.other):
            code.mkdir(parents=True)
            for file in (HANDLERS / "python" / "prisoner.py", HANDLERS / "node" / "prisoner.js"):
                shutil.copyfile(file, code / file.name)
                (code / file.name).chmod(0o444)
            code.chmod(0o755)
        for file in (self.key, self.data / "keydesk.db"):
            file.write_text("secret")
            file.chmod(0o600)
        self.data.chmod(0o700)
        self.room = Room()
        self.room.walls = msgspec.structs.replace(stood, hidden=(str(self.data),))

    def function(self, language: str, **more: Any) -> Function:
        in_node = {"runtime": "nodejs22.x"} if language == "node" else {}
        said = {"handler": "prisoner.tries", "code": str(self.own)} | in_node | more
        return function(**said)

    def try_all(self, language: str, attempts: dict[str, str], **more: Any) -> dict[str, Any]:
        """What came of each attempt, all in one call."""
        answer = self.room.ask(self.function(language, **more), json.dumps(attempts).encode())
        assert not answer.error, answer
        return dict(json.loads(answer.payload))


def escaped(outcomes: dict[str, Any]) -> dict[str, Any]:
    """The attempts that came to something."""
    return {name: found for name, found in outcomes.items() if not (isinstance(found, str) and found in SHUT)}


@pytest.fixture
def prison(tmp_path: Path) -> Prison:
    if isolated().level != "full":
        pytest.skip(f"NOT TESTED: this machine gives no full isolation: {isolated()}; {isolated().failed}")
    return Prison(tmp_path, isolated().walls)


@pytest.fixture
def landlocked(tmp_path: Path) -> Prison:
    if landlock.version() < landlock.SIGNALS:
        pytest.skip(f"NOT TESTED: this kernel has Landlock {landlock.version()}, not {landlock.SIGNALS}")
    return Prison(tmp_path, Walls(landlock=True))


def looks(prison: Prison) -> dict[str, str]:
    """Attempts on the server's and other functions' secrets, in Python."""
    server = f"/proc/{os.getpid()}"
    return {
        "environment": f"open('{server}/environ').read()",
        "memory": f"open('{server}/mem', 'rb').read(1)",
        "descriptors": f"os.listdir('{server}/fd')",
        "folder": f"os.listdir('{server}/cwd/')",
        "key": f"open('{prison.key}').read()",
        "database": f"open('{prison.data}/keydesk.db').read()",
        "code of another": f"open('{prison.other}/prisoner.py').read()",
        "signal": f"os.kill({os.getpid()}, 0)",
        "group": f"os.killpg({os.getpgid(0)}, 0)",
        "everybody": "os.kill(-1, 0) if os.listdir('/proc') == [] else os.kill(1 << 21, 0)",
        "trace": f"called(libc.ptrace(16, {os.getpid()}, 0, 0))",
        "own code": f"open('{prison.own}/prisoner.py', 'a')",
        "more code": f"open('{prison.own}/more.py', 'x')",
        "mode": f"os.chmod('{prison.own}/prisoner.py', 0o777)",
        "our scripts": f"open('{walls.HERE}/python_worker.py', 'a')",
        "system": "open('/usr/bin/keydesk', 'x')",
    }


def test_what_is_not_theirs_is_out_of_reach_for_python(prison: Prison) -> None:
    """WK-06, WK-09."""
    outcomes = prison.try_all("python", looks(prison))
    assert escaped(outcomes) == {}


def test_landlock_alone_keeps_them_out(landlocked: Prison) -> None:
    """WK-09 where there are no namespaces: the same attempts, but for a file's mode: Landlock knows none."""
    attempts = looks(landlocked)
    del attempts["mode"]
    outcomes = landlocked.try_all("python", attempts)
    assert escaped(outcomes) == {}
    mine = landlocked.try_all("python", {"mine": "open(os.environ['TMPDIR'] + '/file', 'w').write('x')"})
    assert mine == {"mine": 1}
    node = {"key": f"fs.readFileSync('{landlocked.key}', 'utf8')", "signal": f"process.kill({os.getpid()}, 0)"}
    assert escaped(landlocked.try_all("node", node)) == {}


def test_rights_cannot_be_had(prison: Prison) -> None:
    """WK-06: no capabilities, no new privileges, nobody else's user id."""
    status = "dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)"
    attempts = {
        "become root": "os.setuid(0)",
        "join root": "os.setgroups([0])",
        "mount": "called(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
        "change root": "os.chroot('/tmp')",
        "device": "os.mknod('/tmp/disk', stat.S_IFBLK | 0o600, os.makedev(254, 0))",
        "raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "kernel log": "open('/dev/kmsg').read(1)",
        "kernel setting": "open('/proc/sys/kernel/core_pattern', 'w').write('x')",
        "host name": "socket.sethostname('x')",
        "priority": "os.nice(-1)",
        "never to go": "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000')",
    }
    outcomes = prison.try_all("python", attempts)
    assert escaped(outcomes) == {}
    now = prison.try_all("python", {"status": status})["status"]
    assert (now["CapPrm"], now["CapEff"], now["CapAmb"]) == ("0" * 16,) * 3
    assert now["NoNewPrivs"] == "1"
    if ROOT:
        assert {int(id) for id in now["Uid"].split()} < set(Users.RANGE)
        assert now["Groups"].strip() == ""


def test_what_there_is_for_them(prison: Prison) -> None:
    """WK-06, WK-07: processes, files, descriptors, variables; and a /tmp that is gone with the worker."""
    attempts = {
        "processes": "[name for name in os.listdir('/proc') if name.isdigit()]",
        "descriptors": "sorted(os.listdir('/proc/self/fd'))[:4]",
        "files": "[name for name in os.listdir('/etc') if name not in ('ssl',)]",
        "variables": "sorted(name for name in os.environ if 'KEYDESK' in name)",
        "tmp": "(os.environ['TMPDIR'], os.path.exists('/tmp/mine'), open('/tmp/mine', 'w').write('x'))",
        "devices": "sorted(os.listdir('/dev'))",
    }
    found = prison.try_all("python", attempts)
    assert found["processes"] == ["1", "2"]
    assert found["descriptors"] == ["0", "1", "2", "3"]
    assert "shadow" not in found["files"]
    assert found["variables"] == []
    assert found["tmp"] == ["/tmp", False, 1]
    assert found["devices"] == ["fd", "full", "null", "random", "urandom", "zero"]
    assert prison.try_all("python", attempts)["tmp"] == ["/tmp", False, 1]


def test_what_is_not_theirs_is_out_of_reach_for_node(prison: Prison) -> None:
    """WK-06, WK-09."""
    server = f"/proc/{os.getpid()}"
    outcomes = prison.try_all(
        "node",
        {
            "environment": f"fs.readFileSync('{server}/environ', 'utf8')",
            "memory": f"fs.openSync('{server}/mem', 'r')",
            "descriptors": f"fs.readdirSync('{server}/fd')",
            "key": f"fs.readFileSync('{prison.key}', 'utf8')",
            "database": f"fs.readFileSync('{prison.data}/keydesk.db', 'utf8')",
            "code of another": f"fs.readFileSync('{prison.other}/prisoner.js', 'utf8')",
            "signal": f"process.kill({os.getpid()}, 0)",
            "become root": "process.setuid(0)",
            "own code": f"fs.appendFileSync('{prison.own}/prisoner.js', '//')",
            "by a child": f"String(spawnSync('cat', ['{prison.key}']).stdout) || 'ENOENT'",
            "mount": "spawnSync('mount', ['-t', 'tmpfs', 'none', '/tmp']).status ? 'EPERM' : 0",
        },
    )
    assert escaped(outcomes) == {}
    assert prison.try_all("node", {"tmp": "fs.writeFileSync('/tmp/x', 'x') ?? fs.statSync('/tmp/x').size"}) == {
        "tmp": 1
    }


def test_a_disk_cannot_be_filled(prison: Prison) -> None:
    """WK-08: /tmp ends where the function's storage does; nothing else can be written."""
    fill = (
        "[os.write(all, bytes(1 << 20)) for all in [os.open('/tmp/all', os.O_CREAT | os.O_WRONLY)] for _ in range(80)]"
    )
    elsewhere = {path: f"open('{path}/x', 'w')" for path in ("/", "/dev", "/dev/shm", "/etc", "/usr", "/var")}
    outcomes = prison.try_all("python", {"fill": fill} | elsewhere, storage=64)
    assert outcomes.pop("fill") in ("ENOSPC", "EFBIG")
    many = "[open(f'/tmp/{n}', 'wb').write(bytes(1 << 20)) for n in range(80)]"
    assert prison.try_all("python", {"many": many}, storage=64) == {"many": "ENOSPC"}
    assert set(outcomes.values()) <= SHUT


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        ("behaviours.kills_itself", "exited with error: signal: killed"),
        ("behaviours.leaves", "exited with error: exit status 3"),
        ("behaviours.leaves_children_and_dies", "exited with error: exit status 7"),
        ("behaviours.hogs_slowly", "exited with error: signal: killed"),
        ("behaviours.hogs_in_children", "exited with error: signal: killed"),
        ("behaviours.loops", "Task timed out after 1.00 seconds"),
        ("callbacks.loops", "Task timed out after 1.00 seconds"),
    ],
)
def test_how_a_run_ends_is_told_from_inside(prison: Prison, handler: str, error: str) -> None:
    """WK-05."""
    asked = function(handler, timeout=1.0 if "loops" in handler else PATIENCE, in_place=True)

    async def scene(workers: Any) -> tuple[Answer, Answer]:
        first = await workers.invoke(asked, b"{}", within=PATIENCE)
        next_one = function(handler.split(".")[0] + ".count", in_place=True)
        return first, await workers.invoke(next_one, b"{}", within=PATIENCE)

    failed, then = prison.room.play(scene)
    assert error in json.loads(failed.payload)["errorMessage"]
    assert json.loads(then.payload)["calls"] == 1


def test_processes_are_few(prison: Prison) -> None:
    """WK-08: at some number the kernel says no, or the worker is ended."""
    answer = prison.room.ask(function("behaviours.multiplies", memory=4096, in_place=True))
    assert answer.error or json.loads(answer.payload)["forks"] <= 260


DAEMON = """
import os, socket, time
def handler(event, context):
    lives, alive = os.pipe()
    if os.fork():
        return [os.wait()[1], len(os.read(lives, 1))]
    os.setsid()
    if os.fork():
        os._exit(0)
    import ctypes
    ctypes.CDLL(None).prctl(36, 0, 0, 0, 0)
    there = socket.create_connection(("127.0.0.1", event["port"]))
    there.send(b".")
    os.write(alive, b".")
    os.closerange(0, there.fileno())
    os.environ.clear()
    while True:
        there.send(b".")
        time.sleep(0.01)
"""


def test_a_daemon_dies_with_its_worker(prison: Prison, meeting: Meeting) -> None:
    """WK-04, WK-13: also one that has hidden from whoever looks at environments."""
    (prison.own / "daemon.py").write_text(DAEMON)
    asked = prison.function("python", handler="daemon.handler")

    async def scene(workers: Any) -> int:
        answer = await workers.invoke(asked, meeting.event, within=PATIENCE)
        assert json.loads(answer.payload) == [0, 1], answer
        said = await asyncio.to_thread(meeting.said)
        return len(said)

    assert prison.room.play(scene) > 0


def test_the_functions_variables_reach_nothing_outside(prison: Prison, tmp_path: Path) -> None:
    """The loader reads LD_DEBUG_OUTPUT and writes there: nothing is, for outside nobody was told."""
    told = {"LD_DEBUG": "all", "LD_DEBUG_OUTPUT": str(tmp_path / "told"), "TZ": "Asia/Tokyo", "OWN": "a=b"}
    attempts = {
        "told": "{name: os.environ[name] for name in ('TZ', 'OWN', 'LD_DEBUG')}",
        "zone": "__import__('time').strftime('%Z', (2024, 1, 1, 0, 0, 0, 0, 1, 0))",
        "rights": "open('/proc/self/status').read().partition('NoNewPrivs:\\t')[2][0]",
    }
    found = prison.try_all("python", attempts, environment=told)
    assert found["told"] == {name: told[name] for name in ("TZ", "OWN", "LD_DEBUG")}
    assert (found["zone"], found["rights"]) == ("JST", "1")
    assert list(tmp_path.glob("told*")) == []


def test_a_developers_own_folder(prison: Prison, tmp_path: Path) -> None:
    """Read where it lies, with all that lies around it, but for the server's own files, which lie inside here."""
    for file in (HANDLERS / "python" / "prisoner.py", HANDLERS / "node" / "prisoner.js"):
        shutil.copyfile(file, tmp_path / file.name)
    attempts = {
        "data": f"os.listdir('{prison.data}')",
        "key": f"open('{prison.key}').read()",
        "beside": "open('/etc/hostname').read() and 0 if os.path.exists('/etc/hostname') else 0",
        "own": f"open('{tmp_path}/prisoner.py', 'a')",
        "tmp": "open('/tmp/mine', 'w').write('x')",
    }
    found = prison.try_all("python", attempts, code=str(tmp_path), in_place=True)
    assert found.pop("data") == []
    assert (found.pop("key"), found.pop("own")) == ("ENOENT", "EROFS")
    assert found == {"beside": 0, "tmp": 1}
    rights = "open('/proc/self/status').read().partition('CapEff:\\t')[2][:16]"
    found = prison.try_all("python", {"rights": rights}, code=str(tmp_path), in_place=True)
    assert found == {"rights": "0" * 16}
    assert prison.try_all("node", {"own": "__filename ?? 0"}, code=str(tmp_path), in_place=True)


def test_another_user_id_is_a_wall_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """WK-06 where root has neither namespaces nor Landlock."""
    if not ROOT or not all(walls.may_enter(Users.RANGE[0], f"{path}/x") for path in walls.programs("")):
        pytest.skip("NOT TESTED: needs root, and a Python that others may run")
    folder = tmp_path_factory.mktemp("prison")
    prison = Prison(folder, Walls(user=True))
    for way in (folder, *folder.parents, prison.data, prison.own.parent):
        if way.stat().st_uid == 0 and way != Path("/"):
            way.chmod(way.stat().st_mode | 0o011)
    attempts = looks(prison)
    del attempts["code of another"]
    outcomes = prison.try_all("python", attempts)
    assert escaped(outcomes) == {}


def test_everything_but_what_is_hidden(tmp_path: Path) -> None:
    for name in ("a/b/hidden", "a/b/shown", "a/beside", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "b")
    found = walls.everything_but([f"{tmp_path}/a/b/hidden"], [str(tmp_path)])
    assert found == [f"{tmp_path}/{name}" for name in ("a/b/shown", "a/beside", "other")]
    assert walls.everything_but([f"{tmp_path}/a"], [f"{tmp_path}/a/b", f"{tmp_path}/a"]) == [f"{tmp_path}/a/b"]


def test_a_user_id_is_one_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Users, "RANGE", range(60_600, 60_602))
    users = Users()
    assert {users.take(), users.take()} == {60_600, 60_601}
    with pytest.raises(OSError, match="all user ids"):
        users.take()
    users.free(60_601)
    with pytest.raises(OSError, match="all user ids"):
        users.take([60_601])  # another server's worker runs as that
    assert users.take() == 60_601
