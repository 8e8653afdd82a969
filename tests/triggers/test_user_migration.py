"""Migration of users: when the function is asked, what it is sent, and how the call goes on (sections 3.7, 5 and 6)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.api.test_srp import sign_in as sign_in_by_srp
from tests.flows.test_credentials import SLOW_ONLY, kinds
from tests.meeting import COMES, WAITS, Meeting, let_go
from tests.serving import PASSWORD, Serving, claims
from tests.srp_client import Client
from tests.triggers.migrating import MAIL, METADATA, OLD, PREFILLED, SILENT, WRONG, Moving, knowing
from tests.triggers.recorder import SEMANTICS, answering

from keydesk.crypto.passwords import Kind

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_settings = pytest.mark.parametrize("hides", [False, True])
ASKED, MADE = "UserMigration_Authentication", "PreSignUp_AdminCreateUser"
PRE, POST, TOKENS = (
    "PreAuthentication_Authentication",
    "PostAuthentication_Authentication",
    "TokenGeneration_Authentication",
)
ALL = (
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
    "CustomMessage",
)
NOBODY = ("UserNotFoundException", "User does not exist.")
CODES: dict[str, Any] = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    "UserPoolTier": "ESSENTIALS",
}


def by_client(moving: Moving, **more: Any) -> Any:
    return moving.sign_in(**more)


def by_admin(flow: str) -> Callable[..., Any]:
    def call(moving: Moving, **more: Any) -> Any:
        said = {"USERNAME": "ada", "PASSWORD": OLD}
        ids = {"UserPoolId": moving.id, "ClientId": moving.client}
        return moving.api.admin_initiate_auth(**ids, AuthFlow=flow, AuthParameters=said, **more)

    return call


WAYS = {
    "USER_PASSWORD_AUTH": by_client,
    "ADMIN_USER_PASSWORD_AUTH": by_admin("ADMIN_USER_PASSWORD_AUTH"),
    "ADMIN_NO_SRP_AUTH": by_admin("ADMIN_NO_SRP_AUTH"),
}


# --- what is sent ---


@both_semantics
@pytest.mark.parametrize("flow", WAYS)
def test_the_events_of_a_sign_in_are_exactly_these(server: Serving, semantics: str, flow: str) -> None:
    """Sections 2.2, 3.7 and 5: the ClientMetadata of the Initiate calls is validationData, in both."""
    moving = Moving(server, semantics=semantics)
    done = WAYS[flow](moving, ClientMetadata=METADATA)
    assert claims(done["AuthenticationResult"]["IdToken"])["cognito:username"] == "ada"
    asked = {"password": OLD, "userAttributes": None, "validationData": METADATA}
    assert moving.function.events() == [
        moving.event(ASKED, "ada", asked, PREFILLED),
        moving.pre_sign_up("ada", {"userAttributes": MAIL, "validationData": METADATA}),
    ]


@both_semantics
def test_where_nothing_was_passed_validation_data_is_null(server: Serving, semantics: str) -> None:
    moving = Moving(server, semantics=semantics)
    moving.sign_in()
    asked, made = moving.function.events()
    assert asked["request"] == {"password": OLD, "userAttributes": None, "validationData": None}
    assert made["request"] == {"userAttributes": MAIL, "validationData": None}


@both_semantics
def test_t119_the_events_of_a_forgotten_password_are_exactly_these(server: Serving, semantics: str) -> None:
    """T-119: no password, and ClientMetadata arrives as such in both."""
    moving = Moving(server, {"userAttributes": MAIL, "messageAction": "SUPPRESS"}, semantics)
    moving.forgot(ClientMetadata=METADATA)
    asked = {"userAttributes": None, "validationData": None, "clientMetadata": METADATA}
    made = {"userAttributes": MAIL, "validationData": None, "clientMetadata": METADATA}
    assert moving.function.events() == [
        moving.event("UserMigration_ForgotPassword", "ada", asked, PREFILLED),
        moving.pre_sign_up("ada", made),
    ]


@both_semantics
@both_settings
@pytest.mark.parametrize("admin", [True, False])
def test_t120_metadata_of_an_administrators_answer_arrives(
    server: Serving, semantics: str, hides: bool, admin: bool
) -> None:
    """T-120: when the password is the answer to a choice; not so that of RespondToAuthChallenge."""
    moving = Moving(server, semantics=semantics, hides=hides)
    asked = moving.choose()
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert "PASSWORD" in asked["AvailableChallenges"]
    done = moving.respond("SELECT_CHALLENGE", asked, by_admin=admin, told=METADATA, ANSWER="PASSWORD", PASSWORD=OLD)
    assert done["AuthenticationResult"]
    told = {"validationData": None, **({"clientMetadata": METADATA} if admin else {})}
    assert [event["request"] for event in moving.function.events()] == [
        {"password": OLD, "userAttributes": None, **told},
        {"userAttributes": MAIL, **told},
    ]


def test_a_function_in_node_migrates_as_well(server: Serving) -> None:
    moving = Moving(server, function=answering(server, SILENT, "node"), also=())
    assert moving.sign_in()["AuthenticationResult"]
    assert moving.function.sources() == [ASKED]


# --- in which order ---


@both_semantics
@both_settings
def test_the_order_of_a_sign_in(server: Serving, semantics: str, hides: bool) -> None:
    """Section 6.2; pre authentication runs for the new user, who is found the next time."""
    moving = Moving(server, semantics=semantics, hides=hides, also=ALL)
    moving.sign_in()
    last = [TOKENS, POST] if semantics == "keydesk" else [POST, TOKENS]
    assert moving.function.sources() == [ASKED, MADE, PRE, *last]
    request = moving.function.events()[2]["request"]
    assert request["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert request.get("userNotFound", False) is False
    moving.sign_in()
    assert moving.function.sources()[5:] == [PRE, *last]


@both_semantics
@both_settings
def test_the_order_where_the_function_knows_nobody(server: Serving, semantics: str, hides: bool) -> None:
    """Section 6.2: only under `aws`, and with existence hidden, pre authentication is told of nobody."""
    moving = Moving(server, {}, semantics, hides=hides, also=ALL)
    fault = f"Exception migrating user in app client {moving.client}"
    assert moving.refused(moving.sign_in) == (WRONG if hides else ("UserNotFoundException", fault))
    told = semantics == "aws" and hides
    assert moving.function.sources() == [ASKED, *([PRE] if told else [])]
    assert [event["request"].get("userNotFound") for event in moving.function.events()[1:]] == [True] * told


@both_semantics
def test_the_order_of_a_forgotten_password(server: Serving, semantics: str) -> None:
    """Section 6.1, with the message that a migrated user is sent, and the code."""
    own_mail = {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
    }
    answer = {"userAttributes": MAIL, "desiredDeliveryMediums": ["EMAIL"]}
    moving = Moving(server, answer, semantics, also=ALL, EmailConfiguration=own_mail)
    moving.forgot()
    messages = ["CustomMessage_AdminCreateUser", "CustomMessage_ForgotPassword"]
    assert moving.function.sources() == ["UserMigration_ForgotPassword", MADE, *messages]


@both_semantics
@both_settings
@pytest.mark.parametrize("preferred", [True, False])
def test_the_order_of_a_choice(server: Serving, semantics: str, hides: bool, preferred: bool) -> None:
    """Pre authentication counts once there is a user; under `aws` with existence hidden it ran for nobody before."""
    moving = Moving(server, semantics=semantics, hides=hides, also=ALL)
    if preferred:
        moving.choose(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=OLD)
    else:
        moving.respond("SELECT_CHALLENGE", moving.choose(), ANSWER="PASSWORD", PASSWORD=OLD)
    first = [PRE] if semantics == "aws" and hides else []
    last = [TOKENS, POST] if semantics == "keydesk" else [POST, TOKENS]
    assert moving.function.sources() == [*first, ASKED, MADE, PRE, *last]


# --- when it is not asked ---


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "CUSTOM_AUTH"])
def test_without_the_password_nobody_is_asked(server: Serving, flow: str) -> None:
    moving = Moving(server)
    said = {"USERNAME": "ada", "SRP_A": f"{Client(moving.id, OLD).public:x}"}
    begin = moving.api.initiate_auth
    assert moving.refused(begin, ClientId=moving.client, AuthFlow=flow, AuthParameters=said)[0] != "", flow
    assert moving.function.sources() == []
    assert moving.names() == []


@both_settings
@pytest.mark.parametrize("wanted", ["EMAIL_OTP", "PASSWORD_SRP"])
def test_a_choice_without_a_password_asks_nobody(server: Serving, hides: bool, wanted: str) -> None:
    moving = Moving(server, hides=hides, **CODES)
    said = {"PREFERRED_CHALLENGE": wanted, "SRP_A": f"{Client(moving.id, OLD).public:x}"}
    if hides:
        assert moving.choose(**said)["ChallengeName"] in (wanted, "PASSWORD_VERIFIER")
    else:
        assert moving.refused(moving.choose, **said) == NOBODY
    assert moving.function.sources() == []


def test_a_client_that_may_know_is_offered_what_can_migrate(server: Serving) -> None:
    moving = Moving(server, **CODES)
    asked = moving.choose()
    assert asked["AvailableChallenges"] == ["PASSWORD"]
    assert moving.refused(moving.respond, "SELECT_CHALLENGE", asked, ANSWER="EMAIL_OTP") == NOBODY


def test_whoever_is_there_is_not_asked_for(server: Serving) -> None:
    moving = Moving(server, also=())
    moving.pool.user("ada", **MAIL)
    assert moving.refused(moving.sign_in) == WRONG
    assert moving.sign_in(password=PASSWORD)["AuthenticationResult"]
    assert moving.forgot()["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert moving.function.sources() == []


def test_a_flow_that_the_client_does_not_allow_asks_nobody(server: Serving) -> None:
    moving = Moving(server, flows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    assert moving.refused(moving.sign_in)[0] == "InvalidParameterException"
    assert moving.function.sources() == []


# --- what comes of it ---


@both_semantics
def test_a_confirmed_user_keeps_the_password_by_whatever_way(server: Serving, semantics: str) -> None:
    """The pool's policy is not asked. Then the password proves itself by SRP, too."""
    moving = Moving(server, semantics=semantics, also=())
    moving.sign_in()
    assert moving.stored()["UserStatus"] == "CONFIRMED"
    assert moving.attributes() == MAIL
    assert kinds(server, sub_of(moving)) == [Kind.SRP]
    assert sign_in_by_srp(moving.pool, "ada", OLD)["AuthenticationResult"]
    assert moving.refused(moving.sign_in, password="Old") == WRONG
    assert moving.function.sources() == [ASKED]


