"""The pytest plugin, as pytest runs it: sample test files in a process of their own, also in two at once."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tree import REPOSITORY
from tests.testing import samples

from keydesk.testing import plugin


def run(folder: Path, text: str, *args: str, typed: str = "", **environment: str) -> tuple[int, str]:
    """Have pytest run a test file with the plugin and no configuration of ours; its exit code and what it said."""
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
    (folder / "test_sample.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "keydesk.testing.plugin", "-p", "no:cacheprovider", "-ra", *args]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "KEYDESK_", "AWS_"))}
    ended = subprocess.run(
        [*command, "test_sample.py"],
        cwd=folder,
        env={**kept, **environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        input=typed,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"keydesk": plugin.__name__}
    assert {"keydesk", "keydesk_server", "keydesk_settings"} <= set(vars(plugin))
    assert not [one for one in project["dependencies"] if one.startswith("pytest")]


def test_every_word_of_the_fixture(tmp_path: Path) -> None:
    code, said = run(tmp_path, samples.WORDS)
    assert (code, re.findall(r"\d+ (?:passed|failed|errors?)", said)) == (0, [f"{samples.CLEAN} passed"]), said


def test_failures_are_told(tmp_path: Path) -> None:
    """An assertion in a function counts though the sign-in goes on; a failed test shows what its calls did."""
    code, said = run(tmp_path, samples.FAILING)
    last = said.strip().splitlines()[-1]
    assert code == 1
    assert re.findall(r"\d+ \w+", last)[:3] == ["1 failed", "2 passed", "1 error"], said
    assert "ERROR test_sample.py::test_an_assertion_in_a_function_fails_the_test" in said
    assert """assert event["userName"] == "bob\"""" in said
    section = said.partition("- Keydesk traces -")[2]
    assert "PreAuthentication_Authentication UserLambdaValidationException  " in section
    assert "PreAuthentication failed with error the account is suspended." in section


def test_tests_in_two_processes_do_not_see_each_other(tmp_path: Path) -> None:
    """They run at the same moment, with users of the same name, and each lists its own pool alone."""
    os.mkfifo(tmp_path / "meet")
    code, said = run(
        tmp_path, samples.TOGETHER, "-p", "xdist", "-n", "2", "--dist", "each", MEET=str(tmp_path / "meet")
    )
    assert code == 0, said
    assert "2 passed" in said


def test_settings_are_those_of_the_fixture(tmp_path: Path) -> None:
    text = """
import pytest

@pytest.fixture(scope="session")
def keydesk_settings():
    return {"semantics": "aws", "region": "eu-central-1", "trace_days": 3, "argon2id": True}

def test_settings(keydesk):
    assert keydesk.pool_id.startswith("eu-central-1_")
    assert keydesk.environment["AWS_DEFAULT_REGION"] == "eu-central-1"
    keydesk.trigger("pre_sign_up", lambda event, context: event)
    keydesk.sign_up()
    assert len(keydesk.events()) == 1
"""
    code, said = run(tmp_path, text)
    assert code == 0, said
    code, said = run(tmp_path, text.replace("semantics", "semantic"))
    assert (code, "semantic is not a setting of Keydesk" in said) == (1, True), said


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    """Every Python example of docs/testing.md, in one file."""
    page = (REPOSITORY / "docs" / "testing.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    code, said = run(tmp_path, "\n\n".join(blocks))
    assert (code, f"{page.count('def test_')} passed" in said) == (0, True), said


def test_a_breakpoint_in_a_function_stops_there(tmp_path: Path) -> None:
    """With the test's variables at hand, and the sign-in goes on after it."""
    text = """
def test_stop(keydesk):
    mine = 41

    def look(event, context):
        breakpoint()
        assert mine
        return event

    keydesk.user()
    keydesk.trigger("pre_authentication", look, timeout=60)
    assert keydesk.sign_in()["AuthenticationResult"]
"""
    code, said = run(tmp_path, text, typed="p mine + 1\nc\n")
    assert (code, "(Pdb) 42" in said) == (0, True), said
