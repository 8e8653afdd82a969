"""Passwords: changed by who knows the old one, set by administrators, and recovered by a code to something proved."""

from itertools import pairwise
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving

from keydesk.domain import secret_hash

HOUR = 3600
NEW, NEWER = "Battery-staple-7", "Donkey-engine-5"
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")
DISABLED = ("NotAuthorizedException", "User is disabled.")
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
USED = ("PasswordHistoryPolicyViolationException", "Password has previously been used")
SHORT = ("InvalidPasswordException", "Password did not conform with policy: Password not long enough")
UNPROVED = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
HIDING = {"PreventUserExistenceErrors": "ENABLED"}
HISTORY = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}


def address(pool: Pool, name: str = "ada") -> str:
    """One that no other test writes to."""
    return f"{name}.{pool.id.split('_')[1].lower()}@example.com"


def number(pool: Pool) -> str:
    return "+1555" + "".join(str(ord(letter) % 10) for letter in pool.id.split("_")[1])


def peopled(server: Serving, **settings: Any) -> Pool:
    """A pool with a user whose address is proved."""
    pool = Pool(server, **settings)
    pool.user("ada", email=address(pool), email_verified="true")
    return pool


def change(pool: Pool, old: str = PASSWORD, new: str = NEW, token: str = "") -> None:
    pool.api.change_password(
        AccessToken=token or pool.tokens(password=PASSWORD)["AccessToken"], PreviousPassword=old, ProposedPassword=new
    )


def put(pool: Pool, password: str = NEW, name: str = "ada", **more: Any) -> None:
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username=name, Password=password, **more)


def forgot(pool: Pool, name: str = "ada", **more: Any) -> dict[str, str]:
    return dict(pool.api.forgot_password(ClientId=pool.client, Username=name, **more)["CodeDeliveryDetails"])


def recover(pool: Pool, code: str, password: str = NEW, name: str = "ada", **more: Any) -> None:
    pool.api.confirm_forgot_password(
        ClientId=pool.client, Username=name, ConfirmationCode=code, Password=password, **more
    )


def reset(pool: Pool, name: str = "ada") -> None:
    pool.api.admin_reset_user_password(UserPoolId=pool.id, Username=name)


def status(pool: Pool, name: str = "ada") -> str:
    return str(pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"])


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# --- changed ---


def test_whoever_knows_the_old_password_sets_a_new_one(server: Serving) -> None:
    pool = peopled(server)
    token = pool.tokens()["AccessToken"]
    assert pool.refused(change, pool, "Wrong-horse-9", token=token) == WRONG
    assert pool.refused(change, pool, new="short", token=token) == SHORT
    change(pool, token=token)
    assert pool.refused(pool.sign_in) == WRONG
    assert pool.tokens(password=NEW)


def test_au04_wrong_old_passwords_lock_as_any_do(own_server: Serving) -> None:
    """AU-04: the count is the user's, whoever guesses by whatever operation."""
    own_server.clock.stop()
    pool = peopled(own_server)
    token = pool.tokens()["AccessToken"]
    for _ in range(3):
        assert pool.refused(change, pool, "Wrong-horse-9", token=token) == WRONG
    for _ in range(2):
        assert pool.refused(pool.sign_in, password="Wrong-horse-9") == WRONG
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    assert pool.refused(change, pool, token=token) == locked
    assert pool.refused(pool.sign_in) == locked
    own_server.clock.forward(seconds=2)
    change(pool, token=token)


def test_co02_five_changes_in_an_hour(own_server: Serving) -> None:
    """CO-02."""
    pool = peopled(own_server)
    token = pool.tokens()["AccessToken"]
    passwords = [f"Correct-horse-{number}" for number in range(7)]
    put(pool, passwords[0], Permanent=True)
    for old, new in pairwise(passwords[:6]):
        change(pool, old, new, token)
    assert pool.refused(change, pool, passwords[5], passwords[6], token) == LIMIT
    own_server.clock.forward(seconds=HOUR)
    change(pool, passwords[5], passwords[6], pool.tokens(password=passwords[5])["AccessToken"])


def test_a_disabled_users_token_changes_nothing(server: Serving) -> None:
    pool = peopled(server)
    token = pool.tokens()["AccessToken"]
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(change, pool, token=token)[0] == "NotAuthorizedException"
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    assert pool.tokens()


@pytest.mark.parametrize("flows", [["ALLOW_USER_PASSWORD_AUTH"], ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]])
def test_au11_the_last_passwords_are_not_used_again(server: Serving, flows: list[str]) -> None:
    """AU-11: as many as the policy says, the present one among them; whoever sets it and however it is kept."""
    pool = peopled(server, Policies=HISTORY, client={"ExplicitAuthFlows": [*flows, "ALLOW_REFRESH_TOKEN_AUTH"]})
    token = pool.tokens()["AccessToken"]
    assert pool.refused(change, pool, PASSWORD, PASSWORD, token) == USED
    change(pool, PASSWORD, NEW, token)
    assert pool.refused(change, pool, NEW, PASSWORD, token) == USED
    assert pool.refused(put, pool, PASSWORD, Permanent=True) == USED
    forgot(pool)
    code = server.code(address(pool))
    assert pool.refused(recover, pool, code, NEW) == USED
    recover(pool, code, NEWER)
    put(pool, PASSWORD, Permanent=True)
    assert pool.tokens()


