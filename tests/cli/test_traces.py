"""`keydesk traces` and `keydesk trace`, beside a running server: a person asks why a sign-in failed, and is told."""

import signal
import subprocess
import threading
from pathlib import Path

from tests.cli.running import COMMAND, PATIENCE, command, environment
from tests.serving import PASSWORD, Pool, serving
from tests.triggers.recorder import Recorder, answering

from keydesk.domain.trace import UNNAMED
from keydesk.triggers.fire import NOT_HERE

LONG = "closed today: " + "[/x] " * 40 + "\x1b[2J"  # no markup, longer than a terminal is wide, and a command to it
SEEN = LONG.replace("\x1b", "\\u001b")
DENIES = f"print('looked at', event['userName'], {LONG!r})\nraise Exception({LONG!r})"


def test_a_person_sees_why_a_sign_in_failed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user("ada", email="ada@example.com")
        pool.trigger(PreAuthentication=Recorder(server, DENIES).arn, PostAuthentication=answering(server, {}).arn)
        failed = pool.refused_id(pool.sign_in)
        wrong = pool.refused_id(pool.sign_in, password="Wrong-horse-9")
        server.run(server.house.desk.journal.flush())
        listed = command(tmp_path, "traces", "--data", str(tmp_path), "--user", "ada").stdout
        assert [failed in listed, wrong in listed] == [True, True]
        shown = command(tmp_path, "trace", failed, "--data", str(tmp_path), COLUMNS="40").stdout
        for said in (
            f"outcome  NotAuthorizedException PreAuthentication failed with error {SEEN}.\n",
            "● password  passed",
            "● pre_authentication  refused NotAuthorizedException",
            "── PreAuthentication_Authentication  ",
            f'\n  "errorMessage": "{SEEN}",\n',
            f"\nlooked at ada {SEEN}\n",
            "○ PostAuthentication  did not run: the call was refused before it",
        ):
            assert said in shown
        only = command(tmp_path, "traces", "--data", str(tmp_path), "--trigger", "pre-authentication").stdout
        assert failed in only
        assert wrong not in only
        mistyped = command(tmp_path, "traces", "--data", str(tmp_path), "--trigger", "PreAuth")
        assert (mistyped.returncode, "PreAuth is no trigger." in mistyped.stderr) == (2, True)
        none = command(tmp_path, "trace", "no-such-id", "--data", str(tmp_path))
        assert (none.returncode, "No trace with this id is kept" in none.stderr) == (2, True)
        again = command(tmp_path, "replay", failed, "--data", str(tmp_path), COLUMNS="40").stdout
        assert f" NotAuthorizedException: PreAuthentication failed with error {SEEN}.\n" in again
        unknown = pool.refused_id(pool.sign_in, name=PASSWORD)
        server.run(server.house.desk.journal.flush())
        unnamed = command(tmp_path, "trace", unknown, "--data", str(tmp_path)).stdout
        assert (f"user     {UNNAMED}\n" in unnamed, "\n\n\n" in unnamed + shown) == (True, False)
        nobody = command(tmp_path, "traces", "--data", str(tmp_path), "--user", "nobody")
        assert (nobody.stdout, nobody.stderr, nobody.returncode) == ("", "No call fits.\n", 0)
        assert PASSWORD not in listed + shown + only + again + unnamed
    nowhere = command(tmp_path, "traces", "--data", "nothing-here")
    assert (nowhere.returncode, "there is no database in nothing-here" in nowhere.stderr) == (2, True)
    assert not (tmp_path / "nothing-here").exists()


def test_a_trace_says_why_a_function_was_not_reached(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user("ada")
        pool.trigger(PostAuthentication="arn:aws:lambda:us-east-1:000000000000:function:gone")
        went_on = pool.sign_in()["ResponseMetadata"]["RequestId"]
        server.run(server.house.desk.journal.flush())
        shown = command(tmp_path, "trace", went_on, "--data", str(tmp_path)).stdout
        assert f"\nPostAuthentication invocation failed due to error AccessDeniedException. ({NOT_HERE})\n" in shown


def test_what_comes_is_printed_while_somebody_follows(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user("ada")
        before = pool.refused_id(pool.sign_in, password="Wrong-horse-9")
        server.run(server.house.desk.journal.flush())
        line = [COMMAND, "traces", "--follow", "--failed", "--data", str(tmp_path)]
        with subprocess.Popen(
            line,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a run in the background ignores it
        ) as following:
            hopeless = threading.Timer(PATIENCE, following.kill)
            hopeless.start()
            assert following.stdout
            assert before in following.stdout.readline()
            assert pool.tokens()
            after = pool.refused_id(pool.sign_in, password="Wrong-horse-9")
            assert after in following.stdout.readline(), "what went well is not asked for"
            following.send_signal(signal.SIGINT)
            assert following.wait() == 0
            hopeless.cancel()
