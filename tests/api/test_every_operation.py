"""Every operation with every fault that its model knows, and with all that its model lets through.

What comes back is a success, an exception that the model lists for the operation, or one of the protocol's own.
"""

import http.client
import itertools
import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, text
from tests.api import forged
from tests.serving import PASSWORD, REGION, Pool, Serving, serving

from keydesk.api.families import SERVED
from keydesk.api.protocol import TARGET, is_signed
from keydesk.api.unserved import UNSERVED
from keydesk.domain.hosted_domain import CHARACTERS
from keydesk.store.columns import metadata

SIGNED = "AWS4-HMAC-SHA256 Credential=k/20260101/{}/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
COMMON = {"SerializationException", "RequestEntityTooLargeException"}
BAD_SESSION = "NotAuthorizedException"
NOT_THERE = {"ResourceNotFoundException", "UserNotFoundException", "OperationNotEnabledException", BAD_SESSION}
JOURNAL = {"traces", "api_events", "auth_events", "log_groups", "log_streams", "log_events"}
INNER = {"ClientId", "Username", "GroupName"}
NUMBER = itertools.count()
SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "one"}


class Line:
    """One connection to a server, kept open: thousands of requests go through it."""

    def __init__(self, server: Serving) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def ask(self, name: str, document: Any, *, signed: bool = True, region: str = REGION) -> tuple[int, str, str]:
        """Status, code and sentence."""
        headers = {"X-Amz-Target": TARGET + name, "Content-Type": "application/x-amz-json-1.1"}
        headers |= {"Authorization": SIGNED.format(region)} if signed else {}
        self._connection.request("POST", "/", json.dumps(document), headers)
        with self._connection.getresponse() as answer:
            told = json.loads(answer.read())
            return answer.status, told.get("__type", ""), told.get("message", "") if answer.status != 200 else ""


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """A line to the server that the test asks for."""
    names = request.fixturenames
    server = request.getfixturevalue("peopled").server if "peopled" in names else request.getfixturevalue("server")
    with closing(Line(server)) as opened:
        yield opened


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """A pool of a server of its own, with a client, a user and a group that nothing here may change."""
    with serving(tmp_path_factory.mktemp("peopled")) as server:
        pool = Pool(server)
        pool.user()
        pool.api.create_group(UserPoolId=pool.id, GroupName="group")
        yield pool


def at_home(pool: Pool) -> dict[str, Any]:
    """Ids by member, of the pool, its client, its user and its group."""
    ids = {"UserPoolId": pool.id, "ResourceArn": pool.arn, "ClientId": pool.client}
    return ids | {"Username": "ada", "GroupName": "group", "Session": "a" * 20}


def about(pool: Pool, name: str) -> dict[str, Any]:
    """A request that fits, with everything of the pool that it can name."""
    shape, there = forged.operation(name).input_shape, at_home(pool)
    return forged.fitting(shape, there) | {member: id for member, id in there.items() if member in shape.members}


def asked_for(name: str) -> set[str]:
    """The required members of an operation."""
    return set(forged.operation(name).input_shape.required_members)


def kept(pool: Pool) -> dict[str, list[Any]]:
    """All that the server keeps, but for what it writes down a little later."""

    def every(db: Connection) -> dict[str, list[Any]]:
        tables = metadata.tables.keys() - JOURNAL
        return {name: db.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables}

    return dict(pool.server.run(pool.server.house.desk.store.read(every)))


@pytest.mark.parametrize("name", sorted([*SERVED, *UNSERVED]))
def test_no_fault_is_let_through_and_nothing_is_changed(peopled: Pool, line: Line, name: str) -> None:
    before = kept(peopled)
    for fault in forged.faults(name, at_home(peopled)):
        status, code, sentence = line.ask(name, fault.request)
        wanted = "SerializationException" if fault.unreadable else "InvalidParameterException"
        assert (status, code) == (400, wanted), (fault.what, fault.where, sentence)
        assert fault.unreadable or f"at '{fault.where}'" in sentence or sentence == CHARACTERS, (fault, sentence)
        assert line.ask(name, fault.request | {"Nothing": [{}]}) == (status, code, sentence)
    if is_signed(name):
        fits = forged.fitting(forged.operation(name).input_shape, at_home(peopled))
        assert line.ask(name, fits, signed=False)[1] == "MissingAuthenticationTokenException"
    assert kept(peopled) == before


