"""Proofs of work (ALTCHA, version 2): a puzzle that costs its solver some time, and us one derivation.

A puzzle is signed and bound to an address and a time, so nothing is kept of it, and any node may judge a solution.
"""

from typing import Final

import msgspec
from altcha import Payload, create_challenge, verify_solution

ALGORITHM: Final = "PBKDF2/SHA-256"
PREFIX: Final = "00"  # of the key to find: one try in 256 does it
MOST: Final = 4096  # characters of a solution


def puzzle(address: str, until: int, rounds: int, secret: str) -> str:
    """A new puzzle, as JSON: some 256 derivations of so many rounds. `until` is in epoch milliseconds."""
    made = create_challenge(
        ALGORITHM,
        rounds,
        key_prefix=PREFIX,
        expires_at=-(-until // 1000),
        data={"address": address, "until": until},
        hmac_secret=secret,
    )
    return msgspec.json.encode(made.to_dict()).decode()


def solved(solution: str, address: str, now: int, secret: str) -> bool:
    """Whether this is the solution of a puzzle of ours, for this address, and not too late. Never raises."""
    if not solution or len(solution) > MOST:
        return False
    try:
        said = Payload.from_base64(solution).challenge.parameters.data or {}
        if said.get("address") != address or type(until := said.get("until")) is not int or until <= now:
            return False
        return bool(verify_solution(solution, secret).verified)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
