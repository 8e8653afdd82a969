"""Test files as users of the plugin write them; `test_plugin.py` has pytest run them."""

WORDS = """
import json
import threading
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError


def test_a_function_of_the_test_sees_its_variables(keydesk):
    seen = []

    def confirm(event, context):
        seen.append((event["userName"], context.get_remaining_time_in_millis() > 0, threading.current_thread().name))
        event["response"]["autoConfirmUser"] = True
        return event

    arn = keydesk.trigger("pre_sign_up", confirm)
    assert keydesk.sign_up("ada", email="ada@example.com", name="Ada Lovelace")["UserConfirmed"]
    assert seen == [("ada", True, arn.rpartition(":")[2])]
    (event,) = keydesk.events("PreSignUp_SignUp")
    assert (event["userName"], event["request"]["userAttributes"]["name"]) == ("ada", "Ada Lovelace")
    assert keydesk.events("PostConfirmation_ConfirmSignUp") == []
    assert set(keydesk.sign_in()["AuthenticationResult"]) >= {"AccessToken", "IdToken", "RefreshToken"}
    assert [trace.operation for trace in keydesk.traces()] == ["SignUp", "InitiateAuth"]
    (trace,) = keydesk.traces("InitiateAuth")
    assert trace.steps[-1].outcome == "passed"


def test_the_next_test_has_a_pool_of_its_own(keydesk):
    assert keydesk.outbox() == []
    assert keydesk.traces() == []
    assert keydesk.clock() - __import__("time").time() * 1000 < 5000
    assert not keydesk.sign_up("ada", email="ada@example.com")["UserConfirmed"]
    code = keydesk.code("ada@example.com")
    assert [sent.code for sent in keydesk.outbox()] == [code]
    with pytest.raises(AssertionError, match="nothing was sent to bob@example.com; messages went to ada@example.com"):
        keydesk.code("bob@example.com")
    keydesk.clock.forward(seconds=25 * 3600)
    with pytest.raises(ClientError, match="ExpiredCodeException"):
        keydesk.api.confirm_sign_up(ClientId=keydesk.client_id, Username="ada", ConfirmationCode=code)


def test_the_clock_is_at_wall_time_again(keydesk):
    assert abs(keydesk.clock() - __import__("time").time() * 1000) < 5000


def test_what_a_function_raises_or_answers_wrong_is_as_from_a_worker(keydesk):
    keydesk.user()
    keydesk.trigger("PreAuthentication", lambda event, context: {}["email"])
    with pytest.raises(ClientError, match="PreAuthentication failed with error 'email'"):
        keydesk.sign_in()
    keydesk.trigger("pre-authentication", lambda event, context: object())
    with pytest.raises(ClientError, match="PreAuthentication failed with error Unable to marshal response"):
        keydesk.sign_in()
    fired = keydesk.traces()[0].fired[0]
    assert "[ERROR] KeyError: 'email'" in fired.log
    assert json.loads(bytes(fired.answer))["errorType"] == "KeyError"


def test_the_time_limit_of_a_function_holds(keydesk):
    keydesk.user()
    over = threading.Event()
    try:
        keydesk.trigger("pre_authentication", lambda event, context: over.wait(30), timeout=1)
        with pytest.raises(ClientError, match="Task timed out after 1.00 seconds"):
            keydesk.sign_in()
    finally:
        over.set()


def test_claims_by_the_second_version_of_pre_token_generation(keydesk):
    def add(event, context):
        assert event["version"] == "2"
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "accessTokenGeneration": {"claimsToAddOrOverride": {"tier": "gold"}}
        }
        return event

    keydesk.user()
    keydesk.trigger("pre_token_generation", add, version="V2_0")
    assert keydesk.claims(keydesk.sign_in()["AuthenticationResult"]["AccessToken"])["tier"] == "gold"


def test_files_run_in_workers(keydesk, tmp_path):
    (tmp_path / "_words.py").write_text("WORD = 'no entry'\\n")
    (tmp_path / "gate.py").write_text(
        "import os, _words\\n"
        "def lambda_handler(event, context):\\n"
        "    print('gate in', os.environ['AWS_LAMBDA_FUNCTION_NAME'])\\n"
        "    if event['userName'] == os.environ['OUT']:\\n"
        "        raise Exception(_words.WORD)\\n"
        "    return event\\n"
    )
    folder = tmp_path / "stamp"
    folder.mkdir()
    (folder / "index.mjs").write_text(
        "export const handler = async (event) => {\\n"
        "  event.response.claimsOverrideDetails = { claimsToAddOrOverride: { by: 'node' } };\\n"
        "  return event;\\n"
        "};\\n"
    )
    keydesk.trigger("pre_authentication", tmp_path / "gate.py", environment={"OUT": "bob"})
    keydesk.trigger("pre_token_generation", str(folder))
    keydesk.user("ada")
    keydesk.user("bob")
    assert keydesk.claims(keydesk.sign_in("ada")["AuthenticationResult"]["IdToken"])["by"] == "node"
    with pytest.raises(ClientError, match="no entry"):
        keydesk.sign_in("bob")
    assert "gate in" in keydesk.traces()[0].fired[0].log


def test_pools_and_clients_as_the_api_has_them(keydesk):
    first = keydesk.pool(UsernameAttributes=["email"], client={"GenerateSecret": True})
    first.user("ada@example.com", email="ada@example.com")
    assert keydesk.client_id == first.client_id and keydesk.client_secret
    assert "AuthenticationResult" in keydesk.sign_in("ada@example.com")
    second = keydesk.pool()
    assert keydesk.pool_id == second.pool_id != first.pool_id
    second.user("ada")
    assert "AuthenticationResult" in keydesk.sign_in("ada")
    assert [trace.username for trace in first.traces("InitiateAuth")] != [
        trace.username for trace in second.traces("InitiateAuth")
    ]


def test_a_name_that_is_no_trigger_and_a_path_without_a_handler(keydesk, tmp_path):
    with pytest.raises(ValueError, match="'pre_signup_x' is no trigger's name"):
        keydesk.trigger("pre_signup_x", lambda event, context: event)
    with pytest.raises(ValueError, match="holds no handler"):
        keydesk.trigger("pre_sign_up", tmp_path)
    with pytest.raises(FileNotFoundError):
        keydesk.trigger("pre_sign_up", tmp_path / "none.py")


def test_custom_senders_have_a_key(keydesk):
    sent = []
    keydesk.pool(AutoVerifiedAttributes=["email"])
    keydesk.trigger("custom_email_sender", lambda event, context: sent.append(event["triggerSource"]))
    keydesk.sign_up("ada", email="ada@example.com")
    assert sent == ["CustomEmailSender_SignUp"]
    assert keydesk.outbox() == []


def test_code_under_test_finds_the_server_by_its_environment(keydesk, monkeypatch):
    for name, value in keydesk.environment.items():
        monkeypatch.setenv(name, value)
    keydesk.user("ada")
    found = boto3.session.Session().client("cognito-idp").list_users(UserPoolId=keydesk.pool_id)
    assert [user["Username"] for user in found["Users"]] == ["ada"]
    with urllib.request.urlopen(keydesk.url + "/_keydesk/health") as answer:
        assert json.load(answer)["status"] == "ok"
    assert keydesk.client("lambda").list_functions()["Functions"] is not None
"""
CLEAN = 11  # of them

