"""A user pool of one test, with a client: users, sign-ins, triggers, messages and traces in short words."""

import base64
import os
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keydesk.domain import secret_hash
from keydesk.domain.trace import Trace
from keydesk.flows.first_pool import FLOWS
from keydesk.messages.outbox import Sent
from keydesk.store import traces
from keydesk.store.traces import Wanted
from keydesk.testing.attach import Wish, attach
from keydesk.testing.in_test import Code
from keydesk.testing.server import Running

PASSWORD: Final = "Correct-horse-9"
MOST: Final = 10_000  # traces that a test may look at


def claims(token: str) -> dict[str, Any]:
    """What a token says. Its signature is not verified."""
    payload = token.split(".")[1]
    return dict(msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


class Pool:
    """A pool and its client. What is not here is done by the `api` client, as everywhere."""

    def __init__(self, server: Running, client: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        """`settings` are members of CreateUserPool, `client` those of CreateUserPoolClient; names may be left out."""
        self._server = server
        self.api = server.api
        made = self.api.create_user_pool(**{"PoolName": "test", **settings})["UserPool"]
        self.pool_id: str = made["Id"]
        said = {"ClientName": "test", "ExplicitAuthFlows": FLOWS, **client}
        answer = self.api.create_user_pool_client(UserPoolId=self.pool_id, **said)["UserPoolClient"]
        self.client_id: str = answer["ClientId"]
        self.client_secret: str = answer.get("ClientSecret", "")

    def trigger(
        self,
        name: str,
        code: Code | str | os.PathLike[str],
        *,
        version: str = "",
        timeout: int = 3,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Set a trigger, as `pre_sign_up` or `PreSignUp`; gives the function's ARN.

        A function of the test runs in the test's process; the path of a file or a folder is run by a real worker, with
        `environment` as its variables. `version` is the LambdaVersion of PreTokenGeneration, `timeout` in seconds.
        """
        return attach(self._server, self.pool_id, name, code, Wish(version, timeout, dict(environment or {})))

    @staticmethod
    def claims(token: str) -> dict[str, Any]:
        """What a token says. Its signature is not verified."""
        return claims(token)

    def user(self, name: str = "ada", /, password: str = PASSWORD, **attributes: str) -> str:
        """A confirmed user with a lasting password, made by the administrator; gives the sub."""
        listed = [{"Name": key, "Value": value} for key, value in attributes.items()]
        made = self.api.admin_create_user(
            UserPoolId=self.pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=listed,
            TemporaryPassword=password[::-1],  # where passkeys sign in, none is made up; where some are kept, another
        )
        self.api.admin_set_user_password(UserPoolId=self.pool_id, Username=name, Password=password, Permanent=True)
        return str(next(one["Value"] for one in made["User"]["Attributes"] if one["Name"] == "sub"))

    def sign_up(self, name: str = "ada", /, password: str = PASSWORD, **attributes: str) -> dict[str, Any]:
        """SignUp; gives its answer."""
        listed = [{"Name": key, "Value": value} for key, value in attributes.items()]
        proof = {"SecretHash": self._hash(name)} if self.client_secret else {}
        answer: dict[str, Any] = self.api.sign_up(
            ClientId=self.client_id, Username=name, Password=password, UserAttributes=listed, **proof
        )
        return answer

    def sign_in(self, name: str = "ada", password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        """InitiateAuth with the password; gives its answer: tokens under AuthenticationResult, or a challenge."""
        said = {"USERNAME": name, "PASSWORD": password}
        if self.client_secret:
            said["SECRET_HASH"] = self._hash(name)
        said |= more.pop("AuthParameters", {})
        asked = {"ClientId": self.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": said, **more}
        answer: dict[str, Any] = self.api.initiate_auth(**asked)
        return answer

    def outbox(self, to: str | None = None) -> list[Sent]:
        """What this pool's users were sent, oldest first; to one address or number where `to` names it."""

        async def sent() -> list[Sent]:
            courier = self._server.desk.courier
            await courier.drained()
            return list(courier.outbox.list(to, self.pool_id)) if courier.outbox else []

        return self._server.run(sent())

    def code(self, to: str) -> str:
        """The newest code (or temporary password) that went to an address or number."""
        sent = self.outbox(to)
        if not sent:
            others = ", ".join(sorted({one.to for one in self.outbox()})) or "nobody"
            raise AssertionError(f"nothing was sent to {to}; messages went to {others}")
        return sent[-1].code

    def traces(self, operation: str | None = None) -> list[Trace]:
        """What the calls about this pool did, the newest last: steps, triggers, outcomes."""

        async def kept() -> list[Trace]:
            desk = self._server.desk
            await desk.courier.drained()
            await desk.journal.flush()
            return await desk.store.read(traces.page, Wanted(pool=self.pool_id), MOST)

        found = sorted(self._server.run(kept()), key=lambda trace: trace.at)
        return [trace for trace in found if operation in (None, trace.operation)]

    def events(self, source: str | None = None) -> list[dict[str, Any]]:
        """The events that triggers of this pool were sent, oldest first, without what is secret in them.

        `source` takes those of one trigger source, as `PreSignUp_SignUp`.
        """
        fired = [one for trace in self.traces() for one in trace.fired]
        return [dict(msgspec.json.decode(one.event)) for one in fired if source in (None, one.source)]

    def _hash(self, name: str) -> str:
        return secret_hash.of(self.client_secret, name, self.client_id)
