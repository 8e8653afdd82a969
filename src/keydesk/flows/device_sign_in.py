"""Sign-in with a device: one that the client names proves itself by SRP, and may stand for the second factor.

A device that is not known is handed a key, which its client may confirm (ConfirmDevice).
"""

from typing import Final

from keydesk.domain import device as rules
from keydesk.domain import places
from keydesk.domain.device import Device
from keydesk.domain.sign_in import Challenge, Round, SignIn
from keydesk.errors import InvalidParameter, NotAuthorized
from keydesk.flows import devices, factors, lockout, srp
from keydesk.flows.call import Call
from keydesk.store import devices as store

DEVICE_SRP_AUTH: Final = "DEVICE_SRP_AUTH"
DEVICE_PASSWORD_VERIFIER: Final = "DEVICE_PASSWORD_VERIFIER"
DEVICE_KEY: Final = "DEVICE_KEY"


async def device(s: SignIn, call: Call) -> None:
    """The device that the client names is one of the user's; where it names none, it is handed a key.

    Directly behind the proof of who it is, and in its call: a client that is told of an unknown device says the same
    again without it. Raises UnknownDevice.
    """
    if not rules.tracks(s.pool):
        return
    if key := s.said.get(DEVICE_KEY):
        s.carried.device = (await devices.named(s.known, key, call)).key
    else:
        new = devices.handed_out(s.pool, call)
        s.carried.device, s.carried.new_device_group = new.key, new.group


async def device_in_place_of_factor(s: SignIn, call: Call) -> Challenge | None:
    """A remembered device that stands for the second factor which is due has proved itself. Asks as below."""
    known = await _named(s, call)
    if known is None or not rules.spares_factor(s.pool, known) or not factors.due(s.pool, s.known):
        return None
    return await _proof(s, known, call)


async def proof_of_device(s: SignIn, call: Call) -> Challenge | None:
    """A device that the user has confirmed proves that it is that one. Asks DEVICE_SRP_AUTH, then the verifier.

    Behind everything else that is asked: clients take what comes after the verifier for tokens.
    """
    known = await _named(s, call)
    if known is None or s.carried.device_spares:
        return None
    return await _proof(s, known, call)


async def _named(s: SignIn, call: Call) -> Device | None:
    if not s.carried.device or s.carried.new_device_group:
        return None
    return await devices.named(s.known, s.carried.device, call)


async def _proof(s: SignIn, known: Device, call: Call) -> Challenge | None:
    if s.answering not in (DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER):
        return Challenge(DEVICE_SRP_AUTH, {}, keeps_session=True)
    if s.said.get(DEVICE_KEY, known.key) != known.key:
        raise InvalidParameter("Invalid device key given.")
    verifier = call.desk.sealer.open(known.verifier, places.device(known.key))
    if s.answering == DEVICE_SRP_AUTH:
        return _ask(s, known, verifier)
    await _judge(s, known, verifier, call)
    return None


def _ask(s: SignIn, known: Device, verifier: bytes) -> Challenge:
    srp.require(s, "SRP_A")
    s.carried.exchange, told = srp.asked(s.said["SRP_A"], known.salt, verifier, s.known.username)
    told |= {DEVICE_KEY: known.key, "USERNAME": s.known.username}
    return Challenge(DEVICE_PASSWORD_VERIFIER, told, block=srp.SECRET_BLOCK)


async def _judge(s: SignIn, known: Device, verifier: bytes, call: Call) -> None:
    srp.require(s, *srp.SAID)
    srp.timely(s.said["TIMESTAMP"], call)
    async with lockout.judging(s.known, call):
        if not await srp.proved(s, verifier, (known.group, known.key), call):
            await lockout.failed(s.known, call)
            raise NotAuthorized
    await call.store.write(store.change, s.known.key, known.key, used=call.now(), ip=call.ip)
    s.carried.device_spares = rules.spares_factor(s.pool, known)
    s.carried.rounds.append(Round(DEVICE_PASSWORD_VERIFIER, True))
