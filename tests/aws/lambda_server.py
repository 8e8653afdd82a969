"""A server for the Lambda tests of one file, and what they send to it."""

import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import Serving, serving

ROLE = "arn:aws:iam::000000000000:role/lambda"
ECHO = "def handler(event, context):\n    return {'event': event, 'arn': context.invoked_function_arn}\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture(scope="module")
def lam(server: Serving) -> Any:
    return server.client("lambda")


def packed(**files: str) -> bytes:
    """A zip; `index_py` names the file `index.py`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(".".join(name.rsplit("_", 1)), text)
    return made.getvalue()


def create(lam: Any, name: str, code: str = ECHO, **more: Any) -> dict[str, Any]:
    said = {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": packed(index_py=code)},
    }
    return dict(lam.create_function(FunctionName=name, **(said | more)))


def refusal(fault: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, status and sentence."""
    said = fault.value.response
    return said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Message"]


def send(server: Serving, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """A request as no SDK would send it, claimed to be signed."""
    claim = (
        "AWS4-HMAC-SHA256 Credential=keydesk/20300101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00"
    )
    request = urllib.request.Request(
        server.url + path,
        data=body or None,
        headers={"Authorization": claim, "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read()
