"""Migrations that fail: what the client is told in both settings, what is slowed, and what nobody ever reads."""

import io
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.serving import PASSWORD, Serving, serving
from tests.triggers.migrating import MAIL, OLD, SILENT, WRONG, Moving, Quiet, knowing
from tests.triggers.recorder import SEMANTICS, Recorder, raising

from keydesk.log import configure
from keydesk.store.schema import metadata

pytestmark = pytest.mark.one_database

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_settings = pytest.mark.parametrize("hides", [False, True])
EXCEEDED = ("NotAuthorizedException", "Password attempts exceeded")
LIMITED = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
DENIED = ("UserLambdaValidationException", "UserMigration failed with error Bad password.")
CANARY = "Canary-migrated-7"
NO_EVENT = {"None": "Invalid lambda function output : Invalid JSON", "'ada'": "Unrecognizable lambda output"}
UNFIT = {"userAttributes": {"shoe": "44"}}
RESPONDING = "event['response'].update(json.loads({!r}))\nreturn event"


def failing(moving: Moving) -> tuple[str, str]:
    """What a client that may know is told where the function knows nobody."""
    return "UserNotFoundException", f"Exception migrating user in app client {moving.client}"


def rejecting(server: Serving) -> Recorder:
    """Knows one password, and throws at any other."""
    return knowing(server, SILENT, f"if event['request'].get('password') != {OLD!r}: raise Exception('Bad password')")


# --- what is told ---


@both_semantics
@both_settings
def test_what_the_function_throws_is_told(server: Serving, semantics: str, hides: bool) -> None:
    """As it is, in both flows: a function that must not tell gives the event back instead."""
    moving = Moving(server, semantics=semantics, hides=hides, function=raising(server, "Bad password"))
    assert moving.refused(moving.sign_in) == DENIED
    assert moving.refused(moving.forgot) == DENIED
    assert moving.names() == []


EMPTY: list[dict[str, Any]] = [{}, {"userAttributes": None}, {"userAttributes": {}}, {"finalUserStatus": "CONFIRMED"}]


@both_semantics
@pytest.mark.parametrize("answer", EMPTY)
def test_an_answer_without_attributes_is_told_or_simulated(
    server: Serving, semantics: str, answer: dict[str, Any]
) -> None:
    told = Moving(server, answer, semantics)
    assert told.refused(told.sign_in) == failing(told)
    assert told.refused(told.forgot) == failing(told)
    hidden = Moving(server, answer, semantics, hides=True)
    assert hidden.refused(hidden.sign_in) == WRONG
    for name in ("ada", "ada@example.com"):
        pretended = hidden.forgot(name)["CodeDeliveryDetails"]
        assert pretended["AttributeName"] in ("email", "phone_number")
        assert pretended == hidden.forgot(name)["CodeDeliveryDetails"]
    assert told.names() == hidden.names() == []


@both_semantics
def test_an_answer_that_makes_no_user_is_told_or_simulated(server: Serving, semantics: str) -> None:
    """Where it is hidden, it stands in the function's log: whoever wrote the function has to hear of it."""
    sentence = "Attributes did not conform to the schema: shoe: Attribute does not exist in the schema.\n"
    told = Moving(server, UNFIT, semantics)
    for call in (told.sign_in, told.forgot):
        assert told.refused(call) == ("InvalidLambdaResponseException", sentence)
    hidden = Moving(server, UNFIT, semantics, hides=True)
    assert hidden.refused(hidden.sign_in) == WRONG
    assert hidden.forgot()["CodeDeliveryDetails"]
    lines = hidden.function.lines()
    assert sum("shoe: Attribute does not exist" in line and "EVENT" not in line for line in lines) == 2


@both_semantics
@both_settings
@pytest.mark.parametrize("said", NO_EVENT)
def test_what_is_no_event_is_told(server: Serving, semantics: str, hides: bool, said: str) -> None:
    moving = Moving(server, semantics=semantics, hides=hides, function=Recorder(server, f"return {said}"))
    for call in (moving.sign_in, moving.forgot):
        assert moving.refused(call) == ("InvalidLambdaResponseException", NO_EVENT[said])


