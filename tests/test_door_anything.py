"""What comes through the door: anything at all, and what goes out is a modelled answer with an id, never a trace."""

import http.client
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.serving import PASSWORD, Pool, Serving, claims

TARGET = "AWSCognitoIdentityProviderService."
SIGNED = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
MIB = 1 << 20


@pytest.fixture
def pool(server: Serving) -> Pool:
    return Pool(server)


def asked(server: Serving, name: str, body: bytes, **headers: str) -> tuple[int, str, str]:
    """One operation with this body: status, code and sentence. Whatever comes back has the protocol's form."""
    status, answered, document = server.raw(TARGET + name, body, **{"Authorization": SIGNED, **headers})
    assert answered["content-type"] == "application/x-amz-json-1.1"
    assert uuid.UUID(answered["x-amzn-requestid"])
    told = json.loads(document)
    if status != 200:
        assert set(told) == {"__type", "message"}
        assert answered["x-amzn-errortype"] == told["__type"] + ":"
    return status, told.get("__type", ""), told.get("message", "")


def plain(server: Serving, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """One request of any method: status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("target", [None, "", "x", "InitiateAuth.", TARGET, TARGET + "Nope", "\xe9" * 2000])
def test_an_unknown_target_is_refused(server: Serving, target: str | None) -> None:
    said = {"Content-Type": "application/x-amz-json-1.1"} | ({} if target is None else {"X-Amz-Target": target})
    status, headers, body = plain(server, "POST", "/", b"{}", **said)
    assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException")
    assert uuid.UUID(headers["x-amzn-requestid"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"ClientId": NaN}',
        b'{"ClientId": Infinity}',
        b'{"ClientId": "\\ud800"}',
        b'{"ClientId": "\xed\xa0\x80"}',
        b'{"ClientId": "\xff"}',
        b'{"ClientId": "a\x00"}',
        b"{}{}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"ClientMetadata": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001,
        b'{"AuthFlow": ' + b"9" * 200_000 + b"}",
        b"[]",
        b"null",
        b"1",
        b'"text"',
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_what_is_no_json_of_the_form_is_refused(server: Serving, body: bytes) -> None:
    """RQ-05: strict UTF-8, no NaN, no endless depth, no lone surrogates."""
    assert asked(server, "InitiateAuth", body)[:2] == (400, "SerializationException")


def test_an_empty_body_is_an_empty_object(server: Serving) -> None:
    for body in (b"", b" \n", b"{}"):
        status, code, sentence = asked(server, "GetUser", body)
        assert (status, code) == (400, "InvalidParameterException")
        assert "'accessToken'" in sentence


def test_the_content_type_counts(server: Serving) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        said = asked(server, "ListUserPools", b'{"MaxResults": 1}', **{"Content-Type": media})
        assert said[:2] == (400, "SerializationException"), media
    for media in ("application/json", "application/x-amz-json-1.1; charset=utf-8", "Application/X-Amz-Json-1.0"):
        assert asked(server, "ListUserPools", b'{"MaxResults": 1}', **{"Content-Type": media})[0] == 200, media


@pytest.mark.parametrize("number", ["2147483648", "-2147483649", "1" + "0" * 30, "1.5", "1e400", "true", '"1"'])
def test_a_number_beyond_its_type_is_refused(server: Serving, number: str) -> None:
    assert asked(server, "ListUserPools", f'{{"MaxResults": {number}}}'.encode())[:2] == (400, "SerializationException")


WRONG: dict[str, list[Any]] = {
    "string": [1, True, [], {}],
    "map": [1, True, "text", [], {"a": 1}, {"a": []}, {"a": {}}],
    "structure": [1, True, "text", []],
}


def test_no_member_takes_another_type(server: Serving, pool: Pool) -> None:
    """Each member of InitiateAuth, with each type of JSON that cannot be its own."""
    right = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": pool.client}
    members = pool.api.meta.service_model.operation_model("InitiateAuth").input_shape.members
    assert {"AuthFlow", "AuthParameters", "ClientMetadata", "ClientId", "AnalyticsMetadata", "Session"} <= set(members)
    for name, shape in members.items():
        for value in WRONG[shape.type_name]:
            said = asked(server, "InitiateAuth", json.dumps(right | {name: value}).encode())
            assert said[:2] == (400, "SerializationException"), (name, value)


def test_the_last_of_two_members_counts(server: Serving, pool: Pool) -> None:
    body = f'{{"ClientId": "{pool.client}", "Username": "a", "Username": "b", "Password": "{PASSWORD}"}}'
    assert asked(server, "SignUp", body.encode())[0] == 200
    assert [user["Username"] for user in pool.api.list_users(UserPoolId=pool.id)["Users"]] == ["b"]


NUL: dict[str, list[dict[str, Any]]] = {
    "SignUp": [
        {"Username": "a", "Password": PASSWORD + "\0"},
        {"Username": "a", "Password": PASSWORD, "UserAttributes": [{"Name": "name", "Value": "a\0b"}]},
        {"Username": "a", "Password": PASSWORD, "UserAttributes": [{"Name": "a\0", "Value": "b"}]},
        {"Username": "a", "Password": PASSWORD, "ClientMetadata": {"a\0": "b"}},
    ],
    "InitiateAuth": [
        {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "a\0", "PASSWORD": "b"}},
        {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": "a\0"}},
    ],
    "ListUsers": [{"Filter": 'username = "a\0"'}, {"Filter": 'email ^= "a\0"'}, {"PaginationToken": "a\0"}],
    "AdminGetUser": [{"Username": "a\0"}],
    "AdminCreateUser": [{"Username": "a", "TemporaryPassword": PASSWORD + "\0"}],
    "CreateGroup": [{"GroupName": "g", "Description": "\0"}],
    "CreateUserPool": [{"PoolName": "p", "UserPoolTags": {"a": "b\0"}}],
    "ForgotPassword": [{"Username": "a\0"}],
}


@pytest.mark.parametrize("name", NUL)
def test_no_text_has_a_nul(server: Serving, pool: Pool, name: str) -> None:
    """One database cannot keep it: it is refused before either is asked."""
    for members in NUL[name]:
        body = json.dumps({"UserPoolId": pool.id, "ClientId": pool.client} | members).encode()
        status, code, sentence = asked(server, name, body)
        assert (status, code) == (400, "InvalidParameterException"), members
        assert "U+0000" in sentence or "regular expression" in sentence
    assert pool.api.list_users(UserPoolId=pool.id)["Users"] == []


def test_what_only_looks_like_a_nul_is_text(pool: Pool) -> None:
    pool.user("ada", family_name="a\\u0000b\\")
    attributes = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["UserAttributes"]
    assert {"Name": "family_name", "Value": "a\\u0000b\\"} in attributes


def exchange(server: Serving, head: str, chunks: list[bytes]) -> tuple[int, Any, bytes]:
    """A request written by hand, of which the end is never sent; the answer comes all the same."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        connection.connect()
        first = f"POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: {TARGET}SignUp\r\n{head}\r\n\r\n".encode()
        for part in (first, *chunks):
            connection.sock.sendall(part)
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("way", ["told", "chunked"])
def test_a_body_beyond_a_mebibyte_is_refused_unread(server: Serving, way: str) -> None:
    """RQ-06: as soon as it is known, be it told or sent."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    ways = {"told": (f"Content-Length: {MIB + 1}", []), "chunked": ("Transfer-Encoding: chunked", [chunk] * 17)}
    status, headers, body = exchange(server, *ways[way])
    assert (status, json.loads(body)["__type"]) == (413, "RequestEntityTooLargeException")
    assert uuid.UUID(headers["x-amzn-requestid"])


def test_a_body_of_a_mebibyte_is_read(server: Serving) -> None:
    assert asked(server, "ListUserPools", b'{"MaxResults": 1}'.ljust(MIB))[0] == 200


def test_a_browser_may_ask_from_anywhere(server: Serving) -> None:
    asking = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    status, headers, body = plain(server, "OPTIONS", "/", **asking)
    assert (status, body, headers["access-control-allow-origin"]) == (200, b"", "*")
    assert "POST" in headers["access-control-allow-methods"]
    allowed = {name.strip() for name in headers["access-control-allow-headers"].split(",")}
    assert {"content-type", "x-amz-target", "x-amz-user-agent", "authorization"} <= allowed
    assert "access-control-allow-credentials" not in headers
    for document in (b'{"AccessToken": "a"}', b"{"):
        _, headers, _ = server.raw(TARGET + "GetUser", document)
        assert headers["access-control-allow-origin"] == "*"
        assert "x-amzn-errortype" in headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("PUT", "/"), ("GET", "/nope"), ("POST", "/nope"), ("GET", "/%00"), ("GET", "/_keydesk/nope"),
     ("GET", "/../etc/passwd"), ("DELETE", "/_keydesk/nope"), ("GET", "/a/.well-known/nope")],
)  # fmt: skip
def test_other_paths_are_not_found(server: Serving, method: str, path: str) -> None:
    """RQ-09."""
    assert plain(server, method, path)[0] == 404


def test_users_need_no_region(server: Serving) -> None:
    """What is not signed has none: the client's id says which pool it is. What is signed reaches its own region's."""
    there = server.client(region="eu-north-1")
    pool_id = there.create_user_pool(PoolName="there")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = there.create_user_pool_client(UserPoolId=pool_id, ClientName="c", ExplicitAuthFlows=flows)
    client = made["UserPoolClient"]["ClientId"]
    assert (
        asked(server, "SignUp", json.dumps({"ClientId": client, "Username": "a", "Password": PASSWORD}).encode())[0]
        == 200
    )
    there.admin_confirm_sign_up(UserPoolId=pool_id, Username="a")
    said = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "a", "PASSWORD": PASSWORD}}
    status, _, answer = server.raw(TARGET + "InitiateAuth", json.dumps({"ClientId": client} | said).encode())
    assert status == 200
    assert claims(json.loads(answer)["AuthenticationResult"]["IdToken"])["iss"] == f"{server.url}/{pool_id}"
    here = json.dumps({"UserPoolId": pool_id, "Username": "a"}).encode()
    assert asked(server, "AdminGetUser", here)[:2] == (400, "ResourceNotFoundException")


def test_every_answer_has_an_id_of_its_own(server: Serving) -> None:
    answers = [server.raw(TARGET + name, b"{}") for name in ("ListUserPools", "GetUser", "Nope") * 2]
    assert len({uuid.UUID(headers["x-amzn-requestid"]) for _, headers, _ in answers}) == 6
