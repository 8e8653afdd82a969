"""Rules in front of the public operations: networks, rates, proofs of work, dry runs (RQ-10, RQ-14)."""

import json
import socket
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from tests import postgres
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.domain.rule import load
from keydesk.settings import SettingFault

LIMITED = "TooManyRequestsException"
FORBIDDEN = "ForbiddenException"
NETWORKS = """
    [[rule]]
    name = "the office"
    action = "allow"
    networks = ["192.0.2.7/32", "2001:db8:1::/48"]
    [[rule]]
    name = "the neighbourhood"
    action = "deny"
    networks = ["192.0.2.0/24", "2001:db8::/32"]
    operations = ["InitiateAuth"]
"""


def written(folder: Path, text: str) -> str:
    path = folder / "rules.toml"
    path.write_text(text)
    return str(path)


class Caller:
    """Somebody behind the proxy at 127.0.0.1, who has an address of their own."""

    def __init__(self, server: Serving, pool: Pool, address: str, client: str = "") -> None:
        self.server, self.pool, self.address = server, pool, address
        self.client = client or pool.client

    def sign_in(self, user: str = "ada", **headers: str) -> tuple[int, dict[str, str], Any]:
        body = {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": self.client,
            "AuthParameters": {"USERNAME": user, "PASSWORD": PASSWORD},
        }
        target = "AWSCognitoIdentityProviderService.InitiateAuth"
        sent = {"X-Forwarded-For": self.address, **headers}
        status, head, answer = self.server.raw(target, json.dumps(body).encode(), **sent)
        return status, {name.lower(): value for name, value in head.items()}, json.loads(answer)

    def outcome(self, user: str = "ada", **headers: str) -> str:
        return str(self.sign_in(user, **headers)[2].get("__type", "ok"))


def test_networks_are_let_in_and_kept_out(tmp_path: Path) -> None:
    """The first rule that says something has the word; administrators meet none; traces and metrics tell.

    On a socket for IPv4 and IPv6, where the proxy's address comes as one of IPv6.
    """
    rules = written(tmp_path, NETWORKS)
    both = "::" if socket.has_ipv6 else ""
    with serving(tmp_path, rules=rules, trusted_proxies="127.0.0.1", host=both) as server:
        server.url = server.url.replace("[::]", "127.0.0.1")
        pool = Pool(server)
        pool.user("ada")
        for address, outcome in (
            ("192.0.2.8", FORBIDDEN),
            ("::ffff:192.0.2.8", FORBIDDEN),
            ("2001:db8:2::1", FORBIDDEN),
            ("192.0.2.7", "ok"),
            ("2001:db8:1::9", "ok"),
            ("198.51.100.1", "ok"),
            ("203.0.113.9, 192.0.2.8", FORBIDDEN),  # the nearest to the proxy counts, what is before it is a claim
            ("192.0.2.8, 198.51.100.1", "ok"),
        ):
            assert (address, Caller(server, pool, address).outcome()) == (address, outcome)
        status, head, answer = Caller(server, pool, "192.0.2.8").sign_in()
        assert (status, answer["message"]) == (403, "The request was refused by a rule of this server.")
        trace = server.trace(head["x-amzn-requestid"])
        assert [(step.name, step.outcome) for step in trace.steps] == [
            ("rule the neighbourhood", f"refused {FORBIDDEN}")
        ]
        metrics = server.fetch("/_keydesk/metrics").decode()
        assert 'keydesk_rules_total{rule="the neighbourhood",verdict="deny"} 5.0' in metrics
        assert 'keydesk_rules_total{rule="the office",verdict="allow"} 2.0' in metrics


