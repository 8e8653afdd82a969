"""Boto3 against the CloudWatch Logs and CloudTrail faces, with a real store and journal and no network between."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from keydesk.aws import cloudtrail, logs
from keydesk.crypto.seal import Sealer
from keydesk.errors import Refusal
from keydesk.store.store import Store
from keydesk.triggers.journal import Journal
from keydesk.wire.request import AMZ_JSON, Answer, Request, refused
from keydesk.wire.signature import claimed

T = TypeVar("T")
SESSION = boto3.Session()  # loads each published model once
FACES = {"logs": logs.answer, "cloudtrail": cloudtrail.answer}
ACCOUNT = "111122223333"
NOW = 1_750_000_000_000


class Raw:
    """The body as botocore wants to read it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


@dataclass
class Bench:
    """A desk with what these faces need, on a loop of its own."""

    store: Store

    def __post_init__(self) -> None:
        self.now = NOW
        self.loop = asyncio.new_event_loop()
        self.journal = Journal(self.store, lambda: self.now)
        self.desk: Any = SimpleNamespace(
            store=self.store,
            journal=self.journal,
            sealer=Sealer(bytes(32)),
            clock=lambda: self.now,
            account=ACCOUNT,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.journal.close())
        self.loop.close()

    def client(self, service: str, region: str = "us-east-1") -> Any:
        client: Any = SESSION.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        client.meta.events.register_first("before-send", self._sender(service))
        return client

    def _sender(self, service: str) -> Callable[..., AWSResponse]:
        def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            answer = self.answer(service, request.body or b"", **{k: _text(v) for k, v in request.headers.items()})
            return AWSResponse(request.url, answer.status, {"x-amzn-requestid": "r"}, Raw(answer.body))  # type: ignore[arg-type]

        return send

    def answer(self, service: str, body: bytes | str, **headers: str) -> Answer:
        """What the face answers, a Refusal rendered as the server does."""
        request = Request(
            method="POST",
            path="/",
            raw_path="/",
            query="",
            headers={name.lower(): value for name, value in headers.items()},
            body=body.encode() if isinstance(body, str) else body,
            ip="127.0.0.1",
            id="r",
        )
        caller = claimed(request)
        assert caller is not None
        try:
            return self.run(FACES[service](request, caller, self.desk))
        except Refusal as refusal:
            return refused(refusal)

    def raw(self, service: str, target: str, body: bytes) -> Answer:
        """Any bytes at all as a body."""
        return self.answer(
            service,
            body,
            authorization=f"AWS4-HMAC-SHA256 Credential=AKID/20300101/us-east-1/{service}/aws4_request, "
            "SignedHeaders=host, Signature=00",
            **{"x-amz-target": target, "content-type": AMZ_JSON},
        )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
