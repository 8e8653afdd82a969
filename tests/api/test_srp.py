"""USER_SRP_AUTH through the API: real mathematics, with an independent client and with pycognito unchanged."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.srp_client import Client, N

from keydesk.flows.srp import NO_VERIFIER

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def ask(pool: Pool, name: str, client: Client, **more: Any) -> dict[str, Any]:
    said = {"USERNAME": name, "SRP_A": f"{client.public:x}"}
    return dict(pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_SRP_AUTH", AuthParameters=said, **more))


def answer(pool: Pool, asked: dict[str, Any], client: Client, *, session: bool = True, **instead: str) -> Any:
    now = pool.server.clock() / 1000
    more = {"Session": asked["Session"]} if session else {}
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=client.answer(asked["ChallengeParameters"], now, **instead),
        **more,
    )


def sign_in(pool: Pool, name: str = "ada", password: str = PASSWORD) -> Any:
    client = Client(pool.id, password)
    return answer(pool, ask(pool, name, client), client)


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    made.user(email="ada@example.com")
    return made


def test_t053_a_right_password_signs_in(pool: Pool) -> None:
    """T-053; tokens, and the user they are of."""
    tokens = sign_in(pool)["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == "ada"
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"


def test_users_may_be_made_before_the_first_client(server: Serving, warned: Callable[[], list[dict[str, Any]]]) -> None:
    """Where clients were there and none allowed SRP, passwords from then are to be sent once; that is told."""
    early, late = Pool(server), Pool(server, client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})
    early.api.delete_user_pool_client(UserPoolId=early.id, ClientId=early.client)
    for pool in (early, late):
        pool.user()
        pool.client = pool.new_client()
    told = [(line["event"], line["client"]) for line in warned() if line["pool"] in (early.id, late.id)]
    assert told == [("passwords from before cannot be proved by SRP yet", late.client)]
    assert sign_in(early)["AuthenticationResult"]
    assert late.refused(sign_in, late) == WRONG
    assert server.trace(late.refused_id(sign_in, late)).detail == NO_VERIFIER
    assert late.tokens()
    assert sign_in(late)["AuthenticationResult"]


@pytest.mark.parametrize("session", [True, False])
def test_the_secret_block_alone_finds_the_question(pool: Pool, session: bool) -> None:
    client = Client(pool.id, PASSWORD)
    assert answer(pool, ask(pool, "ada", client), client, session=session)["AuthenticationResult"]


@pytest.mark.parametrize("password", [PASSWORD + " ", PASSWORD.lower(), "", "x" * 256])
def test_a_wrong_password_never_passes(pool: Pool, password: str) -> None:
    client = Client(pool.id, password)
    assert pool.refused(answer, pool, ask(pool, "ada", client), client) == WRONG


def test_a_question_is_good_for_one_answer(pool: Pool) -> None:
    """SR-07, and of answers that race one wins."""
    client = Client(pool.id, PASSWORD)
    asked = ask(pool, "ada", client)

    def once(_: int) -> bool:
        try:
            return bool(answer(pool, asked, client)["AuthenticationResult"])
        except pool.api.exceptions.NotAuthorizedException:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(once, range(4))) == 1


def test_an_answer_is_bound_to_its_question(pool: Pool) -> None:
    """SR-03: another question's block, Session or client's number does not do."""
    client = Client(pool.id, PASSWORD)
    one, other = ask(pool, "ada", client), ask(pool, "ada", client)
    block = other["ChallengeParameters"]["SECRET_BLOCK"]
    assert pool.refused(answer, pool, one, client, PASSWORD_CLAIM_SECRET_BLOCK=block) == WRONG
    assert pool.refused(answer, pool, other, Client(pool.id, PASSWORD)) == WRONG


@pytest.mark.parametrize("number", ["0", "00", f"{N:x}", f"{2 * N:x}", f"{N:X}", "-1", "0x2", "g", "٣", "f" * 769])
def test_numbers_that_no_honest_client_sends(pool: Pool, number: str) -> None:
    """A mod N = 0 would let anybody in (SR-01); other forms are refused before anything is computed (SR-06)."""
    said = {"USERNAME": "ada", "SRP_A": number}
    call = pool.api.initiate_auth
    code, _ = pool.refused(call, ClientId=pool.client, AuthFlow="USER_SRP_AUTH", AuthParameters=said)
    assert code == "InvalidParameterException"


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-24T00:00:00Z", "InvalidParameterException"),
        ("Tue Nov 24 00:00:00 CET 2026", "InvalidParameterException"),
        ("Mon Feb 30 00:00:00 UTC 2026", "InvalidParameterException"),
        ("Tue Nov ٢٤ 00:00:00 UTC 2026", "InvalidParameterException"),
        ("Thu Jan 1 00:00:00 UTC 1970", "NotAuthorizedException"),
        ("Fri Jan 1 00:00:00 UTC 2100", "NotAuthorizedException"),
    ],
)
def test_the_time_is_about_now_and_of_one_form(pool: Pool, moment: str, code: str) -> None:
    """SR-04."""
    client = Client(pool.id, PASSWORD)
    assert pool.refused(answer, pool, ask(pool, "ada", client), client, TIMESTAMP=moment)[0] == code


def test_nobody_is_asked_like_somebody(server: Serving) -> None:
    """A client that hides who exists: a salt that stays, numbers of the same form, the same refusal (SR-05)."""
    pool = Pool(server, client={"PreventUserExistenceErrors": "ENABLED"}, UsernameAttributes=["email"])
    pool.user("ada@example.com")
    asked = [ask(pool, name, Client(pool.id, PASSWORD))["ChallengeParameters"] for name in ("no@example.com",) * 2]
    real = ask(pool, "ada@example.com", Client(pool.id, PASSWORD))["ChallengeParameters"]
    assert asked[0]["SALT"] == asked[1]["SALT"]
    assert asked[0]["SRP_B"] != asked[1]["SRP_B"]
    assert asked[0]["USER_ID_FOR_SRP"] == asked[1]["USER_ID_FOR_SRP"]
    assert asked[0].keys() == real.keys()
    for name, value in real.items():  # a number now and then begins with zeros, and is so much shorter
        assert abs(len(asked[0][name]) - len(value)) <= 6, name
    client = Client(pool.id, PASSWORD)
    assert pool.refused(answer, pool, ask(pool, "no@example.com", client), client) == WRONG


def test_somebody_who_is_not_there_is_told_of_where_clients_may_know(pool: Pool) -> None:
    assert pool.refused(ask, pool, "nobody", Client(pool.id, PASSWORD))[0] == "UserNotFoundException"


def test_wrong_proofs_lock_like_wrong_passwords(pool: Pool) -> None:
    """AU-04: one count, whatever the way in."""
    with pool.server.clock.still():
        for _ in range(3):
            assert pool.refused(sign_in, pool, "ada", "Wrong-horse-9") == WRONG
        for _ in range(2):
            assert pool.refused(pool.sign_in, "ada", "Wrong-horse-9") == WRONG
        assert pool.refused(sign_in, pool) == ("NotAuthorizedException", "Password attempts exceeded")


def test_the_flow_can_be_closed(server: Serving) -> None:
    pool = Pool(server, client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})
    pool.user()
    refused = pool.refused(ask, pool, "ada", Client(pool.id, PASSWORD))
    assert refused == ("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client.")


@pytest.mark.parametrize("secret", [False, True])
def test_pycognito_unchanged(server: Serving, secret: bool) -> None:
    """Sign-in, a wrong password, and a temporary password that is replaced."""
    pool = Pool(server, client={"GenerateSecret": secret})
    pool.user()
    described = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="new", TemporaryPassword="Temporary-1", MessageAction="SUPPRESS"
    )

    def client(name: str, password: str) -> AWSSRP:
        return AWSSRP(
            username=name,
            password=password,
            pool_id=pool.id,
            client_id=pool.client,
            client=pool.api,
            client_secret=described.get("ClientSecret"),
        )

    assert client("ada", PASSWORD).authenticate_user()["AuthenticationResult"]["RefreshToken"]
    assert pool.refused(client("ada", "Wrong-horse-9").authenticate_user) == WRONG
    with pytest.raises(ForceChangePasswordException):
        client("new", "Temporary-1").authenticate_user()
    assert client("new", "Temporary-1").set_new_password_challenge("Lasting-12")["AuthenticationResult"]
    assert client("new", "Lasting-12").authenticate_user()["AuthenticationResult"]


def test_a_question_waits_as_long_as_the_client_says(own_server: Serving) -> None:
    """SR-03."""
    pool = Pool(own_server)
    pool.user()
    client = Client(pool.id, PASSWORD)
    asked = ask(pool, "ada", client)
    own_server.clock.forward(seconds=181)
    assert pool.refused(answer, pool, asked, client)[0] == "NotAuthorizedException"
    assert abs(own_server.clock() / 1000 - time.time() - 181) < 60
