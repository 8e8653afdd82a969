"""Users linked to identities at outside providers, so that whoever comes in there comes in as that user.

Sign-in through a provider takes place on the hosted pages; a link made before is what such a sign-in finds.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.domain.identity import SUBJECT, Identity
from keydesk.domain.pool import Pool
from keydesk.domain.provider import LOCAL, NAMED_BY_TYPE, Provider
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, UserNotFound
from keydesk.flows import pools, providers
from keydesk.flows.call import Call
from keydesk.shapes.types import ProviderUserIdentifierType
from keydesk.store import identities, identity_providers, people, sign_ins

Named = ProviderUserIdentifierType

LONGEST: Final = 512  # characters of a value: a subject of OpenID Connect has 255, a name of SAML 256

NOT_A_SOURCE: Final = (
    "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
    "only as a DestinationUser"
)


async def link(pool_id: str, destination: Named, source: Named, call: Call) -> None:
    """AdminLinkProviderForUser: the source leads to the destination from now on.

    Raises ResourceNotFound for a provider that is not there, UserNotFound, LimitExceeded, InvalidParameter.
    """
    pool = await pools.here(pool_id, call)
    if _is_local(source):
        raise InvalidParameter(NOT_A_SOURCE)
    provider, attribute, value = _said(source, "SourceUser")
    found = await call.store.read(identity_providers.named, pool.id, provider)
    if found is None:
        raise providers.missing(provider)
    _check_attribute(found, attribute)
    user = await _destination(pool, destination, call)
    identity = Identity(provider=provider, kind=found.kind, attribute=attribute, value=value, created=call.now())
    await call.store.write(identities.link, user.key, identity)


async def unlink(pool_id: str, named: Named, call: Call) -> None:
    """AdminDisableProviderForUser: a linked identity leads nowhere any more; a linked user loses the password.

    Raises ResourceNotFound, UserNotFound, InvalidParameter for who is not linked.
    """
    pool = await pools.here(pool_id, call)
    if _is_local(named):
        return await _without_password(pool, await _destination(pool, named, call), call)
    await call.store.write(identities.unlink, pool.id, _said(named, "User"), call.now())
    return None


async def _without_password(pool: Pool, user: User, call: Call) -> None:
    """A user who comes in through a provider shall not come in by a password as well."""
    now = call.now()

    def edit(old: User) -> User:
        if not old.identities:
            raise InvalidParameter(identities.NOT_LINKED)
        return replace(old, credential=b"", temporary_until=0, modified=now)

    await call.store.write(people.change, pool, user.key, edit)


async def _destination(pool: Pool, named: Named, call: Call) -> User:
    """Whom the words lead to: a user of the pool's own by name, anybody else by a provider's subject."""
    value = named.provider_attribute_value or ""
    if _is_local(named):
        user = await call.store.glance(sign_ins.named, pool, value)
    else:
        user = await call.store.read(identities.owner, pool.id, named.provider_name or "", SUBJECT, value)
    if user is None:
        raise UserNotFound
    call.about(user, pool)
    return user


def _is_local(named: Named) -> bool:
    return (named.provider_name or "").upper() == LOCAL


def _said(named: Named, member: str) -> tuple[str, str, str]:
    """Provider, attribute and value. Raises InvalidParameter where one is missing, or no provider says such a value."""
    provider, attribute = named.provider_name or "", named.provider_attribute_name or ""
    value = named.provider_attribute_value or ""
    if not provider or not attribute or not value:
        raise InvalidParameter(f"{member} must have ProviderName, ProviderAttributeName and ProviderAttributeValue.")
    if len(value) > LONGEST:
        raise InvalidParameter(f"The ProviderAttributeValue of {member} is longer than {LONGEST} characters.")
    return provider, attribute, value


def _check_attribute(provider: Provider, attribute: str) -> None:
    """A social provider's users are known by its subject, others' by an attribute that is mapped, too."""
    if attribute == SUBJECT or (provider.kind not in NAMED_BY_TYPE and attribute in provider.mapping):
        return
    raise InvalidParameter(f"ProviderAttributeName {attribute} is not mapped by the identity provider {provider.name}.")
