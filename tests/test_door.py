"""The door: who may bring how much, and who is not let in at all."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from tests.serving import Pool, Serving, serving

from keydesk.wire.request import AMZ_JSON

KEY, SECRET = "KDTEST", "a secret of sixteen letters and more"
FUNCTIONS = "/2015-03-31/functions"
NAMED = f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=ab"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("data"), open=False, keys={KEY: SECRET}) as one:
        yield one


def posted(url: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Status and error type of a request to the Lambda API."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answered(urllib.request.Request(url + FUNCTIONS, data=body, headers=named, method="POST"))


def answered(request: urllib.request.Request) -> tuple[int, str]:
    """Status and error type."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, str(answer.headers["x-amzn-ErrorType"])


def test_a_stranger_brings_no_archive(production: Serving) -> None:
    """RQ-15: tens of megabytes were kept for each of them until their signature turned out to be none."""
    large = b"{" + b" " * (2 << 20)
    assert posted(production.url, large)[0] == 413
    assert posted(production.url, large, Authorization=NAMED.replace(KEY, "OTHER"))[0] == 413
    status, refusal = posted(production.url, large, Authorization=NAMED)
    assert (status, refusal) == (400, "IncompleteSignatureException")


def test_an_administrator_brings_one(production: Serving) -> None:
    large = production.client("lambda", aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    with pytest.raises(ClientError, match="Could not unzip"):
        large.create_function(
            FunctionName="large",
            Runtime="python3.11",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/lambda",
            Code={"ZipFile": bytes(2 << 20)},
        )


def test_a_style_with_images_is_larger_than_other_requests(production: Serving) -> None:
    """RQ-15: up to 2 MiB, of administrators that are known, and of these operations alone."""
    target, empty = "AWSCognitoIdentityProviderService.", b"{" + b" " * 1_500_000 + b"}"
    known = NAMED.replace("lambda", "cognito-idp")
    cases = (
        ("UpdateManagedLoginBranding", empty, known, 400, "IncompleteSignatureException"),
        ("UpdateManagedLoginBranding", empty, known.replace(KEY, "OTHER"), 413, "larger than 1 MiB"),
        ("UpdateManagedLoginBranding", empty * 2, known, 413, "larger than 2 MiB"),
        ("UpdateUserPool", empty, known, 413, "larger than 1 MiB"),
    )
    for name, body, said, status, words in cases:
        answered = production.raw(target + name, body, Authorization=said)
        assert (answered[0], words in answered[2].decode()) == (status, True), answered


@pytest.mark.parametrize("origin", ["http://example.com", "http://127.0.0.1:9229", "null"])
def test_no_page_in_a_developers_browser_deploys_code(server: Serving, origin: str) -> None:
    """A name that a stranger owns may lead to this machine, and then the page is of the same origin."""
    status, refusal = posted(server.url, b"{}", Authorization=NAMED, Origin=origin)
    assert (status, refusal) == (400, "UnrecognizedClientException")


def test_no_page_reads_code_under_a_name_that_a_stranger_owns(server: Serving) -> None:
    """What a page reads of its own origin comes without `Origin`. Containers call the developer's machine by a name."""
    ours = ("localhost:1", "[::1]:1", "keydesk", "host.docker.internal:9229", urlsplit(server.url).netloc)
    for host, status in (*((one, 200) for one in ours), ("evil.example:9229", 400)):
        asked = urllib.request.Request(server.url + FUNCTIONS, headers={"Authorization": NAMED, "Host": host})
        assert answered(asked)[0] == status, host


def test_what_a_request_asks_is_said_in_one_way(server: Serving) -> None:
    """RQ-08: a proxy that lets the one through would see the other answered. Twice the same is one thing."""
    asked = {
        "x-amz-target": "AWSCognitoIdentityProviderService.ListUserPools",
        "content-type": AMZ_JSON,
        "authorization": NAMED.replace("/lambda/", "/cognito-idp/"),
        "x-other": "a",
        "content-length": "16",
    }
    for name, again, status, told in (
        *((name, value, 200, b"UserPools") for name, value in asked.items() if name != "content-length"),
        ("x-other", "b", 200, b"UserPools"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.GetUser", 400, b"The header x-amz-target was sent"),
        ("content-type", "text/plain", 400, b"The header content-type was sent more than once."),
        ("authorization", "Bearer x", 400, b"The header authorization was sent more than once."),
    ):
        with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)) as line:
            line.putrequest("POST", "/")
            for header, value in (*asked.items(), (name.title(), again)):
                line.putheader(header, value)
            line.endheaders(b'{"MaxResults":1}')
            answer = line.getresponse()
            assert (answer.status, told in answer.read()) == (status, True), name


@pytest.mark.parametrize("operation", ["list_user_pools", "create_user_pool"])
def test_production_believes_nobody(production: Serving, operation: str) -> None:
    """RQ-02."""
    asked: dict[str, Any] = {"list_user_pools": {"MaxResults": 1}, "create_user_pool": {"PoolName": "x"}}[operation]
    for stranger in ({}, {"aws_secret_access_key": SECRET}, {"aws_access_key_id": KEY}):
        with pytest.raises(ClientError):
            getattr(production.client(**stranger), operation)(**asked)
    ours = production.client(aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    assert getattr(ours, operation)(**asked)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_folder_of_handlers_may_go_away(tmp_path: Path) -> None:
    """Its functions go with it, and nothing else."""
    folder = tmp_path / "handlers"
    folder.mkdir()
    (folder / "pre_authentication.py").write_text("def handler(event, context):\n    raise Exception('no')\n")
    with serving(tmp_path / "data", folder=folder) as one:
        pool = Pool(one)
        pool.user("ada")
        assert pool.tokens()["AccessToken"]
        (folder / "pre_authentication.py").unlink()
        folder.rmdir()
        assert pool.tokens()["AccessToken"]
        assert one.client("lambda").list_functions()["Functions"] == []
