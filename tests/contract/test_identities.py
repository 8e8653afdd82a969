"""Identity providers of a pool, and the identities there that lead to users."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, together, written

from keydesk.domain.identity import SUBJECT, Identity
from keydesk.domain.provider import Provider
from keydesk.domain.user import Status
from keydesk.errors import DuplicateProvider, InvalidParameter, ResourceNotFound, UserNotFound
from keydesk.store import identities, identity_providers, pools, users
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"
SAID = ("Google", SUBJECT, "1234")


def identity(**more: object) -> Identity:
    known = {"provider": "Google", "kind": "Google", "value": "1234", "created": 5}
    return Identity(**{**known, **more})  # type: ignore[arg-type]


def provider(name: str = "Google", *identifiers: str) -> Provider:
    return Provider(pool=POOL, name=name, kind="Google", details={"a": "b"}, identifiers=identifiers)


def test_a_provider_is_added_changed_and_removed(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, identity_providers.add, provider())
    written(store, pools.add, samples.pool())
    written(store, identity_providers.add, provider("Google", "one", "one", "two"))
    with pytest.raises(DuplicateProvider):
        written(store, identity_providers.add, provider())
    with pytest.raises(InvalidParameter):
        written(store, identity_providers.add, provider("Other", "two"))
    written(store, identity_providers.add, provider("Other", "three"))
    assert [one.name for one in read(store, identity_providers.of_pool, POOL)] == ["Google", "Other"]
    assert [one.name for one in read(store, identity_providers.page, POOL, "Google", 5)] == ["Other"]
    with pytest.raises(InvalidParameter):
        written(store, identity_providers.change, POOL, "Other", lambda one: replace(one, identifiers=("one",)))
    changed = written(store, identity_providers.change, POOL, "Google", lambda one: replace(one, identifiers=("1",)))
    assert changed == read(store, identity_providers.named, POOL, "Google")
    assert changed == read(store, identity_providers.identified, POOL, "1")
    assert read(store, identity_providers.identified, POOL, "one") is None
    assert written(store, identity_providers.remove, POOL, "Google")
    assert not written(store, identity_providers.remove, POOL, "Google")
    assert written(store, identity_providers.change, POOL, "Google", lambda one: one) is None
    assert read(store, identity_providers.identified, POOL, "1") is None


def test_changes_at_once_are_both_there(store: Store) -> None:
    written(store, pools.add, samples.pool())
    written(store, identity_providers.add, provider())

    async def both() -> None:
        edits = [lambda one: replace(one, mapping={"a": "b"}), lambda one: replace(one, acr={"Level1": "x"})]
        await together(*(store.write(identity_providers.change, POOL, "Google", edit) for edit in edits))

    asyncio.run(both())
    found = read(store, identity_providers.named, POOL, "Google")
    assert found is not None
    assert (found.mapping, found.acr) == ({"a": "b"}, {"Level1": "x"})


def test_an_identity_is_linked_to_one_user(store: Store) -> None:
    """However many want it at once."""
    people = [samples.user(number) for number in range(4)]
    written(store, samples.added, samples.pool(), *people)

    async def all() -> list[BaseException | None]:
        return await together(*(store.write(identities.link, one.key, identity()) for one in people))

    outcomes = asyncio.run(all())
    assert outcomes.count(None) == 1
    assert {str(one) for one in outcomes if one} == {identities.LINKED}
    owner = read(store, identities.owner, POOL, *SAID)
    assert owner is not None
    assert (owner.sub, owner.identities) == (people[outcomes.index(None)].sub, (identity(),))
    written(store, identities.unlink, POOL, SAID, 9)
    assert read(store, identities.owner, POOL, *SAID) is None
    with pytest.raises(InvalidParameter, match="isn't linked"):
        written(store, identities.unlink, POOL, SAID, 9)
    with pytest.raises(UserNotFound):
        written(store, identities.link, samples.key(9), identity())


def test_an_identity_that_a_user_was_made_for_is_not_merged(store: Store) -> None:
    """Such a user comes to be on the hosted pages."""
    made = samples.user(1, username="Google_1234", status=Status.EXTERNAL_PROVIDER)
    written(store, samples.added, samples.pool(), made, samples.user(2))
    written(store, identities.link, made.key, identity(primary=True))
    with pytest.raises(InvalidParameter, match="Merging is not currently supported"):
        written(store, identities.link, samples.key(2), identity())
    with pytest.raises(InvalidParameter, match="isn't linked"):
        written(store, identities.unlink, POOL, SAID, 9)
    written(store, users.remove, made.key)
    written(store, identities.link, samples.key(2), identity())
