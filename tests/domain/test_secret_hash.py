import base64
import hmac

import pytest

from keydesk.domain import secret_hash
from keydesk.domain.secret_hash import Where
from keydesk.errors import InvalidParameter, NotAuthorized

RIGHT = base64.b64encode(hmac.digest(b"secret", b"userclient", "sha256")).decode()


def test_the_hash_is_cognitos() -> None:
    assert secret_hash.of("secret", "user", "client") == RIGHT
    for where in Where:
        secret_hash.check("client", ("secret",), ("user",), RIGHT, where)
        secret_hash.check("client", ("secret",), ("typed", "user"), RIGHT, where)


def test_a_client_without_a_secret_takes_no_hash() -> None:
    secret_hash.check("client", (), ("user",), None, Where.MEMBER)
    with pytest.raises(InvalidParameter, match="client is not configured for secret"):
        secret_hash.check("client", (), ("user",), RIGHT, Where.MEMBER)


def test_any_secret_of_the_client_will_do() -> None:
    for secrets in (("secret", "other"), ("other", "secret")):
        secret_hash.check("client", secrets, ("user",), RIGHT, Where.MEMBER)
    with pytest.raises(NotAuthorized):
        secret_hash.check("client", ("other", "another"), ("user",), RIGHT, Where.MEMBER)


@pytest.mark.parametrize(
    ("where", "said", "sentence"),
    [
        (Where.MEMBER, None, "Client client is configured for secret but secret was not received"),
        (Where.MEMBER, "wrong", "Unable to verify secret hash for client client"),
        (Where.PARAMETER, "", "Client client is configured with secret but SECRET_HASH was not received"),
        (Where.PARAMETER, RIGHT[:-1], "Unable to verify secret hash for client client"),
        (Where.REFRESH, RIGHT.lower(), "SecretHash does not match for the client: client"),
        (Where.REFRESH, "é\ud800", "SecretHash does not match for the client: client"),
    ],
)
def test_what_is_refused(where: Where, said: str | None, sentence: str) -> None:
    with pytest.raises(NotAuthorized) as refused:
        secret_hash.check("client", ("secret",), ("user",), said, where)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("username", ["User", "use", ""])
def test_the_hash_is_bound_to_the_user(username: str) -> None:
    with pytest.raises(NotAuthorized):
        secret_hash.check("client", ("secret",), (username,), RIGHT, Where.PARAMETER)