# --- set by administrators ---


def test_a_lasting_password_confirms_and_any_other_must_be_changed(server: Serving) -> None:
    pool = Pool(server)
    pool.sign_up()
    put(pool, NEW, Permanent=True)
    assert status(pool) == "CONFIRMED"
    assert pool.tokens(password=NEW)
    put(pool, NEWER)
    assert status(pool) == "FORCE_CHANGE_PASSWORD"
    assert pool.refused(pool.sign_in, password=NEW) == WRONG
    assert pool.sign_in(password=NEWER)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert pool.refused(put, pool, "short") == (
        "InvalidPasswordException",
        "Password did not conform with password policy: Password not long enough",
    )
    assert pool.refused(put, pool, NEW, "nobody") == NOBODY


def test_au13_a_set_temporary_password_dies_in_time_and_a_lasting_one_does_not(own_server: Serving) -> None:
    """AU-13."""
    pool = Pool(own_server)
    for name, permanent in (("ada", False), ("bob", True)):
        pool.user(name)
        put(pool, NEW, name, Permanent=permanent)
    own_server.clock.forward(seconds=7 * 24 * HOUR)
    assert pool.refused(pool.sign_in, password=NEW) == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )
    assert pool.tokens("bob", NEW)


# --- forgotten ---


def test_a_code_to_the_proved_address_sets_a_new_password_once(server: Serving) -> None:
    pool = peopled(server)
    assert forgot(pool) == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = server.code(address(pool))
    assert pool.tokens()  # until the code is said the old one lasts
    assert pool.refused(recover, pool, other_than(code)) == MISMATCH
    assert pool.refused(recover, pool, code, "short") == SHORT
    recover(pool, code)
    assert pool.refused(pool.sign_in) == WRONG
    assert pool.tokens(password=NEW)
    assert pool.refused(recover, pool, code, NEWER) == EXPIRED


def test_co05_the_newest_recovery_code_only(server: Serving) -> None:
    """CO-05: and none of another purpose."""
    pool = peopled(server)
    forgot(pool)
    older = server.code(address(pool))
    forgot(pool)
    newer = server.code(address(pool))
    if older != newer:
        assert pool.refused(recover, pool, older) == MISMATCH
    token = pool.tokens()["AccessToken"]
    verify = pool.api.verify_user_attribute
    assert pool.refused(verify, AccessToken=token, AttributeName="email", Code=newer) == EXPIRED
    recover(pool, newer)


def test_co05_a_recovery_code_replaces_no_later_password(server: Serving) -> None:
    """CO-05: whoever saw it in a mailbox cannot take the account back after its owner has changed the password."""
    pool = peopled(server)
    token = pool.tokens()["AccessToken"]
    forgot(pool)
    pool.api.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW)
    assert pool.refused(recover, pool, server.code(address(pool)), NEWER) == EXPIRED
    forgot(pool)
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password=PASSWORD, Permanent=True)
    assert pool.refused(recover, pool, server.code(address(pool)), NEWER) == EXPIRED
    assert pool.tokens()


def test_co06_an_unproved_or_changed_address_recovers_nothing(server: Serving) -> None:
    """CO-06: neither does a code that went to the address of before."""
    pool = peopled(server)
    forgot(pool)
    code = server.code(address(pool))
    token = pool.tokens()["AccessToken"]
    said = [{"Name": "email", "Value": address(pool, "new")}]
    pool.api.update_user_attributes(AccessToken=token, UserAttributes=said)
    assert pool.refused(recover, pool, code) == EXPIRED
    assert pool.refused(forgot, pool) == UNPROVED
    assert server.outbox(address(pool, "new")) == []
    assert pool.refused(reset, pool) == UNPROVED


@pytest.mark.parametrize(
    ("ways", "reached"),
    [
        ([("verified_phone_number", 2), ("verified_email", 1)], "email"),
        ([("verified_phone_number", 1), ("verified_email", 2)], "phone_number"),
        ([("verified_phone_number", 1)], "phone_number"),
    ],
)
def test_the_pool_says_what_is_asked_first(server: Serving, ways: list[tuple[str, int]], reached: str) -> None:
    mechanisms = [{"Name": name, "Priority": priority} for name, priority in ways]
    pool = Pool(server, AccountRecoverySetting={"RecoveryMechanisms": mechanisms})
    proved = {"email_verified": "true", "phone_number_verified": "true"}
    pool.user("ada", email=address(pool), phone_number=number(pool), **proved)
    assert forgot(pool)["AttributeName"] == reached
    recover(pool, server.code({"email": address, "phone_number": number}[reached](pool)))


def test_a_pool_may_leave_it_to_administrators(server: Serving) -> None:
    setting = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    pool = peopled(server, AccountRecoverySetting=setting)
    assert pool.refused(forgot, pool) == ("NotAuthorizedException", "Contact administrator to reset password.")
    reset(pool)
    recover(pool, server.code(address(pool)))


