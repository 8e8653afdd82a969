"""The one door out: which way a message goes, what a failure leaves behind, and that a posted one is never lost."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from tests.messages.post_office import post_office

from keydesk import log
from keydesk.errors import CodeDeliveryFailure
from keydesk.messages import courier as courier_module
from keydesk.messages.courier import Courier
from keydesk.messages.message import Medium, Message
from keydesk.messages.outbox import Outbox
from keydesk.settings import SettingFault, load

MAIL = Message(to="me@example.com", medium=Medium.EMAIL, subject="A code", body="code 314159", code="314159")
SMS = Message(to="+15550100", medium=Medium.SMS, subject="", body="code 314159", code="314159")


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the log has been told."""
    out, before, root = io.StringIO(), structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    log.configure("debug", out=out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines() if "keydesk.messages" in line]
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)


def courier(url: str = "", outbox: Outbox | None = None) -> Courier:
    environment = {"KEYDESK_SMTP_URL": url, "KEYDESK_MAIL_FROM": "desk@example.com"} if url else {}
    return Courier(load(environment, data="unused"), outbox)


def sent(one: Courier, *messages: Message) -> None:
    async def main() -> None:
        try:
            for message in messages:
                await one.send(message)
        finally:
            await one.close()

    asyncio.run(main())


def test_without_a_mail_server_development_keeps_everything_in_the_outbox() -> None:
    box = Outbox(lambda: 0)
    sent(courier(outbox=box), MAIL, SMS)
    assert [one.medium for one in box.list()] == ["EMAIL", "SMS"]


def test_with_a_mail_server_mail_goes_there_and_sms_into_the_outbox() -> None:
    box = Outbox(lambda: 0)
    with post_office() as office:
        sent(courier(f"smtp://127.0.0.1:{office.port}", box), MAIL, SMS)
    assert len(office.mails) == 1
    assert b"From: desk@example.com" in office.mails[0]
    assert [one.medium for one in box.list()] == ["SMS"]


@pytest.mark.parametrize(("message", "why"), [(MAIL, "no mail server"), (SMS, "no way to send SMS")])
def test_without_a_way_out_a_message_fails_and_the_log_says_what_to_set(
    message: Message, why: str, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    with pytest.raises(CodeDeliveryFailure):
        sent(courier(), message)
    (told,) = logged()
    assert told["why"].startswith(why)
    assert told["medium"] == message.medium
    assert not any(secret in str(told) for secret in (message.code, message.to))


def test_a_mail_server_that_cannot_be_read_stops_the_start() -> None:
    with pytest.raises(SettingFault):
        courier("http://mail.example.com")


def test_what_was_posted_arrives_before_the_courier_closes_and_no_failure_comes_back(
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    box = Outbox(lambda: 0)

    async def main() -> None:
        one = courier(outbox=box)
        one.post(MAIL)
        one.after(lambda: one.send(Message(**{**_members(MAIL), "to": str(1 // 0)})))
        one.post(SMS)
        assert box.list() == []
        await one.close()

    asyncio.run(main())
    assert [kept.medium for kept in box.list()] == ["EMAIL", "SMS"]
    assert [told["why"] for told in logged()] == ["ZeroDivisionError"]


def test_more_mails_than_may_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "WAITING", 2)

    async def main(port: int) -> list[BaseException | None]:
        one = courier(f"smtp://127.0.0.1:{port}")
        outcomes = await asyncio.gather(*(one.send(MAIL) for _ in range(5)), return_exceptions=True)
        await one.send(MAIL)
        await one.close()
        return outcomes

    with post_office() as office:
        outcomes = asyncio.run(main(office.port))
    assert outcomes.count(None) == 2
    assert [fault.detail for fault in outcomes if isinstance(fault, CodeDeliveryFailure)] == [
        "too many mails are waiting for the mail server"
    ] * 3
    assert len(office.mails) == 3


def test_more_that_may_wait_for_later_is_refused_and_said(
    monkeypatch: pytest.MonkeyPatch, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    monkeypatch.setattr(courier_module, "WAITING", 2)
    box = Outbox(lambda: 0)

    async def main() -> None:
        one = courier(outbox=box)
        for _ in range(3):
            one.post(MAIL)
        await one.drained()
        one.post(SMS)
        await one.close()

    asyncio.run(main())
    assert [kept.medium for kept in box.list()] == ["EMAIL", "EMAIL", "SMS"]
    assert [told["why"] for told in logged()] == ["too many messages are waiting"]


def _members(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}
