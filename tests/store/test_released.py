"""What an earlier release has stored is there after the upgrade: users come in, tokens last, what was sealed opens."""

import base64
import json
from pathlib import Path
from typing import Any

import pyotp
import pytest
from tests.serving import PASSWORD, Serving, serving
from tests.store import released

from keydesk.crypto.key_file import KeyRefused, load_or_make_key

POOL, CLIENT, WITH_SECRET = "us-east-1_Released3", "a" * 26, "b" * 26


@pytest.fixture(params=released.SCHEMAS)
def schema(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_earlier_database_is_brought_forward_with_all_that_is_sealed(
    schema: str, tmp_path: Path, database_url: str
) -> None:
    kept = released.put_back(schema, tmp_path, database_url)
    with serving(tmp_path, database_url=database_url) as server:
        all_opens(server, kept)
    with serving(tmp_path, database_url=database_url) as server:  # and again, now that its key is a data key
        server.clock.forward(seconds=60)  # so that the authenticator's code is another one
        all_opens(server, kept)


def all_opens(server: Serving, kept: dict[str, Any]) -> None:
    api = server.client()
    assert json.loads(server.fetch(f"/{POOL}/.well-known/jwks.json")) == kept["jwks"]
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    token = api.initiate_auth(ClientId=CLIENT, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    assert api.get_user(AccessToken=token["AuthenticationResult"]["AccessToken"])["Username"] == "ada"
    again = {"REFRESH_TOKEN": kept["refresh"]}
    assert api.initiate_auth(ClientId=CLIENT, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=again)
    shown = api.describe_user_pool_client(UserPoolId=POOL, ClientId=WITH_SECRET)["UserPoolClient"]
    assert shown["ClientSecret"] == "a_secret_of_thirty_letters_long"
    asked = api.initiate_auth(
        ClientId=CLIENT, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said | {"USERNAME": "grace"}
    )
    code = pyotp.TOTP(kept["totp"]).at(int(server.clock() / 1000))
    told = {"USERNAME": "grace", "SOFTWARE_TOKEN_MFA_CODE": code}
    assert api.respond_to_auth_challenge(
        ClientId=CLIENT, ChallengeName=asked["ChallengeName"], Session=asked["Session"], ChallengeResponses=told
    )["AuthenticationResult"]
    assert server.client("lambda").invoke(FunctionName="told")["Payload"].read() == b'"as before"'
    blob = base64.b64decode(kept["kms"]["blob"])
    assert server.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"as before"


def test_its_key_is_not_replaced(schema: str, tmp_path: Path, database_url: str) -> None:
    """SE-06: nor is it where the key service that is set now does not have it."""
    released.put_back(schema, tmp_path, database_url)
    for settings in ({"kms_key": "alias/other"}, {"key_file": str(tmp_path / "none.key")}):
        with pytest.raises(KeyRefused), serving(tmp_path, database_url=database_url, **settings):
            pass
    (tmp_path / "sealing.key").unlink()
    load_or_make_key(tmp_path / "sealing.key", data_exists=False)
    with pytest.raises(KeyRefused, match="not the key"), serving(tmp_path, database_url=database_url):
        pass
