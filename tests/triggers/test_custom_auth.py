"""CUSTOM_AUTH with real functions: what they are sent, what the client sees, and in which order they run (3.5, 6.2)."""

from typing import Any

import pytest
from tests.api.test_srp import answer as prove
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.srp_client import Client
from tests.triggers.custom_challenge import CREATE, DEFINE, FLOWS, VERIFY, answer, begin, riddles
from tests.triggers.recorder import Recorder, answering, envelope, event_only, pool_of, raising

PRE, POST, TOKENS = (
    f"{name}_Authentication" for name in ("PreAuthentication", "PostAuthentication", "TokenGeneration")
)
END = {"keydesk": [PRE, TOKENS, POST], "aws": [POST, TOKENS]}
RIDDLE = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "RIDDLE"}


def described(pool: Pool) -> dict[str, str]:
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    told = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
    return told | {"cognito:user_status": user["UserStatus"]}


@pytest.mark.parametrize("semantics", END)
def test_the_order_without_srp(server: Serving, semantics: str) -> None:
    """Section 6.2: Define, Create, the answer, Verify, Define, and the end; on live AWS without pre authentication."""
    pool = pool_of(server, semantics, client=FLOWS)
    seen = event_only(server)
    pool.trigger(PreAuthentication=seen.arn, PostAuthentication=seen.arn, PreTokenGeneration=seen.arn)
    asks = riddles(server, pool)
    asked = begin(pool)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"] == {"USERNAME": "ada", "riddle": "what is six by nine"}
    assert (asks.sources(), seen.sources()) == ([DEFINE, CREATE], [])
    tokens = answer(pool, asked, "42")["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == "ada"
    assert asks.sources() == [DEFINE, CREATE, VERIFY, DEFINE]
    assert seen.sources() == END[semantics]


@pytest.mark.parametrize("semantics", END)
def test_the_order_with_srp(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics, client=FLOWS)
    seen = event_only(server)
    pool.trigger(PreAuthentication=seen.arn, PostAuthentication=seen.arn, PreTokenGeneration=seen.arn)
    asks = riddles(server, pool)
    client = Client(pool.id, PASSWORD)
    asked = begin_srp(pool, client)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    assert asks.sources() == [DEFINE]
    riddle = prove(pool, asked, client)
    assert riddle["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert seen.sources() == [PRE]
    assert answer(pool, riddle, "42")["AuthenticationResult"]
    assert asks.sources() == [DEFINE, DEFINE, CREATE, VERIFY, DEFINE]
    assert seen.sources() == ([PRE, TOKENS, POST] if semantics == "keydesk" else [PRE, POST, TOKENS])
    names = [one["challengeName"] for one in asks.events()[-1]["request"]["session"]]
    assert names == ["SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE"]


def begin_srp(pool: Pool, client: Client, name: str = "ada") -> Any:
    said = {"USERNAME": name, "CHALLENGE_NAME": "SRP_A", "SRP_A": f"{client.public:x}"}
    return pool.api.initiate_auth(ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters=said)


def test_the_events_to_the_letter(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    asks = riddles(server, pool)
    asked = begin(pool, ClientMetadata={"never": "passed on"})
    answer(pool, asked, "42", ClientMetadata={"a": "b"})
    user = described(pool)
    define = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
    create = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
    meta = {"clientMetadata": {"a": "b"}}
    private = {"privateChallengeParameters": {"answer": "42"}, "challengeAnswer": "42"}
    assert asks.events() == [
        envelope(pool, DEFINE, user, {"session": []}, define),
        envelope(pool, CREATE, user, {"challengeName": "CUSTOM_CHALLENGE", "session": []}, create),
        envelope(pool, VERIFY, user, private | meta, {"answerCorrect": None}),
        envelope(pool, DEFINE, user, {"session": [RIDDLE]} | meta, define),
    ]


def test_sr09_private_parameters_and_metadata_stay_inside(server: Serving) -> None:
    """SR-09: nothing of them is in what the client receives, the Session string included."""
    pool = pool_of(server, client=FLOWS)
    riddles(server, pool)
    asked = begin(pool)
    assert "42" not in str(asked["ChallengeParameters"])
    assert set(asked["ChallengeParameters"]) == {"USERNAME", "riddle"}
    assert "RIDDLE" not in str({name: value for name, value in asked.items() if name != "ResponseMetadata"})


def test_a_wrong_answer_is_the_functions_to_judge(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    asks = riddles(server, pool)
    again = answer(pool, begin(pool), "54")
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert pool.refused(answer, pool, again, "55") == ("NotAuthorizedException", "Incorrect username or password.")
    results = [one["challengeResult"] for one in asks.events()[-1]["request"]["session"]]
    assert results == [False, False]
    assert pool.refused(answer, pool, again, "42")[0] == "NotAuthorizedException"  # the Session was used


def test_it_needs_its_functions(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    words = ("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")
    assert pool.refused(begin, pool) == words
    decides = answering(server, {"challengeName": "CUSTOM_CHALLENGE"})
    pool.trigger(DefineAuthChallenge=decides.arn)
    assert pool.refused(begin, pool) == words


@pytest.mark.parametrize(
    "decision",
    [
        {},
        {"issueTokens": False, "failAuthentication": False},
        {"challengeName": "PASSWORD_VERIFIER"},
        {"challengeName": "NEW_PASSWORD_REQUIRED"},
        {"challengeName": "SMS_MFA"},
        {"issueTokens": "true"},
    ],
)
def test_a_decision_that_means_nothing_is_refused(server: Serving, decision: dict[str, object]) -> None:
    pool = pool_of(server, client=FLOWS)
    pool.trigger(DefineAuthChallenge=answering(server, decision).arn)
    assert pool.refused(begin, pool) == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_of_tokens_and_failure_the_failure_counts(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    pool.trigger(DefineAuthChallenge=answering(server, {"issueTokens": True, "failAuthentication": True}).arn)
    assert pool.refused(begin, pool) == ("NotAuthorizedException", "Incorrect username or password.")


def test_what_a_function_throws_reaches_the_client(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    pool.trigger(DefineAuthChallenge=raising(server, "out of riddles").arn)
    words = "DefineAuthChallenge failed with error out of riddles."
    assert pool.refused(begin, pool) == ("UserLambdaValidationException", words)


def test_en07_the_functions_are_told_that_nobody_has_the_name(server: Serving) -> None:
    """EN-07: under ENABLED they run, with `userNotFound`; whatever they decide, nobody gets tokens."""
    pool = pool_of(server, client=FLOWS | {"PreventUserExistenceErrors": "ENABLED"})
    asks = riddles(server, pool)
    asked = begin(pool, "nobody")
    assert asked["ChallengeParameters"] == {"USERNAME": "nobody", "riddle": "what is six by nine"}
    refused = pool.refused(answer, pool, asked, "42", "nobody")
    assert refused == ("NotAuthorizedException", "Incorrect username or password.")
    assert {event["request"]["userNotFound"] for event in asks.events()} == {True}
    assert {str(event["request"]["userAttributes"]) for event in asks.events()} == {"{}"}
    before = len(asks.events())
    answer(pool, begin(pool), "42")
    assert {event["request"]["userNotFound"] for event in asks.events()[before:]} == {False}


def test_a_client_that_may_know_is_told_that_nobody_has_the_name(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    asks = riddles(server, pool)
    assert pool.refused(begin, pool, "nobody")[0] == "UserNotFoundException"
    assert asks.events() == []


def test_a_disabled_user_gets_no_tokens(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    riddles(server, pool)
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert pool.refused(answer, pool, begin(pool), "42") == ("NotAuthorizedException", "User is disabled.")


def test_a_wrong_password_never_meets_the_second_decision(server: Serving) -> None:
    pool = pool_of(server, client=FLOWS)
    asks = riddles(server, pool)
    client = Client(pool.id, "Wrong-horse-9")
    assert pool.refused(prove, pool, begin_srp(pool, client), client)[0] == "NotAuthorizedException"
    assert asks.sources() == [DEFINE]


NEW_PASSWORD = """
names = [one['challengeName'] for one in event['request']['session']]
order = {1: 'PASSWORD_VERIFIER', 2: 'NEW_PASSWORD_REQUIRED'}
event['response'] = {'challengeName': order.get(len(names)), 'issueTokens': len(names) == 3}
return event
"""


def test_the_function_asks_for_a_new_password_behind_srp(server: Serving) -> None:
    """Section 3.5: the session then holds SRP_A, PASSWORD_VERIFIER, NEW_PASSWORD_REQUIRED."""
    pool = pool_of(server, client=FLOWS)
    pool.api.admin_create_user(UserPoolId=pool.id, Username="eve", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    decides = Recorder(server, NEW_PASSWORD)
    pool.trigger(DefineAuthChallenge=decides.arn)
    client = Client(pool.id, PASSWORD)
    due = prove(pool, begin_srp(pool, client, "eve"), client)
    assert due["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    done = pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=due["Session"],
        ChallengeResponses={"USERNAME": "eve", "NEW_PASSWORD": "Another-horse-8"},
    )
    assert done["AuthenticationResult"]
    names = [one["challengeName"] for one in decides.events()[-1]["request"]["session"]]
    assert names == ["SRP_A", "PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED"]
