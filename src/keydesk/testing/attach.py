"""Sets a pool's trigger to a function of the test's own, or to a file that a worker runs."""

import os
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from keydesk.domain.function import Deployed, by_arn
from keydesk.domain.pool import Pool
from keydesk.flows import functions, kms, pools
from keydesk.flows.call import Call, Desk
from keydesk.flows.folder import trigger_of
from keydesk.runtime import folder
from keydesk.runtime.folder import Found
from keydesk.shapes.types import (
    CustomEmailLambdaVersionConfigType,
    CustomSMSLambdaVersionConfigType,
    InboundFederationLambdaType,
    LambdaConfigType,
    PreTokenGenerationVersionConfigType,
    UserPoolType,
)
from keydesk.store import functions as stored
from keydesk.testing.in_test import Code
from keydesk.testing.server import Running

SENDERS: Final = {
    "customemailsender": ("custom_email_sender", CustomEmailLambdaVersionConfigType),
    "customsmssender": ("custom_sms_sender", CustomSMSLambdaVersionConfigType),
}
IN_TEST: Final = "in the test"  # where the code of a test's own function is


class Wish(NamedTuple):
    """How the function is to run. `version` is the LambdaVersion of pre token generation; `timeout` in seconds."""

    version: str = ""
    timeout: int = 3
    environment: Mapping[str, str] | None = None


def attach(server: Running, pool: str, trigger: str, code: Code | str | os.PathLike[str], wish: Wish) -> str:
    """Set the trigger (`pre_sign_up`, `PreSignUp`); gives the function's ARN. What was set before is replaced.

    Raises ValueError for what is no trigger, FileNotFoundError or ValueError for a path that holds no handler.
    """
    member = trigger_of(trigger) or SENDERS.get(_plain(trigger), ("", None))[0]
    if not member:
        raise ValueError(f"{trigger!r} is no trigger's name; write it as pre_sign_up or PreSignUp")
    if callable(code):
        runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        found = Found(name="", runtime=runtime, handler="in.test", code=IN_TEST, fingerprint="")
    else:
        found = folder.only(str(Path(code)))
    deployed = server.run(_deploy(server.desk, f"{pool.rpartition('_')[2]}-{member}", found, wish))
    if callable(code):
        server.in_test.bring(deployed.plain_arn, code)
    server.run(_wire(server.desk, pool, member, deployed.plain_arn, wish.version))
    return deployed.plain_arn


async def _deploy(desk: Desk, name: str, found: Found, wish: Wish) -> Deployed:
    """The function as it runs from its own place, like one of a watched folder."""
    region = desk.settings["region"]
    deployed = Deployed(
        name=name,
        region=region,
        account=desk.account,
        runtime=found.runtime,
        handler=found.handler,
        folder=found.code,
        build=str(uuid.uuid4()),
        revision=str(uuid.uuid4()),
        timeout=wish.timeout,
        environment=functions.sealed(desk, region, name, wish.environment or {}),
        modified=desk.clock(),
    )
    await desk.store.write(stored.remove, region, name)
    await desk.store.write(stored.add, deployed)
    return deployed


async def _wire(desk: Desk, pool_id: str, member: str, arn: str, version: str) -> None:
    call = Call(desk, "", desk.settings["region"], str(uuid.uuid4()), "", "")
    said: dict[str, Any] = {member: arn}
    if member in ("custom_email_sender", "custom_sms_sender"):
        form = next(form for name, form in SENDERS.values() if name == member)
        said[member] = form(lambda_version=version or "V1_0", lambda_arn=arn)
        before = (await pools.here(pool_id, call)).settings.lambda_config
        if before is None or before.kms_key_id is None:
            key = await kms.create(desk, call.region, description="of a test", policy="", tags={})
            said["kms_key_id"] = key.arn
    elif member == "pre_token_generation":
        newer = PreTokenGenerationVersionConfigType(lambda_version=version or "V1_0", lambda_arn=arn)
        first = arn if newer.lambda_version == "V1_0" else None  # the older form stands for the first version only
        said = {member: first, "pre_token_generation_config": newer}
    elif member == "inbound_federation":
        said[member] = InboundFederationLambdaType(lambda_version=version or "V1_0", lambda_arn=arn)

    def edit(now: Pool) -> UserPoolType:
        return replace(now.settings, lambda_config=replace(now.settings.lambda_config or LambdaConfigType(), **said))

    pool = await pools.change(pool_id, edit, call)
    if ref := by_arn(arn):
        await functions.grant(desk, ref, pool.arn, member)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