@both_settings
def test_a_function_that_cannot_be_asked_is_told_and_counts_against_nobody(server: Serving, hides: bool) -> None:
    function = Recorder(server, permit=False)
    moving = Moving(server, semantics="aws", hides=hides, function=function)
    fault = "UserMigration invocation failed due to error AccessDeniedException."
    assert {moving.refused(moving.sign_in) for _ in range(7)} == {("UnexpectedLambdaException", fault)}
    assert moving.refused(moving.forgot) == ("UnexpectedLambdaException", fault)


@both_semantics
@both_settings
def test_pre_sign_up_may_refuse_a_migration(server: Serving, semantics: str, hides: bool) -> None:
    """C-22, T-106: nobody is made."""
    moving = Moving(server, semantics=semantics, hides=hides, also=())
    moving.pool.trigger(PreSignUp=raising(server, "not you").arn)
    denied = ("UserLambdaValidationException", "PreSignUp failed with error not you.")
    assert moving.refused(moving.sign_in) == denied
    assert moving.refused(moving.forgot) == denied
    assert moving.names() == []


def test_the_flags_of_pre_sign_up_mean_nothing_here(server: Serving) -> None:
    """T-132 to T-134."""
    flags = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True}
    moving = Moving(server, {"userAttributes": {"email": "ada@example.com"}, "messageAction": "SUPPRESS"}, also=())
    moving.pool.trigger(PreSignUp=Recorder(server, RESPONDING.format(json.dumps(flags))).arn)
    assert moving.refused(moving.sign_in)[0] == "PasswordResetRequiredException"
    assert moving.attributes() == {"email": "ada@example.com"}


@both_semantics
@both_settings
def test_who_has_nothing_proved_is_migrated_and_gets_no_code(server: Serving, semantics: str, hides: bool) -> None:
    moving = Moving(server, {"userAttributes": {"email": "ada@example.com"}}, semantics, hides=hides)
    if hides:
        assert moving.forgot()["CodeDeliveryDetails"]
    else:
        assert moving.refused(moving.forgot)[0] == "InvalidParameterException"
    assert moving.stored()["UserStatus"] == "RESET_REQUIRED"


TEXT = st.text(max_size=8) | st.sampled_from(["ada", "true", "a@example.com", "+15550100", "\0", "\ud800", "x" * 3000])
NAMES = st.sampled_from(["email", "email_verified", "phone_number", "name", "username", "sub", "updated_at"])
ANYTHING = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=2) | st.dictionaries(TEXT, TEXT)
MEMBERS = {
    "userAttributes": st.dictionaries(NAMES | TEXT, TEXT, min_size=1) | ANYTHING,
    "finalUserStatus": st.sampled_from(["CONFIRMED", "RESET_REQUIRED"]) | ANYTHING,
    "messageAction": st.sampled_from(["SUPPRESS", "RESEND"]) | ANYTHING,
    "desiredDeliveryMediums": st.lists(st.sampled_from(["EMAIL", "SMS"])) | ANYTHING,
    "forceAliasCreation": st.booleans() | ANYTHING,
    "enableSMSMFA": st.booleans() | ANYTHING,
}
EXPECTED = {"InvalidLambdaResponseException", "UserNotFoundException", "PasswordResetRequiredException"}


def test_whatever_is_answered_the_client_gets_a_modelled_answer(server: Serving) -> None:
    """Nothing that a function says is a fault of the server's; what it said is the validation data here."""
    obeys = "event['response'] = json.loads(event['request']['validationData']['answer'])\nreturn event"
    function = Recorder(server, obeys)
    aliases = ["email", "phone_number", "preferred_username"]
    moving = Moving(server, function=function, also=(), AliasAttributes=aliases)
    names, told = itertools.count(), set[str]()

    @settings(max_examples=80, deadline=None)
    @given(st.fixed_dictionaries({}, optional=MEMBERS) | ANYTHING)
    def answered(answer: Any) -> None:
        said = {"answer": json.dumps(answer)}
        try:
            moving.sign_in(f"ada{next(names)}", ClientMetadata=said)
        except ClientError as refusal:
            told.add(refusal.response["Error"]["Code"])

    answered()
    assert told <= EXPECTED


