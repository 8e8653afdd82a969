"""`keydesk triggers test` and `lint`: a handler's file run as the server would, and what is to be said of it."""

import json
from pathlib import Path

import pytest
from tests.cli.running import command

GOOD = "def handler(event, context):\n    event['response']['autoConfirmUser'] = True\n    return event\n"
FAULTY = {
    "missing return": "def handler(event, context):\n    pass\n",
    "unknown response key: nobody reads response.autoConfirm": (
        "def handler(event, context):\n    event['response']['autoConfirm'] = True\n    return event\n"
    ),
    "wrong types: the server cannot read the answer; in response it reads autoConfirmUser: bool": (
        "def handler(event, context):\n    event['response']['autoConfirmUser'] = 'yes'\n    return event\n"
    ),
    "wrong types: the answer must be the event, an object": "def handler(event, context):\n    return 'yes'\n",
    "not idempotent: called twice with the same event it answers response.autoConfirmUser differently": (
        "runs = []\n\ndef handler(event, context):\n    runs.append(1)\n"
        "    event['response']['autoConfirmUser'] = len(runs) > 1\n    return event\n"
    ),
    "the event must come back whole; request, response is missing": (
        "def handler(event, context):\n    del event['request'], event['response']\n    return event\n"
    ),
    "slow import": "import time\ntime.sleep(2)\n\ndef handler(event, context):\n    return event\n",
    "fails with a sample event: PreSignUp": "def handler(event, context):\n    import os\n    os._exit(3)\n",
}


def written(folder: Path, text: str, name: str = "pre_sign_up.py") -> str:
    (folder / name).write_text(text, "utf-8")
    return name


def test_a_file_is_run_as_the_server_would(tmp_path: Path) -> None:
    name = written(tmp_path, GOOD)
    done = command(tmp_path, "triggers", "test", name, COLUMNS="100")
    assert done.returncode == 0
    assert "The call goes on." in done.stdout
    assert '"autoConfirmUser": true' in done.stdout
    assert not (tmp_path / ".keydesk").exists()


def test_a_part_of_an_event_is_enough_and_a_refusal_is_an_exit_code(tmp_path: Path) -> None:
    name = written(
        tmp_path,
        "export const handler = async (event) => { throw new Error(`not ${event.request.userAttributes.email}`) }",
        "gate.mjs",
    )
    (tmp_path / "event.json").write_text('{"request": {"userAttributes": {"email": "eve@example.org"}}}')
    said = ("--trigger", "pre-sign-up", "--event", "event.json", "--json")
    done = command(tmp_path, "triggers", "test", name, *said)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["refused"] == "UserLambdaValidationException: PreSignUp failed with error not eve@example.org."
    assert told["event"]["request"]["userAttributes"]["name"] == "Ada"  # of the sample
    unnamed = command(tmp_path, "triggers", "test", name)
    assert (unnamed.returncode, "say which trigger with --trigger" in unnamed.stderr) == (2, True)
    gone = command(tmp_path, "triggers", "test", "gone.py")
    assert (gone.returncode, gone.stderr) == (2, "keydesk: gone.py: No such file or directory\n")
    broken = command(tmp_path, "triggers", "test", name, "--trigger", "PreSignUp", "--event", name)
    assert (broken.returncode, "no JSON" in broken.stderr) == (2, True)
    missing = command(tmp_path, "triggers", "test", name, "--trigger", "PreSignUp", "--event", "none.json")
    assert (missing.returncode, missing.stderr) == (2, "keydesk: none.json: No such file or directory\n")


def test_what_is_long_is_shown_whole_and_a_slip_of_the_pen_with_its_line(tmp_path: Path) -> None:
    said = "a line that no terminal of eighty columns holds " * 4 + "to its end"
    text = f"export const handler = async (event) => {{\n  console.log('{said}');\n  throw new Error('{said}');\n}};\n"
    name = written(tmp_path, text, "pre_sign_up.mjs")
    done = command(tmp_path, "triggers", "test", name, COLUMNS="80")
    assert [line for line in done.stdout.splitlines() if line.endswith(said) and "INFO" in line]
    assert "…" not in done.stdout  # nor is the answer cut, which has it in half of them
    written(tmp_path, text.replace("throw new", "trow new"), name)
    done = command(tmp_path, "triggers", "test", name, COLUMNS="80")
    assert (f"/{name}:3" in done.stdout, "trow new Error" in done.stdout) == (True, True)


def test_a_function_has_the_variables_that_are_said(tmp_path: Path) -> None:
    name = written(
        tmp_path,
        "import os\nSAID = os.environ['ONE'], os.environ['TWO']\n\n"
        "def handler(event, context):\n    print(*SAID)\n    return event\n",
    )
    done = command(tmp_path, "triggers", "test", name, "--env", "ONE=1", "--env", "TWO=a=b")
    assert (done.returncode, "1 a=b" in done.stdout) == (0, True)
    assert command(tmp_path, "triggers", "lint", name, "--env", "ONE=1", "--env", "TWO=2").returncode == 0
    wrong = command(tmp_path, "triggers", "test", name, "--env", "ONE")
    assert (wrong.returncode, wrong.stderr) == (2, "keydesk: ONE: a variable is said as NAME=VALUE\n")
    none = command(tmp_path, "triggers", "test", "keydesk.toml", "--trigger", "PreSignUp")
    assert (none.returncode, "No such file" in none.stderr) == (2, True)
    (tmp_path / "notes.txt").touch()
    none = command(tmp_path, "triggers", "test", "notes.txt", "--trigger", "PreSignUp")
    assert (none.returncode, "notes.txt holds no handler" in none.stderr) == (2, True)


@pytest.mark.parametrize("finding", FAULTY)
def test_lint_tells_what_will_hurt(tmp_path: Path, finding: str) -> None:
    done = command(tmp_path, "triggers", "lint", written(tmp_path, FAULTY[finding]))
    assert finding in done.stdout
    assert done.returncode == 1


def test_lint_finds_nothing_in_what_is_good(tmp_path: Path) -> None:
    done = command(tmp_path, "triggers", "lint", written(tmp_path, GOOD))
    assert (done.returncode, done.stdout) == (0, "pre_sign_up.py: nothing found. The call goes on.\n")
    no = written(tmp_path, "def handler(event, context):\n    raise Exception('not you')\n")
    assert command(tmp_path, "triggers", "lint", no).returncode == 0  # that is its decision
