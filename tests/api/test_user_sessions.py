"""Sessions that a pool tracks: listed, limited, ended one by one; by their user and by administrators."""

import base64
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

PUBLIC = re.compile(r"tkn[a-z0-9]{25}")
OFF = ("OperationNotEnabledException", "Session tracking is not enabled for the user pool.")
REVOKED = ("NotAuthorizedException", "Refresh Token has been revoked")


def track(pool: Pool, most: int = 20, tracking: str = "ENABLED") -> dict[str, Any]:
    return dict(
        pool.api.set_user_pool_session_configuration(
            UserPoolId=pool.id, UserSessionTracking=tracking, TokenSession={"MaxPerUser": most}
        )
    )


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    made.user()
    track(made)
    return made


@pytest.fixture
def moving(own_server: Serving) -> Pool:
    own_server.clock.stop()
    made = Pool(own_server)
    made.user()
    track(made, 3)
    return made


def own(pool: Pool, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    return list(pool.api.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"])


def of(pool: Pool, name: str = "ada") -> list[dict[str, Any]]:
    return list(pool.api.admin_list_user_sessions(UserPoolId=pool.id, Username=name)["Sessions"])


def ids(sessions: list[dict[str, Any]]) -> set[str]:
    return {one["SessionId"] for one in sessions}


def current(pool: Pool, tokens: dict[str, Any]) -> str:
    return str(next(one["SessionId"] for one in own(pool, tokens) if one["IsCurrentSession"]))


def refresh(pool: Pool, tokens: dict[str, Any]) -> Any:
    return pool.api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=tokens["RefreshToken"])


def alive(pool: Pool, tokens: dict[str, Any]) -> bool:
    """Whether all of its tokens work, and not none."""
    try:
        refresh(pool, tokens)
    except pool.api.exceptions.NotAuthorizedException as refusal:
        ended = (refusal.response["Error"]["Code"], refusal.response["Error"]["Message"])
    else:
        return bool(pool.api.get_user(AccessToken=tokens["AccessToken"]))
    assert ended == REVOKED
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    return False


def asked(pool: Pool, tokens: dict[str, Any], id: str) -> list[tuple[Callable[..., Any], dict[str, Any]]]:
    """The four operations on sessions, each with what it is asked."""
    user = {"UserPoolId": pool.id, "Username": "ada"}
    return [
        (pool.api.list_user_sessions, {"AccessToken": tokens["AccessToken"]}),
        (pool.api.revoke_user_session, {"AccessToken": tokens["AccessToken"], "SessionId": id}),
        (pool.api.admin_list_user_sessions, user),
        (pool.api.admin_revoke_user_session, user | {"SessionId": id}),
    ]


def test_a_pool_says_whether_sessions_are_tracked(server: Serving) -> None:
    pool = Pool(server)
    unset = pool.api.get_user_pool_session_configuration(UserPoolId=pool.id)
    unset.pop("ResponseMetadata")
    assert unset == {"UserPoolId": pool.id, "UserSessionTracking": "DISABLED", "TokenSession": {"MaxPerUser": 20}}
    for said in (track(pool, 7), pool.api.get_user_pool_session_configuration(UserPoolId=pool.id)):
        assert (said["UserSessionTracking"], said["TokenSession"]) == ("ENABLED", {"MaxPerUser": 7})
    pool.api.update_user_pool(UserPoolId=pool.id)
    told = pool.api.get_user_pool_session_configuration(UserPoolId=pool.id)
    assert told["TokenSession"] == {"MaxPerUser": 7}
    missing = {"UserPoolId": "us-east-1_nothere00"}
    assert pool.refused(pool.api.get_user_pool_session_configuration, **missing)[0] == "ResourceNotFoundException"
    for body in (b"0", b"101", b'"3"'):
        said = b'{"UserPoolId":"%s","UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":%s}}'
        assert signed(pool, "SetUserPoolSessionConfiguration", said % (pool.id.encode(), body)) == 400
    said = b'{"UserPoolId":"%s","UserSessionTracking":"SOMETIMES","TokenSession":{"MaxPerUser":3}}' % pool.id.encode()
    assert signed(pool, "SetUserPoolSessionConfiguration", said) == 400


def signed(pool: Pool, operation: str, body: bytes) -> int:
    """The status of a request that boto3 would not send."""
    credential = "AWS4-HMAC-SHA256 Credential=keydesk/20260101/us-east-1/cognito-idp/aws4_request"
    said = {"Authorization": f"{credential}, SignedHeaders=host, Signature=0"}
    return pool.server.raw(f"AWSCognitoIdentityProviderService.{operation}", body, **said)[0]


def test_the_lite_tier_tracks_nothing(server: Serving) -> None:
    pool = Pool(server, UserPoolTier="LITE")
    assert pool.refused(track, pool)[0] == "FeatureUnavailableInTierException"
    said = {"UserPoolId": pool.id, "ClientId": pool.client, "SSOSession": {"MaxValidityMinutes": 1}}
    refused = pool.refused(pool.api.set_user_pool_client_session_configuration, **said)
    assert refused[0] == "FeatureUnavailableInTierException"


def test_a_pool_that_tracks_keeps_the_tier_for_it(pool: Pool) -> None:
    """And what was said stays, whatever else is changed."""
    lite = {"UserPoolId": pool.id, "UserPoolTier": "LITE"}
    assert pool.refused(pool.api.update_user_pool, **lite)[0] == "FeatureUnavailableInTierException"
    pool.api.update_user_pool(UserPoolId=pool.id, UserPoolTier="PLUS")
    told = pool.api.get_user_pool_session_configuration(UserPoolId=pool.id)
    assert (told["UserSessionTracking"], told["TokenSession"]) == ("ENABLED", {"MaxPerUser": 20})
    track(pool, tracking="DISABLED")
    pool.api.update_user_pool(**lite)


def test_a_client_keeps_what_is_said_of_sessions_that_do_not_exist_yet(pool: Pool) -> None:
    where = {"UserPoolId": pool.id, "ClientId": pool.client}
    read = pool.api.get_user_pool_client_session_configuration
    assert read(**where)["SSOSession"] == {"MaxValidityMinutes": 60}
    said = {"SSOSession": {"MaxValidityMinutes": 129600}}
    made = pool.api.set_user_pool_client_session_configuration(**where, **said)
    assert {name: made[name] for name in (*where, *said)} == where | said
    track(pool, tracking="DISABLED")
    assert read(**where)["SSOSession"] == {"MaxValidityMinutes": 129600}
    assert pool.refused(pool.api.set_user_pool_client_session_configuration, **where, **said) == OFF
    other = Pool(pool.server)
    assert pool.refused(read, UserPoolId=other.id, ClientId=pool.client)[0] == "ResourceNotFoundException"


def test_without_tracking_nothing_is_told_or_kept(server: Serving) -> None:
    pool = Pool(server)
    pool.user()
    tokens = pool.tokens()
    for operation, said in asked(pool, tokens, "tkn" + "0" * 25):
        assert pool.refused(operation, **said) == OFF
    track(pool)
    [session] = own(pool, tokens)
    assert "LastIPAddress" not in session
    assert session["DeviceType"] == "unknown"
    assert session["LastActiveDate"] == session["CreateDate"]


def test_a_user_sees_their_sessions_of_every_client(pool: Pool) -> None:
    pool.user("eve")
    with pool.server.clock.still():
        pool.tokens("eve")
        first, mine = pool.tokens(), pool.client
        pool.client = pool.new_client()
        second = pool.tokens()
    told = {one["SessionId"]: one for one in own(pool, second)}
    assert len(told) == 2
    assert {one["ClientId"]: one["IsCurrentSession"] for one in told.values()} == {mine: False, pool.client: True}
    for id, one in told.items():
        assert PUBLIC.fullmatch(id)
        assert one["SessionType"] == "TOKEN"
        assert one["LastIPAddress"] == "127.0.0.1"
        assert one["DeviceType"] == "Linux, Boto3"
        assert one["LastActiveDate"] == one["CreateDate"]
        assert not {"LastLocation", "OriginSessionId"} & set(one)
    assert current(pool, first) != current(pool, second)
    by_admin = of(pool)
    assert ids(by_admin) == set(told)
    assert [one["IsCurrentSession"] for one in by_admin] == [False, False]
    assert len(of(pool, "eve")) == 1


@pytest.mark.parametrize("rotates", [False, True])
def test_a_refresh_is_the_last_activity(moving: Pool, rotates: bool) -> None:
    if rotates:
        flows = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
        moving.client = moving.new_client(RefreshTokenRotation={"Feature": "ENABLED"}, **flows)
    tokens = moving.tokens()
    begun = own(moving, tokens)[0]["CreateDate"]
    moving.server.clock.forward(seconds=90)
    refresh(moving, tokens)
    [session] = own(moving, tokens)
    assert session["CreateDate"] == begun
    assert (session["LastActiveDate"] - begun).total_seconds() == 90


def test_only_what_goes_on_is_listed(moving: Pool) -> None:
    kept = moving.client
    moving.client = moving.new_client(
        RefreshTokenValidity=60,
        AccessTokenValidity=5,
        IdTokenValidity=5,
        TokenValidityUnits={"RefreshToken": "minutes", "AccessToken": "minutes", "IdToken": "minutes"},
    )
    short = moving.tokens()
    revoked = moving.tokens()
    moving.api.revoke_token(Token=revoked["RefreshToken"], ClientId=moving.client)
    assert ids(of(moving)) == {current(moving, short)}
    moving.server.clock.forward(seconds=3600)
    moving.client = kept
    assert of(moving) == []
    tokens = moving.tokens()
    assert ids(of(moving)) == {current(moving, tokens)}
    moving.api.admin_user_global_sign_out(UserPoolId=moving.id, Username="ada")
    assert of(moving) == []


def test_a_session_goes_with_its_client(pool: Pool) -> None:
    """Nor does it take the room of one that lives."""
    track(pool, 2)
    kept, going = pool.tokens(), pool.new_client()
    lasting, pool.client = pool.client, going
    dead = pool.tokens()
    pool.client = lasting
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=going)
    assert ids(own(pool, kept)) == ids(of(pool)) == {current(pool, kept)}
    assert pool.refused(pool.api.get_user, AccessToken=dead["AccessToken"])[0] == "NotAuthorizedException"
    newest = pool.tokens()
    assert [alive(pool, one) for one in (kept, newest)] == [True, True]