def test_rules_know_no_triggers(tmp_path: Path) -> None:
    """Who is refused by a rule reaches no function, and functions change nothing of rules (T-082)."""
    rules = written(
        tmp_path,
        '[[rule]]\nname = "r"\naction = "deny"\nnetworks = ["192.0.2.0/24"]\n'
        '[[rule]]\nname = "s"\naction = "challenge"\nnetworks = ["198.51.100.0/24"]\n',
    )
    with serving(tmp_path, rules=rules, trusted_proxies="127.0.0.1") as server:
        pool = Pool(server)
        pool.user("ada")
        pool.trigger(PreAuthentication=server.deploy("late", "def handler(event, context):\n    raise Exception('no')"))
        for address, code, fired in (("192.0.2.8", FORBIDDEN, 0), ("198.51.100.1", FORBIDDEN, 0), ("", "NotAuth", 1)):
            _, head, answer = Caller(server, pool, address).sign_in()
            assert answer["__type"].startswith(code)
            assert len(server.trace(head["x-amzn-requestid"]).fired) == fired


def test_without_a_trusted_proxy_nobody_is_believed(tmp_path: Path) -> None:
    """What a request says of its address is a claim (RQ-10)."""
    rules = written(tmp_path, '[[rule]]\nname = "r"\naction = "deny"\nnetworks = ["192.0.2.0/24"]\n')
    with serving(tmp_path, rules=rules) as server:
        pool = Pool(server)
        pool.user("ada")
        assert Caller(server, pool, "192.0.2.8").outcome() == "ok"


def test_rates_of_addresses_and_of_users(tmp_path: Path) -> None:
    rules = written(
        tmp_path,
        """
        [[rule]]
        name = "addresses"
        action = "deny"
        operations = ["InitiateAuth"]
        per = "address"
        rate = "20/m"
        [[rule]]
        name = "users"
        action = "deny"
        per = "user"
        rate = "5/10s"
        """,
    )
    with serving(tmp_path, rules=rules, trusted_proxies="127.0.0.0/8") as server:
        server.clock.stop()
        pool = Pool(server)
        pool.user("ada")
        first, second = (Caller(server, pool, address) for address in ("198.51.100.1", "198.51.100.2"))
        assert [first.outcome(f"user{number}") for number in range(20)] == ["UserNotFoundException"] * 20
        assert first.outcome("other") == LIMITED
        assert [second.outcome(name) for name in ("ada", "ADA", "Ada", "ada", "ada")].count(LIMITED) == 0
        assert second.outcome("ada") == LIMITED
        assert second.outcome("bob") != LIMITED
        server.clock.forward(seconds=10)
        assert second.outcome("ada") == "ok"
        assert first.outcome("ada") == LIMITED
        server.clock.forward(seconds=50)
        assert first.outcome("ada") == "ok"
        # One IPv6 subscriber has many addresses.
        six = [Caller(server, pool, f"2001:db8::{number:x}").outcome(f"u{number}") for number in range(1, 22)]
        assert (six.count(LIMITED), six[-1]) == (1, LIMITED)


@pytest.mark.postgres
def test_rates_hold_over_nodes(tmp_path: Path) -> None:
    rules = written(tmp_path, '[[rule]]\nname = "r"\naction = "deny"\nper = "address"\nrate = "20/h"\n')
    url = postgres.required_database(schema=True)
    said = {"rules": rules, "database_url": url, "key_file": str(tmp_path / "sealing.key")}
    with serving(tmp_path / "one", **said) as one, serving(tmp_path / "two", **said) as two:
        pool = Pool(one)
        pool.user("ada")
        callers = [Caller(node, pool, "") for node in (one, two)]
        outcomes = [callers[number % 2].outcome() for number in range(30)]
        assert outcomes.count("ok") == 20
        assert outcomes[-6:] == [LIMITED] * 6
    postgres.drop_database(url)


