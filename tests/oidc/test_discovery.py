"""What a verifier of tokens reads: it finds the keys from the issuer alone, and they verify the tokens."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet
from tests.serving import Pool, Serving, claims, serving

PATHS = ("jwks.json", "openid-configuration")


def fetched(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "max-age" in answer.headers["cache-control"]
        return json.loads(answer.read())


def keys(issuer: str) -> KeySet:
    """The pool's keys, found as a verifier finds them."""
    document = fetched(f"{issuer}/.well-known/openid-configuration")
    assert document["issuer"] == issuer
    return KeySet.import_key_set(fetched(document["jwks_uri"]))


@pytest.mark.parametrize("kind", ["IdToken", "AccessToken"])
def test_the_served_keys_verify_the_tokens(server: Serving, kind: str) -> None:
    pool = Pool(server)
    sub = pool.user()
    token = pool.tokens()[kind]
    issuer = claims(token)["iss"]
    verified = jwt.decode(token, keys(issuer), algorithms=["RS256"])
    registry = jwt.JWTClaimsRegistry(iss={"essential": True, "value": issuer}, sub={"essential": True, "value": sub})
    registry.validate(verified.claims)
    assert verified.claims["token_use"] == kind.removesuffix("Token").lower()
    assert verified.header["kid"] in [key.kid for key in keys(issuer).keys]


def test_the_keys_of_another_pool_do_not(server: Serving) -> None:
    one, other = Pool(server), Pool(server)
    one.user()
    token = one.tokens()["AccessToken"]
    with pytest.raises((BadSignatureError, InvalidKeyIdError, ValueError)):
        jwt.decode(token, keys(f"{server.url}/{other.id}"), algorithms=["RS256"])


def test_only_the_public_half_is_served(server: Serving) -> None:
    pool = Pool(server)
    served = fetched(f"{server.url}/{pool.id}/.well-known/jwks.json")["keys"]
    assert served
    for key in served:
        assert set(key) == {"kty", "n", "e", "alg", "use", "kid"}
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


def test_the_configuration_says_what_is_served(server: Serving) -> None:
    pool = Pool(server)
    address = f"{server.url}/{pool.id}"
    document = fetched(f"{address}/.well-known/openid-configuration")
    assert document["jwks_uri"] == f"{address}/.well-known/jwks.json"
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["subject_types_supported"] == ["public"]


def test_behind_a_proxy_the_keys_are_where_clients_see_the_server(tmp_path: Path) -> None:
    """Not where it listens, unless the issuer names a host for show."""
    proxied, shown = "https://login.example.com/{pool}", "https://cognito-idp.{region}.amazonaws.com/{pool}"
    for issuer in (proxied, shown):
        with serving(tmp_path, open=False, keys={"keydesk": "keydesk"}, issuer=issuer) as server:
            made = server.client().create_user_pool(PoolName="p")
            pool = made["UserPool"]["Id"]
            document = fetched(f"{server.url}/{pool}/.well-known/openid-configuration")
            begins = "https://login.example.com" if issuer == proxied else server.url
            assert document["issuer"] == issuer.format(region="us-east-1", pool=pool)
            assert document["jwks_uri"] == f"{begins}/{pool}/.well-known/jwks.json"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("pool", ["us-east-1_nobody", "us-east-1_%00", "%FF", "a'--", "é".encode().hex()])
def test_no_pool_no_keys(server: Serving, pool: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        server.fetch(f"/{pool}/.well-known/{path}")
    with refusal.value as answer:
        assert answer.code == 404
        assert "Traceback" not in answer.read().decode()


@pytest.mark.parametrize("path", PATHS)
def test_a_deleted_pool_has_none(server: Serving, path: str) -> None:
    pool = Pool(server)
    assert server.fetch(f"/{pool.id}/.well-known/{path}")
    pool.api.delete_user_pool(UserPoolId=pool.id)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        server.fetch(f"/{pool.id}/.well-known/{path}")
    with refusal.value as answer:
        assert answer.code == 404
