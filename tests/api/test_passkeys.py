"""Passkeys registered, listed and removed by their user; and registrations that no honest browser sends (PK-07)."""

import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.asking import refused
from tests.api.passkey_owner import ALLOWED, INVALID, Owner
from tests.passkey_authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Authenticator, plain, text
from tests.serving import Pool, Serving

NOT_FOUND = "WebAuthnChallengeNotFoundException"
ORIGIN = "WebAuthnOriginNotAllowedException"
PARTY = "WebAuthnRelyingPartyMismatchException"
UNSUPPORTED = "WebAuthnCredentialNotSupportedException"


def test_the_options_say_what_a_browser_needs(server: Serving) -> None:
    owner = Owner(server)
    options = owner.start()
    assert len(plain(options.pop("challenge"))) == 32
    assert options == {
        "rp": {"id": "localhost", "name": "localhost"},
        "user": {"id": text(owner.sub.encode()), "name": "ada", "displayName": "ada"},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -257, -8)],
        "timeout": 60000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": "preferred",
        },
        "attestation": "none",
    }


def test_a_user_named_by_address_sees_the_address(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"], Policies=ALLOWED)
    pool.user("ada@example.com", email="ada@example.com")
    token = pool.tokens("ada@example.com")["AccessToken"]
    options = pool.api.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    assert options["user"]["name"] == "ada@example.com"


def test_a_passkey_is_registered_listed_and_removed(server: Serving) -> None:
    owner = Owner(server)
    assert owner.listed() == []
    google = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    key = owner.register(model=google, transports=("internal", "hybrid"), flags=PRESENT | ELIGIBLE | BACKED_UP)
    (found,) = owner.listed()
    assert abs(found.pop("CreatedAt").timestamp() - time.time()) < 60
    assert found == {
        "CredentialId": text(key.id),
        "FriendlyCredentialName": "Google Password Manager",
        "RelyingPartyId": "localhost",
        "AuthenticatorAttachment": "platform",
        "AuthenticatorTransports": ["internal", "hybrid"],
    }
    excluded = {"type": "public-key", "id": text(key.id), "transports": ["internal", "hybrid"]}
    assert owner.start()["excludeCredentials"] == [excluded]
    owner.api.delete_web_authn_credential(AccessToken=owner.token, CredentialId=text(key.id))
    assert owner.listed() == []
    again = refused(owner.api.delete_web_authn_credential, AccessToken=owner.token, CredentialId=text(key.id))
    assert again == ("ResourceNotFoundException", "The passkey does not exist.")


def test_the_list_comes_in_pages(server: Serving) -> None:
    owner = Owner(server)
    keys = [text(owner.register().id) for _ in range(3)]
    first = owner.api.list_web_authn_credentials(AccessToken=owner.token, MaxResults=2)
    rest = owner.api.list_web_authn_credentials(AccessToken=owner.token, MaxResults=2, NextToken=first["NextToken"])
    assert [each["CredentialId"] for each in first["Credentials"] + rest["Credentials"]] == keys
    assert "NextToken" not in rest
    assert refused(owner.api.list_web_authn_credentials, AccessToken=owner.token, NextToken="made-up") == (
        "InvalidParameterException",
        "Invalid pagination token given.",
    )


def test_a_user_has_twenty_at_most(server: Serving) -> None:
    owner = Owner(server)
    early = owner.start()
    for _ in range(20):
        owner.register()
    assert len(owner.listed()) == 20
    full = ("LimitExceededException", "A user may have 20 passkeys at most.")
    assert refused(owner.api.start_web_authn_registration, AccessToken=owner.token) == full
    assert owner.refused(Authenticator().register(early)) == full


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ec.generate_private_key(ec.SECP256R1()), id="ES256"),
        pytest.param(rsa.generate_private_key(65537, 2048), id="RS256"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="EdDSA"),
    ],
)
def test_every_offered_algorithm_is_taken(server: Serving, key: Any) -> None:
    owner = Owner(server)
    owner.register(key=key)
    assert len(owner.listed()) == 1


