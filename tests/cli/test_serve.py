"""`keydesk serve`: every signature is verified, nothing is open that should not be, and no key is ever replaced."""

import json
import re
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from tests.cli.running import PASSWORD, Running, command, running
from tests.cli.test_dev import modes

KEY = "KDADMIN:a-secret-of-some-length"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for what changes nothing that another test sees."""
    with running(
        tmp_path_factory.mktemp("serve"), "serve", "--data", "d", KEYDESK_ADMIN_KEYS=f"{KEY},OTHER:{'o' * 16}"
    ) as one:
        yield one


def refused(call: Any, **said: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**said)
    return str(refusal.value.response["Error"]["Code"])


def test_beyond_loopback_it_wants_admin_keys(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.1"):
        done = command(tmp_path, "serve", "--host", host, "--data", "d")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("keydesk: admin_keys is not set")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", ["KDADMIN", "KDADMIN:short", ":a-secret-of-some-length", f"{KEY},x"])
def test_an_admin_key_has_an_id_and_a_long_secret(tmp_path: Path, keys: str) -> None:
    done = command(tmp_path, "serve", "--port", "0", KEYDESK_ADMIN_KEYS=keys)
    assert done.returncode == 2
    assert done.stderr == "keydesk: admin_keys must be id:secret pairs, with secrets of 16 characters or more\n"


def test_an_admin_key_is_said_once_and_its_file_is_whole(tmp_path: Path) -> None:
    done = command(tmp_path, "serve", "--port", "0", KEYDESK_ADMIN_KEYS=f"{KEY},OTHER:{'o' * 16},{KEY}x")
    assert (done.returncode, done.stderr) == (2, "keydesk: admin_keys names the id KDADMIN twice\n")
    path = tmp_path / "d" / "admin.key"
    path.parent.mkdir()
    for content in (b"", b"KD0123\xff:", b"KD0123:cut"):
        path.write_bytes(content)
        path.chmod(0o600)
        said = "keydesk: d/admin.key must be id:secret pairs, with secrets of 16 characters or more\n"
        done = command(tmp_path, "serve", "--data", "d", "--port", "0")
        assert (done.returncode, done.stderr, path.read_bytes()) == (2, said, content)


def test_on_loopback_it_makes_one_admin_key(tmp_path: Path) -> None:
    """AU-14, SE-08: random, its owner's alone, the same at the next start, and never in the log."""
    path = tmp_path / "d" / "admin.key"
    with running(tmp_path, "serve", "--data", "d", "--workers", "2") as server:
        assert told_of_key(server) == ["d/admin.key"]
        key = path.read_text().strip()
        assert re.fullmatch(r"KD[0-9A-F]{18}:[\w-]{40}", key)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        made = server.client(key=key).create_user_pool(PoolName="p")["UserPool"]["Id"]
        assert (
            refused(server.client(key="keydesk:keydesk").list_user_pools, MaxResults=1) == "UnrecognizedClientException"
        )
        assert server.stop() == 0
        assert key.partition(":")[2] not in server.err + server.out
    with running(tmp_path, "serve", "--data", "d") as server:
        assert told_of_key(server) == ["d/admin.key"]
        assert path.read_text().strip() == key
        assert [pool["Id"] for pool in server.client(key=key).list_user_pools(MaxResults=9)["UserPools"]] == [made]
        expected = {"folder": {0o700}, "sealing.key": {0o600}, "keydesk.db": {0o600}, "admin.key": {0o600}}
        assert modes(tmp_path / "d") == expected
    path.chmod(0o644)
    done = command(tmp_path, "serve", "--data", "d", "--port", "0")
    said = "keydesk: d/admin.key: the access key is open to others. Run: chmod 600 d/admin.key\n"
    assert (done.returncode, done.stderr) == (2, said)


def told_of_key(server: Running) -> list[str]:
    """Where the log says that the administrator's key is, as often as it says so."""
    events = [json.loads(line) for line in server.err.splitlines()]
    return [event["file"] for event in events if event["event"] == "administrator's access key"]


def test_signatures_are_verified(served: Running) -> None:
    ask = {"MaxResults": 1}
    assert "UserPools" in served.client(key=KEY).list_user_pools(**ask)
    assert "UserPools" in served.client(key="OTHER:" + "o" * 16).list_user_pools(**ask)
    assert refused(served.client(key="KDADMIN:wrong").list_user_pools, **ask) == "InvalidSignatureException"
    assert refused(served.client(key="STRANGER:wrong").list_user_pools, **ask) == "UnrecognizedClientException"
    unsigned = served.client(signature_version=UNSIGNED)
    assert refused(unsigned.list_user_pools, **ask) == "MissingAuthenticationTokenException"
    assert refused(unsigned.create_user_pool, PoolName="p") == "MissingAuthenticationTokenException"


