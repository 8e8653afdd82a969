"""Functions that live elsewhere: bytes in, bytes out, by another server's Lambda API or at addresses of their own.

Botocore signs and blocks, so runs take place on threads of their own. Surprise: it opens no connection itself; what it
would send goes out by `reach`, which looks where it goes and lets a run be given up.
"""

import asyncio
import base64
import binascii
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

import structlog

from keydesk.domain.function import by_arn
from keydesk.runtime import report
from keydesk.runtime.channel import TooLarge
from keydesk.runtime.function import Answer, Throttled, TimedOut, Unreached
from keydesk.runtime.lambda_api import LambdaApi
from keydesk.runtime.reach import Reach, Reached, Run, may_be_private
from keydesk.settings import SettingFault, Settings

log = structlog.get_logger("keydesk.functions")

ELSEWHERE: Final = "elsewhere"  # in traces, before the version that the other server tells, if it does
LINES: Final = 64  # runs at once
EACH: Final = 16  # of one function, so that a slow one leaves lines to the others
WAITING: Final = 1000  # runs that may wait for a line


@dataclass(frozen=True, slots=True)
class Directory:
    """Where functions are found that are not here. `endpoint`: of a Lambda API, `aws` for Amazon's own, or empty."""

    endpoint: str
    urls: dict[str, str]

    @classmethod
    def of(cls, settings: Settings) -> "Directory":
        """Raises SettingFault for a table with a line that is none."""
        urls: dict[str, str] = {}
        for line in filter(None, re.split(r"[\s,]+", settings["function_urls"])):
            arn, _, url = line.partition("=")
            if by_arn(arn) is None or not re.fullmatch(r"https?://[^/\s@]+(/[!-~]*)?", url) or arn in urls:
                raise SettingFault("function_urls must be arn=https://… lines, one for each function ARN")
            urls[arn] = url
        return cls(settings["lambda_endpoint"], urls)

    def reaches(self, arn: str) -> bool:
        """Whether a function that is not here is looked for elsewhere."""
        return arn in self.urls or (bool(self.endpoint) and by_arn(arn) is not None)


class Elsewhere:
    """Runs them. `private`: whether they may be on this machine and in private networks."""

    def __init__(self, directory: Directory, *, private: bool) -> None:
        self._directory = directory
        self._private = private
        self._making = threading.Lock()
        self._made: tuple[Reach, LambdaApi] | None = None
        self._threads = ThreadPoolExecutor(LINES, thread_name_prefix="elsewhere")
        self._lines: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._runs: set[Run] = set()

    @classmethod
    def of(cls, settings: Settings, *, open: bool) -> "Elsewhere":
        """As the settings say; in development (`open`) private addresses are allowed unless they are refused.

        Where an endpoint is set, botocore is loaded now: that takes longer than a run may.
        """
        made = cls(Directory.of(settings), private=may_be_private(settings, open=open))
        if made._directory.endpoint:
            made._threads.submit(lambda: made._opened()[1].client(settings["region"]))
        return made

    def reaches(self, arn: str) -> bool:
        """Whether a function that is not here is looked for elsewhere."""
        return self._directory.reaches(arn)

    async def invoke(self, arn: str, payload: bytes, *, within: float) -> Answer:
        """Run it once; `within` seconds are for everything, waiting for a line included.

        Raises `TimedOut`, `Throttled` (by the other side, or too many wait here) and `Unreached`.
        """
        if len(self._runs) >= LINES + WAITING:
            raise Throttled
        run = Run(within)
        self._runs.add(run)
        try:
            async with asyncio.timeout(within):
                return await asyncio.wrap_future(await self._begun(arn, payload, run))
        except TimeoutError:
            raise TimedOut from None
        except Unreached as fault:
            log.warning("function elsewhere not reached", arn=arn, why=fault.code, detail=fault.detail)
            raise
        finally:
            self._runs.discard(run)
            run.give_up()

    async def close(self) -> None:
        """Give up what is under way, and let the threads end."""
        for run in tuple(self._runs):
            run.give_up()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        if self._made is not None:
            self._made[0].close()

    async def _begun(self, arn: str, payload: bytes, run: Run) -> "Future[Answer]":
        """Wait for a line of the function's; its thread gives it back, however late that ends."""
        line = self._lines.setdefault(arn, asyncio.Semaphore(EACH))
        await line.acquire()
        loop = asyncio.get_running_loop()
        future = self._threads.submit(self._answered, arn, payload, run)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(line.release))
        return future

    def _answered(self, arn: str, payload: bytes, run: Run) -> Answer:
        began = time.monotonic()
        reach, api = self._opened()
        with run.under_way():
            run.left()
            try:
                url = self._directory.urls.get(arn)
                reached = _at(reach, url, payload) if url else api.invoke(arn, payload)
            except TooLarge as fault:
                reached = _too_large(fault)
        ms = (time.monotonic() - began) * 1000
        return _answer(reached, ms)

    def _opened(self) -> tuple[Reach, LambdaApi]:
        """Made at the first use: who runs no function elsewhere pays nothing for it."""
        with self._making:
            if self._made is None:
                reach = Reach(private=self._private)
                self._made = reach, LambdaApi(self._directory.endpoint, reach)
            return self._made


def _at(reach: Reach, url: str, payload: bytes) -> Reached:
    """The event to a function's own address. Raises Throttled, Unreached for any answer but a good one."""
    reached = reach.post(url, payload, {"Content-Type": "application/json"})
    if reached.status == 429:
        raise Throttled
    if not 200 <= reached.status < 300:
        raise Unreached(f"Status{reached.status}")
    return reached


def _too_large(fault: TooLarge) -> Reached:
    """As for a function that is here."""
    body = report.too_large(fault.args[0]).payload()
    return Reached(200, {"x-amz-function-error": "Unhandled"}, body)


def _answer(reached: Reached, ms: float) -> Answer:
    headers = reached.headers
    return Answer(
        payload=reached.body,
        error=headers.get("x-amz-function-error", ""),
        log=_tail(headers.get("x-amz-log-result", "")),
        request_id=headers.get("x-amzn-requestid", ""),
        duration=ms,
        version=headers.get("x-amz-executed-version", ""),
    )


def _tail(said: str) -> str:
    try:
        return base64.b64decode(said, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
