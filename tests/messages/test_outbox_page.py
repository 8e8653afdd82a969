"""The outbox as a page: newest first, and nothing in it is anything but text."""

import urllib.request
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from tests.serving import Pool, Serving

from keydesk.messages.outbox import Sent
from keydesk.messages.outbox_page import page

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"


class Reader(HTMLParser):
    """Which elements a browser would make of it, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def sent(code: str = "1", **more: str) -> Sent:
    known = {"to": "a@example.com", "medium": "EMAIL", "subject": "A code", "body": "words", "sent_at": "today"}
    return Sent(**(known | {"code": code} | more))


def test_it_shows_the_newest_first_or_that_there_is_nothing() -> None:
    shown = page([sent("111"), sent("222")])
    assert shown.index("222") < shown.index("111")
    assert "Nothing was sent yet." in page([])


def test_a_message_without_a_subject_has_no_empty_line() -> None:
    assert "<br>" not in page([sent(subject="")])
    assert "<br>A code" in page([sent()])


def test_everything_is_escaped() -> None:
    plain = Reader(page([sent()]))
    read = Reader(page([sent(EVIL, to=EVIL, medium=EVIL, subject=EVIL, body=EVIL, sent_at=EVIL)]))
    assert read.elements == plain.elements
    assert read.text.count(EVIL) == 6


@given(st.text(), st.text())
def test_whatever_is_sent_is_text(subject: str, body: str) -> None:
    assert Reader(page([sent(subject=subject + ".", body=body)])).elements == Reader(page([sent()])).elements


def test_a_browser_gets_the_page_and_the_policy_that_lets_nothing_run(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"], EmailVerificationMessage=f"{EVIL} {{####}}")
    pool.sign_up("ada", attributes={"email": "page@example.com"})
    request = urllib.request.Request(
        server.url + "/_keydesk/outbox?to=page@example.com", headers={"Accept": "text/html,*/*"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        head, body = answer.headers, answer.read().decode()
    assert head["Content-Type"] == "text/html; charset=utf-8"
    assert head["Content-Security-Policy"].startswith("default-src 'none'")
    assert (head["X-Content-Type-Options"], head["Cache-Control"]) == ("nosniff", "no-store")
    assert "<script" not in body
    assert "alert(1)" in unescape(body)
    assert server.code("page@example.com") in body
