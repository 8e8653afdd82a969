"""Functions made, read, changed, listed and removed, through boto3."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.aws.lambda_server import ECHO, ROLE, create, lam, packed, refusal, server
from tests.serving import Serving

__all__ = ["lam", "server"]
ACCOUNT = "000000000000"


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def test_create_answers_as_lambda_does(lam: Any) -> None:
    code = packed(index_py=ECHO)
    made = create(
        lam, "made", Code={"ZipFile": code}, Description="d", Environment={"Variables": {"A_B": "ü"}}, Tags={"k": "v"}
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["FunctionArn"] == arn("made")
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert made["CodeSize"] == len(code)
    assert made["Timeout"] == 3
    assert made["MemorySize"] == 128
    assert made["Version"] == "$LATEST"
    assert made["State"] == "Active"
    assert made["LastUpdateStatus"] == "Successful"
    assert made["PackageType"] == "Zip"
    assert made["Architectures"] == ["x86_64"]
    assert made["EphemeralStorage"] == {"Size": 512}
    assert made["TracingConfig"] == {"Mode": "PassThrough"}
    assert made["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/made"}
    assert made["Environment"] == {"Variables": {"A_B": "ü"}}
    for wait in ("function_exists", "function_active_v2", "function_updated_v2", "function_active", "function_updated"):
        lam.get_waiter(wait).wait(FunctionName="made", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    found = lam.get_function(FunctionName="made")
    made.pop("ResponseMetadata")
    assert found["Configuration"] == made
    assert found["Tags"] == {"k": "v"}
    shown = lam.get_function_configuration(FunctionName="made")
    shown.pop("ResponseMetadata")
    assert shown == made


def test_code_can_be_fetched_for_ten_minutes_from_where_get_function_says(lam: Any, server: Serving) -> None:
    code = packed(index_py=ECHO, more_txt="x")
    create(lam, "fetched", Code={"ZipFile": code})
    location = lam.get_function(FunctionName="fetched")["Code"]["Location"]
    with urllib.request.urlopen(location, timeout=10) as answer:
        assert answer.read() == code
        assert answer.headers["content-type"] == "application/zip"
    with pytest.raises(urllib.error.HTTPError) as forged:
        urllib.request.urlopen(location[:-1] + ("0" if location[-1] != "0" else "1"), timeout=10)
    with forged.value:
        assert forged.value.code == 403
    server.clock.forward(seconds=601)
    with pytest.raises(urllib.error.HTTPError) as late:
        urllib.request.urlopen(location, timeout=10)
    with late.value:
        assert late.value.code == 403


def test_a_function_is_found_by_every_form_of_its_name(lam: Any) -> None:
    create(lam, "forms")
    whole = arn("forms")
    for name in ("forms", whole, f"{ACCOUNT}:function:forms", f"us-east-1:{ACCOUNT}:function:forms", "function:forms"):
        assert lam.get_function_configuration(FunctionName=name)["FunctionArn"] == whole
    for name in ("forms:$LATEST", whole + ":$LATEST"):
        assert lam.get_function_configuration(FunctionName=name)["FunctionArn"] == whole + ":$LATEST"


def test_what_is_not_there_is_said_by_its_arn(lam: Any) -> None:
    with pytest.raises(lam.exceptions.ResourceNotFoundException) as fault:
        lam.get_function(FunctionName="nobody")
    assert refusal(fault) == ("ResourceNotFoundException", 404, f"Function not found: {arn('nobody')}")
    with pytest.raises(ClientError) as other:
        lam.get_function(FunctionName=f"arn:aws:lambda:us-east-1:{'1' * 12}:function:nobody")
    assert refusal(other)[:2] == ("ResourceNotFoundException", 404)


def test_a_function_lives_in_its_region(lam: Any, server: Serving) -> None:
    create(lam, "local")
    other = server.client("lambda", "eu-west-1")
    with pytest.raises(other.exceptions.ResourceNotFoundException):
        other.get_function(FunctionName="local")
    assert create(other, "local")["FunctionArn"] == f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:local"
    with pytest.raises(other.exceptions.ResourceNotFoundException) as fault:
        other.get_function(FunctionName=arn("local"))
    assert "not reachable in this region" in refusal(fault)[2]


def test_a_name_is_taken_once(lam: Any) -> None:
    create(lam, "taken")
    with pytest.raises(lam.exceptions.ResourceConflictException) as fault:
        create(lam, "taken")
    assert refusal(fault) == ("ResourceConflictException", 409, "Function already exist: taken")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"Runtime": "ruby3.3"}, "ruby3.3 is not served"),
        ({"Runtime": "nodejs18.x"}, "nodejs18.x is not served"),
        ({"PackageType": "Image"}, "Image is not served"),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}, "S3 is not served"),
        ({"Code": {"ImageUri": "x"}}, "Container images are not served"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": packed()}}, "Uploaded file must be a non-empty zip"),
        ({"Code": {}}, "Please provide a source for function code."),
        ({"Handler": "../../etc/passwd.x"}, "inside the archive"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"1A": "x"}}}, "variable's name"),
        ({"Environment": {"Variables": {"NUL": "a\0b"}}}, "null character"),
        ({"Environment": {"Variables": {"BIG": "secret" * 1000}}}, "exceeded the 4KB limit"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart is not served"),
        ({"ImageConfig": {"Command": ["x"]}}, "ImageConfig is not served"),
        ({"Tags": {"aws:x": "y"}}, "reserved"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(lam: Any, said: dict[str, Any], why: str) -> None:
    with pytest.raises(lam.exceptions.InvalidParameterValueException) as fault:
        create(lam, "refused", **said)
    code, status, sentence = refusal(fault)
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert why in sentence
    assert "secretsecret" not in sentence
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.get_function(FunctionName="refused")


def test_new_configuration_runs_from_the_next_call_on(lam: Any) -> None:
    code = "import os\ndef handler(event, context):\n    return [os.environ.get('SAID'), context.memory_limit_in_mb]\n"
    create(lam, "configured", code, Environment={"Variables": {"SAID": "one"}})
    first = json.load(lam.invoke(FunctionName="configured")["Payload"])
    before = lam.get_function_configuration(FunctionName="configured")
    changed = lam.update_function_configuration(
        FunctionName="configured", MemorySize=256, Environment={"Variables": {"SAID": "two"}}, Description="new"
    )
    second = json.load(lam.invoke(FunctionName="configured")["Payload"])
    assert [first[0], second[0]] == ["one", "two"]
    assert int(second[1]) == 256
    assert changed["RevisionId"] != before["RevisionId"]
    assert changed["Timeout"] == before["Timeout"]
    emptied = lam.update_function_configuration(FunctionName="configured", Environment={"Variables": {}})
    assert "Environment" not in emptied
    assert emptied["Description"] == "new"


def test_new_code_runs_from_the_next_call_on(lam: Any) -> None:
    create(lam, "coded", "def handler(event, context):\n    return 1\n")
    assert json.load(lam.invoke(FunctionName="coded")["Payload"]) == 1
    code = packed(index_py="def handler(event, context):\n    return 2\n")
    dry = lam.update_function_code(FunctionName="coded", ZipFile=code, DryRun=True)
    assert json.load(lam.invoke(FunctionName="coded")["Payload"]) == 1
    changed = lam.update_function_code(FunctionName="coded", ZipFile=code)
    assert dry["CodeSha256"] == changed["CodeSha256"]
    assert json.load(lam.invoke(FunctionName="coded")["Payload"]) == 2


def test_a_change_holds_to_the_revision_it_names(lam: Any) -> None:
    made = create(lam, "revised")
    lam.update_function_configuration(FunctionName="revised", Timeout=5, RevisionId=made["RevisionId"])
    for late in (
        lambda: lam.update_function_configuration(FunctionName="revised", Timeout=6, RevisionId=made["RevisionId"]),
        lambda: lam.update_function_code(
            FunctionName="revised", ZipFile=packed(a_py=""), RevisionId=made["RevisionId"]
        ),
    ):
        with pytest.raises(lam.exceptions.PreconditionFailedException) as fault:
            late()
        assert refusal(fault)[:2] == ("PreconditionFailedException", 412)
    assert lam.get_function_configuration(FunctionName="revised")["Timeout"] == 5


def test_members_without_effect_come_back_as_they_were_given(lam: Any) -> None:
    layer = "arn:aws:lambda:us-east-1:017000801446:layer:Some:1"
    made = create(
        lam,
        "kept",
        VpcConfig={"SubnetIds": ["s-1"], "SecurityGroupIds": ["g-1"]},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"},
        Layers=[layer],
        LoggingConfig={"LogFormat": "JSON"},
        Architectures=["arm64"],
    )
    assert made["VpcConfig"]["SubnetIds"] == ["s-1"]
    assert made["Layers"] == [{"Arn": layer, "CodeSize": 0}]
    assert made["LoggingConfig"]["LogFormat"] == "JSON"
    assert made["Architectures"] == ["arm64"]
    changed = lam.update_function_configuration(
        FunctionName="kept", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    assert "VpcConfig" not in changed
    assert changed["DeadLetterConfig"] == made["DeadLetterConfig"]


def test_functions_are_listed_in_pages(lam: Any, server: Serving) -> None:
    there = server.client("lambda", "ap-southeast-2")
    for name in ("b", "a", "c"):
        create(there, name)
    there.publish_version(FunctionName="a")
    first = there.list_functions(MaxItems=2)
    assert [one["FunctionName"] for one in first["Functions"]] == ["a", "b"]
    second = there.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [one["FunctionName"] for one in second["Functions"]] == ["c"]
    assert "NextMarker" not in second
    every = there.list_functions(FunctionVersion="ALL")["Functions"]
    assert [one["FunctionArn"].split(":function:")[1] for one in every] == [
        "a:$LATEST",
        "a:1",
        "b:$LATEST",
        "c:$LATEST",
    ]


def test_a_deleted_function_is_gone_with_its_code(lam: Any, server: Serving) -> None:
    made = create(lam, "gone", "def handler(event, context):\n    return 'gone'\n")
    digest = base64.b64decode(made["CodeSha256"]).hex()
    folder = server.house.desk.functions._folder / digest
    location = lam.get_function(FunctionName="gone")["Code"]["Location"]
    assert folder.is_dir()
    assert lam.delete_function(FunctionName="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.get_function(FunctionName="gone")
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.delete_function(FunctionName="gone")
    assert not folder.exists()
    with pytest.raises(urllib.error.HTTPError) as fault:
        urllib.request.urlopen(location, timeout=10)
    with fault.value:
        assert fault.value.code == 404
    again = create(
        lam, "gone", "def handler(event, context):\n    return 'back'\n", Environment={"Variables": {"AB": "c"}}
    )
    assert again["Version"] == "$LATEST"
    assert json.load(lam.invoke(FunctionName="gone")["Payload"]) == "back"


def test_code_that_no_function_has_is_not_on_the_disk(lam: Any, server: Serving) -> None:
    """What was refused, only tried, replaced more than ten times ago, or deleted with its versions."""
    functions = server.house.desk.functions._folder

    def code(number: int) -> bytes:
        return packed(index_py=f"def handler(event, context):\n    return 'no {number}'\n")

    def new_on_disk() -> int:
        return len(set(functions.iterdir()) - before)

    before = set(functions.iterdir())
    create(lam, "tidy", Code={"ZipFile": code(0)})
    with pytest.raises(lam.exceptions.ResourceConflictException):
        create(lam, "tidy", Code={"ZipFile": code(1)})
    with pytest.raises(lam.exceptions.PreconditionFailedException):
        lam.update_function_code(FunctionName="tidy", ZipFile=code(2), RevisionId="another")
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.update_function_code(FunctionName="untidy", ZipFile=code(3))
    lam.update_function_code(FunctionName="tidy", ZipFile=code(4), DryRun=True)
    assert new_on_disk() == 1
    lam.publish_version(FunctionName="tidy")
    for number in range(5, 18):
        lam.update_function_code(FunctionName="tidy", ZipFile=code(number))
    assert new_on_disk() == 12  # the newest, ten before it, and the one that was published
    for qualifier, said in ((None, "no 17"), ("1", "no 0")):
        asked = {"Qualifier": qualifier} if qualifier else {}
        assert json.load(lam.invoke(FunctionName="tidy", **asked)["Payload"]) == said
    lam.delete_function(FunctionName="tidy")
    assert new_on_disk() == 0


def test_variables_are_sealed_in_the_database(lam: Any, server: Serving) -> None:
    create(lam, "sealing", Environment={"Variables": {"TOKEN": "canary-5f1d"}})
    lam.publish_version(FunctionName="sealing")
    data = server.house.desk.functions._folder.parent
    written = b"".join(path.read_bytes() for path in data.glob("keydesk.db*"))
    assert b"sealing" in written
    assert b"canary-5f1d" not in written


def test_create_and_publish_at_once(lam: Any) -> None:
    made = create(lam, "published", Publish=True)
    assert made["Version"] == "1"
    assert made["FunctionArn"] == arn("published") + ":1"
    code = packed(index_py=ECHO + "\n")
    changed = lam.update_function_code(FunctionName="published", ZipFile=code, Publish=True)
    assert changed["Version"] == "2"


def test_a_role_is_any_role_arn(lam: Any) -> None:
    with pytest.raises(ClientError) as fault:
        create(lam, "roleless", Role="me")
    assert refusal(fault)[0] == "ValidationException"
    assert create(lam, "role", Role=ROLE)["Role"] == ROLE
