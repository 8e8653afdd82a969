"""The second factor: which one is asked for, the client's choice between several, and the judgement of the code.

What the pool requires and the user lacks is set up first: MFA_SETUP hands over to AssociateSoftwareToken and
VerifySoftwareToken, which work on the same waiting sign-in.
"""

import json
from typing import Final

from keydesk.domain.attribute import is_email
from keydesk.domain.names import folded
from keydesk.domain.sign_in import Challenge, Round, SignIn
from keydesk.errors import WRONG_CODE, InvalidParameter, NotAuthorized
from keydesk.flows import authenticator, factors, lockout, one_time_code
from keydesk.flows.call import Call
from keydesk.flows.factors import TOTP
from keydesk.flows.one_time_code import BESIDE

SELECT_MFA_TYPE: Final = "SELECT_MFA_TYPE"
MFA_SETUP: Final = "MFA_SETUP"


async def second_factor(s: SignIn, call: Call) -> Challenge | None:
    """The user has proved what the pool and they themselves want proved beside the first factor (T-024, T-169)."""
    usable = _usable(s)
    if s.answering == s.carried.factor and (s.answering in usable or s.carried.address):  # it is still to be asked
        await _judge(s, call)
        return None
    if s.answering == MFA_SETUP and s.carried.set_up and factors.TOTP in usable:
        return None
    if s.carried.device_spares:
        return None
    if s.answering == MFA_SETUP and "EMAIL" in s.said:
        _with_address(s, s.said["EMAIL"])
        return await _ask(factors.EMAIL, s, call)
    if s.answering == SELECT_MFA_TYPE:
        return await _ask(_chosen(s, usable), s, call)
    if usable and (len(usable) == 1 or usable[0] == s.known.preferred_factor):
        return await _ask(usable[0], s, call)
    if usable:
        return Challenge(SELECT_MFA_TYPE, {"MFAS_CAN_CHOOSE": json.dumps(usable), **_who(s)})
    if not factors.required(s.pool):
        return None
    if not (offered := factors.setups(s.pool, s.known)):
        raise NotAuthorized("The user pool requires a second factor, and allows none.")
    return Challenge(MFA_SETUP, {"MFAS_CAN_SETUP": json.dumps(offered), **_who(s)})


def _usable(s: SignIn) -> tuple[str, ...]:
    """What the user can be asked for. A number given with the new password replaces no factor that they had before:
    who knows a temporary password alone would give their own. Where a sign-in looks risky, what they have counts even
    if it is not switched on.
    """
    usable = factors.available(s.pool, s.known)
    if s.carried.second_wanted and not usable:
        usable = factors.usable(s.pool, s.known)
    return tuple(factor for factor in usable if factor in s.carried.had) or usable


def _with_address(s: SignIn, address: str) -> None:
    """The address that a user who has no factor gives on the way, as Amplify asks for it.

    It is theirs once its code was said: else a slip of the pen, or somebody who knows the password and no more, would
    keep them out.
    """
    if factors.EMAIL not in factors.setups(s.pool, s.known) or not is_email(address):
        raise InvalidParameter("Invalid email address format.")
    s.carried.address = folded(factors.REACHED_BY[factors.EMAIL], address, s.pool)


def _chosen(s: SignIn, usable: tuple[str, ...]) -> str:
    answer = s.said.get("ANSWER")
    if not answer:
        raise InvalidParameter("Missing required parameter ANSWER")
    if answer not in usable:
        raise InvalidParameter("The answer is none of the user's second factors.")  # not quoted: it may be a code
    return answer


async def _ask(factor: str, s: SignIn, call: Call) -> Challenge:
    if factor != TOTP:
        return await one_time_code.ask(s, factor, BESIDE, call)
    s.carried.factor = TOTP
    name = s.known.totp_name
    return Challenge(TOTP, _who(s) | ({"FRIENDLY_DEVICE_NAME": name} if name else {}))


async def _judge(s: SignIn, call: Call) -> None:
    if s.carried.factor != TOTP:
        return await one_time_code.judge(s, call)
    said = one_time_code.said_code(s, TOTP)
    async with lockout.judging(s.known, call):
        try:
            await authenticator.accept(s.known, said, call)
        except WRONG_CODE:
            await lockout.failed(s.known, call)
            raise
    s.carried.rounds.append(Round(TOTP, True))
    return None


def _who(s: SignIn) -> dict[str, str]:
    return {"USER_ID_FOR_SRP": s.known.username}
