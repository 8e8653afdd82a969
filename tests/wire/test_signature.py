"""Real requests of boto3 pass; the same with anything changed do not (security requirement RQ-01)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from keydesk.errors import (
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    Refusal,
    UnrecognizedClient,
)
from keydesk.wire.request import Request
from keydesk.wire.signature import Caller, claimed, verify

KEY = "AKIDEXAMPLE"
SECRET = "a secret of this test"
KEYS = {KEY: SECRET, "AKIDOTHER": "another"}
SERVICES = frozenset({"cognito-idp", "lambda", "logs"})
SECOND = 1000
MINUTE = 60 * SECOND


class Kept(Exception):
    """The request as it was about to leave."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def sent(service: str, operation: str, **members: Any) -> Request:
    """What boto3 puts on the wire for a call, as the server reads it."""

    def keep(request: AWSPreparedRequest, **_: Any) -> None:
        raise Kept(request)

    client: Any = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:9229",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"max_attempts": 0}),
    )
    client.meta.events.register_first("before-send", keep)
    with pytest.raises(Kept) as kept:
        getattr(client, operation)(**members)
    request = kept.value.request
    url = urlsplit(request.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    body = request.body or b""
    return Request(
        method=request.method,
        path="unused",
        raw_path=url.path,
        query=url.query,
        headers={"host": url.netloc, **headers},
        body=body.encode() if isinstance(body, str) else bytes(body),
        ip="127.0.0.1",
        id="r",
    )


@cache
def cognito() -> Request:
    return sent("cognito-idp", "admin_get_user", UserPoolId="eu-west-1_abcdefghi", Username="josé")


@cache
def lambda_read() -> Request:
    name = "arn:aws:lambda:eu-west-1:000000000000:function:pre-sign-up"
    return sent("lambda", "get_function", FunctionName=name, Qualifier="$LATEST")


@cache
def lambda_invoke() -> Request:
    return sent("lambda", "invoke", FunctionName="f", LogType="Tail", Qualifier="live", Payload=b'{"a": "\xc3\xa4"}')


@cache
def lambda_list() -> Request:
    return sent("lambda", "list_functions", Marker="a b+c/d=&é~*", MaxItems=7)


@cache
def logs() -> Request:
    return sent("logs", "filter_log_events", logGroupName="/aws/lambda/f", filterPattern='"two words"')


SENT = [cognito, lambda_read, lambda_invoke, lambda_list, logs]
all_sent = pytest.mark.parametrize("request_of", SENT)
Sent = Callable[[], Request]


def when(request: Request) -> int:
    said = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return int(said.timestamp()) * SECOND


def judge(request: Request, original: Request | None = None) -> Caller:
    return verify(request, KEYS, when(original or request), SERVICES)


def with_header(request: Request, name: str, value: str | None) -> Request:
    headers = {**request.headers, name: value or ""}
    if value is None:
        del headers[name]
    return replace(request, headers=headers)


def in_authorization(request: Request, old: str, new: str) -> Request:
    assert old in request.headers["authorization"]
    return with_header(request, "authorization", request.headers["authorization"].replace(old, new, 1))


@all_sent
def test_what_boto3_signs_is_accepted(request_of: Sent) -> None:
    caller = judge(request_of())
    assert (caller.access_key, caller.region) == (KEY, "eu-west-1")
    assert caller == claimed(request_of())


def test_the_sample_requests_have_what_makes_them_hard() -> None:
    assert "%3A" in lambda_read().raw_path
    assert "%24LATEST" in lambda_read().query
    assert "%20" in lambda_list().query
    assert cognito().headers["x-amz-target"]


def swapped(text: bytes) -> Iterator[bytes]:
    """Every text that differs in one byte, by its lowest bit."""
    for at in range(len(text)):
        yield text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]


def dropped(text: bytes) -> Iterator[bytes]:
    for at in range(len(text)):
        if text[:at] + text[at + 1 :] != text:
            yield text[:at] + text[at + 1 :]


def changes(text: str) -> Iterator[str]:
    for change in (*swapped(text.encode("latin-1")), *dropped(text.encode("latin-1"))):
        yield change.decode("latin-1")


@all_sent
def test_every_change_of_the_body_is_refused(request_of: Sent) -> None:
    request = request_of()
    for body in (*swapped(request.body), *dropped(request.body), request.body + b" "):
        with pytest.raises(InvalidSignature):
            judge(replace(request, body=body))


@all_sent
def test_every_change_of_the_path_is_refused(request_of: Sent) -> None:
    request = request_of()
    for path in (*changes(request.raw_path), request.raw_path + "x"):
        if path.replace("//", "/") in {request.raw_path, ""}:
            continue  # the same path written otherwise
        with pytest.raises(InvalidSignature):
            judge(replace(request, raw_path=path))


@all_sent
def test_every_change_of_the_query_is_refused(request_of: Sent) -> None:
    request = request_of()
    for query in (*changes(request.query), request.query + "&x=", "x" if not request.query else ""):
        with pytest.raises(InvalidSignature):
            judge(replace(request, query=query))


@all_sent
def test_every_change_of_the_method_is_refused(request_of: Sent) -> None:
    for method in ("PUT", "DELETE", "HEAD", "get"):
        with pytest.raises(InvalidSignature):
            judge(replace(request_of(), method=method))


@all_sent
def test_every_change_of_a_signed_header_is_refused(request_of: Sent) -> None:
    request = request_of()
    signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date"} <= set(signed)
    for name in signed:
        for value in changes(request.headers[name]):
            if value.split() == request.headers[name].split():
                continue  # blanks around a value mean nothing
            with pytest.raises((InvalidSignature, IncompleteSignature)):
                judge(with_header(request, name, value), request)


