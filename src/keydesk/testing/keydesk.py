"""What the `keydesk` fixture gives a test: the server, and a pool that is this test's alone."""

import os
from collections.abc import Mapping
from typing import Any

from keydesk.domain.trace import Trace
from keydesk.messages.outbox import Sent
from keydesk.testing.in_test import Code
from keydesk.testing.pool import PASSWORD, Pool, claims
from keydesk.testing.server import Clock, Running


class Keydesk:
    """A server, and short words about the pool that was made last; without `pool(...)`, one like `keydesk dev`'s."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self.pools: list[Pool] = []
        self.url: str = server.url
        self.region: str = server.region
        self.clock: Clock = server.clock
        self.api = server.api

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which the code under test, an SDK or the AWS CLI speaks to this server."""
        return self._server.environment

    def client(self, service: str = "cognito-idp", **options: Any) -> Any:
        """A new boto3 client of this server: cognito-idp, lambda, logs, cloudtrail, kms."""
        return self._server.client(service, **options)

    def pool(self, *, client: Mapping[str, Any] | None = None, **settings: Any) -> Pool:
        """Another pool: members of CreateUserPool, and in `client` members of CreateUserPoolClient."""
        self.pools.append(Pool(self._server, client or {}, settings))
        return self.pools[-1]

    @property
    def current(self) -> Pool:
        """The pool that the short words speak of."""
        return self.pools[-1] if self.pools else self.pool(AutoVerifiedAttributes=["email"])

    @property
    def pool_id(self) -> str:
        return self.current.pool_id

    @property
    def client_id(self) -> str:
        return self.current.client_id

    @property
    def client_secret(self) -> str:
        return self.current.client_secret

    def trigger(
        self,
        name: str,
        code: Code | str | os.PathLike[str],
        *,
        version: str = "",
        timeout: int = 3,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """See `Pool.trigger`."""
        return self.current.trigger(name, code, version=version, timeout=timeout, environment=environment)

    def user(self, name: str = "ada", /, password: str = PASSWORD, **attributes: str) -> str:
        """See `Pool.user`."""
        return self.current.user(name, password, **attributes)

    def sign_up(self, name: str = "ada", /, password: str = PASSWORD, **attributes: str) -> dict[str, Any]:
        """See `Pool.sign_up`."""
        return self.current.sign_up(name, password, **attributes)

    def sign_in(self, name: str = "ada", password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        """See `Pool.sign_in`."""
        return self.current.sign_in(name, password, **more)

    @staticmethod
    def claims(token: str) -> dict[str, Any]:
        """See `Pool.claims`."""
        return claims(token)

    def outbox(self, to: str | None = None) -> list[Sent]:
        """See `Pool.outbox`."""
        return self.current.outbox(to)

    def code(self, to: str) -> str:
        """See `Pool.code`."""
        return self.current.code(to)

    def traces(self, operation: str | None = None) -> list[Trace]:
        """See `Pool.traces`."""
        return self.current.traces(operation)

    def events(self, source: str | None = None) -> list[dict[str, Any]]:
        """See `Pool.events`."""
        return self.current.events(source)
