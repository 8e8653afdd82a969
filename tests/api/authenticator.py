"""An authenticator app for tests: it shows the codes of a secret by the server's clock."""

from typing import Any

import pyotp
from tests.serving import Pool

SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}


def code(pool: Pool, secret: str, steps: int = 0) -> str:
    """What an app shows, so many steps of half a minute from now."""
    return pyotp.TOTP(secret).at(pool.server.clock() // 1000, counter_offset=steps)


def wrong_code(pool: Pool, secret: str) -> str:
    """Six digits that the app does not show anywhere near now."""
    near = {code(pool, secret, steps) for steps in (-2, -1, 0, 1, 2)}
    return next(said for said in ("000000", "111111", "222222", "333333", "444444", "555555") if said not in near)


def with_factors(pool: Pool, mode: str = "OPTIONAL", **factors: Any) -> Pool:
    """The pool with authenticator apps allowed, or with what is said instead."""
    said = factors or {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration=mode, **said)
    return pool


def set_up(pool: Pool, token: str, steps: int = -1) -> str:
    """A verified app for the bearer of an access token; gives its secret. Uses up one of its codes."""
    secret = pool.api.associate_software_token(AccessToken=token)["SecretCode"]
    with pool.server.clock.still():
        pool.api.verify_software_token(AccessToken=token, UserCode=code(pool, secret, steps))
    return str(secret)
