"""What ends a session really ends it: revoked, signed out, disabled, deleted. And no token passes that is not ours."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey
from tests.serving import Pool, Serving, claims
from tests.triggers.recorder import answering

from keydesk.shapes import OPERATIONS

REVOKED = ("NotAuthorizedException", "Access Token has been revoked")
GONE = ("UserNotFoundException", "User does not exist.")
INVALID = ("NotAuthorizedException", "Invalid Access Token")
UNSIGNED = ("NotAuthorizedException", "Could not verify signature for Access Token")
NOT_SIGNED_BY_IT = {  # forgeries whose header is one that a pool writes
    "no signature",
    "another's claims",
    "a later end",
    "another pool's key",
    "this pool's kid on another's token",
    "a flipped signature",
}
Tokens = dict[str, Any]


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    made.user("ada")
    return made


def refresh(pool: Pool, tokens: Tokens) -> Tokens:
    said = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    made = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=said)
    return dict(made["AuthenticationResult"])


def by_secret(pool: Pool, tokens: Tokens) -> Tokens:
    said = {"ClientId": pool.client, "RefreshToken": tokens["RefreshToken"]}
    return dict(pool.api.get_tokens_from_refresh_token(**said)["AuthenticationResult"])


def uses(pool: Pool, access: str) -> list[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """Operations that an access token opens, none of which changes anything."""
    api = pool.api
    return [
        ("GetUser", api.get_user, {"AccessToken": access}),
        ("GetUserAttributeVerificationCode", api.get_user_attribute_verification_code,
         {"AccessToken": access, "AttributeName": "email"}),
        ("UpdateUserAttributes", api.update_user_attributes,
         {"AccessToken": access, "UserAttributes": [{"Name": "name", "Value": "Ada"}]}),
        ("ChangePassword", api.change_password,
         {"AccessToken": access, "PreviousPassword": "Wrong-horse-9", "ProposedPassword": "Another-horse-8"}),
        ("GlobalSignOut", api.global_sign_out, {"AccessToken": access}),
        ("DeleteUser", api.delete_user, {"AccessToken": access}),
    ]  # fmt: skip


def works(pool: Pool, tokens: Tokens) -> bool:
    return bool(pool.api.get_user(AccessToken=tokens["AccessToken"]) and refresh(pool, tokens))


def is_dead(pool: Pool, tokens: Tokens, access: tuple[str, str], refreshing: tuple[str, str]) -> None:
    """Every use of the tokens is refused in these words."""
    for name, operation, said in uses(pool, tokens["AccessToken"]):
        told = access if access[0] in OPERATIONS[name].errors else REVOKED
        assert pool.refused(operation, **said) == told, name
    for way in (refresh, by_secret):
        assert pool.refused(way, pool, tokens) == refreshing


def test_a_revoked_session_is_dead_and_no_other(pool: Pool) -> None:
    """TK-06: the refresh token, and each access token that was ever made of it."""
    first, other = pool.tokens(), pool.tokens()
    again = refresh(pool, first)
    pool.api.revoke_token(Token=first["RefreshToken"], ClientId=pool.client)
    sentence = ("NotAuthorizedException", "Refresh Token has been revoked")
    is_dead(pool, first, REVOKED, sentence)
    is_dead(pool, first | {"AccessToken": again["AccessToken"]}, REVOKED, sentence)
    assert works(pool, other)
    assert works(pool, pool.tokens())
    pool.api.revoke_token(Token=first["RefreshToken"], ClientId=pool.client)


def test_who_may_revoke(pool: Pool) -> None:
    """RFC 7009, section 2: another client's token is not touched, an unknown one is no error."""
    tokens = pool.tokens()
    other = pool.new_client()
    pool.api.revoke_token(Token=tokens["RefreshToken"], ClientId=other)
    pool.api.revoke_token(Token="A" * 64, ClientId=pool.client)
    assert works(pool, tokens)
    secret = pool.new_client(GenerateSecret=True)
    refused = pool.refused(pool.api.revoke_token, Token="A" * 64, ClientId=secret)
    assert refused[0] == "UnauthorizedException"
    refused = pool.refused(pool.api.revoke_token, Token=tokens["AccessToken"], ClientId=pool.client)
    assert refused[0] == "UnsupportedTokenTypeException"
    refused = pool.refused(pool.api.revoke_token, Token="A" * 64, ClientId="a" * 26)
    assert refused[0] == "ResourceNotFoundException"


def test_a_client_may_do_without_revocation(pool: Pool) -> None:
    pool.client = pool.new_client(EnableTokenRevocation=False)
    tokens = pool.tokens()
    assert "origin_jti" not in claims(tokens["AccessToken"])
    refused = pool.refused(pool.api.revoke_token, Token=tokens["RefreshToken"], ClientId=pool.client)
    assert refused[0] == "UnsupportedOperationException"
    assert works(pool, tokens)


def signs_out(pool: Pool, tokens: Tokens) -> None:
    pool.api.global_sign_out(AccessToken=tokens["AccessToken"])


def is_signed_out(pool: Pool, tokens: Tokens) -> None:
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")


@pytest.mark.parametrize("end", [signs_out, is_signed_out])
def test_a_global_sign_out_ends_every_session_of_the_user(pool: Pool, end: Callable[[Pool, Tokens], None]) -> None:
    """TK-07: of all clients; other users and later sign-ins are not touched."""
    pool.user("eve")
    first, second, hers = pool.tokens(), pool.tokens(), pool.tokens("eve")
    end(pool, first)
    for tokens in (first, second):
        is_dead(pool, tokens, REVOKED, ("NotAuthorizedException", "Refresh Token has been revoked"))
    assert works(pool, hers)
    assert works(pool, pool.tokens())


