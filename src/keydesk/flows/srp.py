"""Sign-in by SRP: the password never leaves the client. Asks PASSWORD_VERIFIER, then checks the client's proof.

The secret block is the Session itself, so an answer is bound to its question whether a client sends the Session with
it or, as some do, only the block. Who does not exist gets a question like anybody else's, with a salt that stays.
"""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from keydesk.crypto import srp
from keydesk.crypto.seal import same
from keydesk.domain.names import folded
from keydesk.domain.sign_in import Challenge, Exchange, Round, Said, SignIn
from keydesk.errors import InvalidParameter, NotAuthorized, PasswordResetRequired, UserNotFound
from keydesk.flows import credentials, lockout
from keydesk.flows.call import Call
from keydesk.flows.existence import conceal, pretended_name
from keydesk.flows.sign_in_steps import may_hear_of_reset

PASSWORD_VERIFIER: Final = "PASSWORD_VERIFIER"
SECRET_BLOCK: Final = "SECRET_BLOCK"
BLOCK: Final = "PASSWORD_CLAIM_SECRET_BLOCK"
SAID: Final = (BLOCK, "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP")
NO_VERIFIER: Final = (
    "No password can be proved by SRP: the user has none, or it is from when no client of the pool allowed SRP. "
    "It can after a sign-in in which it is sent."
)
SKEW: Final = timedelta(minutes=15)  # how far the client's clock may be from ours, either way
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOMENT: Final = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ({'|'.join(MONTHS)}) +(\d\d?) (\d\d?):(\d\d?):(\d\d?) UTC (\d{{4}})", re.ASCII
)


async def proof_of_password(s: SignIn, call: Call) -> Challenge | None:
    """The client knows the password (RFC 5054 with Cognito's identity and proof; SR-01 to SR-05)."""
    if s.answering != PASSWORD_VERIFIER or s.carried.exchange is None:
        return await _ask(s, call)
    require(s, *SAID)
    timely(s.said["TIMESTAMP"], call)
    if s.user is None:
        async with lockout.judging_nobody(s.pool, s.typed, call):
            await proved(s, srp.random_verifier(), (s.pool.srp_name, s.typed), call)
        raise NotAuthorized
    kept = credentials.srp_verifier(s.user, call)
    seen = None if s.client.hides_existence else s.seen  # the count of a name that nobody has is read as well
    async with lockout.judging(s.user, call, seen):
        verifier = kept.verifier if kept else srp.random_verifier()
        right = await proved(s, verifier, (s.pool.srp_name, s.user.username), call)
        if kept is None or not right:
            await lockout.failed(s.user, call)
            raise NotAuthorized(detail="" if kept else NO_VERIFIER)
    s.carried.rounds.append(Round(PASSWORD_VERIFIER, True))
    return None


def session_in(said: Said) -> str | None:
    """The Session that an answer names by its secret block alone."""
    try:
        return base64.b64decode(said.get(BLOCK, ""), validate=True).decode("ascii") or None
    except (binascii.Error, ValueError):
        return None


def require(s: SignIn, *names: str) -> None:
    """Raises InvalidParameter where one of them was not said."""
    for name in names:
        if not s.said.get(name):
            raise InvalidParameter(f"Missing required parameter {name}")


def asked(client: str, salt: bytes, verifier: bytes, username: str) -> tuple[Exchange, dict[str, str]]:
    """An exchange with who said `client` (SRP_A), and what the challenge tells them. Raises InvalidParameter."""
    try:
        public = srp.public_number(client)
    except srp.Refused:
        raise InvalidParameter("SRP_A is not a public number of this group.") from None
    offered = srp.offer(verifier)
    exchange = Exchange(username, client=public, secret=offered.secret, public=offered.public)
    return exchange, {"SALT": srp.signed(salt).hex(), "SRP_B": srp.signed(offered.public).hex()}


async def proved(s: SignIn, verifier: bytes, identity: tuple[str, str], call: Call) -> bool:
    """Whether the client's signature is that of who knows the password of `identity`: group (pool) and name.

    Off the loop: a power takes 2 ms.
    """
    block = session_in(s.said)
    signature = _decoded(s.said["PASSWORD_CLAIM_SIGNATURE"])
    if s.carried.exchange is None or block is None:
        return False
    offered = srp.Offer(s.carried.exchange.secret, s.carried.exchange.public)
    try:
        key = await call.think(srp.key, verifier, offered, s.carried.exchange.client)
    except srp.Refused:
        return False
    wanted = srp.proof(key, *identity, block.encode(), s.said["TIMESTAMP"])
    return same(wanted, signature) and block == s.session_said


def timely(said: str, call: Call) -> None:
    """The time is of Cognito's one form and about now (SR-04)."""
    try:
        moment = _moment(said)
    except ValueError:
        raise InvalidParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.") from None
    if abs(moment - datetime.fromtimestamp(call.now() / 1000, UTC)) > SKEW:
        raise NotAuthorized("The client's clock is too far from the server's.")


def _moment(said: str) -> datetime:
    """Raises ValueError. `strptime` would take five times as long, and read the names in the server's language."""
    found = MOMENT.fullmatch(said)
    if found is None:
        raise ValueError
    month, day, hour, minute, second, year = found.groups()
    return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)


async def _ask(s: SignIn, call: Call) -> Challenge:
    if s.user is None and not s.client.hides_existence:
        raise conceal(UserNotFound(), s.client)
    if s.user and may_hear_of_reset(s, s.user):
        raise PasswordResetRequired
    kept = credentials.srp_verifier(s.user, call) if s.user else None
    salt = kept.salt if kept else _pretended_salt(s, call)
    username = s.user.username if s.user else pretended_name(s.pool, s.typed, call)
    s.carried.exchange, told = asked(s.said["SRP_A"], salt, kept.verifier if kept else srp.random_verifier(), username)
    return Challenge(PASSWORD_VERIFIER, told | {"USERNAME": username, "USER_ID_FOR_SRP": username}, block=SECRET_BLOCK)


def _pretended_salt(s: SignIn, call: Call) -> bytes:
    """The same for a name as long as the sealing key lasts, and like a real one: its first byte is not zero (SR-05)."""
    name = s.user.username if s.user else folded("username", s.typed, s.pool)  # however it is typed
    digest = call.desk.sealer.code_digest(name, f"salt:{s.pool.id}")[: srp.SALT_SIZE]
    return bytes([digest[0] or 1]) + digest[1:]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
