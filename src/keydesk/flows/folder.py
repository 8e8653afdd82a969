"""A watched folder of handlers (`keydesk dev --functions`): each becomes a function, wired to a trigger by its name.

Looked at before each request, so that the next sign-in after a save runs the new code. A function that was made through
the API is never replaced by a file of the same name, and a trigger that somebody set is never taken away.
"""

import asyncio
import re
import uuid
from pathlib import Path
from typing import Any, Final

import structlog
from msgspec.structs import replace

from keydesk.domain.function import Deployed, by_arn
from keydesk.domain.pool import Pool
from keydesk.flows import first_pool, functions, pools
from keydesk.flows.call import Call, Desk
from keydesk.runtime.folder import NO_ENTRY, Found
from keydesk.runtime.folder import Folder as Files
from keydesk.shapes.types import InboundFederationLambdaType, LambdaConfigType, UserPoolType
from keydesk.store import functions as stored

log = structlog.get_logger("keydesk.folder")

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PLAIN: Final = (
    "pre_sign_up",
    "custom_message",
    "post_confirmation",
    "pre_authentication",
    "post_authentication",
    "define_auth_challenge",
    "create_auth_challenge",
    "verify_auth_challenge_response",
    "pre_token_generation",
    "user_migration",
)
# LambdaConfig's members in Python, by their names as a person may write them: letters and digits only, lower case.
TRIGGERS: Final = {member.replace("_", ""): member for member in (*_PLAIN, "inbound_federation")}
# They need a KMS key beside the function; only a person can say which.
_KEYED: Final = frozenset({"customsmssender", "customemailsender"})
_Set = set[tuple[str | None, str]]  # triggers (None: the name means none) and the ARNs of the functions of their names


def trigger_of(name: str) -> str | None:
    """The member of LambdaConfig that a function's name means: PreSignUp, pre_sign_up and pre-sign-up are the same."""
    return TRIGGERS.get(_plain(name))


class Folder:
    """A folder, and what of it stands in the store and in the first pool."""

    def __init__(self, path: Path, desk: Desk) -> None:
        self._files = Files(str(path))
        self._desk = desk
        self._region = desk.settings["region"]
        self._done: tuple[Found, ...] | None = None
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Bring functions and triggers to what lies in the folder; only a look at the files where nothing changed."""
        if self._files.current() is self._done:
            return
        async with self._turn:
            found = self._files.current()
            if found is self._done:
                return
            before = await self._desk.store.read(stored.folders, self._region)
            here = await self._register(found)
            for one in before:
                if one.name not in here:
                    await self._desk.store.write(stored.remove, one.region, one.name)
                    log.info("function gone", name=one.name)
            await self._wire(here, {(trigger_of(one.name), one.plain_arn) for one in before})
            self._done = found

    async def _register(self, found: tuple[Found, ...]) -> dict[str, Deployed]:
        """Store what was found; gives the functions of the folder by name."""
        here: dict[str, Deployed] = {}
        for file, why in self._files.left_out():
            if why is not NO_ENTRY or trigger_of(file) is not None:  # what has no trigger's name may hold anything
                log.warning(f"handler left out: {why}", file=file)
        for one in found:
            if not _NAME.fullmatch(one.name):
                log.warning("handler left out: a function's name has letters, digits, _ and - only", name=one.name)
                continue
            known = await self._desk.store.glance(stored.named, self._region, one.name)
            if known is not None and not known.folder:
                log.warning("handler left out: a function of this name was deployed through the API", name=one.name)
                continue
            here[one.name] = await self._stored(one, known)
        return here

    async def _stored(self, one: Found, known: Deployed | None) -> Deployed:
        said: dict[str, Any] = {
            "runtime": one.runtime,
            "handler": one.handler,
            "folder": one.code,
            "build": one.fingerprint,
        }
        fresh = {**said, "revision": str(uuid.uuid4()), "modified": self._desk.clock()}
        if known is None:
            made = Deployed(name=one.name, region=self._region, account=self._desk.account, **fresh)
            await self._desk.store.write(stored.add, made)
            log.info("function found", name=one.name, runtime=one.runtime, handler=one.handler)
            return made
        if all(getattr(known, field) == value for field, value in said.items()):
            return known

        def edit(now: Deployed) -> Deployed:
            return replace(now, **fresh)

        log.info("function changed", name=one.name)
        return await self._desk.store.write(stored.change, self._region, one.name, edit) or known

    async def _wire(self, here: dict[str, Deployed], before: _Set) -> None:
        """Set the first pool's triggers to the functions of their names, and let it invoke them.

        `before` is what a folder may have set; anything else that is set was set by somebody, and stays.
        """
        call = self._call()
        pool_id, _ = await first_pool.ensure(self._desk)
        pool = await pools.here(pool_id, call)
        wanted: dict[str, str] = {}
        for name in sorted(here):
            trigger = trigger_of(name)
            if trigger is None:
                why = "needs a KMS key: set it with update-user-pool" if _plain(name) in _KEYED else "no trigger's name"
                log.info("function not wired", name=name, why=why)
            elif wanted.setdefault(trigger, here[name].plain_arn) != here[name].plain_arn:
                log.warning("function not wired: another one means the same trigger", name=name, trigger=trigger)
        if _config(pool, wanted, before) != (pool.settings.lambda_config or LambdaConfigType()):

            def edit(now: Pool) -> UserPoolType:
                return replace(now.settings, lambda_config=_config(now, wanted, before))

            pool = await pools.change(pool_id, edit, call)
        for trigger, arn in _set(pool).items():
            ref = by_arn(arn)
            if ref is not None and wanted.get(trigger) == arn:
                await functions.grant(self._desk, ref, pool.arn, _published(trigger))

    def _call(self) -> Call:
        return Call(self._desk, "", self._region, str(uuid.uuid4()), "", "")


def _config(pool: Pool, wanted: dict[str, str], before: _Set) -> LambdaConfigType:
    """The pool's triggers with those of the folder. A later version of pre token generation stays that version."""
    config = pool.settings.lambda_config or LambdaConfigType()
    changes: dict[str, Any] = {}
    for trigger in TRIGGERS.values():
        now, want = _set(pool).get(trigger), wanted.get(trigger)
        if now == want or (now is not None and (trigger, now) not in before):
            continue
        if want is not None and trigger == "inbound_federation":
            changes[trigger] = InboundFederationLambdaType(lambda_version="V1_0", lambda_arn=want)
        else:
            changes[trigger] = want
    newer = config.pre_token_generation_config
    if newer is not None and "pre_token_generation" in changes:
        want = changes["pre_token_generation"]
        changes["pre_token_generation_config"] = replace(newer, lambda_arn=want) if want else None
    return replace(config, **changes)


def _set(pool: Pool) -> dict[str, str]:
    """The ARNs of the triggers that a folder can set, by their members; in the form for versions, too."""
    config = pool.settings.lambda_config or LambdaConfigType()
    said = {name: getattr(config, name) or getattr(config, f"{name}_config", None) for name in TRIGGERS.values()}
    arns = {trigger: getattr(value, "lambda_arn", value) for trigger, value in said.items()}
    return {trigger: arn for trigger, arn in arns.items() if arn}


def _published(trigger: str) -> str:
    return "".join(part.capitalize() for part in trigger.split("_"))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
