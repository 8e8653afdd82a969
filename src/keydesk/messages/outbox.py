"""The outbox of a development server: what would have gone out, kept in memory, oldest first. `serve` has none."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from keydesk.messages.message import Message


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the outbox shows it. `sent_at` is an ISO 8601 moment in UTC."""

    to: str
    medium: str
    subject: str
    body: str
    code: str
    sent_at: str
    pool: str = ""


class Outbox:
    """Keeps the newest messages, a bounded number of them."""

    def __init__(self, clock: Callable[[], int], most: int = 1000) -> None:
        """`clock` gives epoch milliseconds."""
        self._clock = clock
        self._kept: deque[Sent] = deque(maxlen=most)

    def put(self, message: Message) -> None:
        self._kept.append(
            Sent(
                to=message.to,
                medium=message.medium.value,
                subject=message.subject,
                body=message.body,
                code=message.code,
                sent_at=_moment(self._clock()),
                pool=message.pool,
            )
        )

    def list(self, to: str | None = None, pool: str | None = None) -> Sequence[Sent]:
        """Messages oldest first; those to one address or number where `to` names it, and of one pool.

        An address is found in any case: pools that ignore it keep addresses in small letters.
        """
        wanted = None if to is None else to.lower()
        return [sent for sent in self._kept if wanted in (None, sent.to.lower()) and pool in (None, sent.pool)]

    def clear(self) -> None:
        self._kept.clear()


def _moment(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
