"""What users see and change of themselves by their access token: attributes, their proof, the end of the account."""

from typing import Any

import pytest
from tests.serving import Pool, Serving

HOUR = 3600
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
UNAUTHORIZED = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
SCHEMA = [
    {"Name": "family_name", "Required": True, "AttributeDataType": "String", "Mutable": True},
    {"Name": "fixed", "AttributeDataType": "String", "Mutable": False},
    {"Name": "level", "AttributeDataType": "Number", "Mutable": True, "NumberAttributeConstraints": {"MaxValue": "9"}},
    {"Name": "secret", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
]
KEPT_BACK = {
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
}


class Account:
    """Somebody signed in, in a pool of a test's own."""

    def __init__(self, server: Serving, *, client: dict[str, Any] | None = None, **settings: Any) -> None:
        self.server = server
        self.pool = Pool(server, client=client, **settings)
        self.api = self.pool.api
        self.sub = self.pool.user("ada", email=self.address(), email_verified="true", family_name="L")
        self.token = self.pool.tokens()["AccessToken"]

    def address(self, name: str = "ada") -> str:
        """One that no other test writes to."""
        return f"{name}.{self.pool.id.split('_')[1].lower()}@example.com"

    def seen(self) -> dict[str, str]:
        """GetUser's attributes."""
        listed = self.api.get_user(AccessToken=self.token)["UserAttributes"]
        return {each["Name"]: each["Value"] for each in listed}

    def update(self, **told: str) -> list[dict[str, str]]:
        said = [{"Name": name.replace("__", ":"), "Value": value} for name, value in told.items()]
        answer = self.api.update_user_attributes(AccessToken=self.token, UserAttributes=said)
        return list(answer["CodeDeliveryDetailsList"])

    def delete(self, *names: str) -> None:
        self.api.delete_user_attributes(AccessToken=self.token, UserAttributeNames=list(names))

    def ask(self, attribute: str = "email") -> dict[str, str]:
        """GetUserAttributeVerificationCode."""
        answer = self.api.get_user_attribute_verification_code(AccessToken=self.token, AttributeName=attribute)
        return dict(answer["CodeDeliveryDetails"])

    def verify(self, code: str, attribute: str = "email") -> None:
        self.api.verify_user_attribute(AccessToken=self.token, AttributeName=attribute, Code=code)

    def refused(self, act: Any, *args: Any, **more: Any) -> tuple[str, str]:
        return self.pool.refused(act, *args, **more)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# --- attributes ---


def test_users_see_and_change_themselves(server: Serving) -> None:
    ada = Account(server, Schema=SCHEMA)
    assert ada.api.get_user(AccessToken=ada.token)["Username"] == "ada"
    assert ada.update(custom__level="9", nickname="a") == []
    assert ada.seen() == {
        "sub": ada.sub,
        "email": ada.address(),
        "email_verified": "true",
        "family_name": "L",
        "custom:level": "9",
        "nickname": "a",
    }
    ada.update(nickname="")
    ada.delete("custom:level")
    assert "nickname" not in ada.seen()
    assert "custom:level" not in ada.seen()


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"custom:fixed": "y"}, "user.custom:fixed: Attribute cannot be updated.\n"),
        ({"family_name": ""}, "user.family_name: Required attribute cannot be deleted.\n"),
        ({"custom:level": "10"}, "user.custom:level: Number must be no greater than 9\n"),
        ({"custom:none": "1"}, "user.custom:none: Attribute does not exist in the schema.\n"),
        ({"email": "nowhere"}, "Invalid email address format."),
    ],
)
def test_a_change_keeps_to_the_schema(server: Serving, told: dict[str, str], refusal: str) -> None:
    ada = Account(server, Schema=SCHEMA)
    before = ada.seen()
    assert ada.refused(ada.update, nickname="a", **told) == ("InvalidParameterException", refusal)
    assert ada.seen() == before


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "identities", "dev:custom:secret"])
def test_rq12_nobody_writes_what_is_not_theirs_to_say(server: Serving, name: str) -> None:
    """RQ-12: neither set nor taken away, and nothing beside it either."""
    ada = Account(server, Schema=SCHEMA)
    before = ada.seen()
    assert ada.refused(ada.update, nickname="a", **{name: "true"}) == UNAUTHORIZED
    assert ada.refused(ada.delete, "email", name) == UNAUTHORIZED
    assert ada.seen() == before


