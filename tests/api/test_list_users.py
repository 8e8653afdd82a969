"""ListUsers through boto3: the whole filter grammar, chosen attributes, pages, and that no filter reaches elsewhere."""

from random import Random
from typing import Any

import pytest
from tests.serving import Pool, Serving

GRAMMAR = ("InvalidParameterException", "Error while parsing filter.")
UNKNOWN = ("InvalidParameterException", "One or more requested attributes do not exist in user pool.")
TOKEN = ("InvalidParameterException", "Invalid pagination token given.")


def users(pool: Pool, **asked: Any) -> dict[str, Any]:
    return dict(pool.api.list_users(UserPoolId=pool.id, **asked))


def names(pool: Pool, filter: str = "") -> list[str]:
    return [user["Username"] for user in users(pool, **{"Filter": filter} if filter else {})["Users"]]


@pytest.fixture(scope="module")
def peopled(server: Serving) -> Pool:
    """Four users, and in another pool one who meets every filter."""
    schema = [{"Name": "level", "AttributeDataType": "String"}]
    pool, other = (Pool(server, Schema=schema, AutoVerifiedAttributes=["email"]) for _ in range(2))
    pool.user("ada", email="ada@example.com", given_name="Ada", family_name='O"Hara', **{"custom:level": "9"})
    pool.user("adam", email="adam@example.org", given_name="Adam\\", phone_number="+15550100")
    pool.sign_up("bob", attributes={"email": "bob@example.com", "preferred_username": "ada"})
    pool.api.admin_create_user(UserPoolId=pool.id, Username="eve%_", MessageAction="SUPPRESS")
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="adam")
    other.user("ada", email="ada@example.com", given_name="Ada", phone_number="+15550100")
    return pool


def test_everyone_is_listed_as_they_are(peopled: Pool) -> None:
    listed = users(peopled)
    assert set(listed) == {"Users", "ResponseMetadata"}
    assert [user["Username"] for user in listed["Users"]] == ["ada", "adam", "bob", "eve%_"]
    ada = listed["Users"][0]
    got = peopled.api.admin_get_user(UserPoolId=peopled.id, Username="ada")
    assert ada == {
        "Username": "ada",
        "Attributes": got["UserAttributes"],
        "UserCreateDate": got["UserCreateDate"],
        "UserLastModifiedDate": got["UserLastModifiedDate"],
        "Enabled": True,
        "UserStatus": "CONFIRMED",
    }


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("", ["ada", "adam", "bob", "eve%_"]),
        ("  ", ["ada", "adam", "bob", "eve%_"]),
        ('username = "ada"', ["ada"]),
        ('username ^= "ada"', ["ada", "adam"]),
        ('username = "Ada"', []),
        ('username ^= ""', ["ada", "adam", "bob", "eve%_"]),
        ('username = "eve%_"', ["eve%_"]),
        ('username ^= "%"', []),
        ('username ^= "e_"', []),
        ('email = "ada@example.com"', ["ada"]),
        ('email ^= "ada"', ["ada", "adam"]),
        ('  email^="bob@"  ', ["bob"]),
        ('"email"^="bob@"', ["bob"]),
        ('"cognito:user_status" = "unconfirmed"', ["bob"]),
        ('phone_number = "+15550100"', ["adam"]),
        ('phone_number ^= "+1"', ["adam"]),
        ('given_name ^= "Ada"', ["ada", "adam"]),
        ('given_name = "Adam\\\\"', ["adam"]),
        ('family_name = "O\\"Hara"', ["ada"]),
        ('name = "Ada"', []),
        ('preferred_username = "ada"', ["bob"]),
        ('cognito:user_status = "CONFIRMED"', ["ada", "adam"]),
        ('cognito:user_status = "unconfirmed"', ["bob"]),
        ('cognito:user_status ^= "FORCE"', ["eve%_"]),
        ('status = "Enabled"', ["ada", "bob", "eve%_"]),
        ('status = "Disabled"', ["adam"]),
        ('status = "Perhaps"', []),
        ('sub = "nobody"', []),
    ],
)
def test_a_filter_lets_through(peopled: Pool, filter: str, found: list[str]) -> None:
    assert names(peopled, filter) == found


