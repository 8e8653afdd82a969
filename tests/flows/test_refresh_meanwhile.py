"""A session that ends while a function of its refresh runs gets no new tokens."""

import pytest
from tests.serving import Pool, Serving

SIGNS_OUT = """
import boto3

def handler(event, context):
    if event["triggerSource"] == "TokenGeneration_RefreshTokens":
        boto3.client("cognito-idp").admin_user_global_sign_out(
            UserPoolId=event["userPoolId"], Username=event["userName"]
        )
    return event
"""


@pytest.mark.parametrize("operation", ["InitiateAuth", "GetTokensFromRefreshToken"])
def test_a_session_that_ended_meanwhile_gets_nothing(server: Serving, operation: str) -> None:
    pool = Pool(server)
    pool.user()
    function = server.deploy(f"out-{pool.id[-9:]}", SIGNS_OUT, Timeout=5, MemorySize=512)
    pool.trigger(PreTokenGeneration=server.warmed(function))
    held = pool.tokens()["RefreshToken"]
    if operation == "InitiateAuth":
        said = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": held}}
        refused = pool.refused(pool.api.initiate_auth, ClientId=pool.client, **said)
    else:
        refused = pool.refused(pool.api.get_tokens_from_refresh_token, ClientId=pool.client, RefreshToken=held)
    assert refused == ("NotAuthorizedException", "Refresh Token has been revoked")
