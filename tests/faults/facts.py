"""People who write without a pause, each with the facts that were acknowledged to them; and whether those hold."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from tests.aws.lambda_server import create
from tests.cli.running import PATIENCE
from tests.faults.wire import Away, Client, Refused

PASSWORD = "Correct-horse-9"
CONFIRM = """
def handler(event, context):
    event["response"]["autoConfirmUser"] = True
    return event
"""


class World:
    """A pool with a function at sign-up, and a client whose refresh tokens rotate."""

    def __init__(self, api: Client, port: int) -> None:
        self.port = port
        self.stopped = threading.Event()
        schema = [{"Name": name, "AttributeDataType": "String", "Mutable": True} for name in ("left", "right")]
        made = api("CreateUserPool", PoolName="p", Schema=schema, LambdaConfig={"PreSignUp": _deployed(port)})
        self.pool = made["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
        made = api("CreateUserPoolClient", UserPoolId=self.pool, ClientName="c", ExplicitAuthFlows=flows)
        self.client = made["UserPoolClient"]["ClientId"]
        made = api(
            "CreateUserPoolClient",
            UserPoolId=self.pool,
            ClientName="r",
            ExplicitAuthFlows=flows,
            RefreshTokenRotation=rotation,
        )
        self.rotating = made["UserPoolClient"]["ClientId"]
        api("CreateGroup", UserPoolId=self.pool, GroupName="g")

    def new_user(self, api: Client, name: str) -> None:
        api("SignUp", ClientId=self.client, Username=name, Password=PASSWORD)

    def sign_in(self, api: Client, name: str, client: str = "") -> dict[str, Any]:
        said = {"USERNAME": name, "PASSWORD": PASSWORD}
        answer = api("InitiateAuth", ClientId=client or self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
        return dict(answer["AuthenticationResult"])


class Writer:
    """One of them. A step that was not answered leaves it open whether it happened, and nothing else."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.api = Client(world.port)
        self.steps = 0  # that were acknowledged
        self.unknown = 0  # of which nobody heard again
        self.faults: list[str] = []
        self.begin()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def begin(self) -> None:
        """While the server is certainly there."""

    def step(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        """Asserts that what was acknowledged is so."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self.world.stopped.is_set():
            try:
                self.step()
                self.steps += 1
            except Away:
                self.unknown += 1
                self.world.stopped.wait(0.02)
            except Refused as refused:
                self.faults.append(f"{type(self).__name__} {self.name}: {refused.args}")


class SigningUp(Writer):
    """New users, confirmed by the function: a fact is a user with all that was said."""

    def begin(self) -> None:
        self.there: list[str] = []
        self.tried = 0

    def step(self) -> None:
        self.tried += 1
        name = f"{self.name}-{self.tried}"
        attributes = [{"Name": kind, "Value": str(self.tried)} for kind in ("custom:left", "custom:right")]
        self.api("SignUp", ClientId=self.world.client, Username=name, Password=PASSWORD, UserAttributes=attributes)
        self.there.append(name)

    def check(self) -> None:
        for name in self.there:
            user = self.api("AdminGetUser", UserPoolId=self.world.pool, Username=name)
            held = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
            number = name.rpartition("-")[2]
            assert user["UserStatus"] == "CONFIRMED", name
            assert (held["custom:left"], held["custom:right"]) == (number, number), name
        for name in self.there[-3:]:
            self.world.sign_in(self.api, name)


class Updating(Writer):
    """Two attributes that are always set together: never one without the other, never an older pair."""

    def begin(self) -> None:
        self.tried = self.said = 0
        self.world.new_user(self.api, self.name)

    def step(self) -> None:
        self.tried += 1
        pair = [{"Name": name, "Value": str(self.tried)} for name in ("custom:left", "custom:right")]
        self.api("AdminUpdateUserAttributes", UserPoolId=self.world.pool, Username=self.name, UserAttributes=pair)
        self.said = self.tried

    def check(self) -> None:
        user = self.api("AdminGetUser", UserPoolId=self.world.pool, Username=self.name)
        held = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
        assert held.get("custom:left", "0") == held.get("custom:right", "0")
        assert self.said <= int(held.get("custom:left", "0")) <= self.tried


class Refreshing(Writer):
    """A chain of refresh tokens, each good for one turn: who got no answer asks again, and is never refused."""

    def begin(self) -> None:
        self.world.new_user(self.api, self.name)
        self.token = self.world.sign_in(self.api, self.name, self.world.rotating)["RefreshToken"]

    def step(self) -> None:
        answer = self.api("GetTokensFromRefreshToken", ClientId=self.world.rotating, RefreshToken=self.token)
        self.token = answer["AuthenticationResult"]["RefreshToken"]

    def check(self) -> None:
        self.step()


class Joining(Writer):
    """In the group and out of it."""

    def begin(self) -> None:
        self.world.new_user(self.api, self.name)
        self.possible = {False}

    def step(self) -> None:
        joins = True not in self.possible
        self.possible = {True, False}
        operation = "AdminAddUserToGroup" if joins else "AdminRemoveUserFromGroup"
        self.api(operation, UserPoolId=self.world.pool, Username=self.name, GroupName="g")
        self.possible = {joins}

    def check(self) -> None:
        groups = self.api("AdminListGroupsForUser", UserPoolId=self.world.pool, Username=self.name)["Groups"]
        assert bool(groups) in self.possible


class SigningOut(Writer):
    """Sessions that were ended stay ended."""

    def begin(self) -> None:
        self.world.new_user(self.api, self.name)
        self.ended: list[str] = []

    def step(self) -> None:
        token = self.world.sign_in(self.api, self.name)["RefreshToken"]
        self.api("RevokeToken", ClientId=self.world.client, Token=token)
        self.ended.append(token)

    def check(self) -> None:
        for token in self.ended[-20:]:
            with pytest.raises(Refused, match="NotAuthorizedException"):
                self.api("GetTokensFromRefreshToken", ClientId=self.world.client, RefreshToken=token)


def _deployed(port: int) -> str:
    functions = boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    return str(create(functions, "confirm", CONFIRM)["FunctionArn"])


def more(writers: list[Writer], steps: int) -> None:
    """Until each has written so many times more."""
    aims = [writer.steps + steps for writer in writers]
    end = time.monotonic() + PATIENCE
    while any(writer.steps < aim for writer, aim in zip(writers, aims, strict=True)):
        assert all(writer.thread.is_alive() for writer in writers)
        assert time.monotonic() < end, [(type(writer).__name__, writer.steps, writer.faults[:1]) for writer in writers]
        time.sleep(0.02)


@contextmanager
def writing(world: World) -> Iterator[list[Writer]]:
    """All of them at once; at the end nobody was refused, everybody came to write, and every fact holds."""
    writers = [kind(world, f"w{number}") for number, kind in enumerate(KINDS)]
    for writer in writers:
        writer.thread.start()
    try:
        yield writers
        more(writers, 1)
    finally:
        world.stopped.set()
        for writer in writers:
            writer.thread.join()
    assert [fault for writer in writers for fault in writer.faults] == []
    for writer in writers:
        writer.api.close()  # it was idle while others were checked
        writer.check()
        writer.api.close()


KINDS: tuple[Callable[[World, str], Writer], ...] = (
    SigningUp, SigningUp, Updating, Updating, Refreshing, Refreshing, Joining, SigningOut,
)  # fmt: skip