@pytest.mark.parametrize("late", [-0.001, 0])
def test_co04_a_recovery_code_lives_an_hour(own_server: Serving, late: float) -> None:
    """CO-04."""
    own_server.clock.stop()
    pool = peopled(own_server)
    forgot(pool)
    own_server.clock.forward(seconds=HOUR + late)
    code = own_server.code(address(pool))
    if late == 0:
        assert pool.refused(recover, pool, code) == EXPIRED
        assert pool.tokens()
    else:
        recover(pool, code)


def test_co01_co02_co03_tries_and_codes_are_counted(own_server: Serving) -> None:
    """CO-01, CO-02, CO-03: ten tries and five codes; a new code brings no more tries."""
    pool = peopled(own_server)
    forgot(pool)
    for _ in range(10):
        assert pool.refused(recover, pool, other_than(own_server.code(address(pool)))) == MISMATCH
    assert pool.refused(recover, pool, own_server.code(address(pool))) == LIMIT
    for _ in range(4):
        forgot(pool)
    assert pool.refused(recover, pool, own_server.code(address(pool))) == LIMIT
    assert pool.refused(forgot, pool) == LIMIT
    own_server.clock.forward(seconds=HOUR)
    forgot(pool)
    recover(pool, own_server.code(address(pool)))


def test_whoever_is_disabled_or_was_never_signed_in_recovers_nothing(server: Serving) -> None:
    pool = peopled(server)
    forgot(pool)
    code = server.code(address(pool))
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(forgot, pool) == pool.refused(recover, pool, code) == pool.refused(reset, pool) == DISABLED
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    put(pool)
    forced = ("NotAuthorizedException", "User password cannot be reset in the current state.")
    assert pool.refused(forgot, pool) == pool.refused(recover, pool, code) == pool.refused(reset, pool) == forced


def test_a_new_password_ends_the_lock(own_server: Serving) -> None:
    """AU-07: guessing does not keep the owner out."""
    own_server.clock.stop()
    pool = peopled(own_server)
    for _ in range(5):
        assert pool.refused(pool.sign_in, password="Wrong-horse-9") == WRONG
    forgot(pool)
    recover(pool, own_server.code(address(pool)))
    assert pool.tokens(password=NEW)


def test_a_client_with_a_secret_must_know_it_here_too(server: Serving) -> None:
    pool = peopled(server)
    pool.client = pool.new_client(GenerateSecret=True)
    told = ("NotAuthorizedException", f"Client {pool.client} is configured for secret but secret was not received")
    assert pool.refused(forgot, pool) == pool.refused(recover, pool, "123456") == told
    described = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    right = secret_hash.of(described["ClientSecret"], "ada", pool.client)
    forgot(pool, SecretHash=right)
    recover(pool, server.code(address(pool)), SecretHash=right)


# --- reset by administrators ---


def test_after_a_reset_only_the_code_leads_in(server: Serving) -> None:
    pool = peopled(server)
    reset(pool)
    assert status(pool) == "RESET_REQUIRED"
    required = ("PasswordResetRequiredException", "Password reset required for the user")
    assert pool.refused(pool.sign_in) == required
    assert pool.refused(pool.sign_in, password="Wrong-horse-9") == WRONG
    recover(pool, server.code(address(pool)))
    assert status(pool) == "CONFIRMED"
    assert pool.tokens(password=NEW)


# --- who may learn of whom ---


def test_en05_a_client_that_says_nothing_is_told(server: Serving) -> None:
    """EN-05."""
    pool = Pool(server)
    pool.user("unproved", email=address(pool))
    assert pool.refused(forgot, pool, "nobody") == pool.refused(recover, pool, "123456", name="nobody") == UNKNOWN
    assert pool.refused(forgot, pool, "unproved") == UNPROVED
    assert pool.refused(recover, pool, "123456", name="unproved") == EXPIRED


def test_en01_a_client_that_hides_is_told_the_same_of_all(own_server: Serving) -> None:
    """EN-01: missing, unproved, disabled, forced; even the limits come with the same try."""
    pool = peopled(own_server, client=HIDING)
    pool.user("unproved", email=address(pool, "unproved"))
    pool.user("disabled", email=address(pool, "disabled"), email_verified="true")
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="disabled")
    pool.user("forced", email=address(pool, "forced"), email_verified="true")
    put(pool, NEW, "forced")
    for name in ("ada", "nobody", "unproved", "disabled", "forced"):
        told = [forgot(pool, name) for _ in range(5)]
        assert all(one == told[0] for one in told)
        assert (told[0]["DeliveryMedium"], told[0]["AttributeName"]) == ("EMAIL", "email")
        assert len(told[0].pop("Destination")) == len("a***@e***")
        assert pool.refused(forgot, pool, name) == LIMIT
        wrong = other_than(own_server.code(address(pool)))
        assert [pool.refused(recover, pool, wrong, name=name) for _ in range(11)] == [MISMATCH] * 10 + [LIMIT], name
    assert all(own_server.outbox(address(pool, name)) == [] for name in ("unproved", "disabled", "forced"))
    assert len(own_server.outbox(address(pool))) == 5
