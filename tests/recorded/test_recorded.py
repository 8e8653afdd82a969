"""Answers of the live service that are on public record, replayed: each file here is one, `operation.case.json`.

A file says where the answer stands (`source`), what must be there first (`given`), what is asked (`request`), and what
came back: an `answer`, in which `?word` stands for a value that differs each time, or a `refusal`. Names and values are
ours. `newer` are members that the service has begun to tell since the record was made, `beyond` what Keydesk tells
beside, as its pages say.
"""

import base64
import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
from cryptography import x509
from tests.serving import Serving, serving

from keydesk.api.protocol import TARGET
from keydesk.crypto import totp

HERE = Path(__file__).parent
RECORDS = sorted(path.name for path in HERE.glob("*.json"))
SIGNED = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
LINKED = ["userId", "providerName", "providerType", "issuer", "primary", "dateCreated"]
KINDS: dict[str, Callable[[Any], bool]] = {
    "?time": lambda said: isinstance(said, int | float) and said > 1_500_000_000,
    "?uuid": lambda said: str(uuid.UUID(said)) == said,
    "?text": lambda said: isinstance(said, str) and said != "",
    "?jwt": lambda said: len(said.split(".")) == 3,
    "?client": lambda said: bool(re.fullmatch("[a-z0-9]{26}", said)),
    "?secret": lambda said: bool(re.fullmatch("[a-z0-9]{51}", said)),
    "?pool": lambda said: bool(re.fullmatch("us-east-1_[A-Za-z0-9]{9}", said)),
    "?base32": lambda said: bool(re.fullmatch("[A-Z2-7]{32,}", said)),
    "?job": lambda said: bool(re.fullmatch("import-[A-Za-z0-9]{10}", said)),
    "?device": lambda said: bool(re.fullmatch("us-east-1_[0-9a-f-]{36}", said)),
    "?certificate": lambda said: bool(x509.load_der_x509_certificate(base64.b64decode(said))),
    "?identities": lambda said: all(list(one) == LINKED for one in json.loads(said)),
    "?device group": lambda said: bool(re.fullmatch("-[A-Za-z0-9_-]{8}", said)),
}


class Replay:
    """One record against a server: values that were kept of earlier answers stand for `$names` in later requests."""

    def __init__(self, server: Serving) -> None:
        self._server = server
        self._kept: dict[str, str] = {}

    def fill(self, said: Any) -> Any:
        match said:
            case str():
                return Template(said).safe_substitute(self._kept)
            case list():
                return [self.fill(one) for one in said]
            case dict():
                return {name: self.fill(value) for name, value in said.items()}
        return said

    def ask(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = json.dumps(self.fill(request)).encode()
        status, headers, answer = self._server.raw(TARGET + operation, body, Authorization=SIGNED)
        assert headers["content-type"] == "application/x-amz-json-1.1"
        return status, json.loads(answer)

    def prepare(self, step: dict[str, Any]) -> None:
        """One step of what was there before: a call, something that a person does, or the passing of time."""
        match step:
            case {"call": operation, "with": request}:
                status, answer = self.ask(operation, request)
                assert status == step.get("status", 200), (step, answer)
                for name, path in step.get("keep", {}).items():
                    self._kept[name] = _at(answer, path)
            case {"code of": address}:
                self._kept["code"] = self._server.code(address)
            case {"app with": secret}:
                now = self._server.clock() + 30_000 * step.get("steps", 0)  # a code counts once
                self._kept["code"] = totp.code_at(self.fill(secret), now)
            case {"secret hash of": username}:
                said = (self.fill(username) + self._kept["client"]).encode()
                digest = hmac.digest(self._kept["secret"].encode(), said, "sha256")
                self._kept["hash"] = base64.b64encode(digest).decode()
            case {"function": name, "code": code}:
                self._kept[name] = self._server.deploy(f"{name}-{uuid.uuid4().hex}", code)
            case {"log group": name}:
                self._server.client("logs").create_log_group(logGroupName=name)
            case {"days later": days}:
                self._server.clock.forward(seconds=days * 86_400)
            case _:
                raise AssertionError(f"no such step: {step}")


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer[int(part) if part.isdecimal() else part]
    return answer


def differences(record: Any, said: Any, where: str = "answer") -> Iterator[str]:
    """Where an answer is not as recorded. The order in lists counts for nothing: the live service's varies."""
    if isinstance(record, str) and record in KINDS:
        if not KINDS[record](said):
            yield f"{where}: {said!r} is no {record[1:]}"
    elif isinstance(record, dict) and isinstance(said, dict):
        yield from (f"{where}.{name}: missing" for name in record if name not in said)
        yield from (f"{where}.{name}: {said[name]!r} is not in the record" for name in said if name not in record)
        for name in record.keys() & said.keys():
            yield from differences(record[name], said[name], f"{where}.{name}")
    elif isinstance(record, list) and isinstance(said, list) and len(record) == len(said):
        for number, (one, other) in enumerate(zip(_sorted(record), _sorted(said), strict=True)):
            yield from differences(one, other, f"{where}.{number}")
    elif record != said or type(record) is not type(said):
        yield f"{where}: {said!r} instead of {record!r}"


def _sorted(values: list[Any]) -> list[Any]:
    """In an order that does not hang on values that differ each time: by name, where they have one."""
    return sorted(values, key=lambda one: next(iter(_names(one)), "") if isinstance(one, dict) else str(one))


def _names(one: dict[str, Any]) -> list[str]:
    return [str(value) for name, value in one.items() if name.endswith(("Name", "name", "Username", "Identifier"))]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("recorded")) as server:
        yield server


@pytest.mark.parametrize("name", RECORDS)
def test_the_answer_is_as_recorded(live: Serving, name: str) -> None:
    record = json.loads((HERE / name).read_text("utf-8"))
    replay = Replay(live)
    for step in record.get("given", ()):
        replay.prepare(step)
    status, answer = replay.ask(record["operation"], record["request"])
    if refusal := record.get("refusal"):
        assert (status, answer) == (400, replay.fill({"__type": refusal["code"], "message": refusal["sentence"]}))
        return
    wanted = replay.fill(record["answer"])
    for path in (*record.get("newer", ()), *record.get("beyond", ())):
        _forget(answer, path.split("."))
    assert (status, list(differences(wanted, answer))) == (200, [])


def _forget(answer: Any, path: list[str]) -> None:
    """Take a newer member out of an answer; that it is there is part of the record's file."""
    *inside, last = (int(part) if part.isdecimal() else part for part in path)
    for part in inside:
        answer = answer[part]
    del answer[last]


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_names_its_operation_and_its_source(name: str) -> None:
    record = json.loads((HERE / name).read_text("utf-8"))
    assert set(record) <= {"source", "given", "operation", "request", "answer", "newer", "beyond", "refusal"}
    assert record["source"].startswith("https://")
    assert ("answer" in record) is not ("refusal" in record)
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", record["operation"]).lower()
    assert re.fullmatch(rf"{snake}\.[a-z0-9_]+\.json", name)
