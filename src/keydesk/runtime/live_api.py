"""Everything that the API of one live pool tells an administrator, as published structures. It blocks.

Surprise: a list tells less than a description, so each of the few things is described by itself; users are not.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from keydesk.domain import live_user, takeover
from keydesk.domain.live_user import LiveUser
from keydesk.runtime.outward import OPTIONS
from keydesk.shapes.types import (
    DomainDescriptionType,
    GetUserPoolMfaConfigResponse,
    GroupType,
    IdentityProviderType,
    ResourceServerType,
    UserPoolClientType,
    UserPoolType,
)

T = TypeVar("T")

PATIENCE: Final[Any] = {"mode": "adaptive", "total_max_attempts": 6}  # the service lets so many through a second
CURSORS: Final = ("NextToken", "PaginationToken")
LINES: Final = 8  # users asked for at once
PAGE: Final = 60  # the most that any list gives


class LiveFault(Exception):
    """The live pool did not tell; one line."""


class LiveApi:
    """One pool, asked with the credentials that the AWS CLI would use. `endpoint` empty: Amazon's own.

    Every method raises LiveFault.
    """

    def __init__(self, pool: str, endpoint: str = "") -> None:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        if not takeover.is_pool(pool):
            raise LiveFault(f"{pool} is no user pool's id")
        self._pool = pool
        config: Any = Config(**OPTIONS | {"retries": PATIENCE})
        try:
            self._client: Any = Session().create_client(
                "cognito-idp", region_name=pool.partition("_")[0], endpoint_url=endpoint or None, config=config
            )
        except (BotoCoreError, ValueError) as fault:
            raise LiveFault(str(fault)) from None

    def pool(self) -> UserPoolType:
        return _as(UserPoolType, self._ask("describe_user_pool")["UserPool"])

    def factors(self) -> GetUserPoolMfaConfigResponse:
        return _as(GetUserPoolMfaConfigResponse, self._ask("get_user_pool_mfa_config"))

    def clients(self) -> Iterator[UserPoolClientType]:
        """With their secrets."""
        for one in self._all("list_user_pool_clients", "UserPoolClients", MaxResults=PAGE):
            said = self._ask("describe_user_pool_client", ClientId=one["ClientId"])["UserPoolClient"]
            yield _as(UserPoolClientType, said)

    def groups(self) -> list[GroupType]:
        return [_as(GroupType, one) for one in self._all("list_groups", "Groups", Limit=PAGE)]

    def resource_servers(self) -> list[ResourceServerType]:
        found = self._all("list_resource_servers", "ResourceServers", MaxResults=50)
        return [_as(ResourceServerType, one) for one in found]

    def providers(self) -> Iterator[IdentityProviderType]:
        for one in self._all("list_identity_providers", "Providers", MaxResults=PAGE):
            said = self._ask("describe_identity_provider", ProviderName=one["ProviderName"])["IdentityProvider"]
            yield _as(IdentityProviderType, said)

    def domain(self, name: str) -> DomainDescriptionType:
        try:
            said = self._client.describe_user_pool_domain(Domain=name)["DomainDescription"]
        except Exception as fault:
            raise _fault(fault) from None
        said["CustomDomainConfig"] = said.get("CustomDomainConfig") or None  # of a prefix it is told empty
        return _as(DomainDescriptionType, said)

    def users(self, *, factors: bool) -> Iterator[list[LiveUser]]:
        """All of them, a page at a time. With `factors` each is asked for by itself: no list tells those."""
        with ThreadPoolExecutor(LINES, thread_name_prefix="live-api") as lines:
            for page in self._pages("list_users", Limit=PAGE):
                found = lines.map(self._whole, page["Users"]) if factors else page["Users"]
                yield [live_user.read(one) for one in found]

    def members(self, group: str) -> Iterator[list[str]]:
        """The subs of those in the group, a page at a time."""
        for page in self._pages("list_users_in_group", GroupName=group, Limit=PAGE):
            yield [live_user.read(one).sub for one in page["Users"]]

    def _whole(self, listed: dict[str, Any]) -> dict[str, Any]:
        """The user with second factors, or as listed where they are gone by now."""
        try:
            return dict(self._ask("admin_get_user", Username=listed["Username"]))
        except LiveFault as fault:
            if "UserNotFoundException" in str(fault):
                return listed
            raise

    def _all(self, operation: str, member: str, **said: Any) -> Iterator[dict[str, Any]]:
        for page in self._pages(operation, **said):
            yield from page[member]

    def _pages(self, operation: str, **said: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._ask(operation, **said)
            yield page
            after = {name: page[name] for name in CURSORS if page.get(name)}
            if not after:
                return
            said |= after

    def _ask(self, operation: str, **said: Any) -> dict[str, Any]:
        try:
            return dict(getattr(self._client, operation)(UserPoolId=self._pool, **said))
        except Exception as fault:
            raise _fault(fault) from None


def _fault(fault: Exception) -> LiveFault:
    """One line of what botocore raised; anything else is raised as it is."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(fault, BotoCoreError | ClientError):
        return LiveFault(f"the live pool did not tell: {fault}")
    raise fault


def _as(kind: type[T], said: dict[str, Any]) -> T:
    """The published structure of what botocore read; its times are numbers here."""
    return msgspec.convert(_plain(said), kind, strict=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