def test_a_user_is_found_by_sub(peopled: Pool) -> None:
    got = peopled.api.admin_get_user(UserPoolId=peopled.id, Username="bob")
    sub = next(each["Value"] for each in got["UserAttributes"] if each["Name"] == "sub")
    assert names(peopled, f'sub = "{sub}"') == ["bob"]
    assert names(peopled, f'sub ^= "{sub[:13]}"') == ["bob"]


@pytest.mark.parametrize(
    ("filter", "refusal"),
    [
        ("username", GRAMMAR),
        ("username = ada", GRAMMAR),
        ("username = 'ada'", GRAMMAR),
        ('username = "ada', GRAMMAR),
        ('username == "ada"', GRAMMAR),
        ('username != "ada"', GRAMMAR),
        ('username = "ada" and status = "Enabled"', GRAMMAR),
        ('username = "ada" OR "1" = "1"', GRAMMAR),
        ('username = ""; DROP TABLE users; --"', GRAMMAR),
        ('= "ada"', GRAMMAR),
        ('username" = "ada"', GRAMMAR),
        ('"username = "ada"', GRAMMAR),
        ('"" = "ada"', GRAMMAR),
        ('"custom:level" = "9"', UNKNOWN),
        ('custom:level = "9"', UNKNOWN),
        ('nickname = "a"', UNKNOWN),
        ('Username = "ada"', UNKNOWN),
        ('credential = "a"', UNKNOWN),
    ],
)
def test_what_is_no_filter_is_refused(peopled: Pool, filter: str, refusal: tuple[str, str]) -> None:
    assert peopled.refused(names, peopled, filter) == refusal


def test_a_filter_follows_changes_and_the_pools_case(server: Serving) -> None:
    pool = Pool(server, UsernameConfiguration={"CaseSensitive": False})
    pool.user("Ada", email="Ada@Example.com", given_name="Ada")
    for filter in ('username = "aDA"', 'email = "ADA@example.COM"', 'email ^= "ada@e"', 'given_name = "Ada"'):
        assert names(pool, filter) == ["ada"]
    assert names(pool, 'given_name = "ada"') == []
    said = [{"Name": "email", "Value": "new@example.com"}, {"Name": "given_name", "Value": ""}]
    pool.api.admin_update_user_attributes(UserPoolId=pool.id, Username="ada", UserAttributes=said)
    assert names(pool, 'email ^= "ada"') == names(pool, 'given_name ^= "A"') == []
    assert names(pool, 'email = "NEW@example.com"') == ["ada"]


@pytest.mark.parametrize("case_sensitive", [True, False])
def test_a_long_value_is_kept_whole_and_found_by_how_it_begins(server: Serving, case_sensitive: bool) -> None:
    """2,048 characters that no database can make shorter; an index row holds 2,704 bytes at most on PostgreSQL."""
    pool = Pool(server, UsernameConfiguration={"CaseSensitive": case_sensitive})
    letters = Random(1)
    long = "".join(chr(letters.randrange(0x4E00, 0x9FA5)) for _ in range(2048))
    searched = ("name", "given_name", "family_name", "preferred_username")
    pool.sign_up("x" * 128, attributes=dict.fromkeys(searched, long))
    for name in searched:
        assert names(pool, f'{name} ^= "{long[:200]}"') == ["x" * 128]
        assert names(pool, f'{name} = "{long[:200]}"') == []
    (user,) = users(pool, AttributesToGet=["name"])["Users"]
    assert user["Attributes"] == [{"Name": "name", "Value": long}]


# --- chosen attributes ---


def test_only_the_attributes_asked_for_are_shown(peopled: Pool) -> None:
    (ada,) = users(peopled, Filter='username = "ada"', AttributesToGet=["custom:level", "email"])["Users"]
    assert {each["Name"]: each["Value"] for each in ada["Attributes"]} == {
        "email": "ada@example.com",
        "custom:level": "9",
    }
    assert ada["UserStatus"] == "CONFIRMED"
    assert peopled.refused(users, peopled, AttributesToGet=["email", "custom:none"]) == UNKNOWN


