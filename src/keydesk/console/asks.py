"""The console asks as everyone does: operations by their published names, through the same faces and limits."""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from keydesk.api import protocol
from keydesk.aws import lambda_api, logs
from keydesk.crypto.ids import uuid_of
from keydesk.flows.call import Desk
from keydesk.wire.request import AMZ_JSON, Request
from keydesk.wire.signature import Caller

AGENT: Final = "keydesk-console"
LOGS: Final = "Logs_20140328."
FUNCTIONS: Final = "/2015-03-31/functions"


class Asks:
    """On behalf of one administrator, from one address."""

    def __init__(self, desk: Desk, key: str, ip: str) -> None:
        self._desk, self._key, self._ip = desk, key, ip

    async def pool(self, operation: str, region: str, **members: Any) -> Any:
        """An operation of the user-pool API. Raises Refusal."""
        request = self._request("POST", "/", members)
        answer = await protocol.answer(operation, request, self._caller(region, "cognito-idp"), self._desk)
        return msgspec.json.decode(answer.body)

    async def logs(self, operation: str, region: str, **members: Any) -> Any:
        """An operation of CloudWatch Logs. Raises Refusal."""
        request = self._request("POST", "/", members, {"x-amz-target": LOGS + operation})
        return msgspec.json.decode((await logs.answer(request, self._caller(region, "logs"), self._desk)).body)

    async def functions(self, region: str, *path: str) -> Any:
        """What the Lambda API answers to a GET below its functions. Raises Refusal."""
        request = self._request("GET", "/".join((FUNCTIONS, *(quote(part, safe="") for part in path))), None)
        answer = await lambda_api.answer(request, self._caller(region, "lambda"), self._desk)
        return msgspec.json.decode(answer.body)

    def _caller(self, region: str, service: str) -> Caller:
        return Caller(self._key, region, service)

    def _request(self, method: str, path: str, members: Any, more: dict[str, str] | None = None) -> Request:
        body = b"" if members is None else msgspec.json.encode(members)
        headers = {"content-type": AMZ_JSON, "user-agent": AGENT, **(more or {})}
        now = uuid_of(self._desk.clock())
        return Request(method, path, path, "", headers, body, self._ip, now)
