"""What infrastructure tools make: every member is read back or accounted for; done twice, it answers as AWS does."""

import json
from string import Template
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.api import forged
from tests.api.kinds import Kind, leaves, said
from tests.api.resources import KINDS
from tests.serving import Pool, Serving

from keydesk.api.families import SERVED


class World:
    """A pool of a test's own and what else a request may name."""

    def __init__(self, server: Serving, kind: Kind) -> None:
        pool = Pool(server, **kind.pool)
        pool.user("bob")
        pool.api.create_group(UserPoolId=pool.id, GroupName="readers")
        server.client("logs").create_log_group(logGroupName=pool.id)
        self.api = pool.api
        domain = "d-" + pool.id.partition("_")[2].lower()
        self.names = {"pool": pool.id, "arn": pool.arn, "client": pool.client, "domain": domain}
        self.names |= {"user": "bob", "group": "readers"}
        for operation, request in kind.before:
            self.ask(operation, request)

    def fill(self, request: Any) -> Any:
        return json.loads(Template(json.dumps(request)).safe_substitute(self.names))

    def ask(self, operation: str, request: Any) -> dict[str, Any]:
        """An answer without what HTTP adds. Members that the operation does not know are left out."""
        known = forged.operation(operation).input_shape.members
        asked = {name: value for name, value in self.fill(request).items() if name in known}
        answer = dict(self.api._make_api_call(operation, asked))
        answer.pop("ResponseMetadata")
        return answer


def at(answer: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        answer = answer[int(part) if part.isdecimal() else part]
    return answer


def covers(told: Any, asked: Any) -> bool:
    """Whether an answer has all that was asked for. Lists may come in another order, with more in them."""
    if isinstance(asked, dict):
        return isinstance(told, dict) and all(name in told and covers(told[name], asked[name]) for name in asked)
    if isinstance(asked, list):
        return isinstance(told, list) and all(any(covers(one, other) for one in told) for other in asked)
    return bool(told == asked)


def lasting(answer: Any) -> Any:
    """An answer but for the times of changes, of which CSSVersion is one."""
    if isinstance(answer, dict):
        times = {name for name in answer if "LastModified" in name or name == "CSSVersion"}
        return {name: lasting(value) for name, value in answer.items() if name not in times}
    return answer


OTHERWISE = {
    "SetUserMFAPreference": "of the signed-in user; held by test_factor_preferences",
    "SetUserSettings": "the older form of the same",
}


def test_every_operation_that_makes_something_has_a_kind() -> None:
    making = {name for name in SERVED if name.startswith(("Create", "Set"))}
    assert (
        making == {kind.make for kind in KINDS.values() if kind.make.startswith(("Create", "Set"))} | OTHERWISE.keys()
    )


CASES = [(name, number) for name, kind in KINDS.items() for number in range(len(kind.requests))]


@pytest.mark.parametrize("name", KINDS)
def test_the_requests_say_every_member_that_the_model_has(name: str) -> None:
    """What nobody sends here is not known to be kept: a newer model fails this until somebody thinks about it."""
    kind = KINDS[name]
    shape = forged.operation(kind.make).input_shape
    sent = set().union(*(said(request, shape) for request in kind.requests))
    assert (
        leaves(shape) - sent == set(kind.silent) - sent - set(shape.members) | (set(kind.silent) & leaves(shape)) - sent
    )


@pytest.mark.parametrize(("name", "number"), CASES)
def test_what_is_made_is_read_back_and_done_again(server: Serving, name: str, number: int) -> None:
    kind = KINDS[name]
    world, request = World(server, kind), kind.requests[number]
    made = world.ask(kind.make, request)
    world.names |= {id: at(made, path) for id, path in kind.ids.items()}

    told = at(world.ask(kind.read, kind.named), kind.shown)
    for member, value in request.items():
        if member not in kind.silent and member not in kind.named:
            assert covers(told[kind.elsewhere.get(member, member)], world.fill(value)), (member, told)

    if kind.again or not kind.ids:  # what has an id of its own may be there twice
        repeat(world, kind.make, request, kind.again)
    if kind.change:
        world.ask(kind.change, request | kind.named)
    assert lasting(at(world.ask(kind.read, kind.named), kind.shown)) == lasting(told)

    if kind.remove:
        assert world.ask(kind.remove, kind.named) == {}
        repeat(world, kind.remove, kind.named, kind.gone)


def repeat(world: World, operation: str, request: Any, refusal: tuple[str, str] | None) -> None:
    """The same call again: refused in these words, or as good as the first."""
    if refusal is None:
        world.ask(operation, request)
        return
    with pytest.raises(ClientError) as caught:
        world.ask(operation, request)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (refusal[0], world.fill(refusal[1]))


def test_a_second_pool_and_a_second_client_may_have_the_same_name(server: Serving) -> None:
    pool = Pool(server)
    assert pool.api.create_user_pool(PoolName="test")["UserPool"]["Id"] != pool.id
    assert pool.new_client() != pool.client


def test_a_tag_that_is_gone_is_taken_off_again(server: Serving) -> None:
    pool = Pool(server)
    for _ in range(2):
        pool.api.untag_resource(ResourceArn=pool.arn, TagKeys=["team"])