FAILING = """
def test_an_assertion_in_a_function_fails_the_test(keydesk):
    def watch(event, context):
        assert event["userName"] == "bob"
        return event

    keydesk.pool(UserPoolTags={"keydesk:guard:PostAuthentication": '{"then": "allow"}'})
    keydesk.user("ada")
    keydesk.trigger("post_authentication", watch)
    try:
        keydesk.sign_in("ada")
    except Exception:
        pass


def test_a_test_that_fails_shows_its_traces(keydesk):
    def refuse(event, context):
        raise Exception("the account is suspended")

    keydesk.user("ada")
    keydesk.trigger("pre_authentication", refuse)
    keydesk.sign_in("ada")


def test_nothing_of_before_is_left(keydesk):
    keydesk.user("ada")
    keydesk.sign_in("ada")
"""

TOGETHER = '''
import os


def test_two_at_once_with_the_same_names(keydesk):
    """The same test in two processes, which wait for each other while both have their users."""
    keydesk.sign_up("ada", email="ada@example.com")
    code = keydesk.code("ada@example.com")
    mode = "w" if os.environ["PYTEST_XDIST_WORKER"] == "gw0" else "r"
    with open(os.environ["MEET"], mode) as meeting:
        if mode == "w":
            meeting.write("here")
        else:
            assert meeting.read() == "here"
    assert [sent.code for sent in keydesk.outbox()] == [code]
    assert [trace.operation for trace in keydesk.traces()] == ["SignUp"]
    users = keydesk.api.list_users(UserPoolId=keydesk.pool_id)["Users"]
    assert [user["Username"] for user in users] == ["ada"]
    pools = keydesk.api.list_user_pools(MaxResults=60)["UserPools"]
    assert [pool["Id"] for pool in pools] == [keydesk.pool_id]
'''