def test_keys_that_no_signature_can_be_held_against_are_refused(server: Serving) -> None:
    """PK-06."""
    owner = Owner(server)
    good = Authenticator().cose()
    short = Authenticator(key=rsa.generate_private_key(65537, 1024)).cose()
    off_the_curve = {**good, -2: bytes(32)}
    wrong = (short, off_the_curve, {**good, 3: -35}, {**good, -1: 3}, {**good, 1: 9}, {1: 2}, {}, [], "key")
    for cose in wrong:
        assert owner.refused(Authenticator().register(owner.start(), cose=cose))[0] == UNSUPPORTED, cose
    assert owner.listed() == []


def test_a_challenge_is_good_for_one_try(server: Serving) -> None:
    """PK-01."""
    owner = Owner(server)
    options = owner.start()
    owner.complete(Authenticator().register(options))
    assert owner.refused(Authenticator().register(options))[0] == NOT_FOUND
    assert owner.refused(Authenticator().register(owner.start(), challenge=text(bytes(32))))[0] == NOT_FOUND
    tried = owner.start()
    assert owner.refused(Authenticator(origin="https://example.org").register(tried))[0] == ORIGIN
    assert owner.refused(Authenticator().register(tried))[0] == NOT_FOUND


def test_a_challenge_expires(own_server: Serving) -> None:
    own_server.clock.stop()
    owner = Owner(own_server)
    late, early = owner.start(), owner.start()
    own_server.clock.forward(seconds=299.999)
    owner.complete(Authenticator().register(early))
    own_server.clock.forward(seconds=0.001)
    assert owner.refused(Authenticator().register(late))[0] == NOT_FOUND


def test_a_challenge_is_its_users_and_its_clients(server: Serving) -> None:
    owner = Owner(server)
    owner.pool.user("eve")
    eve = owner.pool.tokens("eve")["AccessToken"]
    assert owner.refused(Authenticator().register(owner.start()), eve)[0] == NOT_FOUND
    first, owner.pool.client = owner.start(), owner.pool.new_client()
    elsewhere = owner.pool.tokens()["AccessToken"]
    assert owner.refused(Authenticator().register(first), elsewhere)[0] == "WebAuthnClientMismatchException"
    assert owner.listed() == []


def test_only_pages_of_the_relying_party_register(server: Serving) -> None:
    """PK-02."""
    owner = Owner(server)
    owner.configure(RelyingPartyId="example.com")
    assert owner.start()["rp"]["id"] == "example.com"
    for origin in ("https://example.com", "https://login.example.com:8443"):
        owner.register(origin=origin)
    for origin in (
        "http://example.com",
        "https://example.com.",
        "https://example.org",
        "https://notexample.com",
        "https://example.com@example.org",
        "https://example.com/",
        "https://com",
        "null",
        "",
        "android:apk-key-hash:AAAA",
    ):
        assert owner.refused(Authenticator(origin=origin).register(owner.start()))[0] == ORIGIN, origin
    framed = Authenticator(origin="https://example.com", across=True)
    assert owner.refused(framed.register(owner.start()))[0] == ORIGIN
    assert len(owner.listed()) == 2


@pytest.mark.parametrize("said", ["https://example.com", "example.com:8443", "192.0.2.7"])
def test_a_relying_party_that_no_browser_takes_is_refused(server: Serving, said: str) -> None:
    owner = Owner(server)
    configured = {"UserPoolId": owner.pool.id, "WebAuthnConfiguration": {"RelyingPartyId": said}}
    assert refused(owner.api.set_user_pool_mfa_config, **configured) == (
        "InvalidParameterException",
        "The relying party id must be a domain name.",
    )
    assert owner.start()["rp"]["id"] == "localhost"


def test_a_passkey_of_another_relying_party_is_refused(server: Serving) -> None:
    owner = Owner(server)
    assert owner.refused(Authenticator(rp_id="example.org").register(owner.start()))[0] == PARTY
    moved = owner.start()
    owner.configure(RelyingPartyId="example.com")
    assert owner.refused(Authenticator(origin="https://example.com").register(moved))[0] == PARTY


@pytest.mark.parametrize(
    "said", [{"UserVerification": "required"}, {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}]
)
def test_user_verification_that_is_required_is_required(server: Serving, said: dict[str, str]) -> None:
    """PK-03."""
    owner = Owner(server)
    owner.configure(**said)
    options = owner.start()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert owner.refused(Authenticator(flags=PRESENT).register(options))[0] == UNSUPPORTED
    owner.register(flags=PRESENT | VERIFIED)


