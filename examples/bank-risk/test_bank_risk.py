"""A score by address and device lets in or turns away; what happens while the service is slow, and what is written."""

import runpy
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.site import Asked, site

from keydesk.testing.keydesk import Keydesk

HERE = Path(__file__).parent
PRE, POST = HERE / "functions" / "pre_authentication.py", HERE / "functions" / "post_authentication.py"
GOOD, BAD = "198.51.100.7", "203.0.113.7"
PATIENT = {"TABLE_SECONDS": "4"}  # what a function waits for whom it is to reach, on a busy machine
OUT = "PreAuthentication failed with error We cannot let you in from here. Call your branch."


@pytest.fixture
def reputation() -> Iterator[str]:
    """The URL of the example's own service: one bad network, one known device."""
    server = runpy.run_path(str(HERE / "service" / "reputation.py"))["served"](0, ["203.0.113.0/24"], {"phone-1"})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


class Bank:
    """The two functions, the table, and a user; `said` are variables of the first."""

    def __init__(self, keydesk: Keydesk, dynamodb: Any, **said: str) -> None:
        self.keydesk = keydesk
        self.table = dynamodb.table(HERE / "tables" / "activity.json")
        known = dynamodb.environment | PATIENT
        self.pre = keydesk.trigger("pre_authentication", PRE, timeout=5, environment=known | said)
        keydesk.trigger("post_authentication", POST, timeout=5, environment=known)
        self.sub = keydesk.user("ada")

    def sign_in(self, **said: str) -> dict[str, Any]:
        """As the bank's own backend does it, which saw the address."""
        return self.keydesk.sign_in("ada", ClientMetadata=said)

    def refused(self, **said: str) -> str:
        with pytest.raises(ClientError) as refusal:
            self.sign_in(**said)
        return str(refusal.value.response["Error"]["Message"])

    def activity(self) -> list[dict[str, Any]]:
        """Oldest first."""
        rows: list[dict[str, Any]] = self.table.scan()["Items"]
        assert {row["user"] for row in rows} <= {self.sub}
        return sorted(rows, key=lambda row: str(row["at"]))

    def logged(self) -> str:
        group = f"/aws/lambda/{self.pre.rpartition(':')[2]}"
        events = self.keydesk.client("logs").filter_log_events(logGroupName=group)["events"]
        return "\n".join(event["message"].strip() for event in events)


def test_a_score_above_the_threshold_is_turned_away(keydesk: Keydesk, dynamodb: Any, reputation: str) -> None:
    """T-026, T-081, T-090, T-091: each try is in the table with its score, and what became of it with the time."""
    bank = Bank(keydesk, dynamodb, REPUTATION_URL=reputation)
    assert bank.sign_in(ip=GOOD, device="phone-1")["AuthenticationResult"]
    assert bank.sign_in(ip=BAD, device="phone-1")["AuthenticationResult"]
    assert bank.refused(ip=BAD, device="phone-2") == OUT
    rows = bank.activity()
    told = [(int(row["score"]), row["state"], row["ip"], row["device"]) for row in rows]
    assert told == [
        (0, "signed in", GOOD, "phone-1"),
        (60, "signed in", BAD, "phone-1"),
        (90, "refused", BAD, "phone-2"),
    ]
    assert all(row["judged"] for row in rows)
    assert all(row["at"] <= row["signed_in"] for row in rows[:2])
    assert "signed_in" not in rows[2]


def test_who_says_nothing_or_nonsense_is_not_waved_through(keydesk: Keydesk, dynamodb: Any, reputation: str) -> None:
    bank = Bank(keydesk, dynamodb, REPUTATION_URL=reputation, THRESHOLD="20")
    where = "PreAuthentication failed with error The sign-in does not say where it comes from."
    assert bank.refused(device="phone-1") == where
    assert bank.refused(ip="nowhere", device="phone-1") == where
    assert bank.refused(ip=GOOD) == OUT, "a device that is not said is not known"
    unjudged = "PreAuthentication failed with error The sign-in could not be judged."
    assert bank.refused(ip=GOOD, device="x" * 100) == unjudged, "no way around the service"
    assert bank.sign_in(ip=GOOD, device="phone-1")["AuthenticationResult"]


@pytest.mark.parametrize("slow", ["silent", "dripping", "broken"])
def test_a_service_that_does_not_answer_in_time(keydesk: Keydesk, dynamodb: Any, slow: str) -> None:
    """T-092, T-093: given up after its share of the time; the score set beforehand counts, and the table says so."""
    with site() as service:
        does: dict[str, Callable[[Asked], None]] = {
            "silent": service.silent,
            "dripping": service.dripping,
            "broken": lambda asked: asked.says(b"<html>"),
        }
        service.does = does[slow]
        bank = Bank(keydesk, dynamodb, REPUTATION_URL=service.url, REPUTATION_SECONDS="0.3")
        assert bank.sign_in(ip=BAD, device="phone-2")["AuthenticationResult"]
        assert "FALLBACK score 0: " in bank.logged()
        (row,) = bank.activity()
        assert (int(row["score"]), row["judged"], row["state"]) == (0, False, "signed in")


def test_nobody_is_let_in_unjudged_where_the_bank_says_so(keydesk: Keydesk, dynamodb: Any) -> None:
    """The other decision, by a variable: nothing listens at the service's address."""
    bank = Bank(keydesk, dynamodb, REPUTATION_URL="http://127.0.0.1:9", FALLBACK_SCORE="100")
    assert bank.refused(ip=GOOD, device="phone-1") == OUT
    assert "FALLBACK score 100: URLError" in bank.logged()


def test_a_table_that_is_away_stops_nobody(keydesk: Keydesk, dynamodb: Any, reputation: str) -> None:
    bank = Bank(keydesk, dynamodb, REPUTATION_URL=reputation)
    bank.table.delete()
    assert bank.sign_in(ip=GOOD, device="phone-1")["AuthenticationResult"]
    assert bank.refused(ip=BAD, device="phone-2") == OUT
    assert "ERROR the try is not written down: ResourceNotFoundException" in bank.logged()
