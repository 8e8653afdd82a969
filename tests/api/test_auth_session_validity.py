"""AuthSessionValidity: how long a challenge waits for its answer, to the millisecond, and how long it may be set to."""

from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving
from tests.srp_client import Client

TEMPORARY = "Temporary-9"
EARLY = 0.001  # seconds
LATE = ("NotAuthorizedException", "Invalid session for the user, session is expired.")


def opened(server: Serving, **client: Any) -> Pool:
    server.clock.stop()
    pool = Pool(server, client=client)
    pool.user()
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="new", TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS"
    )
    return pool


def asked_by_srp(pool: Pool, name: str, client: Client) -> Any:
    said = {"USERNAME": name, "SRP_A": f"{client.public:x}"}
    return pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_SRP_AUTH", AuthParameters=said)


def answered(pool: Pool, challenge: str, session: str, responses: dict[str, str]) -> Any:
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client, ChallengeName=challenge, Session=session, ChallengeResponses=responses
    )


def srp_answer(pool: Pool, asked: Any, client: Client) -> Any:
    now = pool.server.clock() / 1000
    return answered(pool, "PASSWORD_VERIFIER", asked["Session"], client.answer(asked["ChallengeParameters"], now))


def new_password(pool: Pool, asked: Any) -> Any:
    said = {"USERNAME": "new", "NEW_PASSWORD": PASSWORD}
    return answered(pool, "NEW_PASSWORD_REQUIRED", asked["Session"], said)


@pytest.mark.parametrize(("said", "minutes"), [(None, 3), (3, 3), (4, 4), (15, 15)])
def test_a_challenge_waits_as_long_as_the_client_says(own_server: Serving, said: int | None, minutes: int) -> None:
    """SR-07."""
    pool = opened(own_server, **({"AuthSessionValidity": said} if said else {}))
    client = Client(pool.id, PASSWORD)
    asked = asked_by_srp(pool, "ada", client)
    own_server.clock.forward(seconds=minutes * 60 - EARLY)
    assert srp_answer(pool, asked, client)["AuthenticationResult"]
    asked = asked_by_srp(pool, "ada", client)
    own_server.clock.forward(seconds=minutes * 60)
    assert pool.refused(srp_answer, pool, asked, client)[0] == "NotAuthorizedException"
    asked = pool.sign_in("new", TEMPORARY)
    own_server.clock.forward(seconds=minutes * 60)
    assert pool.refused(new_password, pool, asked) == LATE
    asked = pool.sign_in("new", TEMPORARY)
    own_server.clock.forward(seconds=minutes * 60 - EARLY)
    assert new_password(pool, asked)["AuthenticationResult"]


def test_each_question_has_the_whole_time(own_server: Serving) -> None:
    """And the one that was asked keeps its own, whatever the client says later."""
    pool = opened(own_server, AuthSessionValidity=15)
    client = Client(pool.id, TEMPORARY)
    asked = asked_by_srp(pool, "new", client)
    flows = ["ALLOW_USER_SRP_AUTH"]
    pool.api.update_user_pool_client(
        UserPoolId=pool.id, ClientId=pool.client, AuthSessionValidity=3, ExplicitAuthFlows=flows
    )
    own_server.clock.forward(seconds=15 * 60 - EARLY)
    second = srp_answer(pool, asked, client)
    assert second["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    own_server.clock.forward(seconds=3 * 60 - EARLY)
    assert new_password(pool, second)["AuthenticationResult"]


@pytest.mark.parametrize("minutes", [-1, 0, 1, 2, 16, 60])
def test_it_is_three_to_fifteen_minutes(server: Serving, minutes: int) -> None:
    pool = Pool(server)
    credential = "AWS4-HMAC-SHA256 Credential=keydesk/20260101/us-east-1/cognito-idp/aws4_request"
    signed = f"{credential}, SignedHeaders=host, Signature=0"
    body = b'{"UserPoolId":"%s","ClientName":"a","AuthSessionValidity":%d}' % (pool.id.encode(), minutes)
    target = "AWSCognitoIdentityProviderService.CreateUserPoolClient"
    status, _, told = server.raw(target, body, Authorization=signed)
    assert status == 400
    assert b"InvalidParameterException" in told
