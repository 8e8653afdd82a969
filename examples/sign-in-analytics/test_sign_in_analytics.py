"""An event to a collector and user data to a store, from Python and Node.js; and what happens while both are away."""

import json
import runpy
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site import Asked, site

from keydesk.testing.keydesk import Keydesk

HERE = Path(__file__).parent
KEY = "s3cret"
PATIENCE = "4"  # seconds that a function waits for whom it is to reach, on a busy machine
ATTRIBUTES = {"email": "ada@example.com", "name": "Ada", "locale": "en-GB"}


@pytest.fixture(params=["functions/post_authentication.py", "node/post_authentication.mjs"])
def handler(request: pytest.FixtureRequest) -> Path:
    return HERE / str(request.param)


class Sinks:
    """The example's own service."""

    def __init__(self, url: str) -> None:
        self.url = url

    def variables(self, **said: str) -> dict[str, str]:
        known = {"COLLECTOR_URL": f"{self.url}/events", "STORE_URL": f"{self.url}/datasets", "SINK_KEY": KEY}
        return known | {"SINK_SECONDS": PATIENCE} | said

    def events(self) -> list[dict[str, Any]]:
        return list(self._asked("/events"))

    def profile(self, user: str, **said: str) -> dict[str, str]:
        """A device's own words, and what is there then."""
        return dict(self._asked(f"/datasets/{user}/profile", json.dumps(said).encode() if said else None))

    def _asked(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {KEY}"}
        request = urllib.request.Request(self.url + path, body, headers, method="PATCH" if body else "GET")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def sinks() -> Iterator[Sinks]:
    server = runpy.run_path(str(HERE / "service" / "sinks.py"))["served"](0, KEY)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Sinks(f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()


def logged(keydesk: Keydesk, arn: str) -> str:
    events = keydesk.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{arn.rpartition(':')[2]}")["events"]
    return "\n".join(event["message"].strip() for event in events)


def test_each_sign_in_is_an_event_and_the_users_data_are_brought_along(
    keydesk: Keydesk, sinks: Sinks, handler: Path
) -> None:
    """T-047, T-080, T-083: no address leaves the pool, and what a device wrote into the data set stays."""
    keydesk.trigger("post_authentication", handler, timeout=5, environment=sinks.variables())
    sub = keydesk.user("ada", **ATTRIBUTES)
    sinks.profile(sub, theme="dark", name="Old name")
    assert keydesk.sign_in()["AuthenticationResult"]
    (event,) = sinks.events()
    at = event.pop("at")
    assert event == {
        "type": "sign_in",
        "pool": keydesk.pool_id,
        "client": keydesk.client_id,
        "user": sub,
        "newDevice": False,
    }
    assert sinks.profile(sub) == {"theme": "dark", "name": "Ada", "locale": "en-GB", "lastSignIn": at}
    assert keydesk.sign_in()["AuthenticationResult"]
    assert len(sinks.events()) == 2


@pytest.mark.parametrize("semantics", ["keydesk", "aws"])
def test_nobody_is_kept_out_while_they_are_away(keydesk: Keydesk, sinks: Sinks, handler: Path, semantics: str) -> None:
    """A key that is not taken, a service that drips, and none at all: each in the log, and the sign-in goes on."""
    keydesk.pool(UserPoolTags={"keydesk:semantics": semantics})
    keydesk.user("ada", **ATTRIBUTES)
    with site() as slow:
        does: Callable[[Asked], None] = slow.dripping
        slow.does = does
        for said, word in (
            ({"SINK_KEY": "wrong"}, "HTTP Error 401"),
            ({"COLLECTOR_URL": slow.url, "SINK_SECONDS": "0.3"}, "Timeout"),
            ({"STORE_URL": "http://127.0.0.1:9"}, "not sent: "),
        ):
            arn = keydesk.trigger("post_authentication", handler, timeout=5, environment=sinks.variables(**said))
            assert keydesk.sign_in()["AuthenticationResult"], word
            assert word in logged(keydesk, arn)
    assert len(sinks.events()) == 1, "the one whose collector was there"