def test_rq12_a_sub_is_for_ever_and_a_value_must_be_there(server: Serving) -> None:
    """RQ-12: for administrators and new users as well; looked at once the caller is known."""
    ada, refusals = Account(server, Schema=SCHEMA), []
    named = {"UserPoolId": ada.pool.id, "Username": "ada"}
    new = {"ClientId": ada.pool.client, "Username": "eve", "Password": "Correct-horse-9"}
    for said in ({"Name": "sub", "Value": "x"}, {"Name": "sub"}, {"Name": "custom:fixed"}):
        told = {"UserAttributes": [said]}
        for act, asked in (
            (ada.api.update_user_attributes, {"AccessToken": ada.token}),
            (ada.api.admin_update_user_attributes, named),
            (ada.api.admin_create_user, named | {"Username": "eve"}),
            (ada.api.sign_up, new),
        ):
            refusals.append(ada.refused(act, **asked, **told))
        assert ada.refused(ada.api.update_user_attributes, AccessToken="x", **told)[0] == "NotAuthorizedException"
    fixed, unsaid = "Cannot modify the non-mutable attribute sub", "Attribute value for custom:fixed must not be null"
    assert refusals == [("InvalidParameterException", fixed)] * 8 + [("InvalidParameterException", unsaid)] * 4
    assert ada.refused(ada.delete, "sub") == UNAUTHORIZED


def test_rq12_a_client_reads_and_writes_only_what_it_was_granted(server: Serving) -> None:
    """RQ-12."""
    ada = Account(server, client={"ReadAttributes": ["email", "nickname"], "WriteAttributes": ["nickname"]})
    ada.update(nickname="a")
    assert ada.seen() == {"sub": ada.sub, "email": ada.address(), "nickname": "a"}
    assert ada.refused(ada.update, nickname="b", name="Ada") == UNAUTHORIZED
    assert ada.refused(ada.delete, "email") == UNAUTHORIZED
    ada.delete("nickname")
    assert "nickname" not in ada.seen()


def test_attributes_for_developers_are_not_shown(server: Serving) -> None:
    ada = Account(server, Schema=SCHEMA)
    said = [{"Name": "dev:custom:secret", "Value": "s"}]
    ada.api.admin_update_user_attributes(UserPoolId=ada.pool.id, Username="ada", UserAttributes=said)
    assert "dev:custom:secret" not in ada.seen()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("family_name", "user.family_name: Required attribute cannot be deleted."),
        ("custom:fixed", "user.custom:fixed: Attribute cannot be updated."),
        ("custom:none", "user.custom:none: Attribute does not exist in the schema."),
    ],
)
def test_what_is_fixed_or_required_stays(server: Serving, name: str, sentence: str) -> None:
    ada = Account(server, Schema=SCHEMA)
    assert ada.refused(ada.delete, name) == ("InvalidParameterException", sentence)


# --- proof ---


