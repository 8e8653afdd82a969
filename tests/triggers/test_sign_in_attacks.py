"""Functions that do their worst: one client is told, in the published words, and the next sign-in works.

What they may not read or touch is tried in tests/runtime/test_walls.py, behind the same walls.
"""

import os

import pytest
from tests.meeting import COMES, Meeting
from tests.serving import Serving
from tests.triggers.recorder import Recorder, event_only, pool_of

FAILED = "PreAuthentication failed with error "
ATTACKS = {
    "loops": ("while True: pass", "for (;;) {}", "Task timed out after 1.00 seconds"),
    "exits": ("os._exit(3)", "process.exit(3);", "exit status 3"),
    "kills itself": ("os.kill(os.getpid(), 9)", "process.kill(process.pid, 9);", "signal: killed"),
    "aborts": ("os.abort()", "process.abort();", "signal: aborted"),
    "breaks memory": ("__import__('ctypes').string_at(0)", "", "signal: segmentation fault"),
    "multiplies": (
        "while True:\n    try: os.fork()\n    except OSError: pass",
        "const { spawn } = require('child_process'); for (;;) spawn(process.execPath, ['-e', 'for (;;) {}']);",
        "",
    ),
    "eats memory": (
        # whether it is ended or refused memory first; without words of its own a refusal would read as any (T-022)
        "kept = []\ntry:\n    while True: kept.append(bytearray(1 << 20))\n"
        "except MemoryError:\n    kept.clear()\n    raise MemoryError('no more') from None",
        "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));",
        "",
    ),
    "fills the disk": (  # at once: half a gigabyte that is written may take longer than a sign-in
        "for n in 'ab':\n    with open(f'/tmp/{n}', 'wb') as file: os.posix_fallocate(file.fileno(), 0, 400 << 20)",
        "for (const n of 'ab') require('child_process').execFileSync('fallocate', ['-l', '400M', `/tmp/${n}`]);",
        "No space left on device",
    ),
    "leaves the protocol": ("os.write(3, bytes(100))", "require('fs').writeSync(3, Buffer.alloc(100));", "protocol"),
    "kills the server": ("os.kill(int(os.environ['SERVER']), 9)", "process.kill(+process.env.SERVER, 9);", ""),
}


CASES = [
    (attack, language, body)
    for attack, (*bodies, _) in ATTACKS.items()
    for language, body in zip(("python", "node"), bodies, strict=True)
    if body
]


@pytest.mark.parametrize(("attack", "language", "body"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_one_client_is_told_and_the_next_comes_in(server: Serving, attack: str, language: str, body: str) -> None:
    """WK-02, WK-05."""
    isolation = server.house.desk.isolation
    if {"fills the disk": "disk", "kills the server": "signals"}.get(attack) in isolation.open:
        pytest.skip(f"NOT TESTED: on this machine it would succeed: {isolation}")
    pool = pool_of(server)
    limit = {"loops": 1, "multiplies": 1}.get(attack, 4)
    settings = {"Timeout": limit, "Environment": {"Variables": {"SERVER": str(os.getpid())}}}
    function = Recorder(server, body, body if language == "node" else "", **settings)
    pool.trigger(PreAuthentication=function.arn)
    code, said = pool.refused(pool.sign_in)
    assert code == "NotAuthorizedException"
    assert said.startswith(FAILED)
    assert ATTACKS[attack][-1].lower() in said.lower()
    pool.trigger(PreAuthentication=event_only(server, language).arn)
    assert pool.tokens()["AccessToken"]


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_hundred_megabytes_are_dropped(server: Serving, language: str) -> None:
    """WK-08: nothing waits for them, and no more is kept than one run's share."""
    python = "lines = ('x' * 1023 + '\\n') * 1024\nfor _ in range(100): print(lines, end='')\nreturn event"
    node = "const lines = ('x'.repeat(1023) + '\\n').repeat(1024);"
    node += "for (let n = 0; n < 100; n++) process.stdout.write(lines); return event;"
    function = Recorder(server, python, node if language == "node" else "", Timeout=5, MemorySize=512)
    pool = pool_of(server)
    pool.trigger(PreAuthentication=function.arn)
    pool.tokens()
    assert sum(map(len, function.lines())) < 300_000
    assert any(line.startswith("[output cut: ") for line in function.lines())


def test_what_stays_behind_ends_with_the_run(server: Serving) -> None:
    """WK-01, WK-04, WK-13: a daemon that has left its session, its parent and its environment."""
    if not server.house.desk.isolation.walls.bwrap:
        pytest.skip(f"NOT TESTED: {server.house.desk.isolation}")
    daemon = (
        "lives, alive = os.pipe()\nif os.fork():\n    os.read(lives, 1)\n    return event\n"
        f"os.setsid()\nif os.fork(): os._exit(0)\n{COMES}os.write(alive, b'.')\nos.environ.clear()\n"
        "while True:\n    there.send(b'.')\n    time.sleep(0.01)"
    )
    with Meeting() as meeting:
        pool = pool_of(server)
        pool.trigger(PreAuthentication=Recorder(server, daemon, Environment=meeting.environment).arn)
        assert pool.tokens()["AccessToken"]
        meeting.said()  # to the end, for there is one
