"""Codes of authenticator apps: TOTP with SHA-1, six digits and steps of 30 seconds (RFC 6238), by the server's clock.

Six ASCII digits and nothing else: the library folds other scripts' digits into them, which would be one more spelling.
"""

import hmac
import re
from hashlib import sha1
from typing import Final

import pyotp

STEP: Final = 30_000  # milliseconds
SKEW: Final = 1  # steps before and after the present one that count, for clocks that differ and slow fingers (AU-09)
_CODE: Final = re.compile(r"[0-9]{6}")
_SECRET: Final = re.compile(r"[A-Z2-7]{16,}")


def new_secret() -> str:
    """160 random bits (RFC 4226 section 4), as the base32 that apps take."""
    return pyotp.random_base32(32)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The time step whose code this is, no further than SKEW from `now` (epoch milliseconds).

    None for every other code. All steps in reach are compared, so the time tells nothing.
    """
    if not _CODE.fullmatch(code):
        return None
    made, present = pyotp.TOTP(secret), now // STEP
    found = None
    for step in range(max(present - SKEW, 0), present + SKEW + 1):
        if hmac.compare_digest(made.generate_otp(step), code):
            found = step  # the latest: where two steps share a code, it is used up for both
    return found


def code_at(secret: str, now: int) -> str:
    """The code that an app shows at `now` (epoch milliseconds)."""
    return pyotp.TOTP(secret).generate_otp(now // STEP)


def link(secret: str, account: str, issuer: str) -> str:
    """The `otpauth://` URI that apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer or None)


def read(said: str) -> tuple[str, str]:
    """The secret in what a person pastes, and the link it came in, "" where it was none.

    A secret is base32, in any case and with blanks, as apps and pages show it. Raises ValueError for anything else.
    """
    said = said.strip()
    if said.lower().startswith("otpauth:"):
        made = pyotp.parse_uri(said)
        if not isinstance(made, pyotp.TOTP) or (made.digits, made.interval, made.digest) != (6, STEP // 1000, sha1):
            raise ValueError("the link is not of six digits that change every 30 seconds, with SHA-1")
        secret, link = made.secret, said
    else:
        secret, link = "".join(said.split()).upper().rstrip("="), ""
    if not _SECRET.fullmatch(secret):
        raise ValueError("a secret is 16 or more letters and digits of base32: A to Z and 2 to 7")
    pyotp.TOTP(secret).byte_secret()  # raises where so many letters cannot be
    return secret, link
