"""ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp: codes, their time and tries, and who may learn of whom."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select
from tests.serving import Pool, Serving

from keydesk.domain import secret_hash
from keydesk.store.tables import codes

HOUR = 3600
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NOBODY = ("UserNotFoundException", "User does not exist.")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")
HIDING = {"PreventUserExistenceErrors": "ENABLED"}


def signed_up(server: Serving, name: str = "ada", **settings: Any) -> tuple[Pool, str]:
    """A pool, and the address of somebody who waits to be confirmed in it."""
    pool = Pool(server, AutoVerifiedAttributes=["email"], **settings)
    address = f"{name}.{pool.id.split('_')[1].lower()}@example.com"
    pool.sign_up(name, attributes={"email": address})
    return pool, address


def confirm(pool: Pool, code: str, name: str = "ada", **more: Any) -> Any:
    return pool.api.confirm_sign_up(ClientId=pool.client, Username=name, ConfirmationCode=code, **more)


def refused(pool: Pool, code: str, name: str = "ada", **more: Any) -> tuple[str, str]:
    return pool.refused(confirm, pool, code, name, **more)


def resend(pool: Pool, name: str = "ada", **more: Any) -> dict[str, str]:
    answer = pool.api.resend_confirmation_code(ClientId=pool.client, Username=name, **more)
    return dict(answer["CodeDeliveryDetails"])


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def user(pool: Pool, name: str = "ada") -> tuple[str, dict[str, str]]:
    found = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    return found["UserStatus"], {each["Name"]: each["Value"] for each in found["UserAttributes"]}


# --- codes ---


def test_a_right_code_confirms_and_proves_the_address(server: Serving) -> None:
    pool, address = signed_up(server)
    confirm(pool, server.code(address))
    status, attributes = user(pool)
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "true")
    assert pool.tokens()


def test_co05_a_code_is_good_once_and_only_the_newest(server: Serving) -> None:
    """CO-05."""
    pool, address = signed_up(server)
    older = server.code(address)
    assert resend(pool) == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    newer = server.code(address)
    assert len(server.outbox(address)) == 2
    if older != newer:
        assert refused(pool, older) == MISMATCH
    assert refused(pool, other_than(newer)) == MISMATCH
    confirm(pool, newer)
    assert refused(pool, newer) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


def test_co05_a_code_is_of_six_digits_and_another_users_is_wrong(server: Serving) -> None:
    """CO-05: and the database does not hold it."""
    pool, address = signed_up(server)
    pool.sign_up("bob", attributes={"email": f"bob.{address}"})
    mine, other = server.code(address), server.code(f"bob.{address}")
    assert len(mine) == 6
    assert mine.isdigit()
    if mine != other:
        assert refused(pool, other) == MISMATCH
    sub = user(pool)[1]["sub"]
    rows = server.run(server.house.desk.store.read(lambda db: db.execute(select(codes)).all()))
    (kept,) = [row for row in rows if row.sub == sub]
    assert mine.encode() not in kept.digest
    assert len(kept.digest) >= 16
    confirm(pool, mine)


def test_co05_a_code_proves_the_address_it_was_sent_to_and_no_other(server: Serving) -> None:
    """CO-05, CO-06: an administrator gives another address meanwhile; the account is confirmed, the address is not."""
    pool, address = signed_up(server)
    code = server.code(address)
    pool.api.admin_update_user_attributes(
        UserPoolId=pool.id, Username="ada", UserAttributes=[{"Name": "email", "Value": "else@example.com"}]
    )
    confirm(pool, code)
    status, attributes = user(pool)
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "false")


@pytest.mark.parametrize("late", [-0.001, 0])
def test_co04_a_code_lives_a_day(own_server: Serving, late: float) -> None:
    """CO-04."""
    own_server.clock.stop()
    pool, address = signed_up(own_server)
    code = own_server.code(address)
    own_server.clock.forward(seconds=24 * HOUR + late)
    if late == 0:
        assert refused(pool, code) == EXPIRED
        resend(pool)
        code = own_server.code(address)
    confirm(pool, code)


# --- tries ---


def test_co01_co03_fifteen_tries_in_an_hour_and_a_new_code_brings_no_more(own_server: Serving) -> None:
    """CO-01, CO-03."""
    pool, address = signed_up(own_server)
    code = own_server.code(address)
    for _ in range(15):
        assert refused(pool, other_than(code)) == MISMATCH
    assert refused(pool, code) == LIMIT
    resend(pool)
    assert refused(pool, own_server.code(address)) == LIMIT
    own_server.clock.forward(seconds=HOUR)
    confirm(pool, own_server.code(address))


def test_co03_many_guesses_at_once_get_no_more_tries(server: Serving) -> None:
    """CO-03."""
    pool, address = signed_up(server)
    wrong = other_than(server.code(address))
    with ThreadPoolExecutor(6) as crowd:
        told = list(crowd.map(lambda _: refused(pool, wrong), range(24)))
    assert (told.count(MISMATCH), told.count(LIMIT)) == (15, 9)


def test_co02_five_codes_in_an_hour(own_server: Serving) -> None:
    """CO-02."""
    pool, address = signed_up(own_server)
    for _ in range(5):
        resend(pool)
    assert pool.refused(resend, pool) == LIMIT
    assert len(own_server.outbox(address)) == 6
    confirm(pool, own_server.code(address))


# --- who cannot ---


def test_whoever_is_confirmed_or_disabled_needs_no_code(server: Serving) -> None:
    pool, address = signed_up(server)
    code = server.code(address)
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert refused(pool, code) == ("NotAuthorizedException", "User is disabled.")
    assert pool.refused(resend, pool) == ("NotAuthorizedException", "User is disabled.")
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    confirm(pool, code)
    assert pool.refused(resend, pool) == ("InvalidParameterException", "User is already confirmed.")


def test_where_nothing_is_verified_no_code_can_be_sent(server: Serving) -> None:
    pool = Pool(server)
    pool.sign_up(attributes={"email": "nothing@example.com"})
    assert pool.refused(resend, pool) == (
        "InvalidParameterException",
        "Cannot resend codes. Auto verification not turned on.",
    )
    assert refused(pool, "123456") == EXPIRED


def test_a_client_with_a_secret_must_know_it_here_too(server: Serving) -> None:
    pool, address = signed_up(server)
    pool.client = pool.new_client(GenerateSecret=True)
    told = ("NotAuthorizedException", f"Client {pool.client} is configured for secret but secret was not received")
    assert refused(pool, server.code(address)) == told
    assert pool.refused(resend, pool) == told
    secret = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    right = secret_hash.of(secret["ClientSecret"], "ada", pool.client)
    resend(pool, SecretHash=right)
    confirm(pool, server.code(address), SecretHash=right)


def test_an_administrators_word_confirms_and_proves_nothing(server: Serving) -> None:
    pool, _ = signed_up(server)
    by_word = pool.api.admin_confirm_sign_up
    by_word(UserPoolId=pool.id, Username="ada")
    status, attributes = user(pool)
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "false")
    assert pool.refused(by_word, UserPoolId=pool.id, Username="ada") == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    assert pool.refused(by_word, UserPoolId=pool.id, Username="nobody") == NOBODY


# --- aliases ---


def test_en04_a_taken_alias_is_settled_where_it_is_proved(server: Serving) -> None:
    """EN-04: refused, unless the caller takes it over; then the former owner's address is unproved."""
    pool = Pool(server, AutoVerifiedAttributes=["email"], AliasAttributes=["email"])
    address = f"alias.{pool.id.split('_')[1].lower()}@example.com"
    pool.user("first", email=address, email_verified="true")
    pool.sign_up("second", attributes={"email": address})
    code = server.code(address)
    taken = ("AliasExistsException", "An account with the email already exists.")
    assert refused(pool, code, "second") == taken
    assert refused(pool, code, "second", ForceAliasCreation=False) == taken
    assert user(pool, "second")[0] == "UNCONFIRMED"
    assert user(pool, address)[1]["sub"] == user(pool, "first")[1]["sub"]
    confirm(pool, code, "second", ForceAliasCreation=True)
    assert user(pool, address)[1]["sub"] == user(pool, "second")[1]["sub"]
    assert user(pool, "first")[1]["email_verified"] == "false"
    assert pool.tokens(address)