def test_disabling_ends_sessions_and_enabling_revives_none(pool: Pool) -> None:
    """TK-08."""
    tokens = pool.tokens()
    who = {"UserPoolId": pool.id, "Username": "ada"}
    pool.api.admin_disable_user(**who)
    for _, operation, said in uses(pool, tokens["AccessToken"]):
        assert pool.refused(operation, **said)[0] == "NotAuthorizedException"
    assert pool.refused(refresh, pool, tokens)[0] == "NotAuthorizedException"
    pool.api.admin_enable_user(**who)
    is_dead(pool, tokens, REVOKED, ("NotAuthorizedException", "Refresh Token has been revoked"))
    assert works(pool, pool.tokens())


def test_a_token_of_one_who_is_gone_is_not_a_namesakes(pool: Pool) -> None:
    """TK-05."""
    tokens = pool.tokens()
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"]) == GONE
    pool.user("ada")
    is_dead(pool, tokens, GONE, ("NotAuthorizedException", "Invalid Refresh Token"))
    assert works(pool, pool.tokens())


def test_tokens_end_with_their_client_and_their_pool(pool: Pool) -> None:
    """TK-04."""
    tokens, client = pool.tokens(), pool.client
    pool.client = pool.new_client()
    kept = pool.tokens()
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=client)
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    assert works(pool, kept)
    pool.api.delete_user_pool(UserPoolId=pool.id)
    assert pool.refused(pool.api.get_user, AccessToken=kept["AccessToken"])[0] == "NotAuthorizedException"


def part(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def hmac_signed(header: object, said: object, key: bytes) -> str:
    """As joserfc would, if it took a public key for a secret."""
    text = f"{part(header)}.{part(said)}"
    digest = hmac.digest(key, text.encode(), "sha256")
    return text + "." + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def key_of(pool: Pool) -> RSAKey:
    keys = json.loads(pool.server.fetch(f"/{pool.id}/.well-known/jwks.json"))
    key = KeySet.import_key_set(keys).keys[0]
    assert isinstance(key, RSAKey)
    return key


def forgeries(pool: Pool) -> dict[str, str]:
    """Tokens that say what a good one says, and are not the pool's (TK-01 to TK-03)."""
    tokens = pool.tokens()
    good = tokens["AccessToken"]
    head, body, signature = good.split(".")
    said, public, mine = claims(good), key_of(pool), RSAKey.generate_key(2048)
    kid = str(public.kid)
    hs256 = {"alg": "HS256", "kid": kid}
    own: dict[str, Any] = {"alg": "RS256", "kid": kid, "jwk": mine.as_dict(private=False)}
    other = Pool(pool.server)
    other.user("ada")
    theirs = other.tokens()["AccessToken"].split(".")
    registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    pem, der = (public.as_bytes(form, private=False) for form in ("PEM", "DER"))  # type: ignore[arg-type]
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    return {
        "alg none": f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        "alg None": f"{part({'alg': 'None', 'kid': kid})}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "no kid": f"{part({'alg': 'RS256'})}.{body}.{signature}",
        "HS256 by the public PEM": hmac_signed(hs256, said, pem),
        "HS256 by the public DER": hmac_signed(hs256, said, der),
        "a key of mine": jwt.encode({"alg": "RS256", "kid": kid}, said, mine),
        "a key that I bring along": jws.serialize_compact(own, json.dumps(said), mine, registry=registry),
        "an unknown kid": jwt.encode({"alg": "RS256", "kid": "mine"}, said, mine),
        "another's claims": f"{head}.{part(said | {'sub': claims(tokens['IdToken'])['sub'][::-1]})}.{signature}",
        "a later end": f"{head}.{part(said | {'exp': said['exp'] + 1})}.{signature}",
        "another pool's key": f"{theirs[0]}.{body}.{theirs[2]}",
        "this pool's kid on another's token": f"{head}.{theirs[1]}.{theirs[2]}",
        "a flipped signature": f"{head}.{body}.{flipped}",
        "an ID token": tokens["IdToken"],
    }


def test_no_token_passes_but_the_pools_own(pool: Pool) -> None:
    forged = forgeries(pool)
    for name, token in forged.items():
        refusal = UNSIGNED if name in NOT_SIGNED_BY_IT else INVALID
        assert pool.refused(pool.api.get_user, AccessToken=token) == refusal, name
    for _, operation, said in uses(pool, forged["an ID token"]):
        assert pool.refused(operation, **said) == INVALID


def test_an_id_token_that_a_function_made_look_like_an_access_token(pool: Pool) -> None:
    """TK-03: `token_use` is the one claim that tells them apart, and no function can set it."""
    added = {
        "client_id": pool.client,
        "scope": "aws.cognito.signin.user.admin",
        "username": "ada",
        "token_use": "access",
    }
    said = {"claimsOverrideDetails": {"claimsToAddOrOverride": added}}
    pool.trigger(PreTokenGeneration=answering(pool.server, said).arn)
    tokens = pool.tokens()
    assert claims(tokens["IdToken"])["client_id"] == pool.client
    assert pool.refused(pool.api.get_user, AccessToken=tokens["IdToken"]) == INVALID
    assert works(pool, tokens)


def test_strings_that_are_no_tokens(pool: Pool) -> None:
    """A refusal, never a fault."""
    refresh_token = pool.tokens()["RefreshToken"]
    nested = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 20_000).decode()
    for token in ("x", "a.b.c", "...", "e30.e30.e30", f"{nested}.e30.e30", refresh_token, "é.é.é", "a" * 9000):
        code, _ = pool.refused(pool.api.get_user, AccessToken=token)
        assert code in ("NotAuthorizedException", "InvalidParameterException"), token[:20]
