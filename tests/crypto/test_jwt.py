import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from keydesk.crypto import jwt
from keydesk.crypto.jwt import ClaimsTooLarge, TokenRefused
from keydesk.crypto.keys import SigningKey

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
KEYS = {KEY.kid: KEY}
CLAIMS = {
    "iss": "http://localhost/us-east-1_Pool",
    "sub": "a",
    "cognito:groups": ["é"],
    "exp": 1,
    "email_verified": True,
}


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(header: Mapping[str, object], key: object = KEY.rsa) -> str:
    """A token with a header of the forger's choice, well signed with the given key."""
    registry = jws.JWSRegistry(algorithms=["RS256", "HS256", "ES256", "PS256", "RS384"], strict_check_header=False)
    return jws.serialize_compact(dict(header), json.dumps(CLAIMS), key, registry=registry)  # type: ignore[arg-type]


def test_a_token_gives_back_its_claims() -> None:
    assert jwt.verify(jwt.sign(CLAIMS, KEY), KEYS) == CLAIMS


def test_the_header_is_cognitos() -> None:
    header = jwt.sign(CLAIMS, KEY).split(".")[0]
    assert json.loads(urlsafe_b64decode(header + "==")) == {"kid": KEY.kid, "alg": "RS256"}


def test_any_changed_character_is_refused() -> None:
    token = jwt.sign({"sub": "a"}, KEY)
    for place, letter in enumerate(token):
        with pytest.raises(TokenRefused):
            jwt.verify(token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :], KEYS)


def test_tk_01_only_a_key_of_the_pool_counts() -> None:
    with pytest.raises(TokenRefused):
        jwt.verify(jwt.sign(CLAIMS, OTHER), KEYS)
    with pytest.raises(TokenRefused):
        jwt.verify(forged({"kid": KEY.kid, "alg": "RS256"}, OTHER.rsa), KEYS)
    with pytest.raises(TokenRefused):
        jwt.verify(jwt.sign(CLAIMS, KEY), {})
    assert jwt.verify(jwt.sign(CLAIMS, OTHER), {**KEYS, OTHER.kid: OTHER}) == CLAIMS


def test_tk_01_no_other_algorithm_is_taken() -> None:
    public_as_secret = OctKey.import_key(KEY.rsa.as_pem(private=False).strip()[30:200])
    tokens = [
        forged({"kid": KEY.kid, "alg": "HS256"}, public_as_secret),
        forged({"kid": KEY.kid, "alg": "ES256"}, ECKey.generate_key("P-256")),
        forged({"kid": KEY.kid, "alg": "PS256"}),
        forged({"kid": KEY.kid, "alg": "RS384"}),
        *(f"{part({'kid': KEY.kid, 'alg': alg})}.{part(CLAIMS)}." for alg in ("none", "None", "NONE", "nOnE", "")),
    ]
    signature = jwt.sign(CLAIMS, KEY).split(".")[2]
    tokens += [f"{part({'kid': KEY.kid, 'alg': alg})}.{part(CLAIMS)}.{signature}" for alg in ("none", "HS256", "rs256")]
    for token in tokens:
        with pytest.raises(TokenRefused):
            jwt.verify(token, KEYS)


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": OTHER.public()},
        {"x5c": ["AAAA"]},
        {"typ": "JWT"},
    ],
)
def test_tk_02_a_header_with_more_in_it_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(TokenRefused):
        jwt.verify(forged({"kid": KEY.kid, "alg": "RS256", **more}), KEYS)


@pytest.mark.parametrize("more", [{"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}])
def test_tk_02_critical_headers_are_refused(more: dict[str, object]) -> None:
    head = part({"kid": KEY.kid, "alg": "RS256", **more})
    payload = part(CLAIMS)
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    assert KEY.rsa.private_key is not None
    signature = KEY.rsa.private_key.sign(f"{head}.{payload}".encode(), PKCS1v15(), SHA256())
    with pytest.raises(TokenRefused):
        jwt.verify(f"{head}.{payload}.{urlsafe_b64encode(signature).decode().rstrip('=')}", KEYS)


@pytest.mark.parametrize(
    "kid", ["", "../../etc/passwd", "' OR 1=1 --", None, 1, [KEY.kid], {"a": 1}], ids=["empty", "path", "sql", *"abcd"]
)
def test_tk_02_kid_only_looks_up(kid: object) -> None:
    _, payload, signature = jwt.sign(CLAIMS, KEY).split(".")
    with pytest.raises(TokenRefused):
        jwt.verify(f"{part({'kid': kid, 'alg': 'RS256'})}.{payload}.{signature}", KEYS)


@given(st.text(max_size=60) | st.lists(st.text("AQgw-_e0", max_size=9), max_size=5).map(".".join))
def test_any_text_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(TokenRefused):
        jwt.verify(text, KEYS)
    with pytest.raises(TokenRefused):
        jwt.unverified(text)


@pytest.mark.parametrize("payload", ["[]", "1", '"x"', "null", "{", "", "[" * 200_000, '{"a":' * 20_000])
def test_a_payload_that_is_no_object_is_refused(payload: str) -> None:
    registry = jws.JWSRegistry(algorithms=["RS256"])
    token = jws.serialize_compact({"kid": KEY.kid, "alg": "RS256"}, payload, KEY.rsa, registry=registry)
    with pytest.raises(TokenRefused):
        jwt.verify(token, KEYS)
    with pytest.raises(TokenRefused):
        jwt.unverified(token)


def test_unverified_tells_where_to_look() -> None:
    token = jwt.sign(CLAIMS, OTHER)
    said = jwt.unverified(token)
    assert (said.kid, said.issuer) == (OTHER.kid, CLAIMS["iss"])
    assert jwt.unverified(jwt.sign({}, KEY)).issuer == ""


def test_tk_15_oversize_claims_are_an_error_and_the_largest_can_be_read() -> None:
    fits = {"x": "y" * (jwt.MAX_CLAIMS - len('{"x":""}'))}
    assert jwt.verify(jwt.sign(fits, KEY), KEYS) == fits
    with pytest.raises(ClaimsTooLarge):
        jwt.sign({"x": fits["x"] + "y"}, KEY)