def test_where_no_client_allows_srp_the_password_is_kept_as_argon2id(server: Serving) -> None:
    moving = Moving(server, flows=SLOW_ONLY["ExplicitAuthFlows"])
    moving.sign_in()
    assert kinds(server, sub_of(moving)) == [Kind.ARGON2ID]
    assert moving.sign_in()["AuthenticationResult"]


def sub_of(moving: Moving) -> str:
    return next(str(one["Value"]) for one in moving.stored()["UserAttributes"] if one["Name"] == "sub")


@both_semantics
@both_settings
@pytest.mark.parametrize("status", [None, "RESET_REQUIRED"])
def test_otherwise_the_password_has_to_be_reset(server: Serving, semantics: str, hides: bool, status: str) -> None:
    """Only who knows the old password is told so; a new one is chosen by a code, as ever."""
    answer = {"userAttributes": MAIL, "messageAction": "SUPPRESS", "finalUserStatus": status}
    moving = Moving(server, answer, semantics, hides=hides, also=())
    assert moving.refused(moving.sign_in)[0] == "PasswordResetRequiredException"
    assert moving.stored()["UserStatus"] == "RESET_REQUIRED"
    assert moving.refused(moving.sign_in, password="wrong") == WRONG
    choose_again(moving)
    assert moving.sign_in(password=PASSWORD)["AuthenticationResult"]
    assert moving.function.sources() == [ASKED]


