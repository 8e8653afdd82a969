"""What goes over the wire whatever a request or a function says."""

import json

import pytest
from tests.serving import Pool, Serving

TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"


@pytest.mark.parametrize("said", ["\0", "\x1b[31m", "a\r\nset-cookie: x", "\x7f", "\N{OGHAM SPACE MARK}", "𝒳" * 9000])
def test_a_refusal_that_quotes_anything_is_answered(server: Serving, said: str) -> None:
    """The sentence stands in a header, too, where most characters have no place."""
    status, headers, body = server.raw(TARGET, json.dumps({"ClientId": said, "AuthFlow": "x"}).encode())
    assert (status, json.loads(body)["__type"]) == (400, "InvalidParameterException")
    assert headers["x-amzn-errormessage"].isprintable()
    assert "set-cookie" not in headers


@pytest.mark.parametrize("said", ["\0 \x1b[31m \n red", "long " * 20_000])
def test_a_functions_words_reach_the_client_whatever_they_are(server: Serving, said: str) -> None:
    pool = Pool(server)
    pool.user("ada")
    code = f"def handler(event, context):\n    raise Exception({said!r})\n"
    pool.trigger(PreAuthentication=server.deploy(f"says-{pool.id[-9:]}", code))
    refusal, sentence = pool.refused(pool.sign_in, "ada")
    assert refusal == "NotAuthorizedException"
    assert sentence.startswith("PreAuthentication failed with error " + said)
