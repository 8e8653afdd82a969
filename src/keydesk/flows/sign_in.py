"""What happens when a user signs in: the table, and the two calls that run it. There is no second copy.

A row is a step; its columns say by which ways in, and under which semantics, it is taken. Resuming goes by name: what
is behind a waiting sign-in is a list of step names, so reordering the table never replays a trigger.
"""

import base64
from typing import Final

from keydesk.crypto.ids import uuid_of
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.sign_in import Challenge, Said, SignIn, Waiting, Way
from keydesk.domain.token import Tokens
from keydesk.domain.user import User
from keydesk.errors import (
    WRONG_CODE,
    InvalidParameter,
    InvalidPassword,
    InvalidSession,
    PasswordHistoryPolicyViolation,
    Refusal,
)
from keydesk.flows import choice, migration, pipeline, protection, signed_up, srp, waiting, watch
from keydesk.flows import custom_auth as custom
from keydesk.flows import device_sign_in as device
from keydesk.flows import one_time_code as code
from keydesk.flows import proof_of_passkey as passkey
from keydesk.flows import second_factor as second
from keydesk.flows import sign_in_end as end
from keydesk.flows import sign_in_steps as steps
from keydesk.flows.call import Call
from keydesk.flows.clients import missing
from keydesk.flows.devices import UnknownDevice
from keydesk.store import sign_ins

P, S, C, R = Way.PASSWORD, Way.SRP, Way.CUSTOM, Way.CUSTOM_SRP
U, K, W = Way.CHOICE, Way.CODE, Way.PASSKEY
ALL = P | S | C | R | K | W  # U is left for one of them before anything is proved: none of its own leads to tokens
ANY = ALL | U
KEYDESK, AWS, BOTH = frozenset({Semantics.KEYDESK}), frozenset({Semantics.AWS}), frozenset(Semantics)

# fmt: off
SIGN_IN: Final[tuple[pipeline.Row, ...]] = (
    (steps.way_is_open,             ANY,                   BOTH   ),  # the client allows it, and what it needs was said
    (steps.secret_hash,             ANY,                   BOTH   ),  # …and the caller holds the client's secret
    (protection.open_address,       ANY,                   BOTH   ),  # from where the pool lets anybody in
    (steps.pre_authentication,        S|  R|U,             AWS    ),  # C-01: live AWS asks before anything is proved
    (choice.chosen,                         U,             BOTH   ),  # moves on to P, S, K or W; asks SELECT_CHALLENGE
    (migration.migrated,            P,                     BOTH   ),  # others know who nobody here does, or a password
    (steps.pre_authentication,      P,                     AWS    ),  # C-01, section 6.2: once there is a user
    (steps.password,                P,                     BOTH   ),  # counts failures, locks; nobody's costs the same
    (custom.srp_wanted,                   R,               BOTH   ),  # the function wants the password proved first
    (srp.proof_of_password,           S|  R,               BOTH   ),  # asks PASSWORD_VERIFIER; counts, locks likewise
    (code.proof_of_address,                   K,           BOTH   ),  # asks EMAIL_OTP, SMS_OTP; likewise
    (passkey.proof_of_passkey,                  W,         BOTH   ),  # asks WEB_AUTHN
    (choice.enough,                           K|W,         BOTH   ),  # no second factor is due beside these
    (device.device,                 P|S|  R,               BOTH   ),  # the one that the client names is the user's
    (steps.standing,                P|S|  R|  K|W,         BOTH   ),  # enabled, confirmed, no reset asked for
    (protection.uncommon_password,  P,                     BOTH   ),  # AU-12: a password that was sent is looked up
    (protection.likely_the_user,    P|S|  R|  K|W,         BOTH   ),  # …a risk is answered as the pool wants
    (steps.pre_authentication,      P|S|  R|  K|W,         KEYDESK),  # T-002, T-003: once the credentials are right
    (end.first_post_authentication, P|S,                   AWS    ),  # section 6.2: once more for a new password (?)
    (steps.new_password,            P|S,                   BOTH   ),  # asks NEW_PASSWORD_REQUIRED
    (device.device_in_place_of_factor, P|S|R,              BOTH   ),  # asks DEVICE_SRP_AUTH, its verifier
    (second.second_factor,          P|S|  R,               BOTH   ),  # asks SMS_MFA, SELECT_MFA_TYPE, MFA_SETUP…
    (custom.custom_challenges,          C|R,               BOTH   ),  # asks CUSTOM_CHALLENGE until they are content
    (steps.new_password,                  R,               BOTH   ),  # where the functions did not ask for it
    (device.proof_of_device,        P|S|  R,               BOTH   ),  # …behind a factor that it does not stand for
    (steps.standing,                    C,                 BOTH   ),  # behind them, so that only who passed learns it
    (protection.likely_the_user,        C,                 BOTH   ),
    (steps.pre_authentication,          C,                 KEYDESK),  # …and once, before the tokens (section 6.2)
    (end.post_authentication,       ALL,                   AWS    ),  # C-08: before the tokens, and can stop them
    (end.tokens,                    ALL,                   BOTH   ),  # pre token generation, then both tokens
    (end.observed,                  ALL,                   KEYDESK),  # T-030: after the tokens; may add claims
    (end.kept,                      ALL,                   BOTH   ),  # the one write: the session
)
# fmt: on
TABLE: Final = pipeline.Table(SIGN_IN, watching=protection.STEPS)

