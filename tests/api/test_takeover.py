"""Take-over: who has no password here is tried once at the live pool, and kept.

The live pool is another Keydesk server; the one under test is asked by clients that know of neither.
"""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.api.test_access_tokens import SCOPE, scopes
from tests.api.test_second_factor import with_app, with_factors
from tests.api.test_srp import sign_in as sign_in_by_srp
from tests.moving import PATIENCE, asking, at, moved, with_credentials
from tests.serving import PASSWORD, Pool, Serving, claims, serving
from tests.site import Asked, site
from tests.test_canaries import found, listen
from tests.triggers.migrating import SILENT, knowing

from keydesk.domain import secret_hash
from keydesk.log import configure
from keydesk.runtime import live_pool

MAIL = {"email": "ada@example.com", "email_verified": "true", "phone_number": "+15555550100"}
NOBODY = ("UserNotFoundException", "User does not exist.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
EXCEEDED = ("NotAuthorizedException", "Password attempts exceeded")
RESET = "PasswordResetRequiredException"
UNASKED = "UnexpectedLambdaException"
SRP_ONLY = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def here(store_url: str, tmp_path: Path, live: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A server on each database that asks the live one."""
    with_credentials(monkeypatch)
    with asking(live, tmp_path, store_url) as running:
        yield running


@pytest.fixture
def one(tmp_path: Path, live: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """As `here`, on SQLite alone, for what no database can change."""
    with_credentials(monkeypatch)
    with asking(live, tmp_path / "one", "") as running:
        yield running


def steps(pool: Pool, answer: Any) -> list[tuple[str, str]]:
    """What the live pool was asked in a call, as its trace tells."""
    id = answer if isinstance(answer, str) else answer["ResponseMetadata"]["RequestId"]
    return [(one.name, one.outcome) for one in pool.server.trace(id).steps if one.name.startswith("asked the live")]


def refusing(code: str, status: int = 400, message: str = "no") -> Any:
    """What a site does that plays a live pool."""
    return lambda asked: asked.says({"__type": code, "message": message}, status)


def slow(asked: Asked) -> None:
    asked.site.leave.wait(5)


def staffed(live: Serving) -> tuple[Pool, dict[str, str]]:
    """A pool whose client has a secret and takes no passwords; its users' subs. Ada is in a group."""
    there = Pool(live, client={"ExplicitAuthFlows": SRP_ONLY, "GenerateSecret": True})
    subs = {name: there.user(name, **MAIL | {"nickname": name}) for name in ("ada", "grace", "alan")}
    there.api.create_group(UserPoolId=there.id, GroupName="staff")
    there.api.admin_add_user_to_group(UserPoolId=there.id, Username="ada", GroupName="staff")
    return there, subs


def by_secret(pool: Pool, secret: str, name: str = "ada", password: str = PASSWORD) -> Any:
    """InitiateAuth with the password, by a client that has a secret."""
    hashed = secret_hash.of(secret, name, pool.client)
    said = {"USERNAME": name, "PASSWORD": password, "SECRET_HASH": hashed}
    return pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)


def goes_on_alone(here: Serving, mine: Pool, sign_in: Any) -> None:
    """Ada is kept, alan is not, and the live pool is gone."""
    mine.server, mine.api = here, here.client()
    assert steps(mine, sign_in()) == []
    assert mine.refused(sign_in, "ada", "Wrong-horse-9") == WRONG
    code, sentence = mine.refused(sign_in, "alan")
    assert (code, "could not be asked" in sentence) == (UNASKED, True)
    mine.client = mine.new_client()
    assert sign_in_by_srp(mine, "ada")["AuthenticationResult"], "the verifier is of the kind that the pool keeps"
    assert mine.refused(sign_in_by_srp, mine, "alan") == WRONG, "SRP tells no password that could be tried"


def told(pool: Pool, name: str = "ada") -> dict[str, Any]:
    """AdminGetUser, attributes by name."""
    said = dict(pool.api.admin_get_user(UserPoolId=pool.id, Username=name))
    return said | {"UserAttributes": {one["Name"]: one["Value"] for one in said["UserAttributes"]}}


def test_the_password_is_tried_once_and_kept(
    store_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a client with a secret and by SRP towards the live pool; then the live pool is gone, and nobody misses it."""
    with_credentials(monkeypatch)
    with serving(tmp_path_factory.mktemp("gone")) as live, asking(live, tmp_path, store_url) as here:
        there, subs = staffed(live)
        told_there = told(there)
        moved(there, here, "--take-over")
        mine = at(here, there)
        ids = {"UserPoolId": mine.id, "ClientId": mine.client}
        described = mine.api.describe_user_pool_client(**ids)["UserPoolClient"]
        assert described == there.api.describe_user_pool_client(**ids)["UserPoolClient"]
        keep = {"ClientName": "test", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", *SRP_ONLY]}
        mine.api.update_user_pool_client(**ids, **keep)

        sign_in = partial(by_secret, mine, described["ClientSecret"])
        there.api.admin_update_user_attributes(
            UserPoolId=there.id, Username="ada", UserAttributes=[{"Name": "nickname", "Value": "countess"}]
        )
        first = sign_in()
        assert steps(mine, first) == [(f"asked the live pool {mine.id}", "the password is right")]
        tokens = claims(first["AuthenticationResult"]["IdToken"])
        assert (tokens["sub"], tokens["cognito:groups"], tokens["nickname"]) == (subs["ada"], ["staff"], "countess")
        kept = told(mine)
        assert kept["UserAttributes"] == told_there["UserAttributes"] | {"nickname": "countess"}
        assert (kept["UserStatus"], kept["UserCreateDate"]) == ("CONFIRMED", told_there["UserCreateDate"])
        there.api.admin_set_user_password(
            UserPoolId=there.id, Username="grace", Password="Other-horse-9", Permanent=True
        )
        there.api.update_user_pool_client(**ids, **keep)  # and from now on it takes passwords there
        assert mine.refused(sign_in, "grace") == WRONG
        assert sign_in("grace", "Other-horse-9")["AuthenticationResult"]
        assert b'keydesk_live_pools_total{outcome="ok",question="password"} 2.0' in here.fetch("/_keydesk/metrics")
    with serving(tmp_path, database_url=store_url, cognito_endpoint="http://127.0.0.1:9") as here:
        goes_on_alone(here, mine, sign_in)


def test_guesses_are_counted_before_anybody_is_asked(live: Serving, here: Serving) -> None:
    """AU-01, EN-03: wrong passwords lock here, of users who were imported and of names that only the live pool has."""
    for server in (live, here):
        server.clock.stop()
    for hides in ("ENABLED", "LEGACY"):
        there = Pool(live, client={"PreventUserExistenceErrors": hides})
        there.user(**MAIL)
        moved(there, here, "--take-over")
        there.user("grace")
        mine = at(here, there)
        for name, sentence in (("ada", WRONG), ("grace", WRONG), ("nobody", WRONG if hides == "ENABLED" else NOBODY)):
            assert {mine.refused(mine.sign_in, name, "Wrong-horse-9") for _ in range(5)} == {sentence}
            id = mine.refused_id(mine.sign_in, name, PASSWORD)
            assert steps(mine, id) == [], "the live pool was asked five times"
            assert mine.refused(mine.sign_in, name, PASSWORD) == EXCEEDED
        here.clock.forward(seconds=2)
        assert mine.refused(mine.sign_in, "ada") == EXCEEDED, (
            "the live pool has a lock of its own, which is not counted"
        )
        live.clock.forward(seconds=2)
        assert mine.tokens("ada")
        assert claims(mine.tokens("grace")["IdToken"])["sub"] == told(there, "grace")["UserAttributes"]["sub"]


def test_who_was_not_imported_is_brought_whole(live: Serving, here: Serving) -> None:
    """By the live pool of another id and a client of its own; with groups; and where a password is forgotten."""
    there = Pool(live, AutoVerifiedAttributes=["email"])
    for name in ("ada", "grace"):
        there.user(name, **MAIL | {"email": f"{name}@example.com"})
        there.api.create_group(UserPoolId=there.id, GroupName=f"of {name}".replace(" ", "-"))
        there.api.admin_add_user_to_group(UserPoolId=there.id, Username=name, GroupName=f"of-{name}")
    tag = f'{{"pool": "{there.id}", "client": "{there.client}"}}'
    mine = Pool(here, AutoVerifiedAttributes=["email"], UserPoolTags={"keydesk:takeover": tag})
    mine.api.create_group(UserPoolId=mine.id, GroupName="of-ada")
    token = claims(mine.tokens("ada")["IdToken"])
    assert (token["sub"], token["cognito:groups"]) == (told(there, "ada")["UserAttributes"]["sub"], ["of-ada"])
    said = {"ClientId": mine.client, "Username": "grace"}
    mine.api.forgot_password(**said)
    assert told(mine, "grace")["UserAttributes"] == told(there, "grace")["UserAttributes"]
    mine.api.confirm_forgot_password(**said, ConfirmationCode=here.code("grace@example.com"), Password="Other-horse-9")
    assert steps(mine, mine.sign_in("grace", "Other-horse-9")) == []
    assert mine.refused(mine.api.forgot_password, ClientId=mine.client, Username="nobody") == NOBODY
    function = knowing(here, SILENT)
    mine.trigger(UserMigration=function.arn)
    asked = mine.sign_in("charles", "old")
    assert asked["AuthenticationResult"]
    assert steps(mine, asked) == [(f"asked the live pool {there.id}", "refused UserNotFoundException")]
    by_mail = Pool(live, UsernameAttributes=["email"])
    sub = by_mail.user("ada@example.com")
    moved(by_mail, here, "--take-over")
    assert claims(at(here, by_mail).tokens("ada@example.com")["IdToken"])["sub"] == sub
    for wrong in ("{", '{"pool": "shop"}', '{"other": 1}', '{"client": "a b"}'):
        refused = mine.refused(mine.api.tag_resource, ResourceArn=mine.arn, Tags={"keydesk:takeover": wrong})
        assert refused[0] == "InvalidParameterException"


def test_a_name_that_went_to_somebody_else_there_opens_nothing_here(live: Serving, one: Serving) -> None:
    """TK-05: whoever has it now proves their own password, and no password of the user who was imported."""
    there = Pool(live)
    subs = {name: there.user(name) for name in ("ada", "grace")}
    moved(there, one, "--take-over")
    mine, ids = at(one, there), {"UserPoolId": there.id}
    for name in subs:
        there.api.admin_delete_user(**ids, Username=name)
    there.user("ada", "Other-horse-9")
    there.api.admin_create_user(**ids, Username="grace", TemporaryPassword="Other-horse-9", MessageAction="SUPPRESS")
    for name in subs:
        assert mine.refused(mine.sign_in, name, "Other-horse-9") == WRONG
        assert not one.user(subs[name]).credential


def test_a_token_that_opens_nothing_there_and_many_groups(live: Serving, one: Serving) -> None:
    """The live pool's function takes the scope of GetUser away; who is unknown here is asked for with credentials."""
    there = Pool(live)
    subs = {name: there.user(name) for name in ("ada", "grace")}
    names = [f"of-{number}" for number in range(61)]  # more than a page
    for name in names:
        there.api.create_group(UserPoolId=there.id, GroupName=name)
        there.api.admin_add_user_to_group(UserPoolId=there.id, Username="grace", GroupName=name)
    moved(there, one, "--take-over")
    mine = at(one, there)
    mine.api.admin_delete_user(UserPoolId=mine.id, Username="grace")
    scopes(there, scopesToSuppress=[SCOPE])
    for name, groups in (("ada", 0), ("grace", 61)):
        token = claims(mine.tokens(name)["IdToken"])
        assert (token["sub"], len(token.get("cognito:groups", ()))) == (subs[name], groups)


def test_what_the_live_pool_asks_behind_the_password(live: Serving, one: Serving) -> None:
    """A temporary password stays one; factors that can be carried are asked for here; an app is reset by its owner."""
    there = Pool(live, AutoVerifiedAttributes=["email"])
    ids = {"UserPoolId": there.id}
    with_factors(there, "OPTIONAL", "sms", "app")
    for name in ("sms", "app", "both"):
        there.user(name, **MAIL | {"email": f"{name}@example.com"})
    with_app(there, "app")
    with_app(there, "both")
    for name in ("sms", "both"):
        there.api.admin_set_user_mfa_preference(**ids, Username=name, SMSMfaSettings={"Enabled": True})
    there.api.admin_set_user_mfa_preference(
        **ids, Username="both", SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False}
    )
    there.api.admin_create_user(**ids, Username="new", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    there.sign_up("unsure", attributes={"email": "unsure@example.com"})
    hiding = there.new_client(PreventUserExistenceErrors="ENABLED")
    moved(there, one, "--take-over")
    mine = at(one, there)
    assert mine.sign_in("sms")["ChallengeName"] == "SMS_MFA"
    assert mine.sign_in("both")["ChallengeName"] == "SMS_MFA"
    assert mine.sign_in("new")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert mine.refused(mine.sign_in, "unsure")[0] == "UserNotConfirmedException"
    assert mine.refused(mine.sign_in, "app")[0] == RESET
    assert steps(mine, mine.refused_id(mine.sign_in, "app")) == []
    mine.api.forgot_password(ClientId=mine.client, Username="app")
    said = {"ClientId": mine.client, "Username": "app", "ConfirmationCode": one.code("app@example.com")}
    mine.api.confirm_forgot_password(**said, Password="Other-horse-9")
    assert mine.tokens("app", "Other-horse-9")
    said = {"USERNAME": "unsure", "PASSWORD": PASSWORD}
    assert (
        mine.refused(mine.api.initiate_auth, ClientId=hiding, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
        == WRONG
    ), "that would tell of the user, whatever the password is"
    mine.api.admin_confirm_sign_up(**ids, Username="unsure")
    assert mine.refused(mine.sign_in, "unsure")[0] == RESET, "an address was proved here alone"
    assert steps(mine, mine.sign_in("new")) == [], "asked once"


def test_who_cannot_be_judged_is_told_so_and_nothing_is_counted(
    live: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow, throttled, gone, or none of a user pool: not a wrong password; and no secret is in log or trace."""
    there = Pool(live)
    there.user(**MAIL)
    with_credentials(monkeypatch)
    with site() as elsewhere, serving(tmp_path, cognito_endpoint=elsewhere.url) as here:
        moved(there, here, "--take-over")
        mine, out = at(here, there), io.StringIO()

        configure("debug", out=out)
        listen(out)
        hash_fault = refusing("NotAuthorizedException", message="Unable to verify secret hash for client c")
        for does, code, outcome in (
            (slow, UNASKED, "refused TimedOut"),
            (refusing("TooManyRequestsException"), "TooManyRequestsException", "refused Throttled"),
            (refusing("InternalErrorException", 500), UNASKED, "refused InternalErrorException"),
            (hash_fault, UNASKED, "refused NotAuthorizedException"),
            (lambda asked: asked.says({"odd": 1}), UNASKED, "refused NoAnswerOfAUserPool"),
            (lambda asked: asked.says(b"<html>"), UNASKED, "refused"),
            (lambda asked: asked.says({"ChallengeName": "CUSTOM_CHALLENGE"}), UNASKED, "the password is right"),
        ):
            elsewhere.does = does
            monkeypatch.setattr(live_pool, "WITHIN", 0.5 if does is slow else PATIENCE)
            for name in ("ada", "nobody"):
                assert mine.refused(mine.sign_in, name)[0] == code
            trace = here.trace(mine.refused_id(mine.sign_in))
            step, *_ = [one for one in trace.steps if one.name.startswith("asked the live pool")]
            assert step.outcome.startswith(outcome)
            assert PASSWORD not in repr(trace)
        assert told(mine)["UserStatus"] == "CONFIRMED"
        elsewhere.does = refusing("NotAuthorizedException")
        assert mine.refused(mine.sign_in) == WRONG, "twenty-one tries before did not count"
        assert any(PASSWORD.encode() in body for body in elsewhere.bodies)
        assert found([PASSWORD], out) == []
        configure("error")