def test_what_is_asked_for_must_be_set_in_every_user_of_the_page(peopled: Pool) -> None:
    """As the operation's documentation says."""
    unset = ("InvalidParameterException", "One or more requested attributes do not exist.")
    asked = {"AttributesToGet": ["given_name", "sub"]}
    assert peopled.refused(users, peopled, **asked) == unset
    assert peopled.refused(users, peopled, Filter='username = "bob"', **asked) == unset
    found = users(peopled, Filter='given_name ^= "A"', **asked)["Users"]
    assert [sorted(each["Name"] for each in user["Attributes"]) for user in found] == [["given_name", "sub"]] * 2
    assert users(peopled, Limit=1, **asked)["Users"][0]["Username"] == "ada"
    assert users(peopled, Filter='username = "nobody"', **asked)["Users"] == []
    assert {len(user["Attributes"]) for user in users(peopled, AttributesToGet=[])["Users"]} == {0}


# --- pages ---


@pytest.fixture(scope="module")
def crowd(server: Serving) -> Pool:
    pool = Pool(server)
    for number in range(7):
        name, said = f"user{number}", [{"Name": "given_name", "Value": f"G{number % 2}"}]
        pool.api.sign_up(ClientId=pool.client, Username=name, Password="Correct-horse-9", UserAttributes=said)
    return pool


def pages(pool: Pool, **asked: Any) -> list[list[str]]:
    found, token = [], None
    while True:
        answer = users(pool, **asked, **({"PaginationToken": token} if token else {}))
        found.append([user["Username"] for user in answer["Users"]])
        token = answer.get("PaginationToken")
        if not token:
            return found


def test_pages_hold_what_is_asked_for_and_miss_nobody(crowd: Pool) -> None:
    everyone = [f"user{number}" for number in range(7)]
    assert pages(crowd, Limit=3) == [everyone[:3], everyone[3:6], everyone[6:]]
    assert pages(crowd) == pages(crowd, Limit=0) == pages(crowd, Limit=7) == [everyone]
    by_name = pages(crowd, Limit=2, Filter='given_name ^= "G"')
    assert [len(page) for page in by_name] == [2, 2, 2, 1]
    assert [name for page in by_name for name in page] == everyone[::2] + everyone[1::2]
    assert pages(crowd, Limit=2, Filter='given_name = "G1"') == [["user1", "user3"], ["user5"]]


def test_the_published_paginator_works(crowd: Pool) -> None:
    every = crowd.api.get_paginator("list_users").paginate(UserPoolId=crowd.id, PaginationConfig={"PageSize": 3})
    assert len([user for page in every for user in page["Users"]]) == 7


def test_rq13_a_token_continues_its_own_list_only(crowd: Pool, peopled: Pool) -> None:
    """RQ-13: of this pool and this filter, as it was given."""
    token = users(crowd, Limit=1)["PaginationToken"]
    assert "user0" not in token
    assert peopled.refused(users, peopled, PaginationToken=token) == TOKEN
    assert crowd.refused(users, crowd, PaginationToken=token, Filter='username ^= "u"') == TOKEN
    for made_up in ("x", token[:-2], token[:10] + ("A" if token[10] != "A" else "B") + token[11:], "ü"):
        assert crowd.refused(users, crowd, PaginationToken=made_up)[0] == "InvalidParameterException"


def test_a_page_goes_on_where_it_was_though_people_come_and_go(server: Serving) -> None:
    pool = Pool(server)
    for name in ("b", "d", "f"):
        pool.user(name)
    token = users(pool, Limit=2)["PaginationToken"]
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="d")
    for name in ("a", "e"):
        pool.user(name)
    assert [user["Username"] for user in users(pool, PaginationToken=token)["Users"]] == ["e", "f"]


def test_a_page_has_sixty_at_most(crowd: Pool) -> None:
    code, sentence = crowd.refused(users, crowd, Limit=61)
    assert code == "InvalidParameterException"
    assert "less than or equal to 60" in sentence


def test_a_pool_that_is_not_there_has_no_users(server: Serving) -> None:
    pool = Pool(server)
    pool.id = "us-east-1_Missing00"
    assert pool.refused(users, pool) == (
        "ResourceNotFoundException",
        "User pool us-east-1_Missing00 does not exist.",
    )
