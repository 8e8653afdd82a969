"""`aws-jwt-verify` 5, unmodified, on both tokens."""

from pathlib import Path

from tests.clients.scenario import Scenario
from tests.serving import REGION, Pool, Serving, claims, serving


def test_the_verifier_for_cognito(tmp_path: Path, scenario: Scenario) -> None:
    with serving(tmp_path, issuer="https://cognito-idp.{region}.amazonaws.com/{pool}") as server:
        pool = Pool(server)
        sub = pool.user()
        tokens = pool.tokens()
        found = scenario("verify/cognito.mjs", pool, id=tokens["IdToken"], access=tokens["AccessToken"])
    assert (found["id"], found["access"]) == (claims(tokens["IdToken"]), claims(tokens["AccessToken"]))
    assert (found["id"]["sub"], found["access"]["sub"]) == (sub, sub)
    assert found["id"]["iss"] == f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    assert found["swapped"]["name"] == "CognitoJwtInvalidTokenUseError"
    assert found["foreign"]["name"] == "CognitoJwtInvalidClientIdError"
    assert found["forged"]["name"] == "JwtInvalidSignatureError"


def test_the_verifier_for_any_issuer(server: Serving, scenario: Scenario) -> None:
    """With the issuer as it is by default: the server's own address."""
    pool, another = Pool(server), Pool(server)
    pool.user()
    another.user()
    tokens, other = pool.tokens(), another.tokens()["AccessToken"]
    found = scenario("verify/generic.mjs", pool, id=tokens["IdToken"], access=tokens["AccessToken"], other=other)
    assert (found["id"], found["access"]) == (claims(tokens["IdToken"]), claims(tokens["AccessToken"]))
    assert found["foreign"]["name"] == "JwtInvalidAudienceError"
    assert found["other"]["name"] == "KidNotFoundInJwksError"
    assert set(found["asked"]) == {f"{server.url}/{pool.id}/.well-known/jwks.json"}