def test_of_two_who_prove_one_alias_at_once_one_has_it(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"], AliasAttributes=["email"])
    address = f"rival.{pool.id.split('_')[1].lower()}@example.com"
    said = {}
    for name in ("ada", "bob"):
        pool.sign_up(name, attributes={"email": address})
        said[name] = server.code(address)

    def outcome(name: str) -> str:
        try:
            confirm(pool, said[name], name)
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "confirmed"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(outcome, said)) == ["AliasExistsException", "confirmed"]


# --- who may learn of whom ---


def test_en05_a_client_that_says_nothing_is_told(server: Serving) -> None:
    """EN-05."""
    pool, _ = signed_up(server)
    assert refused(pool, "123456", "nobody") == UNKNOWN
    assert pool.refused(resend, pool, "nobody") == UNKNOWN


def test_en01_a_client_that_hides_is_told_the_same_of_all(own_server: Serving) -> None:
    """EN-01, EN-03: missing, confirmed, disabled, without a code; even the limit comes with the same try."""
    pool, address = signed_up(own_server, client=HIDING)
    wrong = other_than(own_server.code(address))
    pool.user("confirmed", email="confirmed@example.com", email_verified="true")
    pool.sign_up("disabled")
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="disabled")
    pool.sign_up("codeless")
    for name in ("ada", "nobody", "confirmed", "disabled", "codeless"):
        assert [refused(pool, wrong, name) for _ in range(16)] == [MISMATCH] * 15 + [LIMIT], name


def test_en01_a_new_code_seems_to_go_out_for_all(own_server: Serving) -> None:
    """EN-01: with the same limit, and always to the same place; but not to the one of a forgotten password's, which
    for who is there is another."""
    pool, address = signed_up(own_server, client=HIDING)
    pool.user("confirmed", email="confirmed@example.com", email_verified="true")
    for name in ("ada", "nobody", "confirmed"):
        told = [resend(pool, name) for _ in range(5)]
        assert all(one == told[0] for one in told)
        assert (told[0]["DeliveryMedium"], told[0]["AttributeName"]) == ("EMAIL", "email")
        assert len(told[0].pop("Destination")) == len("a***@e***")
        assert pool.refused(resend, pool, name) == LIMIT
    assert own_server.outbox("confirmed@example.com") == []
    confirm(pool, own_server.code(address))
    strangers = [f"nobody{number}" for number in range(4)]  # of one, both may be the same by chance
    forgotten = [pool.api.forgot_password(ClientId=pool.client, Username=name) for name in strangers]
    assert [resend(pool, name) for name in strangers] != [answer["CodeDeliveryDetails"] for answer in forgotten]