@both_semantics
@both_settings
def test_who_forgot_the_password_is_migrated_and_chooses_one(server: Serving, semantics: str, hides: bool) -> None:
    moving = Moving(server, {"userAttributes": MAIL, "messageAction": "SUPPRESS"}, semantics, hides=hides, also=())
    choose_again(moving)
    assert moving.stored()["UserStatus"] == "CONFIRMED"
    assert moving.sign_in(password=PASSWORD)["AuthenticationResult"]
    assert moving.function.sources() == ["UserMigration_ForgotPassword"]


def choose_again(moving: Moving) -> None:
    before = len(moving.server.outbox(MAIL["email"]))
    sent = moving.forgot()["CodeDeliveryDetails"]
    assert (sent["AttributeName"], sent["DeliveryMedium"], sent["Destination"]) == ("email", "EMAIL", "a***@e***")
    moving.server.run(moving.server.house.desk.courier.drained())
    code = moving.server.outbox(MAIL["email"])[before:][-1]["code"]
    assert re.fullmatch("[0-9]{6}", code)
    said = {"ClientId": moving.client, "Username": "ada", "ConfirmationCode": code}
    moving.api.confirm_forgot_password(**said, Password=PASSWORD)


@both_semantics
@pytest.mark.parametrize("other", ["sign in", "forget"])
def test_two_at_one_time_make_one_user(server: Serving, meeting: Meeting, semantics: str, other: str) -> None:
    """The second finds whom the first has made, and is judged by the same password."""
    slow = knowing(server, SILENT, COMES + "time.sleep(0.4)", Environment=meeting.environment)
    moving = Moving(server, semantics=semantics, function=slow, also=())
    second = moving.sign_in if other == "sign in" else moving.forgot
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(moving.sign_in)
        meeting.one().close()
        told = [first, pool.submit(second)]
        assert [one.result()["ResponseMetadata"]["HTTPStatusCode"] for one in told] == [200, 200]
    assert moving.names() == ["ada"]
    assert len(moving.function.sources()) == 1


