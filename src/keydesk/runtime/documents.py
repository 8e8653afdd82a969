"""Documents of others, fetched when an administrator names them: what an OpenID or a SAML provider says of itself."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from keydesk.runtime.function import TimedOut
from keydesk.runtime.reach import Reach, Reached, Run, may_be_private
from keydesk.settings import Settings

WITHIN: Final = 5.0  # seconds, for a document
MOST: Final = 1_000_000  # bytes of one
LINES: Final = 4  # documents at once


class Documents:
    """Fetches them. `private`: whether they may be on this machine and in private networks."""

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self._reach = Reach(private=private)
        self._threads = ThreadPoolExecutor(LINES, thread_name_prefix="documents")

    @classmethod
    def of(cls, settings: Settings, *, open: bool) -> "Documents":
        """As the settings say; in development (`open`) private addresses are allowed unless they are refused."""
        return cls(private=may_be_private(settings, open=open))

    async def fetched(self, url: str) -> Reached:
        """The answer to a GET, whatever its status; no redirect is followed (WK-14).

        Raises TimedOut, Unreached, and TooLarge for an answer of more than a megabyte.
        """
        run = Run(WITHIN)
        try:
            async with asyncio.timeout(WITHIN):
                return await asyncio.wrap_future(self._threads.submit(self._get, url, run))
        except TimeoutError:
            raise TimedOut from None
        finally:
            run.give_up()

    async def close(self) -> None:
        """Let the threads end."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        self._reach.close()

    def _get(self, url: str, run: Run) -> Reached:
        with run.under_way():
            run.left()
            return self._reach.get(url, MOST)
