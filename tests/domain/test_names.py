import pytest

from keydesk.domain import names
from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter
from keydesk.shapes.types import UsernameConfigurationType, UserPoolType


def pool(*, by: tuple[str, ...] = (), aliases: tuple[str, ...] = (), ignores_case: bool = True) -> Pool:
    return Pool(
        id="us-east-1_Pool",
        region="us-east-1",
        account="000000000000",
        name="pool",
        settings=UserPoolType(
            username_attributes=list(by),
            alias_attributes=list(aliases),
            username_configuration=UsernameConfigurationType(case_sensitive=not ignores_case),
        ),
    )


def test_case_is_folded_only_where_the_pool_ignores_it() -> None:
    for kind in ("username", "email", "preferred_username"):
        assert names.folded(kind, "MiXed", pool()) == "mixed"
        assert names.folded(kind, "MiXed", pool(ignores_case=False)) == "MiXed"
    assert names.folded("phone_number", "+1A", pool()) == "+1A"


def test_typed_text_may_be_any_of_the_pools_names() -> None:
    assert names.typed("A@b.c", pool()) == (("username", "a@b.c"),)
    assert names.typed("A@b.c", pool(by=("email",), ignores_case=False)) == (("username", "A@b.c"), ("email", "A@b.c"))
    assert [kind for kind, _ in names.typed("x", pool(aliases=("phone_number", "preferred_username")))] == [
        "username",
        "phone_number",
        "preferred_username",
    ]


@pytest.mark.parametrize(
    ("by", "username", "outcome"),
    [
        ((), "anything", None),
        ((), "a@example.com", None),
        (("email",), "a@example.com", "email"),
        (("phone_number",), "+12065550100", "phone_number"),
        (("email", "phone_number"), "+12065550100", "phone_number"),
        (("phone_number", "email"), "a@example.com", "email"),
    ],
)
def test_a_username_may_fill_an_attribute(by: tuple[str, ...], username: str, outcome: str | None) -> None:
    assert names.check_username(username, pool(by=by)) == outcome


@pytest.mark.parametrize(
    ("by", "username", "sentence"),
    [
        (("email",), "user", "Username should be an email."),
        (("email",), "+12065550100", "Username should be an email."),
        (("phone_number",), "a@example.com", "Username should be a phone number."),
        (("email", "phone_number"), "user", "Username should be either an email or a phone number."),
        (("phone_number", "email"), "", "Username should be either an email or a phone number."),
    ],
)
def test_other_usernames_are_refused(by: tuple[str, ...], username: str, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        names.check_username(username, pool(by=by))
    assert refused.value.sentence == sentence


def test_a_username_may_not_look_like_an_alias() -> None:
    with pytest.raises(InvalidParameter, match="cannot be of email format, since user pool is configured for email"):
        names.check_username("a@example.com", pool(aliases=("email",)))
    with pytest.raises(InvalidParameter, match="cannot be of phone number format"):
        names.check_username("+12065550100", pool(aliases=("phone_number",)))
    assert names.check_username("+12065550100", pool(aliases=("email",))) is None
    assert names.check_username("a@example.com", pool(aliases=("phone_number", "preferred_username"))) is None


def test_aliases_count_when_they_are_verified() -> None:
    three = pool(aliases=("email", "phone_number", "preferred_username"))
    said = {"email": "A@b.c", "phone_number": "+1", "preferred_username": "Nick", "name": "x"}
    assert names.of_user("User", said, three) == {"username": "user", "preferred_username": "nick"}
    said |= {"email_verified": "true", "phone_number_verified": "false"}
    assert names.of_user("User", said, three) == {"username": "user", "preferred_username": "nick", "email": "a@b.c"}
    assert names.of_user("User", said, pool()) == {"username": "user"}


def test_username_attributes_count_at_once() -> None:
    by = pool(by=("email", "phone_number"), ignores_case=False)
    assert names.of_user("id", {"email": "A@b.c"}, by) == {"username": "id", "email": "A@b.c"}
    assert names.of_user("id", {"email": "", "phone_number": "+1"}, by) == {"username": "id", "phone_number": "+1"}


def test_a_preferred_username_that_looks_like_another_alias_leads_nowhere() -> None:
    three = pool(aliases=("email", "phone_number", "preferred_username"))
    for taken in ("victim@example.com", "+12065550100"):
        assert names.of_user("user", {"preferred_username": taken}, three) == {"username": "user"}
    alone = pool(aliases=("preferred_username",))
    assert names.of_user("user", {"preferred_username": "a@b.co"}, alone)["preferred_username"] == "a@b.co"
