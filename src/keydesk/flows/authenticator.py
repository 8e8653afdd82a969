"""Authenticator apps: the secret that is handed out, its proof by a first code, and the codes at sign-in.

A secret is sealed to its user. A code counts once, and none before it counts afterwards: the step of the last one is
stored in the write that accepts it, judged by what is stored then, so that of two nodes one wins (AU-08).
"""

from keydesk.crypto import totp
from keydesk.domain.user import User
from keydesk.flows.call import Call
from keydesk.store import people


def place(sub: str) -> str:
    """Where the user's secret is sealed."""
    return f"totp:{sub}"


async def accept(user: User, code: str, call: Call) -> bool:
    """Whether this is a code of the user's verified app that was not used before; from now on it is.

    Counts no failure: that is the caller's, as what a wrong code means differs.
    """
    if not user.totp:
        return False
    step = totp.step_of(_secret(user.totp, user.sub, call), code, call.now(), user.totp_step)
    if step is None:
        return False
    rev = await call.store.write(people.use_step, user.sub, user.totp, step)
    if rev is None:
        return False
    user.totp_step, user.rev = step, rev
    return True


def _secret(sealed: bytes, sub: str, call: Call) -> str:
    return call.desk.sealer.open(sealed, place(sub)).decode()