@both_semantics
@both_settings
@pytest.mark.parametrize("flow", ["sign in", "forget"])
def test_whoever_was_made_while_the_function_ran_is_the_user(
    server: Serving, meeting: Meeting, semantics: str, hides: bool, flow: str
) -> None:
    """As on another node: nothing of the answer is stored, and the password is the one of whoever is there."""
    answer = SILENT | {"userAttributes": MAIL | {"name": "Ada"}}
    slow = knowing(server, answer, WAITS, Environment=meeting.environment)
    moving = Moving(server, semantics=semantics, hides=hides, function=slow, also=())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(moving.forgot) if flow == "forget" else pool.submit(moving.refused, moving.sign_in)
        come = meeting.one()
        moving.pool.user("ada", **MAIL)
        let_go(come)
        told = first.result()
    assert told["CodeDeliveryDetails"]["Destination"] == "a***@e***" if isinstance(told, dict) else told == WRONG
    assert moving.attributes() == MAIL
    assert moving.sign_in(password=PASSWORD)["AuthenticationResult"]


def test_a_wrong_password_at_the_same_time_gets_nobody_in(server: Serving) -> None:
    slow = knowing(
        server, SILENT, f"time.sleep(0.3)\nif event['request']['password'] != {OLD!r}: raise Exception('no')"
    )
    moving = Moving(server, function=slow, also=())
    with ThreadPoolExecutor(4) as pool:
        wrong = [pool.submit(moving.refused, moving.sign_in, password=f"guess {number}") for number in range(3)]
        right = pool.submit(moving.sign_in)
        told = {one.result() for one in wrong}
    assert right.result()["AuthenticationResult"]
    assert told <= {WRONG, ("UserLambdaValidationException", "UserMigration failed with error no.")}