# --- what is slowed ---


@both_semantics
@both_settings
def test_guesses_at_a_name_that_nobody_has_get_slow_before_the_function_is_asked(
    tmp_path: Path, semantics: str, hides: bool
) -> None:
    """AU-01, EN-03; the right password has to wait, too, and then it counts."""
    with serving(tmp_path) as server:
        server.clock.stop()
        moving = Moving(server, semantics=semantics, hides=hides, function=rejecting(server), also=())
        told = [moving.refused(moving.sign_in, password=f"guess {number}") for number in range(7)]
        assert told == [DENIED] * 5 + [EXCEEDED] * 2
        assert moving.refused(moving.sign_in) == EXCEEDED
        assert len(moving.function.sources()) == 5
        assert moving.refused(moving.sign_in, "eve", "guess") == DENIED
        server.clock.forward(seconds=2)
        assert moving.sign_in()["AuthenticationResult"]


@both_settings
def test_so_do_guesses_that_the_function_answers_with_nobody(server: Serving, hides: bool) -> None:
    moving = Moving(server, {}, hides=hides)
    with server.clock.still():
        told = [moving.refused(moving.sign_in) for _ in range(6)]
    assert told == [WRONG if hides else failing(moving)] * 5 + [EXCEEDED]
    assert len(moving.function.sources()) == 5


def test_many_guesses_at_once_are_judged_one_by_one(server: Serving) -> None:
    """AU-05."""
    moving = Moving(server, function=rejecting(server), also=())
    with server.clock.still(), ThreadPoolExecutor(12) as pool:
        guesses = [pool.submit(moving.refused, moving.sign_in, password=f"guess {number}") for number in range(12)]
        told = [guess.result() for guess in guesses]
    assert (told.count(DENIED), told.count(EXCEEDED)) == (5, 7)


@both_settings
def test_a_function_is_asked_for_who_forgot_as_often_as_a_code_may_be(server: Serving, hides: bool) -> None:
    moving = Moving(server, {}, hides=hides)
    for _ in range(5):
        if hides:
            moving.forgot()
        else:
            assert moving.refused(moving.forgot) == failing(moving)
    assert moving.refused(moving.forgot) == LIMITED
    assert len(moving.function.sources()) == 5


# --- what nobody reads ---


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    out = io.StringIO()
    yield out
    configure("error")


@pytest.mark.parametrize("answer", [SILENT, {"userAttributes": MAIL}, {}, UNFIT], ids=str)
@both_settings
def test_au15_the_typed_password_is_nowhere_in_clear(
    server: Serving, logged: io.StringIO, answer: dict[str, Any], hides: bool
) -> None:
    """AU-15, LG-03: not in the log, in the record of calls, in a log of functions, or anywhere in the database.

    The function prints nothing here, but gives the whole event back, with the password in its request.
    """
    moving = Moving(server, hides=hides, function=Quiet(server, answer))
    configure("debug", out=logged)
    if answer is SILENT:
        moving.sign_in(password=CANARY)
    else:
        moving.refused(moving.sign_in, password=CANARY)
    server.client("cloudtrail").lookup_events()
    moving.function.lines()
    assert '"operation": "InitiateAuth"' in logged.getvalue()
    assert CANARY not in logged.getvalue()
    assert CANARY not in repr(server.run(server.house.desk.store.read(everything)))


def everything(db: Any) -> list[Any]:
    return [tuple(row) for table in metadata.sorted_tables for row in db.execute(select(table))]


def test_au15_no_file_holds_the_typed_password(tmp_path: Path) -> None:
    """The journal of SQLite, too; the password is chosen after the first sign-in, and then another is kept."""
    with serving(tmp_path) as server:
        moving = Moving(server, also=(), function=Quiet(server, SILENT))
        moving.sign_in(password=CANARY)
        assert moving.sign_in(password=CANARY)["AuthenticationResult"]
        assert found(tmp_path) == []
        moving.api.admin_set_user_password(UserPoolId=moving.id, Username="ada", Password=PASSWORD, Permanent=True)
    assert found(tmp_path) == []


def found(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