def test_a_proof_of_work_opens_the_gate(tmp_path: Path) -> None:
    """For its address and its time, and nobody else's; what is forged opens nothing."""
    rules = written(
        tmp_path,
        """
        difficulty = 100
        proof_seconds = 60
        [[rule]]
        name = "work"
        action = "challenge"
        operations = ["InitiateAuth"]
        """,
    )
    with serving(tmp_path, rules=rules, trusted_proxies="127.0.0.1") as server:
        server.clock.stop()
        pool = Pool(server)
        pool.user("ada")
        caller = Caller(server, pool, "198.51.100.1")
        status, head, answer = caller.sign_in()
        assert (status, answer["__type"]) == (403, FORBIDDEN)
        assert "proof of work" in answer["message"]
        challenge = Challenge.from_dict(json.loads(b64decode(head["x-keydesk-challenge"])))
        solution = solve_challenge(challenge)
        assert solution is not None
        proof = Payload(challenge, solution).to_base64()
        assert caller.outcome(**{"X-Keydesk-Proof": proof}) == "ok"
        assert Caller(server, pool, "198.51.100.2").outcome(**{"X-Keydesk-Proof": proof}) == FORBIDDEN
        challenge.parameters.data = {**(challenge.parameters.data or {}), "address": "198.51.100.2"}
        forged = Payload(challenge, solution).to_base64()
        assert Caller(server, pool, "198.51.100.2").outcome(**{"X-Keydesk-Proof": forged}) == FORBIDDEN
        for nonsense in ("x", "e30=", "bnVsbA==", "W10=", "A" * 9000):
            assert caller.outcome(**{"X-Keydesk-Proof": nonsense}) == FORBIDDEN
        server.clock.forward(seconds=61)
        assert caller.outcome(**{"X-Keydesk-Proof": proof}) == FORBIDDEN


def test_a_dry_run_tells_and_lets_through(tmp_path: Path) -> None:
    rules = written(
        tmp_path,
        """
        [[rule]]
        name = "one"
        action = "deny"
        operations = ["InitiateAuth"]
        dry_run = true
        [[rule]]
        name = "two"
        action = "deny"
        operations = ["SignUp"]
        """,
    )
    with serving(tmp_path, rules=rules) as server:
        pool = Pool(server)
        pool.user("ada")
        status, head, _ = Caller(server, pool, "").sign_in()
        assert status == 200
        steps = server.trace(head["x-amzn-requestid"]).steps
        assert (steps[0].name, steps[0].outcome) == ("rule one", f"dry run: refused {FORBIDDEN}")
        assert 'keydesk_rules_total{rule="one",verdict="would deny"} 1.0' in server.fetch("/_keydesk/metrics").decode()
        assert pool.refused(pool.sign_up, "bob")[0] == FORBIDDEN


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rule = 3", "Expected `array`, got `int`"),
        ("[[rule]]\nname = 'r'", "missing required field `action`"),
        ("[[rule]]\nname = 'r'\naction = 'wave'", "Invalid enum value 'wave'"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\nnetwork = ['::/0']", "unknown field `network`"),
        (
            "[[rule]]\nname = 'r'\naction = 'deny'\nnetworks = ['192.0.2.1/24']",
            "rule 'r': 192.0.2.1/24 has host",
        ),
        ("[[rule]]\nname = 'r'\naction = 'deny'\nnetworks = ['::ffff:192.0.2.0/120']", "write it as one"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\noperations = ['AdminGetUser']", "AdminGetUser is no public operation"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\nrate = '5/m'", "per and rate go together"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\nper = 'user'\nrate = '5 a minute'", "must be as 100/m or 20/10s"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\nper = 'user'\nrate = '5/2h'", "an hour at most"),
        ("[[rule]]\nname = 'r'\naction = 'allow'\nper = 'user'\nrate = '5/m'", "not when to allow"),
        ("[[rule]]\nname = 'r'\naction = 'deny'\n" * 2, "two rules have one name"),
        ("difficulty = 1", "difficulty must be from"),
        ("proof_seconds = 0", "proof_seconds must be from"),
        ("=", "Invalid"),
    ],
)
def test_a_wrong_file_is_refused_with_a_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SettingFault) as fault:
        load(Path(written(tmp_path, text)))
    assert why in str(fault.value)
    assert "\n" not in str(fault.value)


def test_browsers_may_read_the_challenge(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        request = urllib.request.Request(server.url + "/", method="OPTIONS")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert "x-keydesk-proof" in answer.headers["access-control-allow-headers"]
            assert "x-keydesk-challenge" in answer.headers["access-control-expose-headers"]
