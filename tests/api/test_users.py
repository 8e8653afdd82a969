"""Users as administrators make, change, disable and delete them."""

from typing import Any

import pytest
from tests.serving import Pool, Serving

NOBODY = ("UserNotFoundException", "User does not exist.")
DISABLED = ("NotAuthorizedException", "User is disabled.")


def listed(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def mapped(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in attributes}


def create(pool: Pool, name: str = "ada", attributes: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    made = pool.api.admin_create_user(
        UserPoolId=pool.id, Username=name, UserAttributes=listed(attributes or {}), **more
    )
    return dict(made["User"])


def got(pool: Pool, name: str = "ada") -> dict[str, Any]:
    return dict(pool.api.admin_get_user(UserPoolId=pool.id, Username=name))


def attributes(pool: Pool, name: str = "ada") -> dict[str, str]:
    return mapped(got(pool, name)["UserAttributes"])


def update(pool: Pool, name: str = "ada", **told: str) -> None:
    pool.api.admin_update_user_attributes(
        UserPoolId=pool.id, Username=name, UserAttributes=listed({key.replace("__", ":"): told[key] for key in told})
    )


def delete(pool: Pool, *names: str) -> None:
    pool.api.admin_delete_user_attributes(UserPoolId=pool.id, Username="ada", UserAttributeNames=list(names))


def address(pool: Pool, name: str = "ada") -> str:
    """One that no other test writes to."""
    return f"{name}.{pool.id.split('_')[1].lower()}@example.com"


def number(pool: Pool) -> str:
    return "+1555" + "".join(str(ord(letter) % 10) for letter in pool.id.split("_")[1])


# --- made ---


def test_a_taken_name_is_refused(server: Serving) -> None:
    pool = Pool(server, AliasAttributes=["email"])
    pool.user("ada", email=address(pool), email_verified="true")
    assert pool.refused(create, pool) == ("UsernameExistsException", "User account already exists")
    said = {"email": address(pool), "email_verified": "true"}
    assert pool.refused(create, pool, "bob", said) == (
        "UsernameExistsException",
        "An account with the email already exists.",
    )
    create(pool, "bob", said, ForceAliasCreation=True)
    assert got(pool, address(pool))["Username"] == "bob"
    assert attributes(pool)["email_verified"] == "false"


def test_an_administrator_says_what_is_verified_and_may_leave_out_what_is_required(server: Serving) -> None:
    pool = Pool(server, Schema=[{"Name": "name", "Required": True, "AttributeDataType": "String"}])
    create(pool, attributes={"email": address(pool), "email_verified": "True"})
    assert attributes(pool)["email_verified"] == "true"
    assert pool.refused(create, pool, "bob", {"email_verified": "true"}) == (
        "InvalidParameterException",
        "Email is required to verify/un-verify an email",
    )
    assert pool.refused(create, pool, "bob", {"custom:none": "1"}) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.\n",
    )


def test_an_administrator_makes_users_whose_name_is_their_address(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email", "phone_number"])
    made = create(pool, address(pool))
    assert made["Username"] == mapped(made["Attributes"])["sub"]
    assert pool.refused(create, pool, address(pool))[0] == "UsernameExistsException"
    by_number = create(pool, number(pool), {"email": address(pool, "bob")})
    assert attributes(pool, address(pool, "bob"))["sub"] == by_number["Username"]
    assert pool.refused(create, pool, "ada")[0] == "InvalidParameterException"
    assert pool.refused(create, pool, address(pool, "eve"), {"email": address(pool, "other")}) == (
        "InvalidParameterException",
        "User email should be empty or same as username, since username attribute is email.",
    )


# --- changed ---


SCHEMA = [
    {"Name": "family_name", "Required": True, "AttributeDataType": "String", "Mutable": True},
    {"Name": "fixed", "AttributeDataType": "String", "Mutable": False},
    {"Name": "level", "AttributeDataType": "Number", "Mutable": True, "NumberAttributeConstraints": {"MaxValue": "9"}},
    {"Name": "secret", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
]


def test_attributes_are_set_and_taken_away(own_server: Serving) -> None:
    pool = Pool(own_server, Schema=SCHEMA)
    sub = pool.user("ada", family_name="L", email=address(pool), email_verified="true", **{"custom:fixed": "x"})
    before = got(pool)
    own_server.clock.forward(seconds=60)
    update(pool, custom__level="9", nickname="a", dev__custom__secret="s")
    assert attributes(pool) == {
        "sub": sub,
        "family_name": "L",
        "email": address(pool),
        "email_verified": "true",
        "custom:fixed": "x",
        "custom:level": "9",
        "nickname": "a",
        "dev:custom:secret": "s",
    }
    assert got(pool)["UserLastModifiedDate"] > before["UserLastModifiedDate"]
    assert got(pool)["UserCreateDate"] == before["UserCreateDate"]
    update(pool, nickname="")
    delete(pool, "custom:level", "dev:custom:secret", "email")
    assert attributes(pool) == {"sub": sub, "family_name": "L", "custom:fixed": "x"}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"custom:fixed": "y"}, "user.custom:fixed: Attribute cannot be updated.\n"),
        ({"sub": "me"}, "Cannot modify the non-mutable attribute sub"),
        ({"family_name": ""}, "user.family_name: Required attribute cannot be deleted.\n"),
        ({"custom:level": "10"}, "user.custom:level: Number must be no greater than 9\n"),
        ({"custom:none": "1"}, "user.custom:none: Attribute does not exist in the schema.\n"),
        ({"email": "nowhere"}, "Invalid email address format."),
        ({"phone_number": "1"}, "Invalid phone number format."),
        ({"email_verified": "true"}, "Email is required to verify/un-verify an email"),
        ({"phone_number_verified": "false"}, "Phone number is required to verify/un-verify a phone number"),
    ],
)
def test_an_update_keeps_to_the_schema(server: Serving, told: dict[str, str], sentence: str) -> None:
    pool = Pool(server, Schema=SCHEMA)
    pool.user("ada", family_name="L", **{"custom:fixed": "x"})
    before = attributes(pool)
    assert pool.refused(update, pool, nickname="a", **told) == ("InvalidParameterException", sentence)
    assert attributes(pool) == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("custom:fixed", "user.custom:fixed: Attribute cannot be updated."),
        ("sub", "user.sub: Required attribute cannot be deleted."),
        ("family_name", "user.family_name: Required attribute cannot be deleted."),
        ("custom:none", "user.custom:none: Attribute does not exist in the schema."),
    ],
)
def test_what_is_fixed_or_required_stays(server: Serving, name: str, sentence: str) -> None:
    pool = Pool(server, Schema=SCHEMA)
    pool.user("ada", family_name="L", nickname="a", **{"custom:fixed": "x"})
    assert pool.refused(delete, pool, "nickname", name) == ("InvalidParameterException", sentence)
    assert attributes(pool)["nickname"] == "a"


