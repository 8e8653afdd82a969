"""A trigger that is set but cannot run is told to the log: when the pool changes, and when its clients do."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.serving import REGION, Pool, Serving
from tests.triggers.recorder import Recorder, event_only

Warned = Callable[[], list[dict[str, Any]]]

NOT_HERE = "no such function is deployed here"
NOT_LET_IN = "the function's policy does not let the pool invoke it"
NO_CUSTOM_FLOW = "no client allows ALLOW_CUSTOM_AUTH"
NO_WORDS = "custom senders send all messages, and they get no words"
TRIO = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


@pytest.fixture
def function(server: Serving) -> Recorder:
    return event_only(server)


def pool_with(server: Serving, semantics: str = "keydesk") -> Pool:
    return Pool(server, UserPoolTags={"keydesk:semantics": semantics})


def told(warned: Warned, pool: Pool) -> list[tuple[str, str]]:
    """What was said of the pool's triggers since the test began."""
    return [(line["trigger"], line["why"]) for line in warned() if line["pool"] == pool.id and "trigger" in line]


def custom(arn: str) -> dict[str, str]:
    return dict.fromkeys(TRIO, arn)


def sender(arn: str) -> dict[str, str]:
    return {"LambdaVersion": "V1_0", "LambdaArn": arn}


def test_a_function_that_is_not_here_or_does_not_let_the_pool_in(server: Serving, warned: Warned) -> None:
    shut = event_only(server, permit=False)
    gone = f"arn:aws:lambda:{REGION}:000000000000:function:gone"
    pool = pool_with(server, "aws")  # where setting a trigger permits nothing (C-14)
    pool.trigger(PreSignUp=gone, PostConfirmation=shut.arn)
    assert told(warned, pool) == [("PreSignUp", NOT_HERE), ("PostConfirmation", NOT_LET_IN)]


def test_each_version_of_pre_token_generation_runs_and_is_named_once(
    server: Serving, function: Recorder, warned: Warned
) -> None:
    pool = pool_with(server)
    for version in ("V1_0", "V2_0", "V3_0"):
        pool.trigger(PreTokenGenerationConfig={"LambdaVersion": version, "LambdaArn": function.arn})
    assert told(warned, pool) == []
    gone = f"arn:aws:lambda:{REGION}:000000000000:function:gone"
    pool.trigger(PreTokenGeneration=gone, PreTokenGenerationConfig={"LambdaVersion": "V2_0", "LambdaArn": gone})
    assert told(warned, pool) == [("PreTokenGeneration", NOT_HERE)]


def test_a_custom_challenge_needs_three_functions(server: Serving, function: Recorder, warned: Warned) -> None:
    pool = pool_with(server)
    pool.new_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    pool.trigger(DefineAuthChallenge=function.arn)
    missing = "a custom challenge needs CreateAuthChallenge and VerifyAuthChallengeResponse as well"
    assert told(warned, pool) == [("DefineAuthChallenge", missing)]
    pool.trigger(**custom(function.arn))
    assert len(told(warned, pool)) == 1, "nothing more: all three are set"


def test_a_custom_challenge_needs_a_client_that_allows_it(server: Serving, function: Recorder, warned: Warned) -> None:
    """Told when the pool is changed, and again when a client is; not while the pool is made, when it has none."""
    idle = [(trigger, NO_CUSTOM_FLOW) for trigger in sorted(TRIO)]
    pool = Pool(server, LambdaConfig=custom(function.arn), client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]})
    assert told(warned, pool) == []
    said = {"UserPoolId": pool.id, "ClientId": pool.client}
    pool.api.update_user_pool_client(**said, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    assert sorted(told(warned, pool)) == idle
    pool.api.update_user_pool(UserPoolId=pool.id, LambdaConfig=custom(function.arn))
    assert sorted(told(warned, pool)) == sorted(idle * 2)
    pool.api.update_user_pool_client(**said)  # the flows that a client has by default
    assert sorted(told(warned, pool)) == sorted(idle * 2), "nothing more: this one is open"
    other = pool.new_client()
    assert sorted(told(warned, pool)) == sorted(idle * 2), "nor for one beside it"
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=other)
    assert sorted(told(warned, pool)) == sorted(idle * 2)
    pool.api.delete_user_pool_client(**said)
    assert sorted(told(warned, pool)) == sorted(idle * 3), "the last one that let them run is gone"


def test_a_client_says_nothing_of_what_no_client_decides(server: Serving, warned: Warned) -> None:
    pool = pool_with(server)
    pool.trigger(PreSignUp=f"arn:aws:lambda:{REGION}:000000000000:function:gone")
    pool.new_client()
    assert told(warned, pool) == [("PreSignUp", NOT_HERE)], "once, from the pool"


def test_nobody_is_asked_for_words_where_senders_send(server: Serving, function: Recorder, warned: Warned) -> None:
    pool = pool_with(server)
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    pool.trigger(CustomMessage=function.arn, CustomEmailSender=sender(function.arn), KMSKeyID=key)
    assert told(warned, pool) == [], "there are still text messages to word"
    pool.trigger(CustomSMSSender=sender(function.arn))
    assert told(warned, pool) == [("CustomMessage", NO_WORDS)]


def test_a_sender_needs_a_key_that_is_here_and_in_use(server: Serving, function: Recorder, warned: Warned) -> None:
    pool, kms = pool_with(server), server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    alias = pool.id.partition("_")[2]
    kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyId"])
    start = f"arn:aws:kms:{REGION}:000000000000:"
    pool.trigger(CustomEmailSender=sender(function.arn), KMSKeyID=f"{start}alias/{alias}")
    assert told(warned, pool) == []
    unknown = f"{start}key/00000000-0000-4000-8000-000000000000"
    cases = {
        unknown: "the key that KMSKeyID names is not here",
        f"{start}alias/none": "the key that KMSKeyID names is not here",
        "arn:aws:kms:us-east-1:111111111111:key/" + key["KeyId"]: "KMSKeyID names no key that could be here",
    }
    for named in cases:
        pool.trigger(KMSKeyID=named)
    kms.disable_key(KeyId=key["KeyId"])
    pool.trigger(KMSKeyID=key["Arn"])
    assert told(warned, pool) == [
        ("CustomEmailSender", why) for why in (*cases.values(), "the key that KMSKeyID names is Disabled")
    ]


def test_what_is_not_served_says_so_and_nothing_else(server: Serving, function: Recorder, warned: Warned) -> None:
    pool = pool_with(server)
    pool.trigger(InboundFederation=sender(f"arn:aws:lambda:{REGION}:000000000000:function:gone"))
    assert told(warned, pool) == [("InboundFederation", "federated sign-in is not served yet")]
