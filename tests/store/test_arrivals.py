"""What becomes of users who arrive again and again."""

from msgspec.structs import replace
from tests.contract.samples import read, written

from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.shapes.types import UserPoolType
from keydesk.store import arrivals, pools, users
from keydesk.store.arrivals import Became
from keydesk.store.store import Store

POOL = Pool(
    id="us-east-1_a", region="us-east-1", account="0", name="p", settings=UserPoolType(username_attributes=["email"])
)


def user(sub: str, pool: Pool = POOL, modified: int = 5, **more: str) -> User:
    attributes = {"email": f"{sub}@example.com"} | more
    return User(
        sub=sub,
        pool=pool.id,
        username=sub,
        status=Status.CONFIRMED,
        attributes=attributes,
        created=1,
        modified=modified,
    )


def test_the_later_change_counts_until_there_is_a_password(store: Store) -> None:
    other = replace(POOL, id="us-east-1_b")
    for pool in (POOL, other):
        written(store, pools.add, pool)

    def became(*people: User, pool: Pool = POOL) -> list[Became]:
        return list(written(store, arrivals.settle, pool, people))

    assert became(user("ada"), user("alan")) == [Became.NEW, Became.NEW]
    assert became(user("ada"), user("grace")) == [Became.SAME, Became.NEW]
    assert became(user("ada", modified=6, name="n"), user("alan", modified=4, name="n")) == [
        Became.CHANGED,
        Became.SAME,
    ]
    assert became(user("ada", modified=7, email="alan@example.com")) == [Became.TAKEN], "that is alan's address"
    assert became(user("new", email="alan@example.com")) == [Became.TAKEN]
    assert became(user("ada", other), pool=other) == [Became.NEW], "a user is one of a pool"
    here = read(store, users.by_key, user("ada").key)
    assert here is not None
    written(store, users.change, replace(here, credential=b"sealed"))
    assert became(user("ada", modified=8, name="m")) == [Became.SAME]
    left, after = read(store, arrivals.without_password, POOL.id, "")
    assert ([one.sub for one in left], after) == (["alan", "grace"], None)
