"""One-time codes at sign-in: sent by mail or SMS and judged, as a first factor or a second one.

A code belongs to its sign-in: its keyed digest waits with the rest, so it is as old as the Session at most and good for
that Session only (CO-04, CO-05). Wrong ones count as wrong passwords do, and lock in the same way (AU-08).
"""

import dataclasses
import secrets
from typing import Final

from msgspec.structs import replace

from keydesk.crypto.seal import same
from keydesk.domain.sign_in import Challenge, Round, SignIn
from keydesk.domain.user import User
from keydesk.errors import AliasExists, CodeMismatch, InvalidParameter, InvalidSession, TooManyRequests, UserDisabled
from keydesk.flows import delivery, factors, letters, lockout
from keydesk.flows.call import Call
from keydesk.flows.delivery import EMAIL, PHONE_NUMBER
from keydesk.flows.existence import pretended_name, stranger
from keydesk.flows.letters import Recipient
from keydesk.messages.compose import Kind
from keydesk.store import people
from keydesk.store.people import Budget

EMAIL_OTP: Final = "EMAIL_OTP"  # Cognito's name for both: a first factor and a second one
SMS_OTP: Final = "SMS_OTP"
SMS_MFA: Final = "SMS_MFA"
GOES_TO: Final = {EMAIL_OTP: EMAIL, SMS_OTP: PHONE_NUMBER, SMS_MFA: PHONE_NUMBER}
ALONE: Final = 8  # digits of a code that signs in by itself
BESIDE: Final = 6  # …and of one beside a password
SENT: Final = 30  # codes of either kind that may go out to somebody in an hour
WRONG: Final = "Invalid code or auth state for the user."
_HOUR: Final = 3_600_000  # milliseconds


async def proof_of_address(s: SignIn, call: Call) -> Challenge | None:
    """The user reads what is sent to their address or number. Asks EMAIL_OTP or SMS_OTP.

    Nothing is sent to a disabled user. A client that may know hears why; any other asks for a code that nobody has.
    """
    if s.answering == s.carried.factor:
        await judge(s, call)
        return None
    if s.user is not None and not s.user.enabled and not s.client.hides_existence:
        raise UserDisabled
    return dataclasses.replace(await ask(s, s.carried.factor, ALONE, call), available=s.offered)


async def ask(s: SignIn, factor: str, digits: int, call: Call) -> Challenge:
    """Send a code and ask for it. For a name that nobody has, and a client that hides that, only the question is.

    A right password is no licence to fill a mailbox, or to run up a bill for text messages. Raises TooManyRequests.
    """
    whose = s.user.key if s.user else stranger(s.pool, s.typed, call)
    purpose = factor if digits == ALONE else f"second {factor}"  # a stranger does not use up what a password allows
    if not await call.store.write(people.spend, whose, Budget(purpose, SENT, _HOUR, call.now())):
        raise TooManyRequests("Attempt limit exceeded, please try after some time.")
    s.carried.factor = factor
    code = f"{secrets.randbelow(10**digits):0{digits}}"
    s.carried.code = _digest(s, code, call)
    if s.user is None:
        told = delivery.simulated(s.pool, s.typed, call, GOES_TO[factor])
        username = pretended_name(s.pool, s.typed, call)
    elif not s.user.enabled:
        told, username = delivery.of(GOES_TO[factor], s.user.attributes[GOES_TO[factor]]), s.user.username
    else:
        to = Recipient(
            pool=s.pool,
            user=s.user,
            client=s.client,
            metadata=s.metadata,
            address=s.carried.address,
            stranger=digits == ALONE,
        )
        told, username = await letters.send(Kind.SIGN_IN, GOES_TO[factor], code, to, call), s.user.username
    return Challenge(
        factor,
        {
            "CODE_DELIVERY_DELIVERY_MEDIUM": told.medium.value,
            "CODE_DELIVERY_DESTINATION": told.destination,
            "USER_ID_FOR_SRP": username,
        },
    )


async def judge(s: SignIn, call: Call) -> None:
    """The code that was said is the one that was sent; its address is proved with it. Raises CodeMismatch."""
    factor = s.carried.factor
    said = said_code(s, factor)
    right = same(_digest(s, said, call), s.carried.code)
    if s.user is None:
        async with lockout.judging_nobody(s.pool, s.typed, call):
            pass  # no code is right
        raise CodeMismatch(WRONG)
    async with lockout.judging(s.user, call):
        if not right:
            await lockout.failed(s.user, call)
            raise CodeMismatch(WRONG)
    s.carried.code = b""
    s.carried.rounds.append(Round(factor, True))
    await _prove(s, GOES_TO[factor], call)


def said_code(s: SignIn, factor: str) -> str:
    """`SMS_MFA_CODE`, `EMAIL_OTP_CODE` and so on. Raises InvalidParameter where it was not said."""
    name = f"{factor}_CODE"
    if not s.said.get(name):
        raise InvalidParameter(f"Missing required parameter {name}")
    return s.said[name]


async def _prove(s: SignIn, attribute: str, call: Call) -> None:
    """Whoever read the code has the address: it counts as verified, while it is still the one that the code went to:
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-sms-email-message.html
    """
    user, now, given = s.known, call.now(), s.carried.address
    if user.verified(attribute) and not given:
        return
    address = _address(user, attribute, s)

    def verified(one: User) -> User:
        # Disabled, say: `kept` would take them as judged. Or the user has a second factor by now, and must say that.
        if not one.stands(user.standing()) or (given and factors.available(s.pool, one)):
            raise InvalidSession
        if not given and one.attributes.get(attribute) != address:
            return one
        proved = {attribute: address, f"{attribute}_verified": "true"}
        return replace(one, attributes=one.attributes | proved, modified=now)

    try:
        s.user = await call.store.write(people.change, s.pool, user.key, verified)
    except AliasExists:  # somebody else signs in with it, and goes on to; whoever has it already is let in all the same
        if given:
            raise


def _digest(s: SignIn, code: str, call: Call) -> bytes:
    """Bound to the user, the sign-in and the address: a code for an address that was changed meanwhile is dead."""
    sub, address = "", ""
    if s.user is not None:
        sub, address = s.user.sub, _address(s.user, GOES_TO[s.carried.factor], s)
    return call.desk.sealer.code_digest(code, f"{sub}\0sign_in\0{s.event_id}\0{address}")


def _address(user: User, attribute: str, s: SignIn) -> str:
    """Where the code goes: to what the user has, or has given in this sign-in. Empty where that is gone by now."""
    return s.carried.address or user.attributes.get(attribute, "")
