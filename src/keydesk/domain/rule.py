"""Rules in front of the public operations: whom they are about, how often they let somebody through, and what then.

A file of them is TOML (docs/rules.md). Rules are asked in their order, and the first that says something has the word.
"""

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from keydesk.settings import Network, SettingFault, network
from keydesk.shapes.operations import OPERATIONS

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

UNITS: Final = {"s": 1, "m": 60, "h": 3600}
LONGEST: Final = 3600  # seconds of a rate
SIX: Final = 64  # bits of an IPv6 address that tell one network from another: whoever has one has all of the rest
PUBLIC: Final = frozenset(name for name, operation in OPERATIONS.items() if not operation.signed)


class Action(StrEnum):
    """What a rule does."""

    ALLOW = "allow"  # no later rule is asked
    DENY = "deny"
    CHALLENGE = "challenge"  # let through who shows a proof of work


class Per(StrEnum):
    """What a rate counts apart."""

    ADDRESS = "address"
    USER = "user"


class Request(msgspec.Struct, frozen=True):
    """What rules look at. `user` is the name that was typed, "" where none was; `proof` is of work, "" for none."""

    operation: str
    ip: str
    client: str
    user: str
    proof: str


class Rule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, dict=True):
    """One rule. What it does not name it is not choosy about."""

    name: str
    action: Action
    operations: Sequence[str] = ()
    networks: Sequence[str] = ()
    clients: Sequence[str] = ()
    per: Per | None = None
    rate: str = ""
    dry_run: bool = False

    @cached_property
    def inside(self) -> tuple[Network, ...]:
        return tuple(network(said) for said in self.networks)

    @cached_property
    def limit(self) -> int:
        """Requests that the rate lets through in `window`; 0 for no rate."""
        return int(self.rate.partition("/")[0]) if self.rate else 0

    @cached_property
    def window(self) -> int:
        """Milliseconds."""
        length = self.rate.partition("/")[2]
        return int(length[:-1] or 1) * UNITS[length[-1]] * 1000

    def about(self, asked: Request) -> bool:
        """Whether the request is one of those that the rule is about."""
        if self.operations and asked.operation not in self.operations:
            return False
        if self.clients and asked.client not in self.clients:
            return False
        if self.per is Per.USER and not asked.user:
            return False
        return not self.networks or _within(asked.ip, self.inside)

    def subject(self, asked: Request) -> str:
        """What the rate counts together."""
        return f"{asked.client} {asked.user.lower()}" if self.per is Per.USER else network_of(asked.ip)


class RuleBook(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file of rules. `difficulty` is how much work a proof is, in rounds of each of its tries; it is good for so many
    seconds."""

    rule: Sequence[Rule] = ()
    dry_run: bool = False
    difficulty: int = 2000
    proof_seconds: int = 300


def load(path: Path) -> RuleBook:
    """The rules of a file. Raises SettingFault, with one line that says what to mend."""
    try:
        book = msgspec.convert(tomllib.loads(path.read_text("utf-8")), RuleBook)
        _check(book)
    except (OSError, ValueError) as fault:
        raise SettingFault(f"{path}: {getattr(fault, 'strerror', None) or fault}") from None
    return book


@lru_cache(maxsize=10_000)
def network_of(ip: str) -> str:
    """The address as a rate counts it: an IPv6 address with all of its network, for one subscriber has that."""
    address = _address(ip)
    if address is None or address.version == 4:
        return ip if address is None else str(address)
    return str(ipaddress.ip_network((address, SIX), strict=False))


def _within(ip: str, networks: Iterable[Network]) -> bool:
    address = _address(ip)
    return address is not None and any(address in one for one in networks)


@lru_cache(maxsize=10_000)
def _address(ip: str) -> Address | None:
    """An IPv4 address in IPv6's clothes is an IPv4 address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _check(book: RuleBook) -> None:
    if len({rule.name for rule in book.rule}) < len(book.rule):
        raise ValueError("two rules have one name")
    if not 100 <= book.difficulty <= 100_000:
        raise ValueError("difficulty must be from 100 to 100000")
    if not 1 <= book.proof_seconds <= 86_400:
        raise ValueError("proof_seconds must be from 1 to 86400")
    for rule in book.rule:
        try:
            _check_rule(rule)
        except ValueError as fault:
            raise ValueError(f"rule {rule.name!r}: {fault}") from None


def _check_rule(rule: Rule) -> None:
    if unknown := sorted(set(rule.operations) - PUBLIC):
        raise ValueError(f"{', '.join(unknown)} is no public operation: administrators' calls meet no rules")
    if bool(rule.per) != bool(rule.rate):
        raise ValueError("per and rate go together")
    if rule.rate and rule.action is Action.ALLOW:
        raise ValueError("a rate says when to deny or to challenge, not when to allow")
    if rule.rate and not re.fullmatch(r"[1-9][0-9]{0,6}/[1-9]?[0-9]{0,3}[smh]", rule.rate, re.ASCII):
        raise ValueError(f"rate {rule.rate!r} must be as 100/m or 20/10s")
    if rule.rate and not 0 < rule.window <= LONGEST * 1000:
        raise ValueError("a rate's time is an hour at most")
    if rule.inside is None:
        raise AssertionError("networks are read here, so that a wrong one is told at start")


def typed_name(members: Mapping[str, Any]) -> str:
    """The user name in a request, wherever its operation has it."""
    for part in (members, members.get("AuthParameters"), members.get("ChallengeResponses")):
        if isinstance(part, Mapping):
            for member in ("Username", "USERNAME"):
                if isinstance(name := part.get(member), str):
                    return name
    return ""
