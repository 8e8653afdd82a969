"""Limits on requests a second: nobody has any until somebody sets one, and then it holds (RQ-14)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.api.asking import missing, refused
from tests.serving import Pool, Serving, serving

from keydesk.domain.request_limit import CATEGORIES, UNLIMITED
from keydesk.flows.throttle import Throttle
from keydesk.shapes.operations import OPERATIONS
from keydesk.store.store import Store

TOO_MANY = ("TooManyRequestsException", "Too many requests")
CODE = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def definition(category: str, **more: str) -> dict[str, Any]:
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category, **more}}


def limit(api: Any, category: str, value: int, **more: str) -> dict[str, Any]:
    asked = definition(category, **more)
    return dict(api.update_provisioned_limit(LimitDefinition=asked, RequestedLimitValue=value)["Limit"])


def let_through(call: Callable[..., Any], tries: int, *args: Any, **asked: Any) -> int:
    """How many of so many tries are not refused for their number."""
    count = 0
    for _ in range(tries):
        try:
            call(*args, **asked)
        except Exception as fault:
            if fault.response["Error"]["Code"] == TOO_MANY[0]:  # type: ignore[attr-defined]
                continue
        count += 1
    return count


def test_every_operation_counts_in_one_category() -> None:
    names = [name for names in CATEGORIES.values() for name in names]
    assert sorted(names) == sorted(OPERATIONS)


def test_rq_14_a_limit_holds_for_its_category_and_a_second(own_server: Serving) -> None:
    pool = Pool(own_server)
    pool.user()
    own_server.clock.stop()
    assert let_through(pool.sign_in, 9) == 9
    told = limit(pool.api, "UserAuthentication", 4)
    assert told == {
        "LimitDefinition": definition("UserAuthentication"),
        "ProvisionedLimitValue": 4,
        "FreeLimitValue": UNLIMITED,
    }
    assert pool.api.get_provisioned_limit(LimitDefinition=definition("UserAuthentication"))["Limit"] == told
    own_server.clock.forward(seconds=1)
    assert let_through(pool.sign_in, 7) == 4
    assert pool.refused(pool.sign_in) == TOO_MANY
    assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["Enabled"]
    own_server.clock.forward(seconds=1)
    assert let_through(pool.sign_in, 2) == 2
    asked = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ada", "PASSWORD": "x"}}
    assert let_through(pool.api.admin_initiate_auth, 9, UserPoolId=pool.id, ClientId=pool.client, **asked) == 2
    own_server.clock.forward(seconds=1)
    answer = {"ClientId": pool.client, "ChallengeName": "SMS_MFA", "Session": "a" * 20, "ChallengeResponses": {}}
    assert let_through(pool.api.respond_to_auth_challenge, 20, **answer) == 3 * 4 + 4, (
        "answers have a rate of their own"
    )
    limit(pool.api, "UserAccountRecovery", 1)
    own_server.clock.forward(seconds=1)
    answer["ChallengeName"] = "NEW_PASSWORD_REQUIRED"
    assert let_through(pool.api.respond_to_auth_challenge, 3, **answer) == 1
    assert limit(pool.api, "UserAuthentication", UNLIMITED)["ProvisionedLimitValue"] == UNLIMITED
    own_server.clock.forward(seconds=1)
    assert let_through(pool.sign_in, 9) == 9


def test_rq_14_a_limit_is_of_a_region_or_of_one_pool(own_server: Serving) -> None:
    """What names no pool is found by its app client, or by the client in its token."""
    api = own_server.client()
    one, other = Pool(own_server), Pool(own_server)
    away = Pool.__new__(Pool)
    away.server, away.api, away.settings = own_server, own_server.client(region="eu-west-1"), {}
    away.id = away.api.create_user_pool(PoolName="away")["UserPool"]["Id"]
    away.client = away.new_client()
    for pool in (one, other, away):
        pool.user()
    token = one.tokens()["AccessToken"]
    own_server.clock.stop()
    limit(api, "UserAuthentication", 2, UserPoolId=one.id)
    assert [let_through(pool.sign_in, 3) for pool in (one, other, away)] == [2, 3, 3]
    limit(api, "UserAuthentication", 3)
    own_server.clock.forward(seconds=1)
    assert [let_through(pool.sign_in, 3) for pool in (one, other, away)] == [2, 1, 3]
    limit(away.api, "UserAuthentication", 1)
    own_server.clock.forward(seconds=1)
    assert let_through(away.sign_in, 3) == 1
    limit(api, "UserRead", 1, UserPoolId=one.id)
    assert let_through(api.get_user, 3, AccessToken=token) == 1
    assert let_through(api.get_user, 3, AccessToken="no.to.ken") == 3
    for pool_id, found in ((away.id, missing(away.id)), ("us-east-1_none", missing("us-east-1_none"))):
        asked = {"LimitDefinition": definition("UserRead", UserPoolId=pool_id)}
        assert refused(api.get_provisioned_limit, **asked) == found
    api.delete_user_pool(UserPoolId=one.id)
    assert own_server.run(own_server.house.desk.store.read(_of_pool, one.id)) == 0


def _of_pool(db: Any, pool: str) -> int:
    return len(db.exec_driver_sql(f"SELECT * FROM provisioned_limits WHERE pool = '{pool}'").all())


def test_rq_14_a_limit_holds_over_two_nodes_and_a_restart(tmp_path: Path, database_url: str) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    with serving(tmp_path, database_url=url) as one, serving(tmp_path, database_url=url) as other:
        pool = Pool(one)
        pool.user()
        limit(pool.api, "UserAuthentication", 40)
        other.run(other.house.desk.throttle.refresh())  # it would do so by itself within five seconds
        one.clock.stop()
        other.clock.stop(at=one.clock())
        there = Pool.__new__(Pool)
        there.api, there.client = other.client(), pool.client
        counts = [let_through(at.sign_in, 21) for at in (pool, there, pool)]
        assert counts == [21, 18, 1], "each takes two at a time"
    with serving(tmp_path, database_url=url) as again:
        api = again.client()
        shown = api.get_provisioned_limit(LimitDefinition=definition("UserAuthentication"))["Limit"]
        assert shown["ProvisionedLimitValue"] == 40


def test_an_earlier_look_does_not_have_the_last_word() -> None:
    """Each server looks every few seconds, and when it changes a limit: the two may come together."""
    kept, begun, goes_on = ["before"], asyncio.Event(), asyncio.Event()

    class Slow:
        async def read(self, _: Any) -> list[str]:
            found = list(kept)
            if not begun.is_set():
                begun.set()
                await goes_on.wait()
            return found

    async def looks() -> Any:
        throttle = Throttle(cast(Store, Slow()), lambda: 0)
        earlier = asyncio.create_task(throttle.refresh())
        await begun.wait()
        kept.append("since")
        later = asyncio.create_task(throttle.refresh())
        await asyncio.sleep(0)  # by then it is done, if it may be
        goes_on.set()
        await asyncio.gather(earlier, later)
        return throttle._limits

    assert asyncio.run(looks()) == kept


def test_limits_that_there_are_not(server: Serving) -> None:
    api = server.client()
    assert (
        api.get_provisioned_limit(LimitDefinition=definition("UserList"))["Limit"]["ProvisionedLimitValue"] == UNLIMITED
    )
    for category in ("LimitManagement", "Nothing"):
        told = ("ResourceNotFoundException", f"There is no limit of the category {category} that could be changed.")
        assert refused(api.get_provisioned_limit, LimitDefinition=definition(category)) == told
        assert (
            refused(api.update_provisioned_limit, LimitDefinition=definition(category), RequestedLimitValue=1) == told
        )
    wrong = [definition("UserList", Region="x"), {"LimitClass": "API_CATEGORY", "Attributes": {}}]
    for asked in wrong:
        assert refused(api.get_provisioned_limit, LimitDefinition=asked)[0] == "InvalidParameterException"
    low = {"LimitDefinition": definition("UserList"), "RequestedLimitValue": 0}
    assert refused(api.update_provisioned_limit, **low)[0] == "InvalidParameterException"
