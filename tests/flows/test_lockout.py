"""Guessing passwords gets slow, whichever operation guesses, whoever is guessed at, and however many guess at once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.serving import PASSWORD, Pool, Serving

from keydesk.flows.lockout import LONGEST, locked_until

WRONG, EXCEEDED = "Incorrect username or password.", "Password attempts exceeded"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(0.6)\n    return event\n"


def guesses(pool: Pool, name: str, count: int) -> list[str]:
    return [pool.refused(pool.sign_in, name, f"Wrong-horse-{number}")[1] for number in range(count)]


@pytest.mark.parametrize(("failures", "seconds"), [(4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (10_000, 900)])
def test_a_lock_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    """AU-01."""
    assert locked_until(failures, 1000) == (1000 + 1000 * seconds if seconds else 0)


def test_a_name_that_nobody_has_is_locked_like_a_user(own_server: Serving) -> None:
    """EN-01, EN-03: the sentences are the same, for every guess and after every pause; only its own name is locked."""
    own_server.clock.stop()
    pool = Pool(own_server, client={"PreventUserExistenceErrors": "ENABLED"})
    pool.user("ada")
    told = {name: guesses(pool, name, 7) for name in ("ada", "ghost")}
    assert told["ada"] == told["ghost"] == [WRONG] * 5 + [EXCEEDED] * 2
    assert guesses(pool, "another", 1) == [WRONG]
    own_server.clock.forward(seconds=2)
    told = {name: guesses(pool, name, 2) for name in ("ada", "ghost")}
    assert told["ada"] == told["ghost"] == [WRONG, EXCEEDED]
    own_server.clock.forward(seconds=LONGEST / 1000 + 1)
    told = {name: guesses(pool, name, 6) for name in ("ada", "ghost")}
    assert told["ada"] == told["ghost"] == [WRONG] * 5 + [EXCEEDED]


def test_a_name_that_nobody_has_is_folded_as_the_pool_folds(server: Serving) -> None:
    pool = Pool(
        server,
        client={"PreventUserExistenceErrors": "ENABLED"},
        UsernameConfiguration={"CaseSensitive": False},
    )
    with server.clock.still():
        guesses(pool, "Ghost", 5)
        assert guesses(pool, "gHOST", 1) == [EXCEEDED]


def test_a_client_that_may_know_is_told_that_there_is_nobody(server: Serving) -> None:
    pool = Pool(server, client={"PreventUserExistenceErrors": "LEGACY"})
    assert guesses(pool, "ghost", 7) == ["User does not exist."] * 7


def test_a_slow_function_before_the_password_gives_no_more_guesses(server: Serving) -> None:
    """AU-05: all of them were read with the count as it was before the first was judged."""
    pool = Pool(server, UserPoolTags={"keydesk:semantics": "aws"})
    pool.user("ada")
    name = f"slow-{pool.id[-9:]}"
    arn = server.deploy(name, SLOW)
    server.client("lambda").add_permission(
        FunctionName=name, StatementId="pool", Action="lambda:InvokeFunction", Principal="cognito-idp.amazonaws.com"
    )
    pool.trigger(PreAuthentication=arn)
    with server.clock.still(), ThreadPoolExecutor(9) as many:
        told = []
        for number in range(9):
            told.append(many.submit(guesses, pool, "ada", 1))
            time.sleep(0.02 * (number > 0))  # one behind the other: none waits for another's turn
        counted = Counter(sentence for guess in told for sentence in guess.result())
    assert counted == {WRONG: 5, EXCEEDED: 4}


def test_changing_the_password_is_no_way_around(server: Serving) -> None:
    """AU-04: the count is one, and the token that was got before helps nothing."""
    pool = Pool(server)
    pool.user("ada")
    token = pool.tokens()["AccessToken"]
    change = {"AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "Another-horse-9"}
    admin = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    way = {"UserPoolId": pool.id, "ClientId": pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
    with server.clock.still():
        assert guesses(pool, "ada", 5) == [WRONG] * 5
        assert pool.refused(pool.api.change_password, **change) == ("NotAuthorizedException", EXCEEDED)
        refusal = pool.refused(pool.api.admin_initiate_auth, **way, AuthParameters=admin)
    assert refusal == ("NotAuthorizedException", EXCEEDED)


def test_wrong_old_passwords_count(server: Serving) -> None:
    """AU-04."""
    pool = Pool(server)
    pool.user("ada")
    token = pool.tokens()["AccessToken"]
    with server.clock.still():
        for number in range(5):
            change = {"PreviousPassword": f"Wrong-horse-{number}", "ProposedPassword": "Another-horse-9"}
            assert pool.refused(pool.api.change_password, AccessToken=token, **change)[1] == WRONG
        assert pool.refused(pool.sign_in, "ada")[1] == EXCEEDED


def test_a_clock_that_is_set_back_locks_nobody_out_for_good(own_server: Serving) -> None:
    """DU-08."""
    pool = Pool(own_server)
    pool.user("ada")
    own_server.clock.forward(seconds=7200)
    guesses(pool, "ada", 5)
    own_server.clock.forward(seconds=-7200)
    assert pool.tokens("ada")["AccessToken"]
