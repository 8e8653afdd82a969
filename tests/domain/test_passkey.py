"""Which domain a pool's passkeys are for, and which pages may use them."""

import pytest

from keydesk.domain import passkey
from keydesk.domain.pool import Factors, Pool
from keydesk.shapes.types import (
    SignInPolicyType,
    UserPoolPolicyType,
    UserPoolType,
    WebAuthnConfigurationType,
)


def pool(factors: list[str] | None = None, **said: str) -> Pool:
    policy = UserPoolPolicyType(sign_in_policy=SignInPolicyType(allowed_first_auth_factors=factors))
    configured = Factors(web_authn=WebAuthnConfigurationType(**said) if said else None)
    settings = UserPoolType(policies=policy)
    return Pool(id="us-east-1_a", region="us-east-1", account="0", name="a", settings=settings, factors=configured)


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("http://127.0.0.1:9229", "localhost"),
        ("http://[::1]:9229", "localhost"),
        ("http://localhost:9229", "localhost"),
        ("https://Login.Example.com", "login.example.com"),
        ("http://192.0.2.7:9229", ""),
        ("http://0.0.0.0:9229", ""),
        ("", ""),
    ],
)
def test_without_a_word_the_domain_is_the_servers_own(address: str, party: str) -> None:
    assert passkey.relying_party(pool(), address) == party
    assert passkey.relying_party(pool(user_verification="required"), address) == party
    assert passkey.relying_party(pool(relying_party_id="Example.com"), address) == "example.com"


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("example.com", True),
        ("Login.Example.com", True),
        ("localhost", True),
        ("xn--bcher-kva.example", True),
        ("3com.example", True),
        ("https://example.com", False),
        ("example.com:443", False),
        ("example.com.", False),
        ("example.com\n", False),
        (".example.com", False),
        ("-a.com", False),
        ("a..com", False),
        ("192.0.2.7", False),
        ("[::1]", False),
        ("b\u00fccher.example", False),
        ("a" * 64 + ".com", False),
        ("", False),
    ],
)
def test_a_relying_party_is_a_domain(said: str, good: bool) -> None:
    assert passkey.is_domain(said) is good


def test_a_pool_allows_passkeys_by_name() -> None:
    assert passkey.allowed(pool(["PASSWORD", "WEB_AUTHN"]))
    assert not passkey.allowed(pool(["PASSWORD", "EMAIL_OTP"]))
    assert not passkey.allowed(pool())
    assert not passkey.allowed(
        Pool(id="us-east-1_a", region="us-east-1", account="0", name="a", settings=UserPoolType())
    )


def test_two_factors_in_one_need_the_user_verified() -> None:
    """PK-03."""
    assert not passkey.verifies(pool())
    assert not passkey.verifies(pool(user_verification="preferred", factor_configuration="SINGLE_FACTOR"))
    assert passkey.verifies(pool(user_verification="required"))
    assert passkey.verifies(pool(factor_configuration="MULTI_FACTOR_WITH_USER_VERIFICATION"))


@pytest.mark.parametrize(
    ("party", "origin", "welcome"),
    [
        ("example.com", "https://example.com", True),
        ("example.com", "https://example.com:8443", True),
        ("example.com", "https://a.b.example.com", True),
        ("example.com", "http://example.com", False),
        ("example.com", "https://badexample.com", False),
        ("example.com", "https://example.com.evil.org", False),
        ("example.com", "https://example.com\n", False),
        ("example.com", "https://EXAMPLE.com", False),
        ("example.com", "wss://example.com", False),
        ("example.com", "https://com", False),
        ("localhost", "http://localhost", True),
        ("localhost", "http://localhost:5173", True),
        ("localhost", "https://app.localhost:5173", True),
        ("localhost", "http://127.0.0.1:5173", False),
        ("localhost", "http://localhost:5173/", False),
        ("", "https://.", False),
        ("", "https://a.", False),
    ],
)
def test_pages_of_the_domain_and_below_are_welcome(party: str, origin: str, welcome: bool) -> None:
    """PK-02."""
    assert passkey.welcomes(party, origin) is welcome


def test_a_passkey_is_called_after_its_provider() -> None:
    assert passkey.called("fbfc3007-154e-4ecc-8c0b-6e020557d7bd") == "iCloud Keychain"
    assert passkey.called("00000000-0000-0000-0000-000000000000") == "Passkey"
