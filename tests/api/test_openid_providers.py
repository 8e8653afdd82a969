"""OpenID providers whose endpoints are not said: they are looked for where the issuer says them."""

from pathlib import Path
from typing import Any

import pytest
from tests.api.asking import refused
from tests.api.providers_asked import OPENID, URLS, openid
from tests.serving import Serving, serving
from tests.site import Asked, site

pytestmark = pytest.mark.usefixtures("patient")
BAD = "InvalidParameterException"
NO_ANSWER = (BAD, "Unable to contact well-known endpoint")
BARE = {name: value for name, value in OPENID.items() if name not in URLS}
SAID = {
    "authorization_endpoint": "https://idp.example.com/authorize",
    "token_endpoint": "https://idp.example.com/token",
    "userinfo_endpoint": "https://idp.example.com/userinfo",
    "jwks_uri": "https://idp.example.com/jwks",
}


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"])


def saying(body: Any, status: int = 200) -> Any:
    def does(asked: Asked) -> None:
        asked.says(body, status)

    return does


def test_endpoints_are_found_where_the_issuer_says_them(cognito: Any, pool_id: str) -> None:
    """And are not told, for they are not settings."""
    with site() as there:
        there.does = saying(SAID)
        details = {**BARE, "oidc_issuer": f"{there.url}/tenant/"}
        made = openid(cognito, pool_id, ProviderDetails=details)
        assert made["ProviderDetails"] == {**details, "attributes_url_add_attributes": "false"}
        assert there.paths == ["/tenant/.well-known/openid-configuration"]
        at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
        part = {name: value for name, value in URLS.items() if name != "jwks_uri"}
        there.does = saying({"jwks_uri": SAID["jwks_uri"]})
        told = cognito.update_identity_provider(**at, ProviderDetails={**details, **part})["IdentityProvider"]
        assert told["ProviderDetails"] == {**details, **part, "attributes_url_add_attributes": "false"}
        cognito.update_identity_provider(**at, ProviderDetails={**details, **URLS})
        cognito.update_identity_provider(**at, IdpIdentifiers=["corp"])
        assert len(there.paths) == 2


def test_an_issuer_that_says_nothing_of_use(cognito: Any, pool_id: str) -> None:
    with site() as there:
        asked = {"cognito": cognito, "pool_id": pool_id, "ProviderDetails": {**BARE, "oidc_issuer": there.url}}
        for does in (saying(SAID, 404), saying(SAID, 301), saying(b"no JSON"), saying([1]), saying(b"x" * 1_000_001)):
            there.does = does
            assert refused(openid, **asked) == NO_ANSWER
        for lacking in SAID:
            for wrong in ({lacking: None}, {lacking: 7}, {lacking: "ftp://idp.example.com"}):
                there.does = saying(SAID | wrong)
                code, sentence = refused(openid, **asked)
                assert (code, lacking in sentence) == (BAD, True)
    assert refused(openid, **asked) == NO_ANSWER
    assert cognito.list_identity_providers(UserPoolId=pool_id)["Providers"] == []


def test_a_server_that_is_no_workbench_wants_tls_and_no_private_address(tmp_path: Path) -> None:
    with site() as there, serving(tmp_path, open=False, keys={"keydesk": "keydesk"}) as closed:
        cognito = closed.client()
        pool_id = cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]
        plain = (BAD, "OIDC endpoint must start with https://")
        for wrong in ({"oidc_issuer": there.url}, {"token_url": "http://idp.example.com"}, {"jwks_uri": "jwks"}):
            said = {"cognito": cognito, "pool_id": pool_id, "ProviderDetails": OPENID | wrong}
            assert refused(openid, **said) == plain
        said["ProviderDetails"] = BARE | {"oidc_issuer": there.url.replace("http:", "https:")}
        assert refused(openid, **said) == NO_ANSWER
        assert there.connections == 0
        assert openid(cognito, pool_id)