@pytest.fixture(scope="module")
def lived_in(server: Serving) -> Pool:
    return a_pool(server)


def a_pool(server: Serving) -> Pool:
    pool = Pool(server, SmsConfiguration=SMS, UserPoolTags={"keydesk:semantics": "aws"})
    pool.api.create_group(UserPoolId=pool.id, GroupName="group")
    return pool


def given(pool: Pool) -> dict[str, Any]:
    """Values by member that lead to somebody real: the pool's client and group, and a user made for this one time."""
    username = f"user{next(NUMBER)}"
    pool.user(username, email=f"{username}@example.com", phone_number="+15550100")
    tokens = pool.tokens(username)
    return {
        "UserPoolId": pool.id,
        "ClientId": pool.client,
        "Username": username,
        "GroupName": "group",
        "AccessToken": tokens["AccessToken"],
        "RefreshToken": tokens["RefreshToken"],
        "Token": tokens["RefreshToken"],
        "ResourceArn": pool.arn,
        "PreviousPassword": PASSWORD,
    }


def worth_asking(name: str, document: dict[str, Any]) -> bool:
    """A pool takes long to make, so that what it shares with its update is left to that."""
    shared = set(forged.operation("UpdateUserPool").input_shape.members) - {"PoolName"}
    return name != "CreateUserPool" or len(document) > 2 or not shared & set(document)


@pytest.mark.parametrize("name", sorted(SERVED))
def test_what_fits_the_model_has_an_answer_of_the_model(lived_in: Pool, line: Line, name: str) -> None:
    listed = {error.name for error in forged.operation(name).error_shapes} | COMMON
    of_a_user = not is_signed(name) or name.startswith("Admin")
    there = given(lived_in if of_a_user else a_pool(lived_in.server))
    for document in filter(partial(worth_asking, name), forged.extremes(name, there)):
        status, code, sentence = line.ask(name, document)
        assert status == 200 or (status < 500 and code in listed), (document, code, sentence)


@pytest.mark.parametrize("name", sorted(UNSERVED))
def test_what_is_not_served_says_so_with_an_exception_of_the_model(peopled: Pool, line: Line, name: str) -> None:
    before = kept(peopled)
    status, code, sentence = line.ask(name, about(peopled, name))
    assert (status, sentence) == (400, f"{name} is not served: {UNSERVED[name]}.")
    assert code in {error.name for error in forged.operation(name).error_shapes}
    assert kept(peopled) == before


OF_A_POOL = [name for name in sorted(SERVED) if {"UserPoolId", "ResourceArn"} & asked_for(name)]


@pytest.mark.parametrize("name", OF_A_POOL)
def test_rq11_no_pool_is_reached_from_another_region(peopled: Pool, line: Line, name: str) -> None:
    """RQ-11: whatever the operation, with ids that are good at home."""
    before = kept(peopled)
    status, code, sentence = line.ask(name, about(peopled, name), region="eu-north-1")
    assert (status, code in {"ResourceNotFoundException", BAD_SESSION}) == (400, True), (code, sentence)
    assert kept(peopled) == before


MAKING = {"AdminCreateUser", "CreateGroup"}  # what is made may be called as in another pool
OF_ITS_OWN = [name for name in OF_A_POOL if INNER & asked_for(name) and name not in MAKING]


@pytest.mark.parametrize("name", OF_ITS_OWN)
def test_rq11_nothing_of_one_pool_is_reached_through_another(peopled: Pool, line: Line, name: str) -> None:
    """RQ-11: the client, the user and the group of one pool, with another pool's id."""
    document = about(peopled, name) | {"UserPoolId": Pool(peopled.server).id}
    before = kept(peopled)
    status, code, sentence = line.ask(name, document)
    assert (status, code in NOT_THERE) == (400, True), (code, sentence)
    assert kept(peopled) == before
