"""The AWS command line, unmodified, as a person types it after reading the start-up block.

`logs tail` is in version 2 only, which is no Python package: it is looked for on the machine (Debian's `awscli`).
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import Running, environment, running
from tests.cli.test_dev import ids

AWS = Path(sys.executable).with_name("aws")  # version 1
HANDLER = """\
def handler(event, context):
    print("seen", event["userName"], event["triggerSource"])
    if event["userName"] == "bob":
        raise Exception("not bob")
    return event
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function:myPreAuthFunc"
Shell = Callable[[str], Any]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("shell")
    with zipfile.ZipFile(home / "function.zip", "w") as archive:
        archive.writestr("index.py", HANDLER)
    with running(home, "dev", "--data", "d") as server:
        yield server


def exports(block: str) -> dict[str, str]:
    """What the block's `export` lines set."""
    lines = re.findall(r"^ *export (.+)$", block, re.MULTILINE)
    return dict(word.split("=", 1) for line in lines for word in line.split())


def ran(started: Running, line: str, aws: Path = AWS) -> subprocess.CompletedProcess[str]:
    """One line of a shell in which the block was pasted; `$pool` and `$client` are its ids."""
    pool, client = ids(started)
    said = environment(started.home, **exports(started.out), pool=pool, client=client, AWS_PAGER="")
    said["PATH"] = f"{aws.parent}:{said['PATH']}"
    return subprocess.run(line, shell=True, env=said, cwd=started.home, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def shell(started: Running) -> Shell:
    """Runs a line that must succeed and silently so; gives its JSON, or its text where it is none."""

    def run(line: str) -> Any:
        done = ran(started, line)
        assert (done.returncode, done.stderr) == (0, ""), (line, done.stderr)
        try:
            return json.loads(done.stdout or "null")
        except ValueError:
            return done.stdout.strip()

    return run


def refusal(started: Running, line: str) -> str:
    done = ran(started, line)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.fixture(scope="module")
def deployed(shell: Shell) -> str:
    """The function of the specification's example, made, permitted and set; gives its ARN."""
    made = shell(
        "aws lambda create-function --function-name myPreAuthFunc --runtime python3.11 --handler index.handler "
        "--role arn:aws:iam::000000000000:role/lambda --zip-file fileb://function.zip"
    )
    permitted = shell(
        "aws lambda add-permission --function-name myPreAuthFunc --statement-id cognito --action lambda:InvokeFunction "
        "--principal cognito-idp.amazonaws.com "
        "--source-arn arn:aws:cognito-idp:us-east-1:000000000000:userpool/$pool"
    )
    assert json.loads(permitted["Statement"])["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    shell(f'aws cognito-idp update-user-pool --user-pool-id $pool --lambda-config "PreAuthentication={ARN}"')
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def watched(shell: Shell, deployed: str, started: Running) -> str:
    """A user who signed up, was confirmed and signed in, as the block says; gives the access token."""
    lines = re.findall(r"^  (aws (?:.*\\\n)*.*)", started.out, re.MULTILINE)
    assert [line.split()[2] for line in lines] == ["sign-up", "admin-confirm-sign-up", "initiate-auth"]
    signed_up, _, signed_in = [shell(line) for line in lines]
    assert signed_up["UserConfirmed"] is False
    return str(signed_in["AuthenticationResult"]["AccessToken"])


def test_a_trigger_is_set_and_read_back(shell: Shell, deployed: str) -> None:
    assert deployed == ARN
    described = shell("aws cognito-idp describe-user-pool --user-pool-id $pool --query 'UserPool.LambdaConfig'")
    assert described == {"PreAuthentication": ARN}
    made = shell(f'aws cognito-idp create-user-pool --pool-name new --lambda-config "PreAuthentication={ARN}"')
    assert made["UserPool"]["LambdaConfig"] == {"PreAuthentication": ARN}


def test_the_lines_of_the_block_sign_a_user_in(shell: Shell, watched: str) -> None:
    told = shell(f"aws cognito-idp get-user --access-token {watched}")
    attributes = {one["Name"]: one["Value"] for one in told["UserAttributes"]}
    assert (told["Username"], attributes["email"]) == ("ada", "ada@example.com")


def test_the_trigger_ran_and_its_log_says_so(shell: Shell, watched: str) -> None:
    group = "/aws/lambda/myPreAuthFunc"
    groups = shell("aws logs describe-log-groups --log-group-name-prefix /aws/lambda/")
    assert [one["logGroupName"] for one in groups["logGroups"]] == [group]
    streams = shell(f"aws logs describe-log-streams --log-group-name {group} --order-by LastEventTime --descending")
    stream = streams["logStreams"][0]["logStreamName"]
    events = shell(f"aws logs get-log-events --log-group-name {group} --log-stream-name '{stream}' --start-from-head")
    lines = [one["message"].strip() for one in events["events"]]
    assert any(line.startswith("START RequestId:") for line in lines)
    assert "seen ada PreAuthentication_Authentication" in lines
    said = shell(
        f"aws logs filter-log-events --log-group-name {group} --filter-pattern seen --query 'events[].message'"
    )
    assert [one.strip() for one in said] == ["seen ada PreAuthentication_Authentication"]


def test_a_function_is_invoked_by_hand(shell: Shell, deployed: str, started: Running) -> None:
    told = shell(
        "aws lambda invoke --function-name myPreAuthFunc --log-type Tail "
        """--payload '{"userName": "bob", "triggerSource": "by hand"}' answer.json"""
    )
    assert (told["StatusCode"], told["FunctionError"]) == (200, "Unhandled")
    assert json.loads((started.home / "answer.json").read_text())["errorMessage"] == "not bob"


def test_whom_the_trigger_refuses_reads_why(shell: Shell, deployed: str, started: Running) -> None:
    made = shell("aws cognito-idp admin-create-user --user-pool-id $pool --username bob --message-action SUPPRESS")
    assert made["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    shell("aws cognito-idp admin-set-user-password --user-pool-id $pool --username bob --password Aa-12345 --permanent")
    said = refusal(
        started,
        "aws cognito-idp initiate-auth --client-id $client --auth-flow USER_PASSWORD_AUTH "
        "--auth-parameters USERNAME=bob,PASSWORD=Aa-12345",
    )
    assert said.endswith("PreAuthentication failed with error not bob.")


def test_the_record_says_who_signed_in(shell: Shell, watched: str) -> None:
    found = shell("aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=InitiateAuth")
    first = found["Events"][-1]  # the newest come first
    record = json.loads(first["CloudTrailEvent"])
    assert (first["EventName"], record["eventSource"]) == ("InitiateAuth", "cognito-idp.amazonaws.com")
    assert "Correct-horse-9" not in json.dumps(found)


def test_a_user_signs_out_everywhere(shell: Shell, watched: str, started: Running) -> None:
    signed_in = shell(
        "aws cognito-idp initiate-auth --client-id $client --auth-flow USER_PASSWORD_AUTH "
        "--auth-parameters USERNAME=ada,PASSWORD=Correct-horse-9"
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    shell(f"aws cognito-idp global-sign-out --access-token {token}")
    assert "NotAuthorizedException" in refusal(started, f"aws cognito-idp get-user --access-token {token}")


@functools.cache
def second_version() -> Path | None:
    """An AWS CLI of version 2, if this machine has one."""
    for found in (shutil.which("aws"), "/usr/bin/aws", "/usr/local/bin/aws"):
        if found and os.access(found, os.X_OK):
            said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=60)
            if said.stdout.startswith("aws-cli/2."):
                return Path(found)
    return None


def test_logs_tail_shows_the_run(started: Running, watched: str) -> None:
    aws = second_version()
    if aws is None:
        pytest.skip("no AWS CLI of version 2 on this machine (Debian has it as `awscli`), so `logs tail` was not run")
    # an early version 2 does not read AWS_ENDPOINT_URL
    line = f"{aws} --endpoint-url $AWS_ENDPOINT_URL logs tail /aws/lambda/myPreAuthFunc --since 5m --format short"
    done = ran(started, line, aws)
    assert (done.returncode, done.stderr) == (0, "")
    assert "seen ada PreAuthentication_Authentication" in done.stdout
    assert "REPORT RequestId:" in done.stdout


def test_a_key_is_made_and_used(shell: Shell, started: Running) -> None:
    key = shell("aws kms create-key --description 'for codes' --query KeyMetadata.KeyId --output text")
    shell(f"aws kms create-alias --alias-name alias/codes --target-key-id {key}")
    (started.home / "plain").write_bytes(b"a code")
    how = "--encryption-context userpool-id=$pool --output text"
    shell(f"aws kms encrypt --key-id alias/codes --plaintext fileb://plain {how} --query CiphertextBlob > blob.64")
    shell("base64 -d blob.64 > blob")
    opened = shell(f"aws kms decrypt --ciphertext-blob fileb://blob {how} --query Plaintext | base64 -d")
    assert opened == "a code"
    said = refusal(started, "aws kms decrypt --ciphertext-blob fileb://blob")
    assert "InvalidCiphertextException" in said


def test_a_key_that_is_not_here_is_told_of_when_a_pool_names_it(shell: Shell, started: Running, deployed: str) -> None:
    missing = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    kept = shell("aws kms create-key --query KeyMetadata.Arn --output text")
    line = "aws cognito-idp create-user-pool --pool-name senders --query UserPool.Id --lambda-config"
    told = []
    for key in (missing, kept):
        config = json.dumps({"KMSKeyID": key, "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": deployed}})
        pool = shell(f"{line} '{config}'")
        told.append([line for line in started.err.splitlines() if pool in line and "KMSKeyID" in line])
    assert [len(lines) for lines in told] == [1, 0]
    assert "trigger will not fire" in told[0][0]
