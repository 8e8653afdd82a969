"""The one door out: a message goes to the mail server, into the outbox, or nowhere, and then the log says why.

`send` tells of a failure; `post` returns at once, so that how long a mail takes says nothing of who exists (EN-02).
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from keydesk.errors import CodeDeliveryFailure
from keydesk.messages.message import Medium, Message
from keydesk.messages.outbox import Outbox
from keydesk.messages.smtp import Server, deliver
from keydesk.settings import Settings

log = structlog.get_logger("keydesk.messages")

LINES: Final = 4  # mails on their way at once
WAITING: Final = 1000  # messages that may wait; beyond, one is refused rather than kept without bound
_MISSING: Final = {
    Medium.EMAIL: "no mail server: set smtp_url (KEYDESK_SMTP_URL)",
    Medium.SMS: "no way to send SMS: set a CustomSMSSender on the pool (`keydesk dev` keeps them in its outbox)",
}


class Courier:
    """Made once. With `outbox` (development) SMS go there, and mail too where no mail server is set."""

    def __init__(self, settings: Settings, outbox: Outbox | None = None) -> None:
        """Raises SettingFault for a mail server that cannot be read."""
        self.outbox = outbox
        self._server = Server.at(settings["smtp_url"]) if settings["smtp_url"] else None
        self._sender = settings["mail_from"]
        self._lines = ThreadPoolExecutor(LINES, thread_name_prefix="mail")
        self._under_way = 0
        self._posted: set[asyncio.Task[None]] = set()

    async def send(self, message: Message) -> None:
        """Returns when the message is handed over. Raises CodeDeliveryFailure, and says why in the log."""
        try:
            await self._hand_over(message)
        except CodeDeliveryFailure as fault:
            log.error("message not sent", medium=message.medium.value, why=fault.detail)
            raise

    def post(self, message: Message) -> None:
        """Send after the answer; a failure is only logged."""
        self.after(lambda: self.send(message))

    def after(self, work: Callable[[], Awaitable[None]]) -> None:
        """As `post`, and even what leads to the message is left for later: composing it, and asking a function."""
        if len(self._posted) >= WAITING:
            log.error("message not sent", why="too many messages are waiting")
            return
        task = asyncio.get_running_loop().create_task(self._later(work))
        self._posted.add(task)
        task.add_done_callback(self._posted.discard)

    async def drained(self) -> None:
        """All that was posted has been sent, or has failed."""
        while self._posted:
            await asyncio.wait(self._posted)  # not gather: from Python 3.12 on it does not yield where all are done

    async def close(self) -> None:
        """Sends what was posted, then ends the threads."""
        await self.drained()
        self._lines.shutdown()

    async def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except CodeDeliveryFailure:
            pass  # `send` logged it; nobody waits
        except Exception as fault:
            log.error("message not sent", why=type(fault).__name__)

    async def _hand_over(self, message: Message) -> None:
        if message.medium is Medium.EMAIL and self._server is not None:
            return await self._mail(self._server, message)
        if self.outbox is None:
            raise CodeDeliveryFailure(detail=_MISSING[message.medium])
        self.outbox.put(message)
        return None

    async def _mail(self, server: Server, message: Message) -> None:
        if self._under_way >= WAITING:
            raise CodeDeliveryFailure(detail="too many mails are waiting for the mail server")
        self._under_way += 1
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._lines, deliver, server, message, self._sender)
        finally:
            self._under_way -= 1
