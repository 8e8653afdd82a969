"""Authenticator apps are set up by access token or in the sign-in, and their codes count once."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.authenticator import SMS, code, set_up, with_factors, wrong_code
from tests.serving import Pool, Serving

MISMATCH = ("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
NOT_ALLOWED = ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
NO_APP = ("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
BAD_SESSION = ("NotAuthorizedException", "Invalid session for the user.")
NO_SESSION = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
USED_SESSION = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


@pytest.fixture
def pool(server: Serving) -> Iterator[Pool]:
    made = with_factors(Pool(server))
    made.user()
    with server.clock.still():
        yield made


def preferred(pool: Pool, token: str) -> None:
    pool.api.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )


def challenge(pool: Pool, name: str = "ada") -> dict[str, Any]:
    asked = pool.sign_in(name)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    return dict(asked)


def say(pool: Pool, asked: dict[str, Any], said: str, name: str = "ada") -> Any:
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": said},
    )


def test_a_secret_is_handed_out_and_proved_by_a_code(pool: Pool) -> None:
    token = pool.tokens()["AccessToken"]
    offered = pool.api.associate_software_token(AccessToken=token)
    assert re.fullmatch("[A-Z2-7]{32}", offered["SecretCode"])
    assert "Session" not in offered
    said = {"AccessToken": token, "FriendlyDeviceName": "my phone"}
    proved = pool.api.verify_software_token(UserCode=code(pool, offered["SecretCode"]), **said)
    assert proved["Status"] == "SUCCESS"
    again = {"AccessToken": token, "UserCode": code(pool, offered["SecretCode"], 1)}
    assert pool.refused(pool.api.verify_software_token, **again) == NO_APP


def test_a_new_secret_replaces_the_one_that_waits(pool: Pool) -> None:
    token = pool.tokens()["AccessToken"]
    first, second = (pool.api.associate_software_token(AccessToken=token)["SecretCode"] for _ in range(2))
    assert first != second
    assert pool.refused(pool.api.verify_software_token, AccessToken=token, UserCode=code(pool, first)) == MISMATCH
    pool.api.verify_software_token(AccessToken=token, UserCode=code(pool, second))


def test_the_app_that_there_is_counts_until_a_new_one_is_proved(pool: Pool) -> None:
    token = pool.tokens()["AccessToken"]
    old = set_up(pool, token)
    preferred(pool, token)
    new = pool.api.associate_software_token(AccessToken=token)["SecretCode"]
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, old))
    pool.api.verify_software_token(AccessToken=token, UserCode=code(pool, new))
    assert pool.refused(say, pool, challenge(pool), code(pool, old, 1))[0] == "CodeMismatchException"
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, new, 1))


@pytest.mark.parametrize(
    "said", ["１２３４５６", "12345a", "-12345", "٠١٢٣٤٥", "12345", "1234567", "12 456", "", "12345\n"]
)
def test_what_is_no_code_is_refused_by_form(pool: Pool, said: str) -> None:
    token = pool.tokens()["AccessToken"]
    pool.api.associate_software_token(AccessToken=token)
    body = {"AccessToken": token, "UserCode": said}
    status, _, answer = pool.server.raw(
        "AWSCognitoIdentityProviderService.VerifySoftwareToken", json.dumps(body).encode()
    )
    assert status == 400
    assert json.loads(answer)["__type"] in ("InvalidParameterException", "EnableSoftwareTokenMFAException")


def test_first_codes_cannot_be_tried_for_ever(pool: Pool) -> None:
    """AU-08."""
    token = pool.tokens()["AccessToken"]
    secret = pool.api.associate_software_token(AccessToken=token)["SecretCode"]
    wrong = {"AccessToken": token, "UserCode": wrong_code(pool, secret)}
    assert {pool.refused(pool.api.verify_software_token, **wrong) for _ in range(15)} == {MISMATCH}
    right = {"AccessToken": token, "UserCode": code(pool, secret)}
    assert pool.refused(pool.api.verify_software_token, **right) == (
        "TooManyRequestsException",
        "Attempt limit exceeded, please try after some time.",
    )


def test_a_pool_without_the_factor_hands_out_nothing(server: Serving) -> None:
    pool = Pool(server)
    pool.user()
    token = pool.tokens()["AccessToken"]
    assert pool.refused(pool.api.associate_software_token, AccessToken=token) == NOT_ALLOWED
    verify = {"AccessToken": token, "UserCode": "123456"}
    assert pool.refused(pool.api.verify_software_token, **verify) == NOT_ALLOWED
    with_factors(pool)
    assert pool.refused(pool.api.verify_software_token, **verify) == NO_APP


def test_exactly_one_proof_of_who_asks(pool: Pool) -> None:
    token = pool.tokens()["AccessToken"]
    for both in ({}, {"AccessToken": token, "Session": "s" * 40}):
        assert pool.refused(pool.api.associate_software_token, **both)[0] == "InvalidParameterException"
        verify = {**both, "UserCode": "123456"}
        assert pool.refused(pool.api.verify_software_token, **verify)[0] == "InvalidParameterException"
    assert pool.refused(pool.api.associate_software_token, Session="s" * 40) == NO_SESSION
    assert pool.refused(pool.api.associate_software_token, AccessToken="a.b.c")[0] == "NotAuthorizedException"


def test_a_code_signs_in_once(pool: Pool) -> None:
    """AU-08: neither the code that proved the app, nor one that signed in, nor one from before it counts again."""
    token = pool.tokens()["AccessToken"]
    secret = set_up(pool, token, steps=-1)
    preferred(pool, token)
    assert pool.refused(say, pool, challenge(pool), code(pool, secret, -1))[0] == "ExpiredCodeException"
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, secret, 1))
    for used in (1, 0, -1):
        assert pool.refused(say, pool, challenge(pool), code(pool, secret, used))[0] == "ExpiredCodeException"


def test_codes_are_judged_by_the_servers_clock(own_server: Serving) -> None:
    """AU-09."""
    own_server.clock.stop()
    pool = with_factors(Pool(own_server))
    pool.user()
    token = pool.tokens()["AccessToken"]
    secret = set_up(pool, token)
    preferred(pool, token)
    shown = code(pool, secret, 1)
    own_server.clock.forward(seconds=90)
    assert pool.refused(say, pool, challenge(pool), shown)[0] == "CodeMismatchException"
    assert pool.refused(say, pool, challenge(pool), code(pool, secret, 2))[0] == "CodeMismatchException"
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, secret, -1))
    own_server.clock.forward(seconds=30)
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, secret, 1))


def test_an_administrator_takes_a_lost_app_away(pool: Pool) -> None:
    token = pool.tokens()["AccessToken"]
    set_up(pool, token)
    preferred(pool, token)
    pool.api.admin_delete_software_token(UserPoolId=pool.id, Username="ada")
    shown = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert not {"UserMFASettingList", "PreferredMfaSetting"} & shown.keys()
    assert "AuthenticationResult" in pool.sign_in()
    set_up(pool, token)
    pool.api.admin_delete_software_token(UserPoolId=pool.id, Username="ada")
    pool.api.admin_delete_software_token(UserPoolId=pool.id, Username="ada")
    nobody = {"UserPoolId": pool.id, "Username": "nobody"}
    assert pool.refused(pool.api.admin_delete_software_token, **nobody)[0] == "UserNotFoundException"


# --- in the sign-in ---


def setting_up(pool: Pool) -> str:
    """The Session of a sign-in that waits for its user to set up a factor."""
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    return str(asked["Session"])


def finish(pool: Pool, session: str) -> Any:
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client, ChallengeName="MFA_SETUP", Session=session, ChallengeResponses={"USERNAME": "ada"}
    )


@pytest.fixture
def strict(server: Serving) -> Iterator[Pool]:
    made = with_factors(Pool(server), "ON")
    made.user()
    with server.clock.still():
        yield made


def test_who_must_have_a_factor_sets_it_up_in_the_sign_in(strict: Pool) -> None:
    pool = strict
    offered = pool.api.associate_software_token(Session=setting_up(pool))
    secret, session = offered["SecretCode"], offered["Session"]
    wrong = {"Session": session, "UserCode": wrong_code(pool, secret)}
    assert pool.refused(pool.api.verify_software_token, **wrong) == MISMATCH
    proved = pool.api.verify_software_token(Session=session, UserCode=code(pool, secret, -1))
    assert proved["Status"] == "SUCCESS"
    assert len({session, proved["Session"]}) == 2
    right = {"Session": session, "UserCode": code(pool, secret)}
    assert pool.refused(pool.api.verify_software_token, **right) == USED_SESSION
    assert "AuthenticationResult" in finish(pool, proved["Session"])
    assert "AuthenticationResult" in say(pool, challenge(pool), code(pool, secret, 0))


def test_a_sign_in_from_before_sets_up_no_second_app(strict: Pool) -> None:
    """Who knows the password only must not put an app of their own in the place of the one that was set up since."""
    pool = strict
    early, late = setting_up(pool), setting_up(pool)
    with_offer = pool.api.associate_software_token(Session=late)
    offered = pool.api.associate_software_token(Session=setting_up(pool))
    proved = pool.api.verify_software_token(Session=offered["Session"], UserCode=code(pool, offered["SecretCode"], -1))
    assert pool.refused(pool.api.associate_software_token, Session=early) == BAD_SESSION
    stale = {"Session": with_offer["Session"], "UserCode": code(pool, with_offer["SecretCode"])}
    assert pool.refused(pool.api.verify_software_token, **stale) == BAD_SESSION
    assert "AuthenticationResult" in finish(pool, proved["Session"])


def test_only_a_sign_in_that_waits_for_it(strict: Pool) -> None:
    pool = strict
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="new", TemporaryPassword="Temporary-9-horse", MessageAction="SUPPRESS"
    )
    asked = pool.sign_in("new", "Temporary-9-horse")
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert pool.refused(pool.api.associate_software_token, Session=asked["Session"]) == BAD_SESSION
    session = setting_up(pool)
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(pool.api.associate_software_token, Session=session) == BAD_SESSION


def test_what_the_pool_does_not_allow_gives_the_session_back(strict: Pool) -> None:
    pool = strict
    session = setting_up(pool)
    with_factors(pool, "ON", SmsMfaConfiguration={"SmsConfiguration": SMS})
    assert pool.refused(pool.api.associate_software_token, Session=session) == NOT_ALLOWED
    with_factors(pool, "ON")
    assert pool.api.associate_software_token(Session=session)["SecretCode"]