def test_a_user_ends_another_session_of_theirs(pool: Pool) -> None:
    """TK-06: with all its tokens, and no other."""
    lost, kept, mine = pool.tokens(), pool.tokens(), pool.tokens()
    gone = current(pool, lost)
    pool.api.revoke_user_session(AccessToken=mine["AccessToken"], SessionId=gone)
    assert [alive(pool, one) for one in (lost, kept, mine)] == [False, True, True]
    assert gone not in ids(own(pool, mine))
    again = {"AccessToken": mine["AccessToken"], "SessionId": gone}
    assert pool.refused(pool.api.revoke_user_session, **again)[0] == "ResourceNotFoundException"
    own_id = {"AccessToken": mine["AccessToken"], "SessionId": current(pool, mine)}
    assert pool.refused(pool.api.revoke_user_session, **own_id)[0] == "InvalidParameterException"
    assert alive(pool, mine)


@pytest.mark.parametrize("linked", [{}, {"RevokeAssociatedSessions": "NONE"}, {"RevokeAssociatedSessions": "LINKED"}])
def test_an_administrator_ends_a_session_of_the_user_they_name(pool: Pool, linked: dict[str, str]) -> None:
    """LINKED asks for no more than NONE: no session here has come through a session of hosted pages."""
    pool.user("eve")
    first, second, hers = pool.tokens(), pool.tokens(), pool.tokens("eve")
    where = {"UserPoolId": pool.id, "Username": "ada", **linked}
    pool.api.admin_revoke_user_session(**where, SessionId=current(pool, first))
    assert [alive(pool, one) for one in (first, second, hers)] == [False, True, True]
    refused = pool.refused(pool.api.admin_revoke_user_session, **where, SessionId=current(pool, hers))
    assert refused[0] == "ResourceNotFoundException"
    asked = {"Token": second["RefreshToken"], "ClientId": pool.client, **linked}
    pool.api.revoke_token(**asked)
    assert [alive(pool, one) for one in (second, hers)] == [False, True]


