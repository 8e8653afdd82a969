import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain import password_policy
from keydesk.errors import InvalidPassword
from keydesk.shapes.types import PasswordPolicyType

NOTHING = PasswordPolicyType(
    minimum_length=6, require_uppercase=False, require_lowercase=False, require_numbers=False, require_symbols=False
)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Aa1!aaa", "Password not long enough"),
        ("", "Password not long enough"),
        ("aa1!aaaa", "Password must have uppercase characters"),
        ("AA1!AAAA", "Password must have lowercase characters"),
        ("Aab!aaaa", "Password must have numeric characters"),
        ("Aa1aaaaa", "Password must have symbol characters"),
        ("ÄÖÜß1!aa", "Password must have uppercase characters"),
        ("Aa٣!aaaa", "Password must have numeric characters"),
        ("Aa1€aaaa", "Password must have symbol characters"),
    ],
)
def test_the_default_policy_names_the_first_broken_rule(password: str, fault: str) -> None:
    with pytest.raises(InvalidPassword) as refused:
        password_policy.check(None, password)
    assert refused.value.sentence == f"Password did not conform with policy: {fault}"


def test_administrators_read_their_own_sentence() -> None:
    with pytest.raises(InvalidPassword) as refused:
        password_policy.check(None, "x", by_admin=True)
    assert refused.value.sentence == "Password did not conform with password policy: Password not long enough"


@pytest.mark.parametrize("symbol", password_policy.SYMBOLS)
def test_every_symbol_counts(symbol: str) -> None:
    password_policy.check(None, f"Aa1{symbol}aaaa")


def test_only_what_the_pool_asks_is_asked() -> None:
    password_policy.check(NOTHING, "aaaaaa")
    password_policy.check(PasswordPolicyType(), "")
    with pytest.raises(InvalidPassword):
        password_policy.check(NOTHING, "aaaaa")


@given(st.builds(PasswordPolicyType, minimum_length=st.integers(6, 99) | st.none()) | st.none())
def test_a_temporary_password_meets_any_policy(policy: PasswordPolicyType | None) -> None:
    password = password_policy.temporary(policy)
    password_policy.check(policy, password)
    password_policy.check(password_policy.default(), password)
    assert len(password) == max(12, (policy and policy.minimum_length) or 0)
    assert password != password_policy.temporary(policy)
    assert all(password_policy.temporary(policy)[0].isalpha() for _ in range(20))
