"""A user's attributes: set, taken away, and proved by a code.

A new e-mail or phone number is unproved. Where the pool asks for it (AttributesRequireVerificationBeforeUpdate) the old
value stays until the new one is proved; the code then carries the new value.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from keydesk.domain import attribute as rules
from keydesk.domain import names
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, NotAuthorized, TooManyRequests
from keydesk.flows import codes, letters
from keydesk.flows.bearer import Bearer
from keydesk.flows.call import Call
from keydesk.flows.codes import FAULTS, proving
from keydesk.flows.delivery import EMAIL, PHONE_NUMBER, Delivery
from keydesk.flows.letters import Recipient
from keydesk.messages.compose import Kind
from keydesk.store import people
from keydesk.store.people import Verdict

PROVABLE: Final = (EMAIL, PHONE_NUMBER)
CALLED: Final = {EMAIL: "email address", PHONE_NUMBER: "phone number"}
FLAG_WITHOUT_VALUE: Final = {
    EMAIL: "Email is required to verify/un-verify an email",
    PHONE_NUMBER: "Phone number is required to verify/un-verify a phone number",
}

Told = Mapping[str, str]  # attribute names to values
Texts = dict[str, str]


def names_of(pool: Pool, user: User) -> dict[str, str]:
    """Every name that leads to the user, kind to folded value."""
    return names.of_user(user.username, user.attributes, pool)


def written_by_client(pool: Pool, client: Client, user: User, told: Told) -> User:
    """The user with attributes given beside a new password: what is required and still missing may be given once.

    An address or number that is there already is not said again: whoever knows no more than a temporary password would
    have the codes of the second factor sent to themselves. Raises NotAuthorized for that and for what the client may
    not write, InvalidParameter for what only the server says, and for what the schema refuses.
    """
    told = names.flattened(told, pool)
    rules.refuse_fixed(told, rules.VERIFIED | {"sub"})
    rules.check_client_writes(client.settings.write_attributes, told)
    for name in PROVABLE:
        if name in told and name in user.attributes:
            raise NotAuthorized(f"Cannot modify an already provided {name}")
    lacking = rules.missing(pool.schema, user.attributes)
    open_to_all = [replace(each, mutable=True) if each.name in lacking else each for each in pool.schema]
    rules.check_update(open_to_all, told)
    return replace(user, attributes=merged(user.attributes, told))


def merged(attributes: Told, told: Told) -> dict[str, str]:
    """The attributes after an update. An empty value takes one away; a new address or number is unproved."""
    after = {**attributes, **told}
    for name in PROVABLE:
        if name in told and told[name] != attributes.get(name) and f"{name}_verified" not in told:
            after[f"{name}_verified"] = "false"
    after = {name: value for name, value in after.items() if value}
    for name in PROVABLE:
        if name not in after:
            after.pop(f"{name}_verified", None)
    return after


async def update(bearer: Bearer, told: Told, metadata: Texts | None, call: Call) -> list[Delivery]:
    """The user changes their own attributes; gives where codes went. Raises Refusal."""
    told = names.flattened(told, bearer.pool)
    rules.check_client_writes(bearer.client.settings.write_attributes, told)
    rules.check_update(bearer.pool.schema, told)
    kept_back = _kept_back(bearer.pool, bearer.user, told)
    sends = kept_back or any(_wants_proof(bearer.pool, bearer.user, name, told) for name in PROVABLE)
    if sends and not await call.store.write(people.spend, bearer.user.key, codes.budget(call)):
        raise TooManyRequests  # else anybody's mailbox could be filled
    to = Recipient(bearer.pool, bearer.user, bearer.client, metadata)
    return await _written(to, told, kept_back, call)


async def update_by_admin(pool: Pool, user: User, told: Told, metadata: Texts | None, call: Call) -> None:
    """An administrator changes attributes; `email_verified` and `phone_number_verified` are theirs to say.

    An alias that they say is verified moves from its former owner: https://github.com/boto/boto3/issues/3213
    """
    told = names.flattened(told, pool)
    rules.check_update(pool.schema, told)
    _check_flags(user, told)
    told = {name: value.lower() if name in rules.VERIFIED else value for name, value in told.items()}
    unproved = {name: value for name, value in told.items() if told.get(f"{name}_verified") != "true"}
    await _written(Recipient(pool, user, metadata=metadata), told, _kept_back(pool, user, unproved), call, move=True)


async def delete(bearer: Bearer, gone: Iterable[str], call: Call) -> None:
    """The user takes attributes away. Raises Refusal."""
    gone = list(gone)
    rules.check_client_writes(bearer.client.settings.write_attributes, gone)
    await delete_by_admin(bearer.pool, bearer.user, gone, call)


async def delete_by_admin(pool: Pool, user: User, gone: Iterable[str], call: Call) -> None:
    """Attributes are taken away. Raises InvalidParameter for what is unknown, required or immutable."""
    gone = list(gone)
    rules.check_deletion(pool.schema, gone)
    told, now = dict.fromkeys(gone, ""), call.now()
    await call.store.write(
        people.change, pool, user.key, lambda old: replace(old, attributes=merged(old.attributes, told), modified=now)
    )


async def send_code(bearer: Bearer, attribute: str, metadata: Texts | None, call: Call) -> Delivery:
    """GetUserAttributeVerificationCode: a code to the user's address or number. Raises Refusal."""
    purpose = _provable(attribute)
    value = bearer.user.attributes.get(attribute)
    if not value:
        raise InvalidParameter(f"User does not have a valid registered {CALLED[attribute]}")
    fresh = codes.fresh(bearer.user.sub, purpose, attribute, value, call)
    if not await call.store.write(people.ask, bearer.user.key, codes.budget(call), fresh.kept):
        raise FAULTS[Verdict.TOO_OFTEN]
    to = Recipient(bearer.pool, bearer.user, bearer.client, metadata)
    return await letters.send(Kind.VERIFY, attribute, fresh.code, to, call)


