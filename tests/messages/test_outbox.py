"""The outbox: oldest first, by address, bounded; and as programs read it over HTTP."""

import json
from typing import Any

from tests.serving import Pool, Serving

from keydesk.messages.message import Medium, Message
from keydesk.messages.outbox import Outbox

NOON = 1_700_000_000_123


def message(to: str, code: str, medium: Medium = Medium.EMAIL) -> Message:
    return Message(to=to, medium=medium, subject="A code", body=f"The code: {code}", code=code)


def test_messages_are_listed_oldest_first_with_when_they_were_sent() -> None:
    box = Outbox(lambda: NOON)
    box.put(message("a@example.com", "1"))
    box.put(message("b@example.com", "2"))
    box.put(message("a@example.com", "3"))
    assert [sent.code for sent in box.list()] == ["1", "2", "3"]
    for typed in ("a@example.com", "A@Example.com"):
        assert [sent.code for sent in box.list(typed)] == ["1", "3"]
    assert box.list("a@example") == []
    assert box.list()[0].sent_at == "2023-11-14T22:13:20.123Z"
    box.clear()
    assert box.list() == []


def test_only_the_newest_are_kept() -> None:
    box = Outbox(lambda: NOON, most=3)
    for number in range(5):
        box.put(message("a@example.com", str(number)))
    assert [sent.code for sent in box.list()] == ["2", "3", "4"]


def test_programs_read_it_as_json(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email", "phone_number"])
    for name, where in (("ada", {"email": "outbox@example.com"}), ("bob", {"phone_number": "+15550177001"})):
        pool.sign_up(name, attributes=where)
    pool.api.resend_confirmation_code(ClientId=pool.client, Username="ada")

    def told(to: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(server.fetch(f"/_keydesk/outbox?to={to}"))
        return found

    first, second = told("outbox@example.com")
    assert list(first) == ["to", "medium", "subject", "body", "code", "sent_at", "pool"]
    assert (first["to"], first["medium"], first["subject"]) == ("outbox@example.com", "EMAIL", "Confirm your account")
    assert first["code"] in first["body"]
    assert first["sent_at"] <= second["sent_at"]
    (text,) = told("%2B15550177001")
    assert (text["to"], text["medium"], text["subject"]) == ("+15550177001", "SMS", "")
    assert told("nobody@example.com") == []
    assert told(f"outbox@example.com&pool={pool.id}") == [first, second]
    assert told("outbox@example.com&pool=us-east-1_other") == []
