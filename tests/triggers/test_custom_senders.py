"""Custom senders: what they are sent, that they take the server's place, and that nobody hears of their failure."""

import base64
import json
from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from tests.meeting import WAITS, Meeting, let_go
from tests.serving import Serving
from tests.triggers.recorder import Recorder, answering, event_only, raising
from tests.triggers.written_to import (
    METADATA,
    OCCASIONS,
    Addressee,
    both_media,
    both_semantics,
    each_occasion,
    forgot,
    invite,
    sign_up,
)

pytestmark = pytest.mark.one_database

SENDERS = {"email": "CustomEmailSender", "phone_number": "CustomSMSSender"}
TYPES = {"email": "customEmailSenderRequestV1", "phone_number": "customSMSSenderRequestV1"}
PASSWORD = """Ab1-<i>&"'xyz"""


def send_by(ada: Addressee, function: Recorder, attribute: str = "", key: str = "", **others: str) -> None:
    """The function sends to Ada's attribute, or to the one that is named."""
    key = key or ada.server.client("kms").create_key()["KeyMetadata"]["Arn"]
    sender = {"LambdaVersion": "V1_0", "LambdaArn": function.arn}
    ada.pool.trigger(KMSKeyID=key, **{SENDERS[attribute or ada.attribute]: sender}, **others)


def opened(ada: Addressee, event: dict[str, Any]) -> str:
    """The code, as a function with the key reads it."""
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    key = KMSMasterKey(key_id=ada.pool.settings["LambdaConfig"]["KMSKeyID"], client=ada.server.client("kms"))
    plain, header = client.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=key)
    assert header.encryption_context["userpool-id"] == ada.pool.id
    return str(plain.decode())


def settled(ada: Addressee) -> None:
    """What goes on after the answer is over."""
    ada.outbox()


@each_occasion
@both_media
@both_semantics
def test_the_event_is_exactly_this_and_the_server_sends_nothing(
    server: Serving, semantics: str, attribute: str, operation: str
) -> None:
    occasion = OCCASIONS[operation]
    ada = Addressee(server, semantics, attribute, **occasion.settings)
    occasion.before(ada)
    to = ada.other if occasion.moved else ada.value
    before = len(ada.outbox(to))
    function = event_only(server)
    send_by(ada, function, CustomMessage=function.arn)
    occasion.act(ada, ClientMetadata=METADATA)
    assert len(ada.outbox(to)) == before
    (event,) = function.events()
    sealed = {
        "type": TYPES[attribute],
        "code": event["request"]["code"],
        "clientMetadata": METADATA if occasion.sender_told else None,
    }
    assert event == ada.event(SENDERS[attribute], occasion, sealed)
    assert len(opened(ada, event)) >= 6


@both_media
@both_semantics
def test_the_code_that_a_sender_gets_is_the_one_that_counts(server: Serving, semantics: str, attribute: str) -> None:
    ada = Addressee(server, semantics, attribute)
    function = event_only(server, "node")
    send_by(ada, function)
    told = sign_up(ada)["CodeDeliveryDetails"]
    assert told["AttributeName"] == attribute
    settled(ada)
    code = opened(ada, function.events()[0])
    ada.api.confirm_sign_up(ClientId=ada.pool.client, Username="ada", ConfirmationCode=code)
    assert ada.attributes()[f"{attribute}_verified"] == "true"


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("email", "Ab1-&lt;i&gt;&amp;&quot;&#x27;xyz"), ("phone_number", PASSWORD)],
)
@both_semantics
def test_a_temporary_password_is_ready_for_a_page_where_it_goes_by_mail(
    server: Serving, semantics: str, attribute: str, expected: str
) -> None:
    ada = Addressee(server, semantics, attribute)
    function = event_only(server)
    send_by(ada, function)
    invite(ada, TemporaryPassword=PASSWORD)
    settled(ada)
    assert opened(ada, function.events()[0]) == expected


@both_semantics
def test_order_at_sign_up(server: Serving, semantics: str) -> None:
    """Checks, pre sign-up, the user, the sender; nobody is asked for words that no sender gets (section 6.1)."""
    ada = Addressee(server, semantics, "email")
    function = event_only(server)
    send_by(ada, function, PreSignUp=function.arn, CustomMessage=function.arn)
    sign_up(ada)
    settled(ada)
    assert function.sources() == ["PreSignUp_SignUp", "CustomEmailSender_SignUp"]


