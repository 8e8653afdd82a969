"""A watched folder: found, wired, changed, removed, and what it leaves alone."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.serving import PASSWORD, Serving, serving

from keydesk.flows.folder import TRIGGERS, trigger_of
from keydesk.shapes.types import LambdaConfigType

CONFIRM = "def handler(event, context):\n    event['response']['autoConfirmUser'] = True\n    return event\n"
DENY = "def handler(event, context):\n    raise Exception('not today')\n"
READS = "import os\ndef handler(event, context):\n    raise Exception(os.environ['WORDS'] + ' {}')\n"
NODE = "export const handler = async (event) => { event.response.autoConfirmUser = true; return event; };\n"


def first(server: Serving) -> tuple[str, str]:
    idp = server.client()
    pool = idp.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    return pool, idp.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"][0]["ClientId"]


def triggers(server: Serving) -> dict[str, Any]:
    pool, _ = first(server)
    return dict(server.client().describe_user_pool(UserPoolId=pool)["UserPool"].get("LambdaConfig", {}))


def save(path: Path, text: str) -> None:
    """As an editor does: written beside, then moved into place."""
    half = path.with_name("." + path.name)
    half.write_text(text)
    half.rename(path)


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("PreSignUp", "pre_sign_up"),
        ("pre_sign_up", "pre_sign_up"),
        ("pre-sign-up", "pre_sign_up"),
        ("presignup", "pre_sign_up"),
        ("PRE_TOKEN_GENERATION", "pre_token_generation"),
        ("verify-auth-challenge-response", "verify_auth_challenge_response"),
        ("InboundFederation", "inbound_federation"),
        ("mine", None),
        ("pre-sign-up-2", None),
    ],
)
def test_a_trigger_is_meant_by_any_spelling_of_its_name(name: str, trigger: str | None) -> None:
    assert trigger_of(name) == trigger


def test_every_trigger_has_a_name_here_but_those_that_need_more_than_a_function() -> None:
    needs_more = {"pre_token_generation_config", "custom_sms_sender", "custom_email_sender", "kms_key_id"}
    assert set(TRIGGERS.values()) == set(LambdaConfigType.__struct_fields__) - needs_more


def test_a_handler_is_wired_by_its_name_and_runs_anew_after_each_save(tmp_path: Path) -> None:
    folder = tmp_path / "triggers"
    folder.mkdir()
    save(folder / "pre_sign_up.py", CONFIRM)
    save(folder / "other.py", CONFIRM)
    with serving(tmp_path / "data", folder=folder) as server:
        idp, lam = server.client(), server.client("lambda")
        assert {name: arn.rsplit(":", 1)[1] for name, arn in triggers(server).items()} == {"PreSignUp": "pre_sign_up"}
        assert {one["FunctionName"] for one in lam.list_functions()["Functions"]} == {"pre_sign_up", "other"}
        _, client = first(server)
        assert idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)["UserConfirmed"]
        save(folder / "pre_sign_up.py", DENY)
        with pytest.raises(idp.exceptions.UserLambdaValidationException) as fault:
            idp.sign_up(ClientId=client, Username="bob", Password=PASSWORD)
        assert "not today" in fault.value.response["Error"]["Message"]
        (folder / "pre_sign_up.py").unlink()
        assert not idp.sign_up(ClientId=client, Username="bob", Password=PASSWORD)["UserConfirmed"]
        assert triggers(server) == {}
        save(folder / "PreSignUp.mjs", NODE)
        assert idp.sign_up(ClientId=client, Username="eve", Password=PASSWORD)["UserConfirmed"]
        assert triggers(server)["PreSignUp"].endswith(":PreSignUp")


def test_a_folder_of_its_own_and_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "triggers"
    (folder / "pre-sign-up").mkdir(parents=True)
    save(
        folder / "pre-sign-up" / "index.py",
        "from rule import decide\n\ndef handler(event, context):\n    return decide(event)\n",
    )
    rule = "def decide(event):\n    event['response']['autoConfirmUser'] = {}\n    return event\n"
    save(folder / "pre-sign-up" / "rule.py", rule.format(True))
    with serving(tmp_path / "data", folder=folder) as server:
        _, client = first(server)
        idp = server.client()
        assert idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)["UserConfirmed"]
        save(folder / "pre-sign-up" / "rule.py", rule.format(False))
        assert not idp.sign_up(ClientId=client, Username="bob", Password=PASSWORD)["UserConfirmed"]
    os.rename(folder / "pre-sign-up", folder / "later")
    with serving(tmp_path / "data", folder=folder) as server:
        assert triggers(server) == {}
        assert [one["FunctionName"] for one in server.client("lambda").list_functions()["Functions"]] == ["later"]


def test_what_somebody_made_or_set_stays(tmp_path: Path) -> None:
    folder = tmp_path / "triggers"
    folder.mkdir()
    with serving(tmp_path / "data", folder=folder) as server:
        idp, lam = server.client(), server.client("lambda")
        pool, client = first(server)
        mine = server.deploy("pre_sign_up", DENY)
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreSignUp": mine})
        save(folder / "pre_sign_up.py", CONFIRM)
        save(folder / "PreSignUp.py", CONFIRM)
        with pytest.raises(idp.exceptions.UserLambdaValidationException):
            idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)
        assert triggers(server) == {"PreSignUp": mine}
        (folder / "PreSignUp.py").unlink()
        (folder / "pre_sign_up.py").unlink()
        assert triggers(server) == {"PreSignUp": mine}
        assert lam.get_function(FunctionName="pre_sign_up")["Configuration"]["FunctionArn"] == mine


def test_a_watched_function_is_changed_by_its_file_only(tmp_path: Path) -> None:
    folder = tmp_path / "triggers"
    folder.mkdir()
    save(folder / "mine.py", CONFIRM)
    with serving(tmp_path / "data", folder=folder) as server:
        lam = server.client("lambda")
        found = lam.get_function(FunctionName="mine")
        assert "Code" not in found
        for change in (
            lambda: lam.update_function_configuration(FunctionName="mine", Handler="mine.other"),
            lambda: lam.delete_function(FunctionName="mine"),
            lambda: lam.publish_version(FunctionName="mine"),
        ):
            with pytest.raises(lam.exceptions.ResourceConflictException) as fault:
                change()
            assert "watched folder" in fault.value.response["Error"]["Message"]
        assert lam.invoke(FunctionName="mine", Payload=b'{"response": {}}')["StatusCode"] == 200


def test_what_a_watched_function_is_given_beside_its_code_stays(tmp_path: Path) -> None:
    """Variables and time are set as of any function; a save changes neither, nor whom somebody had it serve."""
    folder = tmp_path / "triggers"
    folder.mkdir()
    save(folder / "mine.py", READS.format(0))
    with serving(tmp_path / "data", folder=folder) as server:
        idp, lam = server.client(), server.client("lambda")
        pool, client = first(server)
        said = lam.update_function_configuration(
            FunctionName="mine", Timeout=5, Environment={"Variables": {"WORDS": "not you"}}
        )
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreSignUp": said["FunctionArn"]})
        for nth in range(2):
            with pytest.raises(idp.exceptions.UserLambdaValidationException) as fault:
                idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)
            assert fault.value.response["Error"]["Message"] == f"PreSignUp failed with error not you {nth}."
            save(folder / "mine.py", READS.format(nth + 1))
        assert lam.get_function(FunctionName="mine")["Configuration"]["Timeout"] == 5
    with serving(tmp_path / "data", folder=folder) as server:
        assert triggers(server) == {"PreSignUp": said["FunctionArn"]}
        assert lambda_variables(server, "mine") == {"WORDS": "not you"}


def lambda_variables(server: Serving, name: str) -> dict[str, str]:
    found = server.client("lambda").get_function_configuration(FunctionName=name)
    return dict(found["Environment"]["Variables"])


def test_a_name_that_no_function_may_have_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "triggers"
    folder.mkdir()
    save(folder / "a b.py", CONFIRM)
    save(folder / "good.py", CONFIRM)
    with serving(tmp_path / "data", folder=folder) as server:
        assert [one["FunctionName"] for one in server.client("lambda").list_functions()["Functions"]] == ["good"]


def test_a_version_that_somebody_set_stays_with_the_function(tmp_path: Path) -> None:
    """Of pre token generation: whose function it is, the folder says; which events it gets, the pool."""
    folder = tmp_path / "triggers"
    folder.mkdir()
    save(folder / "pre_token_generation.py", DENY)
    with serving(tmp_path / "data", folder=folder) as server:
        idp = server.client()
        pool, _ = first(server)
        arn = triggers(server)["PreTokenGeneration"]
        newer = {"LambdaVersion": "V2_0", "LambdaArn": arn}
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreTokenGenerationConfig": newer})
        assert triggers(server)["PreTokenGenerationConfig"] == newer
        (folder / "pre_token_generation.py").rename(folder / "PreTokenGeneration.py")
        config = triggers(server)["PreTokenGenerationConfig"]
        assert config == {
            "LambdaVersion": "V2_0",
            "LambdaArn": arn.replace("pre_token_generation", "PreTokenGeneration"),
        }
        (folder / "PreTokenGeneration.py").unlink()
        assert triggers(server) == {}
        mine = newer | {"LambdaArn": server.deploy("mine", DENY)}
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreTokenGenerationConfig": mine})
        save(folder / "pre_token_generation.py", DENY)
        assert triggers(server) == {"PreTokenGenerationConfig": mine}
