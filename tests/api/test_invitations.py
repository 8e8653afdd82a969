"""Invitations: temporary passwords, where they are sent, and how they are renewed."""

from typing import Any

import pytest
from tests.api.test_users import NOBODY, address, create, got, mapped, number
from tests.serving import PASSWORD, Pool, Serving

DAY = 86_400
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def test_a_new_user_must_change_the_password_that_they_are_sent(server: Serving) -> None:
    pool = Pool(server)
    made = create(pool, attributes={"email": address(pool), "name": "Ada"})
    assert (made["Username"], made["UserStatus"], made["Enabled"]) == ("ada", "FORCE_CHANGE_PASSWORD", True)
    assert made["UserCreateDate"] == made["UserLastModifiedDate"]
    told = mapped(made["Attributes"])
    assert len(told.pop("sub")) == 36
    assert told == {"email": address(pool), "name": "Ada"}
    user = got(pool)
    assert user["UserAttributes"] == made["Attributes"]
    assert (user["UserStatus"], user["Enabled"]) == ("FORCE_CHANGE_PASSWORD", True)
    (invitation,) = server.outbox(address(pool))
    assert "ada" in invitation["body"]
    assert pool.sign_in(password=invitation["code"])["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert pool.refused(pool.sign_in) == WRONG


def test_au13_every_temporary_password_is_another(server: Serving) -> None:
    """AU-13: random, and within the pool's policy."""
    pool = Pool(server, Policies={"PasswordPolicy": {"MinimumLength": 20, "RequireSymbols": True}})
    for name in ("ada", "bob"):
        create(pool, name, {"email": address(pool, name)})
    ada, bob = (server.code(address(pool, name)) for name in ("ada", "bob"))
    assert ada != bob
    assert min(len(ada), len(bob)) >= 20


@pytest.mark.parametrize(
    ("mediums", "reached"),
    [
        ({}, ["SMS"]),
        ({"DesiredDeliveryMediums": ["EMAIL"]}, ["EMAIL"]),
        ({"DesiredDeliveryMediums": ["SMS", "EMAIL"]}, ["EMAIL", "SMS"]),
        ({"MessageAction": "SUPPRESS"}, []),
    ],
)
def test_an_invitation_goes_where_it_was_asked_to(server: Serving, mediums: dict[str, Any], reached: list[str]) -> None:
    pool = Pool(server)
    create(pool, attributes={"email": address(pool), "phone_number": number(pool)}, **mediums)
    sent = server.outbox(address(pool)) + server.outbox(number(pool))
    assert [message["medium"] for message in sent] == reached


@pytest.mark.parametrize(
    ("medium", "has", "sentence"),
    [
        ("EMAIL", "phone_number", "No email provided but desired delivery medium was Email"),
        ("SMS", "email", "No phone number provided but desired delivery medium was SMS"),
    ],
)
def test_a_medium_that_does_not_reach_the_user_is_refused(
    server: Serving, medium: str, has: str, sentence: str
) -> None:
    pool = Pool(server)
    told = {has: {"email": address, "phone_number": number}[has](pool)}
    refusal = ("InvalidParameterException", sentence)
    for mediums in ([medium], ["SMS", "EMAIL"]):
        assert pool.refused(create, pool, attributes=told, DesiredDeliveryMediums=mediums) == refusal
    assert pool.refused(got, pool) == NOBODY
    create(pool, attributes=told, DesiredDeliveryMediums=[medium], MessageAction="SUPPRESS")
    assert pool.refused(create, pool, DesiredDeliveryMediums=[medium], MessageAction="RESEND") == refusal
    create(pool, MessageAction="RESEND")
    assert server.outbox(told[has])


def test_an_invitation_has_the_pools_words_and_calls_people_by_what_they_sign_in_with(server: Serving) -> None:
    words = {"EmailSubject": "Come {username}", "EmailMessage": "<b>{username}</b> {####}"}
    pool = Pool(server, UsernameAttributes=["email"], AdminCreateUserConfig={"InviteMessageTemplate": words})
    create(pool, address(pool), TemporaryPassword="Aa1-temporary<")
    (message,) = server.outbox(address(pool))
    assert message["subject"] == f"Come {address(pool)}"
    assert message["body"] == f"<b>{address(pool)}</b> Aa1-temporary&lt;"
    assert message["code"] == "Aa1-temporary<"


def test_a_temporary_password_keeps_to_the_policy(server: Serving) -> None:
    pool = Pool(server)
    assert pool.refused(create, pool, TemporaryPassword="plainly") == (
        "InvalidPasswordException",
        "Password did not conform with password policy: Password not long enough",
    )
    assert pool.refused(got, pool) == NOBODY
    create(pool, TemporaryPassword="Temporary-1")
    assert pool.sign_in(password="Temporary-1")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({}, 7),
        ({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 2}}}, 2),
        ({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}, 3),
    ],
)
def test_au13_a_temporary_password_dies_and_an_invitation_renews_it(
    own_server: Serving, settings: dict[str, Any], days: int
) -> None:
    """AU-13, AU-11."""
    own_server.clock.stop()
    pool = Pool(own_server, **settings)
    create(pool, attributes={"email": address(pool)}, TemporaryPassword=PASSWORD)
    own_server.clock.forward(seconds=days * DAY)
    assert pool.sign_in()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    own_server.clock.forward(seconds=0.001)
    assert pool.refused(pool.sign_in) == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )
    create(pool, MessageAction="RESEND")
    renewed = own_server.code(address(pool))
    assert renewed != PASSWORD
    assert pool.refused(pool.sign_in)[0] == "NotAuthorizedException"
    assert pool.sign_in(password=renewed)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_only_who_was_invited_is_invited_again(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    assert pool.refused(create, pool, MessageAction="RESEND") == (
        "UnsupportedUserStateException",
        "Resend not possible. ada status is not FORCE_CHANGE_PASSWORD",
    )
    assert pool.refused(create, pool, "nobody", MessageAction="RESEND") == NOBODY


def test_a_renewed_invitation_keeps_the_password_history(server: Serving) -> None:
    """AU-11: a password of before stays used, however often a temporary one came between."""
    pool = Pool(server, Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 4}})
    pool.user("ada", email=address(pool))
    put = pool.api.admin_set_user_password
    put(UserPoolId=pool.id, Username="ada", Password="Temporary-1", Permanent=False)
    create(pool, MessageAction="RESEND")
    used = ("PasswordHistoryPolicyViolationException", "Password has previously been used")
    assert pool.refused(put, UserPoolId=pool.id, Username="ada", Password=PASSWORD, Permanent=True) == used
    assert pool.refused(create, pool, MessageAction="RESEND", TemporaryPassword=PASSWORD) == used