def test_a_sender_for_one_medium_leaves_the_other_to_the_server(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email")
    function, words = event_only(server), answering(server, {"emailMessage": "said {####}"})
    send_by(ada, function, "phone_number", CustomMessage=words.arn)
    sign_up(ada)
    assert ada.outbox()[-1]["body"].startswith("said ")
    assert function.events() == []


@pytest.mark.parametrize("client", ["hides", "tells"])
@both_semantics
def test_who_waits_for_a_sender(server: Serving, meeting: Meeting, semantics: str, client: str) -> None:
    """C-18: waited for under keydesk, unless the time would tell who exists (EN-02); not under aws."""
    ada = Addressee(server, semantics, "email", hides=client == "hides")
    OCCASIONS["ForgotPassword"].before(ada)
    waited_for = semantics == "keydesk" and client == "tells"
    body = ("time.sleep(1)\n" if waited_for else WAITS) + "print('ENDED')\nreturn event"
    function = Recorder(server, body, Environment=meeting.environment)
    send_by(ada, function)
    forgot(ada)
    assert any("ENDED" in line for line in function.lines()) is waited_for
    if not waited_for:
        let_go(meeting.one())
    settled(ada)
    assert any("ENDED" in line for line in function.lines())


@pytest.mark.parametrize("body", ["return None", "return {'errorType': 'x'}", "return 5"])
@both_semantics
def test_nothing_that_a_sender_returns_is_read(server: Serving, semantics: str, body: str) -> None:
    ada = Addressee(server, semantics, "email")
    function = Recorder(server, body)
    send_by(ada, function)
    assert sign_up(ada)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    settled(ada)
    assert len(function.events()) == 1
    assert not any("[ERROR]" in line for line in function.lines())


@each_occasion
@both_semantics
def test_a_sender_that_throws_changes_no_answer_and_stands_in_its_log(
    server: Serving, semantics: str, operation: str
) -> None:
    occasion = OCCASIONS[operation]
    ada = Addressee(server, semantics, "email", **occasion.settings)
    occasion.before(ada)
    before = len(ada.outbox())
    function = raising(server, "no post today")
    send_by(ada, function)
    occasion.act(ada)
    assert len(ada.outbox()) == before
    assert len(function.events()) == 1
    said = "[ERROR] CustomEmailSender failed with error no post today."
    assert any(said in line for line in function.lines())


@both_media
@both_semantics
def test_a_sender_that_may_not_be_invoked_changes_no_answer(server: Serving, semantics: str, attribute: str) -> None:
    ada = Addressee(server, semantics, attribute)
    function = event_only(server)
    send_by(ada, function)
    config = server.client("lambda")
    for statement in ("cognito", *_granted(server, function)):
        config.remove_permission(FunctionName=function.name, StatementId=statement)
    assert sign_up(ada)["CodeDeliveryDetails"]["AttributeName"] == attribute
    assert ada.outbox() == []
    assert function.events() == []
    said = f"[ERROR] {SENDERS[attribute]} invocation failed due to error AccessDeniedException."
    assert any(said in line for line in function.lines())


def _granted(server: Serving, function: Recorder) -> list[str]:
    policy = json.loads(server.client("lambda").get_policy(FunctionName=function.name)["Policy"])
    return [one["Sid"] for one in policy["Statement"] if one["Sid"] != "cognito"]


@both_semantics
def test_without_a_usable_key_nothing_goes_out_and_the_log_says_why(server: Serving, semantics: str) -> None:
    """A code is never sent in the clear instead."""
    ada = Addressee(server, semantics, "email")
    function = event_only(server)
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    send_by(ada, function, key=key)
    server.client("kms").disable_key(KeyId=key)
    assert sign_up(ada)["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert ada.outbox() == []
    assert function.events() == []
    assert any(f"[ERROR] The KMS key of the user pool cannot be used: {key}" in line for line in function.lines())


def test_a_code_for_a_sender_stands_in_no_log(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email")
    function = raising(server, "no post today")
    send_by(ada, function)
    sign_up(ada)
    code = opened(ada, function.events()[0])
    assert not any(code in line for line in function.lines())
