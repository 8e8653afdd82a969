"""Every challenge's name against a Session that waits for every other: always refused, and the Session is gone with it.

Whatever any challenge could want to hear is said each time, and said rightly. And every challenge's own wrong answers.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import boto3
import pytest
from tests.api.sign_in_world import CODES, Chain, Person, Place, Question, World
from tests.api.test_random_sign_ins import FLOWS, Walk
from tests.serving import PASSWORD, REGION, serving
from tests.srp_client import Client

NAMES = boto3.client("cognito-idp", REGION).meta.service_model.shape_for("ChallengeNameType").enum
ABSENT = {"ADMIN_NO_SRP_AUTH"}  # the name of a flow; nothing asks it
INVALID = ("NotAuthorizedException", "Invalid session for the user.")
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


class Waiting(NamedTuple):
    """Who comes to the question, in which pool, and how."""

    mode: str
    name: str
    flow: str
    preferred: str = ""
    device: bool = False


WAITING = {
    "SMS_MFA": Waiting("OPTIONAL", "sms", "password"),
    "EMAIL_OTP": Waiting("OPTIONAL", "mail", "srp"),
    "SOFTWARE_TOKEN_MFA": Waiting("OPTIONAL", "app", "password"),
    "SELECT_MFA_TYPE": Waiting("ON", "plain", "password"),
    "MFA_SETUP": Waiting("ON", "bare", "password"),
    "PASSWORD_VERIFIER": Waiting("OFF", "plain", "srp"),
    "CUSTOM_CHALLENGE": Waiting("OFF", "plain", "custom"),
    "SELECT_CHALLENGE": Waiting("OFF", "plain", "choice"),
    "PASSWORD": Waiting("OFF", "plain", "choice", "PASSWORD"),
    "PASSWORD_SRP": Waiting("OFF", "plain", "choice", "PASSWORD_SRP"),
    "EMAIL_OTP alone": Waiting("OFF", "plain", "choice", "EMAIL_OTP"),
    "SMS_OTP": Waiting("OFF", "plain", "choice", "SMS_OTP"),
    "WEB_AUTHN": Waiting("OFF", "owner", "choice", "WEB_AUTHN"),
    "NEW_PASSWORD_REQUIRED": Waiting("OFF", "temporary", "password"),
    "DEVICE_SRP_AUTH": Waiting("OFF", "owner", "password", device=True),
    "DEVICE_PASSWORD_VERIFIER": Waiting("OFF", "owner", "password", device=True),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with serving(tmp_path_factory.mktemp("names")) as running:
        yield World(running)


def found(world: World, waiting: Waiting) -> tuple[Place, Person]:
    place = next(one for one in world.places if one.mode == waiting.mode)
    return place, next(one for one in place.people if one.name == waiting.name)


def asked(world: World, wanted: str) -> Question:
    """A fresh sign-in, as far as this question."""
    waiting = WAITING[wanted]
    place, person = found(world, waiting)
    chain = Chain(place, place.clients[0], person, waiting.flow)
    said = {"USERNAME": person.name}
    if waiting.preferred:
        said["PREFERRED_CHALLENGE"] = waiting.preferred
    if waiting.flow == "password":
        said["PASSWORD"] = person.password
    if waiting.flow == "srp":
        chain.srp = Client(place.pool.id, person.password)
        said["SRP_A"] = f"{chain.srp.public:x}"
    if waiting.device and person.device:
        said["DEVICE_KEY"] = person.device.key
    flow = FLOWS[waiting.flow][0]
    answer = place.pool.api.initiate_auth(ClientId=chain.client.id, AuthFlow=flow, AuthParameters=said)
    question = made(world, chain, answer)
    for _ in range(2):
        if question.challenge != wanted.split()[0]:
            question = made(world, question.chain, answered(world, question))
    assert question.challenge == wanted.split()[0]
    return question


def made(world: World, chain: Chain, answer: Any) -> Question:
    name = answer["ChallengeName"]
    told, offered = answer["ChallengeParameters"], answer.get("AvailableChallenges", [])
    code = world.code(chain.person, name) if name in CODES else ""
    return Question(chain, name, answer["Session"], told, offered, code)


def right(world: World, question: Question) -> dict[str, str]:
    """The right answer; what it leaves for the next one stays in the chain."""
    if question.challenge == "MFA_SETUP":
        return {}
    said, *_ = Walk(world, Random(1), Counter()).content(question, question.chain, "right")
    return {name: value for name, value in said.items() if name != "USERNAME"}


def amiss(world: World, question: Question, kind: str) -> dict[str, str]:
    """An answer that is wrong, or that says nothing."""
    said, *_ = Walk(world, Random(1), Counter()).content(question, question.chain, kind)
    return {name: value for name, value in said.items() if name != "USERNAME"}


def everything(world: World, question: Question) -> dict[str, str]:
    """What any other question would want to hear."""
    person, app = question.chain.person, question.chain.person.app
    public = f"{Client(question.chain.place.pool.id, PASSWORD).public:x}"
    said = {"ANSWER": "42", "PASSWORD": person.password, "NEW_PASSWORD": "Another-horse-8", "SRP_A": public}
    said |= {f"{name}_CODE": question.code or "123456" for name in CODES}
    if app:
        said["SOFTWARE_TOKEN_MFA_CODE"] = app.at(world.server.clock() // 1000)
    if person.device:
        said["DEVICE_KEY"] = person.device.key
    return said


def answered(world: World, question: Question, name: str = "", said: dict[str, str] | None = None) -> Any:
    chain = question.chain
    responses = {"USERNAME": chain.person.name, **(right(world, question) if said is None else said)}
    return chain.place.pool.api.respond_to_auth_challenge(
        ClientId=chain.client.id,
        ChallengeName=name or question.challenge,
        Session=question.session,
        ChallengeResponses=responses,
    )


def test_every_name_is_waited_for() -> None:
    assert {wanted.split()[0] for wanted in WAITING} == set(NAMES) - ABSENT


@pytest.mark.parametrize("wanted", WAITING)
def test_another_challenge_than_the_one_that_was_asked(world: World, wanted: str) -> None:
    """SR-07."""
    world.server.clock.forward(seconds=3600)  # codes to one address have a budget for each hour
    for name in NAMES:
        if name == wanted.split()[0]:
            continue
        question = asked(world, wanted)
        said = everything(world, question) | right(world, question)
        refused = question.chain.place.pool.refused
        assert refused(answered, world, question, name, said) == (
            "NotAuthorizedException",
            "Invalid session for the user.",
        )
        assert refused(answered, world, question) == USED


AGAIN = {"CUSTOM_CHALLENGE", "MFA_SETUP"}  # asked once more
LATER = {"PASSWORD_SRP", "DEVICE_SRP_AUTH"}  # with a wrong password behind the number, which the next answer tells


@pytest.mark.parametrize("kind", ["wrong", "missing"])
@pytest.mark.parametrize("wanted", sorted(WAITING.keys() - {"SELECT_CHALLENGE"}))
def test_a_wrong_answer_to_the_challenge_that_was_asked(world: World, wanted: str, kind: str) -> None:
    """Nor does the right answer to what is asked next help who gave a wrong one."""
    world.server.clock.forward(seconds=3600)
    question = asked(world, wanted)
    refused = question.chain.place.pool.refused
    if question.challenge in AGAIN and (kind == "wrong" or question.challenge == "MFA_SETUP"):
        assert answered(world, question, said=amiss(world, question, kind))["ChallengeName"] == question.challenge
        return
    if question.challenge in LATER and kind == "wrong":
        question = made(world, question.chain, answered(world, question, said=amiss(world, question, kind)))
        assert refused(answered, world, question)[0] == "NotAuthorizedException"
        return
    code, _ = refused(answered, world, question, said=amiss(world, question, kind))
    assert code.removesuffix("Exception") in ("NotAuthorized", "InvalidParameter", "CodeMismatch", "InvalidPassword")


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_session_of_a_sign_up_answers_no_challenge(world: World, confirmed: bool) -> None:
    place = world.places[0]
    for name in (*NAMES, "CONFIRM_SIGN_UP", "SIGN_IN_AFTER_SIGN_UP"):
        pool, who = place.pool, f"new-{confirmed}-{name}".lower()
        mail = f"{who}@example.com"
        session = pool.sign_up(who, attributes={"email": mail})["Session"]
        if confirmed:
            said = {"ClientId": pool.client, "Username": who, "ConfirmationCode": world.server.code(mail)}
            session = pool.api.confirm_sign_up(**said, Session=session)["Session"]
        chain = Chain(place, place.clients[0], Person(who), "choice")
        question = Question(chain, name, session, {}, [])
        code, _ = pool.refused(answered, world, question, name, everything(world, question))
        assert code == ("NotAuthorizedException" if name in NAMES else "InvalidParameterException")
