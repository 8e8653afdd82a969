"""`keydesk triggers new`: every skeleton has the types it says, and changes nothing where nothing was asked."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.clients.node_packages import INSTALLED
from tests.serving import Serving

from keydesk.cli.triggers.kit import WHEN, skeleton
from keydesk.domain.pool import Semantics
from keydesk.flows.judging import judge
from keydesk.flows.rehearsal import of_file
from keydesk.runtime import node
from keydesk.triggers.catalog import CATALOG, DEFINE_AUTH_CHALLENGE, AnyTrigger
from keydesk.triggers.rehearsal import rehearse
from keydesk.triggers.sample import event_for

PATIENCE = 25  # seconds for a cold start on a busy machine
ENDINGS = {False: "py", True: "mjs"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("skeletons")
    for trigger in CATALOG:
        for in_node, ending in ENDINGS.items():
            (folder / f"{trigger.member}.{ending}").write_text(skeleton(trigger, node=in_node), "utf-8")
    return folder


def test_every_trigger_is_told() -> None:
    assert list(WHEN) == [trigger.name for trigger in CATALOG]


def test_the_types_of_python_hold(written: Path) -> None:
    said = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(written / "cache")]
    done = subprocess.run([*said, *map(str, sorted(written.glob("*.py")))], capture_output=True, text=True, cwd=written)
    assert (done.stdout, done.returncode) == ("", 0)
    checked = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "120", str(written)]
    assert subprocess.run(checked, capture_output=True, text=True).stdout == "All checks passed!\n"


def test_the_types_of_node_hold(written: Path, packages: None) -> None:
    (written / "node_modules").symlink_to(INSTALLED)
    compiler = [node.find().path, str(INSTALLED / "typescript" / "bin" / "tsc")]
    said = ["--noEmit", "--checkJs", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"]
    files = map(str, sorted(written.glob("*.mjs")))
    types = ["--types", "node"] if (INSTALLED / "@types" / "node").exists() else []
    done = subprocess.run([*compiler, *said, *types, *files], capture_output=True, text=True, cwd=written)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("trigger", CATALOG, ids=lambda trigger: trigger.name)
@pytest.mark.parametrize("in_node", [False, True], ids=["python", "node"])
def test_each_runs_and_gives_the_event_back(server: Serving, written: Path, trigger: AnyTrigger, in_node: bool) -> None:
    event = event_for(trigger)
    file = written / f"{trigger.member}.{ENDINGS[in_node]}"
    run = of_file(server.house.desk, file, within=PATIENCE)
    done = server.run(rehearse(trigger, event, Semantics.KEYDESK, run, judge))
    undecided = trigger is DEFINE_AUTH_CHALLENGE  # it has to say something: a sign-in cannot go on without
    assert (done.outcome, done.ignored) == ("InvalidLambdaResponseException" if undecided else "ok", ())
    assert f"{event['triggerSource']} {event['userName']}" in done.log
