"""What a live pool tells of a user, and the user that they become."""

from datetime import UTC, datetime

from tests.domain.test_identity import ONE

from keydesk.domain import identity, live_user
from keydesk.domain.live_user import LiveUser
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status
from keydesk.shapes.types import UserPoolType

POOL = Pool(id="us-east-1_a", region="us-east-1", account="0", name="p", settings=UserPoolType())
NOW = 9_000


def test_every_answer_is_read_alike() -> None:
    told = [{"Name": "sub", "Value": "s"}, {"Name": "email"}]
    for member in ("Attributes", "UserAttributes"):
        assert live_user.read({"Username": "u", member: told}).attributes == {"sub": "s", "email": ""}
    moment = datetime.fromtimestamp(1.5, UTC)
    read = live_user.read({"Username": "u", "UserCreateDate": moment, "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]})
    assert (read.created, read.modified, read.has_app) == (1500, 0, True)


def test_a_user_arrives_with_what_can_be_carried() -> None:
    attributes = {"sub": "s", "email": "a@example.com", "identities": identity.attribute([ONE])}
    live = LiveUser(
        username="u", attributes=attributes, factors=("SOFTWARE_TOKEN_MFA", "SMS_MFA"), preferred="SOFTWARE_TOKEN_MFA"
    )
    user = live_user.arrived(live, POOL, NOW)
    assert (user.sub, user.attributes, user.identities) == ("s", {"email": "a@example.com"}, (ONE,))
    assert (user.factors, user.preferred_factor, user.created, user.modified) == (("SMS_MFA",), "", NOW, NOW)


def test_a_status_that_nobody_has_here_wants_a_new_password() -> None:
    for status, wanted in (("COMPROMISED", Status.RESET_REQUIRED), ("UNCONFIRMED", Status.UNCONFIRMED)):
        live = LiveUser(username="u", attributes={"sub": "s"}, status=status, enabled=False)
        user = live_user.arrived(live, POOL, NOW)
        assert (user.status, user.enabled) == (wanted, False)


def test_what_is_not_told_stays() -> None:
    before = live_user.arrived(LiveUser(username="u", attributes={"sub": "s", "name": "n"}), POOL, NOW)
    told = LiveUser(username="u", attributes={"sub": "s", "email": "e"}, modified=NOW + 1)
    after = live_user.renewed(before, told, NOW)
    assert (after.attributes, after.modified) == ({"name": "n", "email": "e"}, NOW + 1)
