"""From a deployed function to an answer: its code on disk, its variables in the clear, a run in the runtime.

Code is unpacked once into a folder named by its digest, under the data folder; every node of a cluster does so itself.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from keydesk.crypto.ids import new_uuid
from keydesk.crypto.seal import Sealer
from keydesk.domain import places
from keydesk.domain.function import Deployed
from keydesk.domain.function_refusals import FunctionNotFound, InvalidValue
from keydesk.errors import ServiceUnavailable
from keydesk.runtime.archive import BadArchive, unpack
from keydesk.runtime.function import Answer, Function, Runtime, Throttled
from keydesk.store import functions as stored
from keydesk.store.store import Store

log = structlog.get_logger("keydesk.functions")

READY: Final = 1000  # versions whose opened form is kept
PENDING: Final = 1000  # calls that nobody waits for, at most

# What botocore calls its services in AWS_ENDPOINT_URL_…: the model's serviceId in capitals. The AWS SDK for JavaScript
# reads the same names.
SERVICES: Final = ("COGNITO_IDENTITY_PROVIDER", "LAMBDA", "CLOUDWATCH_LOGS", "CLOUDTRAIL", "KMS")
DEV_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "keydesk", "AWS_SECRET_ACCESS_KEY": "keydesk"}


def surroundings(address: str, *, open: bool) -> dict[str, str]:
    """What every worker gets beside Lambda's own variables; a function's variables win over it.

    An unmodified SDK client of a served service calls this server. In development (`open`) it also finds credentials,
    which the server takes as it takes any; elsewhere a handler has only the credentials that its variables give it.
    """
    endpoints = {f"AWS_ENDPOINT_URL_{service}": address for service in SERVICES}
    return {**endpoints, **DEV_CREDENTIALS} if open else endpoints


class Functions:
    """Runs deployed functions. `folder` takes the unpacked code."""

    def __init__(self, runtime: Runtime, store: Store, sealer: Sealer, folder: Path) -> None:
        self._runtime = runtime
        self._store = store
        self._sealer = sealer
        self._folder = folder
        self._ready: dict[tuple[str, str], Function] = {}
        self._unpacking: dict[str, asyncio.Lock] = {}
        self._running: dict[str, int] = {}  # calls under way, by function
        self._pending: set[asyncio.Task[Any]] = set()

    async def invoke(
        self,
        deployed: Deployed,
        payload: bytes,
        *,
        within: float,
        arn: str,
        request_id: str = "",
        client_context: str = "",
    ) -> Answer:
        """Run it once. `within` is the caller's own limit in seconds; `arn` is what the handler's context shows.

        Raises `TimedOut` when the limit passed, `Throttled` when no worker was to be had or the function's reserved
        concurrency is used up (on this node), FunctionNotFound where it was deleted meanwhile.
        """
        self._begins(deployed)
        try:
            function = self._ready.get((deployed.build, deployed.version)) or await self._made(deployed)
            return await self._runtime.invoke(
                function,
                payload,
                within=within,
                request_id=request_id or new_uuid(),
                arn=arn,
                client_context=client_context,
            )
        finally:
            self._ended(deployed.plain_arn)

    def later(self, run: Coroutine[Any, Any, Any]) -> None:
        """Run something that nobody waits for. Raises `Throttled` where too much is waiting already."""
        if len(self._pending) >= PENDING:
            run.close()
            raise Throttled
        task = asyncio.get_running_loop().create_task(run)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def close(self) -> None:
        """Let what nobody waits for come to its end."""
        await asyncio.gather(*self._pending, return_exceptions=True)

    def opened(self, deployed: Deployed) -> dict[str, str]:
        """A function's variables in the clear."""
        if not deployed.environment:
            return {}
        plain = self._sealer.open(deployed.environment, places.function(deployed.region, deployed.name))
        return msgspec.json.decode(plain, type=dict[str, str])

    async def unpacked(self, digest: str, zipped: bytes | None = None) -> Path:
        """The folder with an archive's files; `zipped` None takes the archive from the database.

        Raises InvalidValue for a zip that cannot or must not be unpacked, FunctionNotFound where it has been deleted,
        ServiceUnavailable where the disk does not take it.
        """
        folder = self._folder / digest
        async with self._unpacking.setdefault(digest, asyncio.Lock()):
            if not folder.is_dir():
                if zipped is None:
                    zipped = await self._store.read(stored.archive, digest)
                if zipped is None:
                    raise FunctionNotFound("The function has been deleted.")
                try:
                    await asyncio.to_thread(unpack, zipped, folder)
                except BadArchive as fault:
                    raise InvalidValue(str(fault)) from fault
                except OSError as fault:
                    log.error("function not unpacked", digest=digest, why=str(fault))
                    raise ServiceUnavailable(detail=f"unpacking a function: {fault}") from fault
        self._unpacking.pop(digest, None)
        return folder

    async def forget(self, *digests: str) -> None:
        """Delete the unpacked code of those archives that are not stored, or not any more."""
        asked = set(filter(None, digests))
        for digest in asked - await self._store.read(stored.held, asked) if asked else ():
            await asyncio.to_thread(shutil.rmtree, self._folder / digest, ignore_errors=True)

    async def _made(self, deployed: Deployed) -> Function:
        code = deployed.folder or str(await self.unpacked(deployed.digest))
        function = Function(
            arn=deployed.plain_arn + ("" if deployed.version == "$LATEST" else f":{deployed.version}"),
            name=deployed.name,
            version=deployed.version,
            region=deployed.region,
            account=deployed.account,
            runtime=deployed.runtime,
            handler=deployed.handler,
            code=code,
            fingerprint=deployed.build,
            timeout=float(deployed.timeout),
            memory=deployed.memory,
            storage=deployed.storage,
            in_place=bool(deployed.folder),
            environment=self.opened(deployed),
        )
        if len(self._ready) >= READY:
            self._ready.clear()
        self._ready[deployed.build, deployed.version] = function
        return function

    def _begins(self, deployed: Deployed) -> None:
        """Holds the call to the function's reserved concurrency. Raises `Throttled`."""
        arn = deployed.plain_arn
        running = self._running.get(arn, 0)
        if deployed.concurrency is not None and running >= deployed.concurrency:
            raise Throttled
        self._running[arn] = running + 1

    def _ended(self, arn: str) -> None:
        if left := self._running.pop(arn) - 1:
            self._running[arn] = left