async def verify(bearer: Bearer, attribute: str, code: str, call: Call) -> None:
    """VerifyUserAttribute: a right code proves the value it was sent to, and sets it where it was kept back.

    Raises CodeMismatch, ExpiredCode, LimitExceeded, AliasExists.
    """
    purpose, now = _provable(attribute), call.now()

    def proved(user: User, about: str) -> User:
        value = about.removeprefix(f"{attribute}:")
        attributes = {**user.attributes, attribute: value, f"{attribute}_verified": "true"}
        return replace(user, attributes=attributes, modified=now)

    attempt = codes.attempt(bearer.user.sub, purpose, code, call)
    judged = await call.store.write(people.prove, bearer.pool, bearer.user.key, attempt, proved)
    if judged.verdict is not Verdict.RIGHT:
        raise FAULTS[judged.verdict]


async def _written(to: Recipient, told: Told, kept_back: set[str], call: Call, *, move: bool = False) -> list[Delivery]:
    """Store what was told, but for what is kept back; then send a code for each value that is to be proved."""
    pool, user = to.pool, to.user
    due = [
        codes.fresh(user.sub, proving(name), name, told[name], call)
        for name in PROVABLE
        if _wants_proof(pool, user, name, told) or name in kept_back
    ]
    stored, now = {name: value for name, value in told.items() if name not in kept_back}, call.now()
    after = await call.store.write(
        people.change,
        pool,
        user.key,
        lambda old: replace(old, attributes=merged(old.attributes, stored), modified=now),
        fresh=[fresh.kept for fresh in due],
        move=move,
    )
    return [
        await letters.send(
            Kind.UPDATE, fresh.attribute, fresh.code, dataclasses.replace(to, user=after, address=fresh.address), call
        )
        for fresh in due
    ]


def _wants_proof(pool: Pool, user: User, name: str, told: Told) -> bool:
    """Whether a code goes out for this attribute: the pool verifies it, it is new, and nobody vouched for it."""
    new = bool(told.get(name)) and told[name] != user.attributes.get(name)
    return new and name in pool.auto_verified and told.get(f"{name}_verified", "").lower() != "true"


def _kept_back(pool: Pool, user: User, told: Told) -> set[str]:
    """The attributes whose old value stays until the new one is proved."""
    settings = pool.settings.user_attribute_update_settings
    asked = (settings.attributes_require_verification_before_update if settings else None) or []
    return {name for name in asked if name in PROVABLE and told.get(name) and told[name] != user.attributes.get(name)}


def _check_flags(user: User, told: Told) -> None:
    """A flag needs something to be verified."""
    for name, fault in FLAG_WITHOUT_VALUE.items():
        if f"{name}_verified" in told and not told.get(name, user.attributes.get(name)):
            raise InvalidParameter(fault)


def _provable(attribute: str) -> codes.Purpose:
    if attribute not in PROVABLE:
        raise InvalidParameter("Invalid attribute name. Only phone_number and email can be verified.")
    return proving(attribute)