# Refusals of the form of what was said, and of a wrong or used code, which lockout counts: a person tries again.
ANOTHER_TRY: Final = (InvalidParameter, InvalidPassword, PasswordHistoryPolicyViolation, *WRONG_CODE, UnknownDevice)

Outcome = Tokens | tuple[Challenge, str]  # a challenge comes with its Session

FLOWS: Final = {
    "USER_PASSWORD_AUTH": Way.PASSWORD,
    "ADMIN_USER_PASSWORD_AUTH": Way.PASSWORD,
    "ADMIN_NO_SRP_AUTH": Way.PASSWORD,
    "USER_SRP_AUTH": Way.SRP,
    "CUSTOM_AUTH": Way.CUSTOM,
    "USER_AUTH": Way.CHOICE,
}


async def begin(
    flow: str,
    client_id: str,
    said: Said,
    metadata: Said | None,
    call: Call,
    *,
    pool: str = "",
    session: str | None = None,
) -> Outcome:
    """Start a sign-in. `pool` is named by administrators only, and must be the client's; `session` is of a sign-up.

    `metadata` is what the triggers know as validationData (T-019). Raises Refusal.
    """
    typed, seen = said.get("USERNAME", ""), call.desk.turns.wrong
    client, its_pool, user = await _start(client_id, typed, pool, call)
    sign_in = SignIn(
        way=_way(flow, said),
        flow=flow,
        client=client,
        pool=its_pool,
        semantics=its_pool.semantics(call.desk.semantics),
        user=user,
        typed=typed,
        said=said,
        event_id=uuid_of(call.now()),
        watch=protection.watch(flow, its_pool),
        seen=seen,
        validation=metadata,
    )
    if session:
        await signed_up.resume(sign_in, session, call)
    return await _run(sign_in, call)


def _way(flow: str, said: Said) -> Way:
    """The column that a flow begins in. CUSTOM_AUTH has two."""
    srp_first = flow == "CUSTOM_AUTH" and said.get("CHALLENGE_NAME") == custom.SRP_A
    return Way.CUSTOM_SRP if srp_first else FLOWS[flow]


async def answer(
    challenge: str,
    client_id: str,
    said: Said,
    metadata: Said | None,
    call: Call,
    *,
    session: str | None,
    pool: str = "",
) -> Outcome:
    """Answer the challenge that `session` waits for. The string is good for one answer, right or wrong (SR-07).

    Only ANOTHER_TRY gives it back, such as a new password against the policy, or a wrong code until lockout says no.
    Nothing counts any more of a user who was disabled, signed out, deleted or given another password meanwhile.
    """
    session = session or srp.session_in(said)
    if not session:
        raise InvalidParameter("Missing required parameter Session")
    row, waited = await waiting.take(session, client_id, call)
    if waited.challenge != challenge:
        raise InvalidSession
    sign_in = await _resumed(waited, said, metadata, call, pool=pool)
    sign_in.session_said = session
    try:
        steps.same_user(sign_in, call)
        return await _run(sign_in, call)
    except ANOTHER_TRY:
        await waiting.give_back(session, row, call)
        raise


async def _resumed(waited: Waiting, said: Said, metadata: Said | None, call: Call, *, pool: str) -> SignIn:
    """The waiting sign-in, with everything read anew. Raises NotAuthorized where the user is not as they were."""
    seen = call.desk.turns.wrong
    client, its_pool, user = await _start(waited.client, waited.username, pool, call)
    if not (user.stands(waited.standing) if user else waited.standing == b""):
        raise InvalidSession
    return SignIn(
        way=Way(waited.way),
        flow=waited.flow,
        client=client,
        pool=its_pool,
        semantics=its_pool.semantics(call.desk.semantics),
        user=user,
        typed=waited.typed,
        said=said,
        event_id=waited.event_id,
        watch=protection.watch(waited.flow, its_pool),
        seen=seen,
        validation=waited.validation,
        metadata=metadata,
        done=waited.done,
        answering=waited.challenge,
        carried=waited.carried,
    )


async def _start(client_id: str, name: str, pool: str, call: Call) -> tuple[Client, Pool, User | None]:
    found = await call.store.glance(sign_ins.start, client_id, name)
    if found is None or (pool and (found[1].id, found[1].region) != (pool, call.region)):
        raise missing(client_id)
    call.about(found[2], found[1], client_id)
    return found


async def _run(sign_in: SignIn, call: Call) -> Outcome:
    try:
        challenge = await pipeline.run(TABLE, sign_in, call)
    except Refusal as refusal:
        watch.refused(sign_in, refusal, call)
        raise
    if challenge is not None:
        watch.asked(sign_in, call)
        under = sign_in.session_said if challenge.keeps_session else ""
        session = await waiting.keep(sign_in, challenge.name, call, under=under)
        if challenge.block:
            challenge.parameters[challenge.block] = base64.b64encode(session.encode()).decode()
        return challenge, session
    if sign_in.tokens is None:
        raise AssertionError("the table ended without tokens")
    return sign_in.tokens