def test_functions_logs_and_the_record_are_signed_too(served: Running) -> None:
    calls = (("lambda", "list_functions"), ("logs", "describe_log_groups"), ("cloudtrail", "lookup_events"))
    for service, name in calls:
        assert getattr(served.client(service, key=KEY), name)()["ResponseMetadata"]["HTTPStatusCode"] == 200
        wrong = served.client(service, key="KDADMIN:wrong")
        assert refused(getattr(wrong, name)) == "InvalidSignatureException"
        unsigned = served.client(service, signature_version=UNSIGNED)
        assert refused(getattr(unsigned, name)) == "MissingAuthenticationTokenException"
    unsigned = served.client("lambda", signature_version=UNSIGNED)
    assert refused(unsigned.invoke, FunctionName="f") == "MissingAuthenticationTokenException"


def test_what_users_call_needs_no_signature(served: Running) -> None:
    admin, anyone = served.client(key=KEY), served.client(signature_version=UNSIGNED)
    pool = admin.create_user_pool(PoolName="p")["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    anyone.sign_up(ClientId=client, Username="ada", Password=PASSWORD)
    assert (
        refused(anyone.admin_confirm_sign_up, UserPoolId=pool, Username="ada") == "MissingAuthenticationTokenException"
    )
    admin.admin_confirm_sign_up(UserPoolId=pool, Username="ada")
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    answer = anyone.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    token = answer["AuthenticationResult"]["AccessToken"]
    assert anyone.get_user(AccessToken=token)["Username"] == "ada"
    # who signs a public call with keys that are no administrator's is a user all the same
    assert served.client(key="STRANGER:x").get_user(AccessToken=token)["Username"] == "ada"


@pytest.mark.parametrize("query", ["", "?to=ada@example.com"])
def test_there_is_no_outbox(served: Running, query: str) -> None:
    """SE-10."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{served.address}/_keydesk/outbox{query}", timeout=20)
    with refusal.value as answer:
        assert answer.code == 404


def test_it_logs_lines_of_json(served: Running) -> None:
    """LG-05: and under which id a call was answered."""
    answer = served.client(key=KEY).list_user_pools(MaxResults=1)
    events = [json.loads(line) for line in served.err.splitlines()]
    ready = next(event for event in events if event["event"] == "ready")
    assert (ready["address"], ready["database"]) == (served.address, "sqlite")
    of_it = [event for event in events if event.get("request_id") == answer["ResponseMetadata"]["RequestId"]]
    assert [(event["operation"], event["outcome"]) for event in of_it] == [("ListUserPools", "ok")]
    assert served.out == ""


def test_an_address_that_nobody_can_connect_to_is_told(tmp_path: Path, served: Running) -> None:
    with running(tmp_path, "serve", "--data", "d", "--host", "0.0.0.0", KEYDESK_ADMIN_KEYS=KEY) as everywhere:
        assert everywhere.client(key=KEY).list_user_pools(MaxResults=1)["UserPools"] == []
        told = [json.loads(line) for line in everywhere.err.splitlines() if "set issuer" in line]
    assert [(one["level"], one["issuer"]) for one in told] == [("warning", everywhere.address)]
    assert "set issuer" not in served.err


def test_another_sealing_key_is_refused(tmp_path: Path) -> None:
    """A lost or changed key is an operator's to mend: one line, and nothing is made anew (SE-06)."""
    for name in ("d", "other"):
        with running(tmp_path, "serve", "--data", name) as server:
            assert server.stop() == 0
    key, other = tmp_path / "d" / "sealing.key", tmp_path / "other" / "sealing.key"
    kept = key.read_bytes()
    key.write_bytes(other.read_bytes())
    assert start(tmp_path).endswith("not the key that the database is sealed with. Put the right one back.")
    key.write_bytes(kept[:-9])
    assert start(tmp_path).endswith("not a sealing key of Keydesk, or it was cut or changed")
    key.unlink()
    assert "the sealing key is missing" in start(tmp_path)
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o644)
    assert "open to others" in start(tmp_path)
    key.chmod(0o600)
    with running(tmp_path, "serve", "--data", "d") as server:
        assert server.stop() == 0


def start(home: Path) -> str:
    """The line with which a start is refused."""
    done = command(home, "serve", "--port", "0", "--data", "d")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 1)
    return lines[0]


def test_a_signature_holds_for_its_region(served: Running) -> None:
    """The region is where a pool is made, and no other region sees it."""
    there = served.client(key=KEY, region="eu-west-3")
    pool = there.create_user_pool(PoolName="p")["UserPool"]["Id"]
    assert pool.startswith("eu-west-3_")
    assert refused(served.client(key=KEY).describe_user_pool, UserPoolId=pool) == "ResourceNotFoundException"