def test_another_users_session_is_nobody_elses_to_end(pool: Pool) -> None:
    """TK-16."""
    pool.user("eve")
    hers, mine = pool.tokens("eve"), pool.tokens()
    theirs = {"AccessToken": mine["AccessToken"], "SessionId": current(pool, hers)}
    assert pool.refused(pool.api.revoke_user_session, **theirs)[0] == "ResourceNotFoundException"
    assert alive(pool, hers)


@pytest.mark.parametrize("id", ["sso" + "0" * 25, "tkn" + "z" * 25, "tkn" + "0" * 25])
def test_ids_that_lead_to_no_session(pool: Pool, id: str) -> None:
    tokens = pool.tokens()
    refused = pool.refused(pool.api.revoke_user_session, AccessToken=tokens["AccessToken"], SessionId=id)
    assert refused == ("ResourceNotFoundException", f"Session {id} does not exist.")


@pytest.mark.parametrize("id", ["tkn" + "A" * 25, "tkn" + "_" * 25, "abc" + "0" * 25])
def test_ids_that_are_none(pool: Pool, id: str) -> None:
    tokens = pool.tokens()
    refused = pool.refused(pool.api.revoke_user_session, AccessToken=tokens["AccessToken"], SessionId=id)
    assert refused[0] == "InvalidParameterException"


