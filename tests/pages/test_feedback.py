"""The page behind a notice's one-click links, as a browser and a mail filter meet it (AU-17)."""

import re
import urllib.error
import urllib.request
from html import unescape
from typing import Any

from tests.api.test_threat_protection import notices
from tests.api.watched import AWAY, HOME, Watched, actions
from tests.serving import Serving

SOURCE = "arn:aws:ses:us-east-1:000000000000:identity/desk@example.com"


def asked(url: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read().decode()


def links(server: Serving, pool: Watched) -> list[str]:
    """Those of the notice of a sign-in that was blocked."""
    body = "<a href={one-click-link-valid}>me</a> <a href={one-click-link-invalid}>not me</a>"
    takeover = actions(notify=True, High="BLOCK")["AccountTakeoverRiskConfiguration"]
    mails = {"SourceArn": SOURCE, "BlockEmail": {"Subject": "s", "HtmlBody": body}}
    pool.risk(AccountTakeoverRiskConfiguration=takeover | {"NotifyConfiguration": mails})
    mail = f"{pool.client}@example.com"
    pool.user("a&da", email=mail, email_verified="true")
    pool.came_from(HOME, name="a&da")
    pool.refused(pool.came_from, AWAY, "curl/8.0", name="a&da")
    (sent,) = notices(server, mail)
    return [unescape(link) for link in re.findall(r"href=([^>\s]+)>", sent["body"])]


def said(pool: Watched) -> Any:
    return pool.events("a&da")[0].get("EventFeedback", {}).get("FeedbackValue")


def test_a_link_asks_and_the_button_answers(server: Serving) -> None:
    pool = Watched(server)
    valid, invalid = links(server, pool)
    for link in (valid, invalid):
        status, headers, page = asked(link)
        assert status == 200
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert "<form" in page
        assert said(pool) is None, "who only follows the link has said nothing"
    action = unescape(re.findall(r'action="([^"]+)"', asked(invalid)[2])[0])
    status, _, page = asked(invalid.partition("?")[0] + action, "POST")
    assert (status, said(pool)) == (200, "Invalid")
    assert "Change your password" in page
    assert asked(valid, "POST")[0] == 200
    assert said(pool) == "Valid"


def test_a_link_that_was_changed_answers_nothing(server: Serving) -> None:
    pool = Watched(server)
    valid, _ = links(server, pool)
    for changed in (
        valid.replace("token=", "token=A"),
        valid.replace("user=a%26da", "user=nobody"),
        valid.replace("user=a%26da", "user=%00"),
        valid.replace("value=Valid", "value=<b>"),
        valid.replace(pool.id, "us-east-1_Nobody"),
        valid.replace(pool.id, "nowhere"),
        valid.partition("?")[0],
    ):
        status, _, page = asked(changed, "POST")
        assert status == 400, changed
        assert "<b>" not in page
    assert said(pool) is None
