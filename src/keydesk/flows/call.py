"""What a flow may reach: the desk (as old as the server) and the call (as old as the request)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from keydesk.crypto.seal import Sealer
from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.trace import Fired, StepTaken
from keydesk.domain.user import User
from keydesk.domain.user_context import UserContext
from keydesk.flows.gate import Gate
from keydesk.flows.keyring import Keyring
from keydesk.flows.rack import Rack
from keydesk.flows.thinkers import Thinkers
from keydesk.flows.throttle import Throttle
from keydesk.flows.turns import Turns
from keydesk.messages.courier import Courier
from keydesk.runtime.documents import Documents
from keydesk.runtime.isolation import Isolation
from keydesk.runtime.live_pool import LivePools
from keydesk.settings import Settings
from keydesk.shapes.types import ContextDataType, UserContextDataType
from keydesk.store.store import Store
from keydesk.triggers.fire import Triggers
from keydesk.triggers.functions import Functions
from keydesk.triggers.journal import Journal

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that lives as long as the server."""

    settings: Settings
    store: Store
    rack: Rack
    keyring: Keyring
    triggers: Triggers
    functions: Functions
    journal: Journal
    courier: Courier
    documents: Documents
    live_pools: LivePools
    clock: Callable[[], int]  # epoch milliseconds
    turns: Turns
    gate: Gate
    isolation: Isolation  # of handlers, as it was found at the start
    thinkers: Thinkers  # threads for work that would hold up the loop: hashes, powers, keys
    semantics: Semantics
    throttle: Throttle
    address: str  # of this server, as its clients reach it: http://127.0.0.1:9229
    open: bool  # development: any credentials are accepted, and the outbox exists
    import_started: asyncio.Event = field(default_factory=asyncio.Event)  # there may be an import job to run

    @property
    def account(self) -> str:
        return self.settings["account"]

    @property
    def sealer(self) -> Sealer:
        return self.rack.sealer


@dataclass(slots=True)
class Trail:
    """What the call turned out to be about and to do; for the record of sign-in calls (T-079) and for its trace."""

    sub: str = ""
    username: str = ""
    pool: Pool | None = None
    client: str = ""
    context: UserContextDataType | ContextDataType | None = None  # what the caller says of the user's device
    seen: UserContext | None = None  # what is made of that
    compromised: bool = False  # whether a password was said that everybody tries first
    steps: list[StepTaken] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way. `signed_by` is the administrator's access key id, empty for public operations."""

    desk: Desk
    operation: str
    region: str
    request_id: str
    ip: str
    agent: str
    signed_by: str = ""
    trail: Trail = field(default_factory=Trail)

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def triggers(self) -> Triggers:
        return self.desk.triggers

    def about(self, user: User | None, pool: Pool | None = None, client: str = "") -> None:
        """The call is about this user, or about nobody, and came by this client: so say the record and the trace."""
        trail = self.trail
        trail.pool, trail.client = pool or trail.pool, client or trail.client
        if user is not None:
            trail.sub, trail.username = user.sub, user.username

    def about_newcomer(self, user: User, pool: Pool) -> None:
        """The call would make this user: whoever is turned away is found by the name, and nobody has the sub yet."""
        self.trail.pool, self.trail.username = pool, user.username

    def now(self) -> int:
        """Epoch milliseconds."""
        return self.desk.clock()

    async def think(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run CPU-bound work on a thread; the loop serves others meanwhile."""
        return await self.desk.thinkers.run(partial(work, *args, **kwargs))