def test_one_who_is_not_there(pool: Pool) -> None:
    where = {"UserPoolId": pool.id, "Username": "nobody"}
    assert pool.refused(pool.api.admin_list_user_sessions, **where)[0] == "UserNotFoundException"
    ending = where | {"SessionId": "tkn" + "0" * 25}
    assert pool.refused(pool.api.admin_revoke_user_session, **ending)[0] == "UserNotFoundException"
    assert pool.refused(pool.api.list_user_sessions, AccessToken="x")[0] == "NotAuthorizedException"


def test_the_least_recently_used_gives_way(moving: Pool) -> None:
    tokens = []
    for _ in range(3):
        tokens.append(moving.tokens())
        moving.server.clock.forward(seconds=1)
    refresh(moving, tokens[0])
    moving.server.clock.forward(seconds=1)
    fourth = moving.tokens()
    assert [alive(moving, one) for one in (*tokens, fourth)] == [True, False, True, True]


def test_a_lower_limit_holds_from_the_next_sign_in_on(pool: Pool) -> None:
    before = [pool.tokens() for _ in range(4)]
    track(pool, 2)
    assert all([alive(pool, one) for one in before])
    last = pool.tokens()
    assert ids(of(pool)) >= {current(pool, last)}
    assert len(of(pool)) == 2
    track(pool, 1)
    only = pool.tokens()
    assert ids(of(pool)) == {current(pool, only)}
    track(pool, 1, "DISABLED")
    assert all([alive(pool, one) for one in (pool.tokens(), pool.tokens(), only)])


def test_the_limit_is_each_users_own(pool: Pool) -> None:
    track(pool, 1)
    pool.user("eve")
    hers, mine = pool.tokens("eve"), pool.tokens()
    assert alive(pool, hers)
    assert alive(pool, mine)


def test_sign_ins_at_once_keep_the_limit(pool: Pool) -> None:
    """TK-16."""
    track(pool, 2)
    barrier, made = threading.Barrier(6), []

    def sign_in(api: Any) -> None:
        said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
        barrier.wait()
        for _ in range(2):
            answer = api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
            made.append(answer["AuthenticationResult"])

    threads = [threading.Thread(target=sign_in, args=(pool.server.client(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 12
    assert len(of(pool)) == 2
    assert [alive(pool, one) for one in made].count(True) == 2


def test_a_long_list_comes_in_pages(server: Serving) -> None:
    """Tracking began when the user had more sessions than a list holds."""
    pool = Pool(server)
    pool.user()
    tokens = [pool.tokens() for _ in range(127)]
    track(pool)
    first = pool.api.list_user_sessions(AccessToken=tokens[0]["AccessToken"])
    rest = pool.api.list_user_sessions(AccessToken=tokens[0]["AccessToken"], NextToken=first["NextToken"])
    assert (len(first["Sessions"]), len(rest["Sessions"])) == (125, 2)
    assert "NextToken" not in rest
    assert len(ids(first["Sessions"]) | ids(rest["Sessions"])) == 127
    assert [one["IsCurrentSession"] for one in (*first["Sessions"], *rest["Sessions"])].count(True) == 1
    pool.user("eve")
    asked = {"UserPoolId": pool.id, "Username": "eve", "NextToken": first["NextToken"]}
    assert pool.refused(pool.api.admin_list_user_sessions, **asked)[0] == "InvalidParameterException"


def test_sessions_outlive_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user()
        track(pool, 2)
        before = pool.tokens()
        told = own(pool, before)
    with serving(tmp_path) as server:
        pool.server, pool.api = server, server.client()
        assert own(pool, before) == told
        after = pool.tokens()
        assert len(own(pool, after)) == 2
        last = pool.tokens()
        assert [alive(pool, one) for one in (before, after, last)] == [False, True, True]


def test_a_claim_of_the_caller_is_kept_short(pool: Pool) -> None:
    """RQ-15: the user agent is the caller's own text."""
    agent = "A" * 60 + "/" + "x" * 5000
    body = b'{"ClientId":"%s","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ada","PASSWORD":"%s"}}'
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    status, _, _ = pool.server.raw(target, body % (pool.client.encode(), PASSWORD.encode()), **{"User-Agent": agent})
    assert status == 200
    assert [one["DeviceType"] for one in of(pool)] == ["A" * 60]


def test_the_id_in_a_token_and_the_one_in_a_list_are_the_same_number(pool: Pool) -> None:
    tokens = pool.tokens()
    payload = tokens["AccessToken"].split(".")[1]
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    event_id = re.search(r'"event_id":"([0-9a-f-]+)"', said)
    assert event_id
    assert int(current(pool, tokens)[3:], 36) == int(event_id[1].replace("-", ""), 16)
