"""`keydesk dev`: what it says, what it finds again, and how it stops."""

import signal
import stat
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.cli.running import PASSWORD, PATIENCE, Running, command, running, until
from tests.meeting import Meeting, let_go

SLOW = """\
import socket
def handler(event, context):
    if event["userName"] == "slow":
        with socket.create_connection(("127.0.0.1", {port})) as there:
            assert there.recv(1), "nobody let it go"
    return event
"""


def ids(server: Running) -> tuple[str, str]:
    """The pool and the client that the start-up block names."""
    found = dict(line.split(maxsplit=1) for line in server.out.replace("user pool", "pool").splitlines() if line)
    return found["pool"], found["client"]


def sign_in(server: Running, name: str = "ada") -> dict[str, Any]:
    """Sign in with the first client, as a user with a lasting password made here if need be."""
    api, (pool, client) = server.client(), ids(server)
    try:
        api.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        api.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    except api.exceptions.UsernameExistsException:
        pass
    said = {"USERNAME": name, "PASSWORD": PASSWORD}
    return dict(api.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said))


def test_the_block_says_all_that_one_needs(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--data", "[/d]:smile:") as server:
        pool, client = ids(server)
        described = server.client().describe_user_pool(UserPoolId=pool)["UserPool"]
        assert described["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}"
        block = server.out
        assert f"export AWS_ENDPOINT_URL={server.address}\n" in block
        assert "export AWS_ACCESS_KEY_ID=keydesk AWS_SECRET_ACCESS_KEY=keydesk AWS_DEFAULT_REGION=us-east-1\n" in block
        assert "  data        [/d]:smile:\n" in block
        assert f"aws cognito-idp sign-up --client-id {client} --username" in block
        assert f"admin-confirm-sign-up --user-pool-id {pool}" in block
        with urllib.request.urlopen(f"{server.address}/_keydesk/outbox", timeout=20) as answer:
            assert answer.read() == b"[]"
        assert "Traceback" not in server.err


def test_a_second_start_finds_everything_again(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--data", "d") as first:
        named, tokens = ids(first), sign_in(first)["AuthenticationResult"]
        with urllib.request.urlopen(f"{first.address}/{named[0]}/.well-known/jwks.json", timeout=20) as answer:
            keys = answer.read()
        assert first.stop() == 0
    with running(tmp_path, "dev", "--data", "d") as second:
        assert ids(second) == named
        api = second.client()
        assert api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
        again = api.initiate_auth(
            ClientId=named[1],
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
        assert again["AuthenticationResult"]["IdToken"]
        assert [pool["Id"] for pool in api.list_user_pools(MaxResults=10)["UserPools"]] == [named[0]]
        with urllib.request.urlopen(f"{second.address}/{named[0]}/.well-known/jwks.json", timeout=20) as answer:
            assert answer.read() == keys


def test_its_folder_is_its_owners_alone(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--data", "d") as server:
        sign_in(server)
        assert modes(tmp_path / "d") == {"folder": {0o700}, "sealing.key": {0o600}, "keydesk.db": {0o600}}


def modes(data: Path) -> dict[str, set[int]]:
    """The permissions of the data folder and of what is secret in it; the database with the files beside it."""
    found = {"folder": {stat.S_IMODE(data.stat().st_mode)}}
    for path in data.iterdir():
        name = "keydesk.db" if path.name.startswith("keydesk.db") else path.name
        if path.is_file():
            found.setdefault(name, set()).add(stat.S_IMODE(path.stat().st_mode))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_answered_before_it_stops(tmp_path: Path, number: signal.Signals) -> None:
    """A sign-in whose trigger is at work gets its tokens; who comes later is not let in; the exit code is 0."""
    functions = tmp_path / "functions"
    functions.mkdir()
    with Meeting() as meeting, running(tmp_path, "dev", "--functions", "functions") as server:
        (functions / "pre_authentication.py").write_text(SLOW.format(port=meeting.port))
        sign_in(server)
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(sign_in(server, "slow")))
        asking.start()
        slow = meeting.one(30)
        server.process.send_signal(number)
        until(lambda: not server.listens)
        assert not answers
        let_go(slow)
        asking.join(30)
        assert server.process.wait(PATIENCE) == 0
        assert answers[0]["AuthenticationResult"]["AccessToken"]
        assert "Traceback" not in server.out + server.err


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "example.com"):
        done = command(tmp_path, "dev", "--host", host)
        assert done.returncode == 2
        assert done.stderr == f"keydesk: `keydesk dev` listens on loopback only, not on {host}: use `keydesk serve`\n"
    assert list(tmp_path.iterdir()) == []


def test_the_first_pool_comes_back_after_it_was_deleted(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--data", "d") as first:
        pool, _ = ids(first)
        first.client().delete_user_pool(UserPoolId=pool)
        assert first.stop() == 0
    with running(tmp_path, "dev", "--data", "d") as second:
        assert ids(second)[0] != pool
        assert sign_in(second)["AuthenticationResult"]
        with pytest.raises(ClientError, match="does not exist"):
            second.client().describe_user_pool(UserPoolId=pool)


def test_no_folder_of_functions_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "dev", "--functions", "nowhere")
    assert (done.returncode, done.stderr) == (2, "keydesk: nowhere is not a folder\n")