@all_sent
def test_a_signed_header_that_is_gone_is_refused(request_of: Sent) -> None:
    request = request_of()
    for name in request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";"):
        with pytest.raises((InvalidSignature, IncompleteSignature)):
            judge(with_header(request, name, None), request)


@all_sent
def test_every_change_of_the_authorization_is_refused(request_of: Sent) -> None:
    request = request_of()
    header = request.headers["authorization"]
    for changed in changes(header):
        if changed.replace(" ", "") == header.replace(" ", "") and changed.startswith("AWS4-HMAC-SHA256 "):
            continue  # one blank less after a comma
        with pytest.raises(Refusal) as refusal:
            judge(with_header(request, "authorization", changed))
        assert refusal.value.status == 400


@all_sent
def test_another_secret_is_refused(request_of: Sent) -> None:
    request = request_of()
    for secret in (*changes(SECRET), ""):
        with pytest.raises(InvalidSignature):
            verify(request, {KEY: secret}, when(request), SERVICES)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_the_clock_may_be_five_minutes_off(minutes: int) -> None:
    request = cognito()
    assert verify(request, KEYS, when(request) + minutes * MINUTE, SERVICES)


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (5 * MINUTE + SECOND, r"^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$"),
        (-5 * MINUTE - SECOND, r"^Signature not yet current: \d{8}T\d{6}Z is still later than .* \+ 5 min\.\)$"),
    ],
)
def test_beyond_the_window_it_is_refused_with_the_reason(off: int, words: str) -> None:
    request = cognito()
    with pytest.raises(InvalidSignature, match=words):
        verify(request, KEYS, when(request) + off, SERVICES)


def test_an_unknown_access_key_is_refused() -> None:
    with pytest.raises(UnrecognizedClient, match="security token included in the request is invalid"):
        judge(in_authorization(cognito(), KEY, "AKIDNOBODY"))


def test_one_key_does_not_sign_for_another() -> None:
    with pytest.raises(InvalidSignature):
        judge(in_authorization(cognito(), KEY, "AKIDOTHER"))


def test_a_session_token_belongs_to_no_key_here() -> None:
    with pytest.raises(UnrecognizedClient):
        judge(with_header(cognito(), "x-amz-security-token", "t"))


def test_the_scope_must_be_of_a_service_behind_this_door() -> None:
    with pytest.raises(InvalidSignature, match=r"scoped to correct service: 'lambda' or 'logs'\.$"):
        verify(cognito(), KEYS, when(cognito()), frozenset({"lambda", "logs"}))


def test_the_scope_must_be_of_the_day() -> None:
    day = cognito().headers["x-amz-date"][:8]
    with pytest.raises(InvalidSignature, match=f"'20200101' != '{day}'"):
        judge(in_authorization(cognito(), f"/{day}/", "/20200101/"))


@pytest.mark.parametrize("name", ["host", "x-amz-date", "x-amz-target"])
def test_what_decides_the_meaning_must_be_signed(name: str) -> None:
    with pytest.raises(InvalidSignature, match=f"not signed: {name}$"):
        judge(in_authorization(cognito(), name, "x-nothing"))


def test_an_added_amz_header_is_refused() -> None:
    with pytest.raises(InvalidSignature, match=r"not signed: x-amz-log-type$"):
        judge(with_header(lambda_read(), "x-amz-log-type", "Tail"))


def test_an_unsigned_payload_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        judge(with_header(cognito(), "x-amz-content-sha256", "UNSIGNED-PAYLOAD"))


@pytest.mark.parametrize("authorization", [None, "", "Bearer AWS4-HMAC-SHA256", "Basic abc"])
def test_no_signature_is_no_caller(authorization: str | None) -> None:
    request = with_header(cognito(), "authorization", authorization)
    assert claimed(request) is None
    with pytest.raises(MissingAuthenticationToken):
        judge(request)


def test_a_presigned_address_is_not_taken() -> None:
    request = replace(with_header(cognito(), "authorization", None), query="X-Amz-Algorithm=AWS4-HMAC-SHA256")
    with pytest.raises(MissingAuthenticationToken):
        judge(request)


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-ECDSA-P256-SHA256 Credential=a/20300101/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/s/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/s/aws4_request, SignedHeaders=host, Signature=0, Signature=1",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/s/aws4_request, SignedHeaders=host, Signature=0, Other=1",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=/20300101/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/2030/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20300101/R_X/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/../aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20300101/r/s/aws5_request, SignedHeaders=host, Signature=0",
    ],
)
def test_a_malformed_claim_is_refused_in_either_mode(authorization: str) -> None:
    request = with_header(cognito(), "authorization", authorization)
    with pytest.raises(IncompleteSignature):
        claimed(request)
    with pytest.raises(IncompleteSignature):
        judge(request)


@pytest.mark.parametrize("date", [None, "", "20301301T000000Z", "2030-01-01T00:00:00Z", "20300101T000000Zx", "٢٠٣٠"])
def test_a_date_that_cannot_be_read_is_refused(date: str | None) -> None:
    with pytest.raises(IncompleteSignature):
        judge(with_header(cognito(), "x-amz-date", date), cognito())


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)), st.binary(max_size=20))
def test_no_input_does_more_than_be_refused(authorization: str, anything: str, body: bytes) -> None:
    request = replace(cognito(), body=body, query=anything, raw_path="/" + anything, method=anything)
    for header in (
        authorization,
        f"AWS4-HMAC-SHA256 {authorization}",
        request.headers["authorization"] + authorization,
    ):
        with pytest.raises(Refusal):
            judge(with_header(request, "authorization", header))
