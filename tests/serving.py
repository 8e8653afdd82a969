"""A real Keydesk server for tests: on a free port, in a thread, with a clock that a test can move."""

import asyncio
import base64
import io
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import uvloop
from botocore.config import Config
from botocore.exceptions import ClientError
from sqlalchemy import Connection, select

from keydesk.app import House, house
from keydesk.cli.listen import bound, front, server
from keydesk.domain.trace import Trace
from keydesk.domain.user import User, UserKey
from keydesk.log import configure
from keydesk.settings import load
from keydesk.store import imports, record, request_limits, traces, users
from keydesk.store.tables import users as user_rows

REGION = "us-east-1"
PASSWORD = "Correct-horse-9"
BY_ITSELF = (record.record, request_limits.every, imports.due)  # what a server asks for no call, whenever it likes


class Clock:
    """Wall time, moved by as much as a test says."""

    def __init__(self) -> None:
        self.offset = 0
        self.shared = False  # by tests that go by the real time: then nobody moves it
        self._stopped = 0

    def __call__(self) -> int:
        return (self._stopped or time.time_ns() // 1_000_000) + self.offset

    def stop(self, at: int = 0) -> None:
        """From here on only `forward` moves it, however slow the machine is. It shows `at`, where that is said."""
        assert not self.shared, "take own_server"
        self._stopped = at - self.offset if at else time.time_ns() // 1_000_000

    @contextmanager
    def still(self) -> Iterator[None]:
        """It stands until the block ends and catches up then: half a minute may end while a code is typed."""
        before, self._stopped = self._stopped, self._stopped or time.time_ns() // 1_000_000
        try:
            yield
        finally:
            self._stopped = before

    def forward(self, *, seconds: float) -> None:
        assert not self.shared, "take own_server"
        self.offset += int(seconds * 1000)


class Serving:
    """One server and the clients that speak to it. Use `serving(...)`."""

    def __init__(self, url: str, clock: Clock, opened: House, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.clock = clock
        self.house = opened
        self._loop = loop
        self._clients: dict[str, Any] = {}

    def client(self, service: str = "cognito-idp", region: str = REGION, **more: Any) -> Any:
        """A boto3 client, unmodified but for its endpoint. Asked for again it is the same: to make one takes long."""
        options = {"aws_access_key_id": "keydesk", "aws_secret_access_key": "keydesk"} | more
        said = f"{service} {region} {sorted(options.items())}"
        if said not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=40)
            made = boto3.client(service, region_name=region, endpoint_url=self.url, config=config, **options)
            self._clients[said] = made
        return self._clients[said]

    def raw(self, target: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One POST as it is: status, headers, body."""
        sent = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
        request = urllib.request.Request(self.url + "/", data=body, headers=sent, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, dict(answer.headers), answer.read()

    def fetch(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def outbox(self, to: str) -> list[dict[str, Any]]:
        return json.loads(self.fetch(f"/_keydesk/outbox?to={urllib.parse.quote(to)}"))

    def code(self, to: str) -> str:
        """The newest code that went to an address or number."""
        return self.outbox(to)[-1]["code"]

    def run(self, work: Any) -> Any:
        """Await something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def user(self, sub: str) -> User:
        """As it is stored, in whichever pool."""

        def found(db: Connection) -> User | None:
            at = db.execute(select(user_rows.c.pool).where(user_rows.c.sub == sub)).scalar_one()
            return users.by_key(db, UserKey(at, sub))

        user: User = self.run(self.house.desk.store.read(found))
        return user

    def trace(self, id: str) -> Trace:
        """What the call did that was answered under this request id."""
        desk = self.house.desk
        self.run(desk.journal.flush())
        found = self.run(desk.store.read(traces.named, id))
        assert found is not None
        return found

    def deploy(self, name: str, code: str, runtime: str = "python3.11", **more: Any) -> str:
        """A function with this one file; gives its ARN."""
        file = {"python": "index.py", "nodejs": "index.mjs" if "export " in code else "index.js"}[
            runtime.rstrip("0123456789.x")
        ]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(file, code)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=more.pop("handler", "index.handler"),
            Role="arn:aws:iam::000000000000:role/lambda",
            Code={"ZipFile": packed.getvalue()},
            **more,
        )
        return str(made["FunctionArn"])

    def warmed(self, function: str) -> str:
        """The same function. Its worker has begun, and imported what it imports: both together may outlast Cognito's
        patience on a busy machine."""
        event = {"region": REGION, "triggerSource": "none"}
        self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return function


@contextmanager
def serving(
    data: Path, *, open: bool = True, keys: dict[str, str] | None = None, folder: Path | None = None, **said: str
) -> Any:
    """A server, from its start to its graceful stop. `said` are settings."""
    configure("error")
    environment = {"KEYDESK_" + name.upper(): value for name, value in said.items() if value}
    settings = load(environment, file=data / "none.toml", data=str(data), port="0")
    listener, url = bound(settings)
    clock, started = Clock(), Future[tuple[House, Any, asyncio.AbstractEventLoop]]()

    async def answer() -> None:
        async with house(settings, url, open=open, keys=keys, folder=folder, clock=clock) as opened:
            one = server(front(opened))
            started.set_result((opened, one, asyncio.get_running_loop()))
            await one.serve(sockets=[listener])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(answer())
        except BaseException as fault:
            if not started.done():
                started.set_exception(fault)
            else:
                raise

    thread = threading.Thread(target=run, name="keydesk")
    thread.start()
    try:
        opened, one, loop = started.result(60)
        yield Serving(url, clock, opened, loop)
        one.should_exit = True
    finally:
        if started.done() and not started.exception():
            started.result()[1].should_exit = True
        thread.join(30)
        listener.close()


class Pool:
    """A pool of a test's own with one client, and the short ways to sign up and in."""

    def __init__(self, server: Serving, *, client: dict[str, Any] | None = None, **settings: Any) -> None:
        self.server = server
        self.api = server.client()
        made = self.api.create_user_pool(PoolName="test", **settings)["UserPool"]
        self.id, self.arn = made["Id"], made["Arn"]
        self.settings = settings
        self.client = self.new_client(**(client or {}))

    def new_client(self, **settings: Any) -> str:
        """A client that allows everything, but for what is said; gives its id."""
        flows = [f"ALLOW_{flow}_AUTH" for flow in ("USER_PASSWORD", "ADMIN_USER_PASSWORD", "REFRESH_TOKEN", "USER_SRP")]
        said = {"ClientName": "test", "ExplicitAuthFlows": flows} | settings
        return str(self.api.create_user_pool_client(UserPoolId=self.id, **said)["UserPoolClient"]["ClientId"])

    def trigger(self, **arns: Any) -> None:
        """Set triggers by LambdaConfig member; what else the pool was made with stays."""
        kept = {name: value for name, value in self.settings.items() if name in self._changeable()}
        self.settings["LambdaConfig"] = self.settings.get("LambdaConfig", {}) | arns
        self.api.update_user_pool(UserPoolId=self.id, **kept | {"LambdaConfig": self.settings["LambdaConfig"]})

    def _changeable(self) -> set[str]:
        return set(self.api.meta.service_model.operation_model("UpdateUserPool").input_shape.members)

    def user(self, name: str = "ada", password: str = PASSWORD, **attributes: str) -> str:
        """A confirmed user with a lasting password, made by the administrator; gives the sub."""
        made = self.api.admin_create_user(
            UserPoolId=self.id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            TemporaryPassword=password[::-1],  # where passkeys sign in, none is made up; where some are kept, another
        )
        self.api.admin_set_user_password(UserPoolId=self.id, Username=name, Password=password, Permanent=True)
        return next(one["Value"] for one in made["User"]["Attributes"] if one["Name"] == "sub")

    def sign_up(
        self, name: str = "ada", password: str = PASSWORD, attributes: dict[str, str] | None = None, **more: Any
    ) -> Any:
        said = [{"Name": key, "Value": value} for key, value in (attributes or {}).items()]
        return self.api.sign_up(ClientId=self.client, Username=name, Password=password, UserAttributes=said, **more)

    def sign_in(self, name: str = "ada", password: str = PASSWORD, **more: Any) -> Any:
        """InitiateAuth with the password: the whole answer."""
        said = {"USERNAME": name, "PASSWORD": password}
        return self.api.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said, **more)

    def tokens(self, name: str = "ada", password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        return dict(self.sign_in(name, password, **more)["AuthenticationResult"])

    def refused_id(self, call: Any, *args: Any, **kwargs: Any) -> str:
        """The request id under which a call is refused."""
        try:
            call(*args, **kwargs)
        except ClientError as refusal:
            return str(refusal.response["ResponseMetadata"]["RequestId"])
        raise AssertionError("the call was not refused")

    def refused(self, call: Any, *args: Any, **kwargs: Any) -> tuple[str, str]:
        """The code and the sentence with which a call is refused; a call that is not refused fails the test."""
        try:
            call(*args, **kwargs)
        except ClientError as refusal:
            return refusal.response["Error"]["Code"], refusal.response["Error"]["Message"]
        raise AssertionError("the call was not refused")


def claims(token: str) -> dict[str, Any]:
    """What a JWT says; nothing is verified."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