def test_a_new_address_is_unproved_unless_the_administrator_vouches_for_it(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    pool.user("ada", email=address(pool), email_verified="true")
    update(pool, email=address(pool, "new"))
    assert attributes(pool)["email_verified"] == "false"
    assert len(server.outbox(address(pool, "new"))) == 1
    update(pool, email=address(pool, "newer"), email_verified="true")
    assert attributes(pool)["email_verified"] == "true"
    assert server.outbox(address(pool, "newer")) == []
    update(pool, email=address(pool, "newer"))
    assert attributes(pool)["email_verified"] == "true"


def test_names_follow_the_attributes(server: Serving) -> None:
    """An alias leads to its owner as long as it is proved, or until an administrator gives it to somebody else."""
    pool = Pool(server, AliasAttributes=["email", "preferred_username"])
    for name in ("ada", "bob"):
        pool.user(name, email=address(pool, name), email_verified="true")
    update(pool, "bob", email=address(pool))
    assert got(pool, address(pool))["Username"] == "ada"
    assert pool.refused(got, pool, address(pool, "bob")) == NOBODY
    taken = ("AliasExistsException", "An account with the preferred_username already exists.")
    assert pool.refused(update, pool, "bob", preferred_username="ada") == taken
    update(pool, "bob", email_verified="true")
    assert got(pool, address(pool))["Username"] == "bob"
    assert attributes(pool)["email_verified"] == "false"
    update(pool, email=address(pool, "ada2"), email_verified="true")
    assert pool.tokens(address(pool, "ada2"))
    update(pool, email_verified="false")
    assert pool.refused(pool.sign_in, address(pool, "ada2")) == NOBODY


def test_where_the_address_is_the_name_it_may_change_to_a_free_one(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    ada, bob = pool.user(address(pool)), pool.user(address(pool, "bob"))
    assert pool.refused(update, pool, ada, email=address(pool, "BOB"))[0] == "AliasExistsException"
    update(pool, ada, email=address(pool, "new"))
    assert got(pool, address(pool, "NEW"))["Username"] == ada
    assert pool.refused(got, pool, address(pool)) == NOBODY
    update(pool, bob, email=address(pool))
    assert pool.tokens(address(pool))


# --- disabled, signed out, deleted ---


def test_tk08_disabling_kills_tokens_and_enabling_revives_none(server: Serving) -> None:
    """TK-08."""
    pool = Pool(server)
    pool.user("ada")
    tokens = pool.tokens()

    def refresh() -> Any:
        return pool.api.initiate_auth(
            ClientId=pool.client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )

    refresh()
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert got(pool)["Enabled"] is False
    assert pool.refused(pool.sign_in) == DISABLED
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    assert pool.refused(refresh)[0] == "NotAuthorizedException"
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    assert got(pool)["Enabled"] is True
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"]) == (
        "NotAuthorizedException",
        "Access Token has been revoked",
    )
    assert pool.refused(refresh)[0] == "NotAuthorizedException"
    assert pool.api.get_user(AccessToken=pool.tokens()["AccessToken"])["Username"] == "ada"


def test_signing_out_ends_every_session_and_lets_the_user_in_again(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    sessions = [pool.tokens() for _ in range(2)]
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")
    for tokens in sessions:
        assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    assert pool.tokens()


def test_a_deleted_user_is_gone_and_the_name_is_free(server: Serving) -> None:
    pool = Pool(server)
    sub = pool.user("ada")
    tokens = pool.tokens()
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(got, pool) == NOBODY
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "UserNotFoundException"
    assert pool.user("ada") != sub
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "UserNotFoundException"


@pytest.mark.parametrize(
    "operation",
    ["get_user", "delete_user", "enable_user", "disable_user", "user_global_sign_out", "reset_user_password"],
)
def test_whoever_is_not_there_is_told_of_and_so_is_a_pool(server: Serving, operation: str) -> None:
    pool, other = Pool(server), Pool(server)
    other.user("ada")
    call = getattr(pool.api, f"admin_{operation}")
    assert pool.refused(call, UserPoolId=pool.id, Username="ada") == NOBODY
    assert pool.refused(call, UserPoolId="us-east-1_Missing00", Username="ada") == (
        "ResourceNotFoundException",
        "User pool us-east-1_Missing00 does not exist.",
    )
    assert got(other)["Enabled"] is True


def test_a_user_is_named_by_sub_only_where_that_is_the_user_name(server: Serving) -> None:
    by_address = Pool(server, UsernameAttributes=["email"])
    sub = by_address.user(address(by_address))
    assert got(by_address, sub)["Username"] == sub