def test_a_new_address_is_unproved_until_its_code_is_said(server: Serving) -> None:
    ada = Account(server, AutoVerifiedAttributes=["email"])
    new = ada.address("new")
    assert ada.update(email=new) == [{"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}]
    assert (ada.seen()["email"], ada.seen()["email_verified"]) == (new, "false")
    code = server.code(new)
    assert ada.refused(ada.verify, other_than(code)) == MISMATCH
    assert ada.refused(ada.verify, code, "phone_number") == EXPIRED
    ada.verify(code)
    assert ada.seen()["email_verified"] == "true"
    assert ada.refused(ada.verify, code) == EXPIRED
    assert ada.update(email=new) == []


def test_a_pool_that_verifies_nothing_sends_a_code_when_asked(server: Serving) -> None:
    ada = Account(server)
    assert ada.update(email=ada.address("new")) == []
    assert ada.seen()["email_verified"] == "false"
    assert ada.ask()["Destination"] == "n***@e***"
    ada.verify(server.code(ada.address("new")))
    assert ada.seen()["email_verified"] == "true"


def test_address_and_number_are_proved_apart(server: Serving) -> None:
    ada = Account(server, AutoVerifiedAttributes=["email", "phone_number"])
    number = "+1555" + "".join(str(ord(letter) % 10) for letter in ada.pool.id.split("_")[1])
    sent = ada.update(email=ada.address("new"), phone_number=number)
    assert [each["AttributeName"] for each in sent] == ["email", "phone_number"]
    by_mail, by_text = server.code(ada.address("new")), server.code(number)
    if by_mail != by_text:
        assert ada.refused(ada.verify, by_mail, "phone_number") == MISMATCH
    ada.verify(by_text, "phone_number")
    assert (ada.seen()["phone_number_verified"], ada.seen()["email_verified"]) == ("true", "false")


def test_co05_a_code_for_an_address_is_no_proof_of_another(server: Serving) -> None:
    """CO-05: the newest only, and none that went to an address of before."""
    ada = Account(server)
    ada.ask()
    older = server.code(ada.address())
    ada.update(email=ada.address("new"))
    assert ada.refused(ada.verify, older) == EXPIRED
    ada.ask()
    first = server.code(ada.address("new"))
    ada.ask()
    second = server.code(ada.address("new"))
    if first != second:
        assert ada.refused(ada.verify, first) == MISMATCH
    ada.verify(second)


def test_only_addresses_and_numbers_that_are_there_are_proved(server: Serving) -> None:
    ada = Account(server)
    only = ("InvalidParameterException", "Invalid attribute name. Only phone_number and email can be verified.")
    assert ada.refused(ada.ask, "family_name") == only
    assert ada.refused(ada.verify, "123456", "family_name") == only
    assert ada.refused(ada.ask, "phone_number") == (
        "InvalidParameterException",
        "User does not have a valid registered phone number",
    )
    assert ada.refused(ada.verify, "123456") == EXPIRED


@pytest.mark.parametrize("late", [-0.001, 0])
def test_co04_a_code_for_an_attribute_lives_a_day(own_server: Serving, late: float) -> None:
    """CO-04."""
    own_server.clock.stop()
    ada = Account(own_server)
    ada.ask()
    code = own_server.code(ada.address())
    own_server.clock.forward(seconds=24 * HOUR + late)
    ada.token = ada.pool.tokens()["AccessToken"]
    if late == 0:
        assert ada.refused(ada.verify, code) == EXPIRED
    else:
        ada.verify(code)


def test_co01_co02_co03_tries_and_codes_are_counted(own_server: Serving) -> None:
    """CO-01, CO-02, CO-03: fifteen tries, five codes, and a new code brings no more tries."""
    ada = Account(own_server)
    ada.ask()
    code = own_server.code(ada.address())
    for _ in range(15):
        assert ada.refused(ada.verify, other_than(code)) == MISMATCH
    assert ada.refused(ada.verify, code) == LIMIT
    for _ in range(4):
        ada.ask()
    assert ada.refused(ada.verify, own_server.code(ada.address())) == LIMIT
    assert ada.refused(ada.ask) == LIMIT
    own_server.clock.forward(seconds=HOUR)
    ada.token = ada.pool.tokens()["AccessToken"]
    ada.verify(own_server.code(ada.address()))


# --- the old value stays until the new one is proved ---


def test_the_old_address_stays_until_the_new_one_is_proved(server: Serving) -> None:
    ada = Account(server, AliasAttributes=["email"], **KEPT_BACK)
    new = ada.address("new")
    (sent,) = ada.update(email=new, name="Ada")
    assert sent["Destination"] == "n***@e***"
    assert (ada.seen()["email"], ada.seen()["email_verified"], ada.seen()["name"]) == (ada.address(), "true", "Ada")
    assert server.outbox(ada.address()) == []
    assert ada.pool.tokens(ada.address())
    assert ada.refused(ada.verify, other_than(server.code(new))) == MISMATCH
    ada.verify(server.code(new))
    assert (ada.seen()["email"], ada.seen()["email_verified"]) == (new, "true")
    assert ada.pool.tokens(new)
    assert ada.refused(ada.pool.sign_in, ada.address())[0] == "UserNotFoundException"


def test_an_address_that_is_proved_by_somebody_else_meanwhile_is_theirs(server: Serving) -> None:
    ada = Account(server, AliasAttributes=["email"], **KEPT_BACK)
    ada.update(email=ada.address("new"))
    ada.pool.user("bob", email=ada.address("new"), email_verified="true")
    assert ada.refused(ada.verify, server.code(ada.address("new"))) == (
        "AliasExistsException",
        "An account with the email already exists.",
    )
    assert (ada.seen()["email"], ada.seen()["email_verified"]) == (ada.address(), "true")


def test_an_administrator_may_vouch_and_set_it_at_once(server: Serving) -> None:
    ada = Account(server, **KEPT_BACK)

    def told(**said: str) -> None:
        listed = [{"Name": name, "Value": value} for name, value in said.items()]
        ada.api.admin_update_user_attributes(UserPoolId=ada.pool.id, Username="ada", UserAttributes=listed)

    told(email=ada.address("new"))
    assert ada.seen()["email"] == ada.address()
    told(email=ada.address("newer"), email_verified="true")
    assert (ada.seen()["email"], ada.seen()["email_verified"]) == (ada.address("newer"), "true")
    assert ada.refused(ada.verify, server.code(ada.address("new"))) == EXPIRED


# --- who may, and the end ---


def test_no_token_but_a_living_access_token_will_do(own_server: Serving) -> None:
    ada = Account(own_server)
    tokens = ada.pool.tokens()
    for wrong in (tokens["IdToken"], "a.b.c", "nothing"):
        assert ada.refused(ada.api.get_user, AccessToken=wrong) == ("NotAuthorizedException", "Invalid Access Token")
    unsigned = ("NotAuthorizedException", "Could not verify signature for Access Token")
    assert ada.refused(ada.api.get_user, AccessToken=ada.token[:-4] + "AAAA") == unsigned
    own_server.clock.forward(seconds=HOUR)
    assert ada.refused(ada.seen) == ("NotAuthorizedException", "Access Token has expired")


def test_whoever_deletes_their_account_is_gone(server: Serving) -> None:
    ada = Account(server)
    ada.api.delete_user(AccessToken=ada.token)
    assert ada.refused(ada.seen)[0] == "UserNotFoundException"
    assert ada.refused(ada.api.delete_user, AccessToken=ada.token)[0] == "UserNotFoundException"
    assert ada.refused(ada.api.admin_get_user, UserPoolId=ada.pool.id, Username="ada")[0] == "UserNotFoundException"
    assert ada.refused(ada.pool.sign_in)[0] == "UserNotFoundException"
    assert ada.pool.user("ada") != ada.sub


@pytest.mark.parametrize(
    ("gone", "told"), [("admin_disable_user", "NotAuthorizedException"), ("admin_delete_user", "UserNotFoundException")]
)
def test_the_token_of_somebody_disabled_or_deleted_does_nothing(server: Serving, gone: str, told: str) -> None:
    ada = Account(server)
    getattr(ada.api, gone)(UserPoolId=ada.pool.id, Username="ada")
    for act in (ada.seen, ada.ask, lambda: ada.update(name="Ada"), lambda: ada.delete("name")):
        assert ada.refused(act)[0] == told
    assert ada.refused(ada.verify, "123456")[0] == told
    assert ada.refused(ada.api.delete_user, AccessToken=ada.token)[0] == told
