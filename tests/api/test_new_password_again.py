"""A new password that the pool does not take is no answer: the person tries another one with the same Session."""

from typing import Any

import pytest
from tests.serving import Pool, Serving

TEMPORARY, NEW = "Temporary-horse-9", "Lasting-horse-9"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"NEW_PASSWORD": "short"}, "InvalidPasswordException"),
        ({"NEW_PASSWORD": ""}, "InvalidParameterException"),
        ({"NEW_PASSWORD": NEW, "userAttributes.email": "no address"}, "InvalidParameterException"),
    ],
)
def test_what_is_no_answer_gives_the_session_back(server: Serving, said: dict[str, str], code: str) -> None:
    pool = Pool(server)
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="ada", TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS"
    )
    session = pool.sign_in("ada", TEMPORARY)["Session"]

    def answer(**responses: str) -> Any:
        return pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=session,
            ChallengeResponses={"USERNAME": "ada", **responses},
        )

    assert pool.refused(answer, **said)[0] == code
    assert pool.refused(answer, **said)[0] == code
    assert answer(NEW_PASSWORD=NEW)["AuthenticationResult"]
    assert pool.refused(answer, NEW_PASSWORD=NEW)[0] == "NotAuthorizedException", "an answer uses it up"
