"""Lines to write, and what came of reading them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.aws.calling import ACCOUNT, NOW, Bench

GROUP = "/aws/lambda/pre-sign-up"
ONE = "2025/06/15/[1]aaaa"
TWO = "2025/06/15/[$LATEST]bbbb"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}"


def write(bench: Bench, *texts: str, stream: str = ONE, group: str = GROUP, at: int = NOW, step: int = 1) -> None:
    lines = [(at + number * step, text) for number, text in enumerate(texts)]
    bench.journal.lines("us-east-1", group, stream, lines)


def refused(work: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as fault:
        work(**members)
    assert fault.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return fault.value.response["Error"]["Code"], fault.value.response["Error"]["Message"]


def said(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]