def test_one_credential_is_registered_once(server: Serving) -> None:
    owner = Owner(server)
    known = owner.register()
    owner.pool.user("eve")
    eve = owner.pool.tokens("eve")["AccessToken"]
    taken = ("InvalidParameterException", "The credential is registered already.")
    assert owner.refused(known.register(owner.start(eve)), eve) == taken
    other = Owner(server)
    other.complete(known.register(other.start()))


def test_what_is_no_registration_is_refused(server: Serving) -> None:
    """PK-05."""
    owner = Owner(server)
    for wrong in ({"fmt": "packed", "statement": {"x": 1}}, {"statement": {"sig": b"1"}}, {"fmt": "made-up"}):
        assert owner.refused(Authenticator().register(owner.start(), **wrong)) == INVALID
    assert owner.refused(Authenticator(id=bytes(1024)).register(owner.start())) == INVALID
    assert owner.refused(Authenticator(flags=VERIFIED).register(owner.start())) == INVALID  # nobody was there
    assert owner.refused(Authenticator(flags=PRESENT | BACKED_UP).register(owner.start())) == INVALID
    swapped = Authenticator().register(owner.start())
    assert owner.refused({**swapped, "id": text(bytes(32)), "rawId": text(bytes(32))}) == INVALID
    options = owner.start()
    signed = Authenticator().sign({"challenge": options["challenge"], "rpId": "localhost"})
    assert owner.refused(signed) == INVALID
    assert owner.refused({**Authenticator().register(owner.start()), "more": "x" * 40_000}) == INVALID
    assert owner.listed() == []


def test_whatever_is_sent_is_no_failure_of_the_server(server: Serving) -> None:
    """PK-05, RQ-03."""
    owner = Owner(server)
    good = json.dumps(Authenticator().register(owner.start()))
    target = "AWSCognitoIdentityProviderService.CompleteWebAuthnRegistration"

    def status(credential: str) -> int:
        body = f'{{"AccessToken": "{owner.token}", "Credential": {credential}}}'
        return server.raw(target, body.encode("utf-8", "surrogatepass"))[0]

    for wrong in ("[]", '"text"', "1e999", "{}", "[" * 900 + "]" * 900, '{"a":' * 90_000, '{"id": "\\ud800"}'):
        assert status(wrong) == 400, wrong[:20]

    @settings(max_examples=100)
    @given(start=st.integers(0, len(good)), length=st.integers(0, 30), put=st.text(max_size=30))
    def edited(start: int, length: int, put: str) -> None:
        assert status(good[:start] + put + good[start + length :]) in (200, 400)

    edited()
    assert len(owner.listed()) <= 1


def test_a_pool_that_does_not_allow_passkeys_says_so(server: Serving) -> None:
    no_word: dict[str, Any] = {"PasswordPolicy": {"MinimumLength": 8}}
    for policies in (no_word, {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}):
        owner = Owner(server, policies)
        start = refused(owner.api.start_web_authn_registration, AccessToken=owner.token)
        assert start[0] == "WebAuthnNotEnabledException"
        assert owner.refused({})[0] == "WebAuthnNotEnabledException"
        assert owner.listed() == []


def test_the_token_says_whose_passkeys(server: Serving) -> None:
    owner = Owner(server)
    key = owner.register()
    owner.pool.user("eve")
    eve = owner.pool.tokens("eve")["AccessToken"]
    assert owner.listed(eve) == []
    removed = refused(owner.api.delete_web_authn_credential, AccessToken=eve, CredentialId=text(key.id))
    assert removed[0] == "ResourceNotFoundException"
    for id in ("", "?", "é", "x" * 5000):
        assert refused(owner.api.delete_web_authn_credential, AccessToken=eve, CredentialId=id)[0] in (
            "ResourceNotFoundException",
            "InvalidParameterException",
        )
    assert refused(owner.api.start_web_authn_registration, AccessToken="made-up")[0] == "NotAuthorizedException"
    assert len(owner.listed()) == 1


def test_a_deleted_user_leaves_no_passkey(server: Serving) -> None:
    owner = Owner(server)
    key = owner.register()
    owner.api.delete_user(AccessToken=owner.token)
    owner.pool.user("ada")
    token = owner.pool.tokens()["AccessToken"]
    assert owner.listed(token) == []
    owner.complete(key.register(owner.start(token)), token)
