"""pycognito's `Cognito`, unmodified, with the server's address for boto3: by that it finds the keys, too."""

import pyotp
import pytest
from pycognito import Cognito
from pycognito.exceptions import SoftwareTokenMFAChallengeException
from tests.api.authenticator import with_factors
from tests.serving import PASSWORD, Pool, Serving

NEXT = "Another-horse-9"


def someone(pool: Pool, **tokens: str) -> Cognito:
    keys = {"aws_access_key_id": "keydesk", "aws_secret_access_key": "keydesk"}
    where = {"endpoint_url": pool.server.url}
    return Cognito(pool.id, pool.client, username="ada", boto3_client_kwargs=where | keys, **tokens)


def test_a_life(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    address = f"{pool.client}@example.com"
    user = someone(pool)
    user.set_base_attributes(email=address)
    user.register("ada", PASSWORD)
    user.confirm_sign_up(server.code(address))
    user.authenticate(password=PASSWORD)
    assert user.id_claims["email"] == user.get_user().email == address
    before = user.access_token
    user.renew_access_token()
    assert user.access_token != before
    user.verify_tokens()
    user.change_password(PASSWORD, NEXT)
    user.initiate_forgot_password()
    user.confirm_forgot_password(server.code(address), PASSWORD)
    user.authenticate(password=PASSWORD)
    kept = {"id_token": user.id_token, "access_token": user.access_token, "refresh_token": user.refresh_token}
    user.logout()
    gone = someone(pool, **kept)
    assert pool.refused(gone.renew_access_token)[0] == "NotAuthorizedException"
    assert pool.refused(gone.get_user)[0] == "NotAuthorizedException"


def test_an_app(server: Serving) -> None:
    pool = with_factors(Pool(server))
    pool.user()
    user = someone(pool)
    user.authenticate(password=PASSWORD)
    app = pyotp.TOTP(user.associate_software_token())
    now = server.clock() // 1000
    assert user.verify_software_token(app.at(now))
    user.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
    again = someone(pool)
    with pytest.raises(SoftwareTokenMFAChallengeException):
        again.authenticate(password=PASSWORD)
    again.respond_to_software_token_mfa_challenge(app.at(now, counter_offset=1))
    assert again.access_claims["username"] == "ada"
