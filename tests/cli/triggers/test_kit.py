"""`keydesk triggers new` and `event`: a function to begin with, and an event to give it."""

import json
from pathlib import Path

from tests.cli.running import command
from tests.serving import Pool, serving

from keydesk.triggers.catalog import CATALOG


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    assert command(tmp_path, "triggers", "new", "pre-sign-up").returncode == 0
    (tmp_path / "pre_sign_up.py").write_text("# mine")
    again = command(tmp_path, "triggers", "new", "pre-sign-up", "--python")
    assert (again.returncode, "pre_sign_up.py is there already" in again.stderr) == (2, True)
    assert (tmp_path / "pre_sign_up.py").read_text() == "# mine"
    assert command(tmp_path, "triggers", "new", "PreSignUp", "--force").returncode == 0
    assert command(tmp_path, "triggers", "new", "PreSignUp", "--to", "not/yet").returncode == 0  # a folder to be made
    assert (tmp_path / "not" / "yet" / "pre_sign_up.py").exists()
    unknown = command(tmp_path, "triggers", "new", "postman")
    assert (unknown.returncode, ", ".join(trigger.name for trigger in CATALOG) in unknown.stderr) == (2, True)


def test_a_sample_event_is_printed(tmp_path: Path) -> None:
    done = command(
        tmp_path, "triggers", "event", "pre-token-generation", "--version", "V2_0", "--source", "RefreshTokens"
    )
    event = json.loads(done.stdout)
    assert (event["version"], event["triggerSource"]) == ("2", "TokenGeneration_RefreshTokens")
    nowhere = command(tmp_path, "triggers", "event", "PreSignUp", "--user", "ada")
    assert (nowhere.returncode, "there is no database" in nowhere.stderr) == (2, True)


def test_an_event_is_made_of_a_real_user(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        sub = pool.user("ada", email="ada@example.com")
        said = ("--pool", pool.id, "--data", str(tmp_path))
        event = command(tmp_path, "triggers", "event", "PreAuthentication", "--user", "ada", *said)
        assert json.loads(event.stdout)["request"]["userAttributes"]["sub"] == sub
        made_up = json.loads(command(tmp_path, "triggers", "event", "PreSignUp", *said).stdout)
        assert (made_up["userPoolId"], made_up["userName"]) == (pool.id, "ada")
        assert "sub" not in made_up["request"]["userAttributes"]
        wrong = command(tmp_path, "triggers", "event", "PreSignUp", "--user", "ada", "--source", "Never", *said)
        assert (wrong.returncode, "keydesk: PreSignUp has no source Never." in wrong.stderr) == (2, True)
        nobody = command(tmp_path, "triggers", "event", "PreAuthentication", "--user", "bob", *said)
        assert (nobody.returncode, f"there is no user bob in {pool.id}: without --user" in nobody.stderr) == (2, True)
