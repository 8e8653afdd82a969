"""Custom messages: when the function is asked, what it is sent, and what its words become (sections 3 and 6.1)."""

from pathlib import Path

import pytest
from tests.meeting import WAITS, Meeting, let_go
from tests.messages.post_office import post_office
from tests.serving import Serving, serving
from tests.triggers.recorder import SEMANTICS, Recorder, answering, event_only, raising
from tests.triggers.written_to import (
    METADATA,
    OCCASIONS,
    Addressee,
    both_media,
    both_semantics,
    each_occasion,
    forgot,
    invite,
    resend,
    sign_up,
)

pytestmark = pytest.mark.one_database

SMS, MAIL, SUBJECT = "text for {username} {####}", "<p>mail for {username} {####}</p>", "subject for {username}"
WORDS = {"smsMessage": SMS, "emailMessage": MAIL, "emailSubject": SUBJECT}
PREFILLED = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
INVALID = "InvalidLambdaResponseException"
BY_DEFAULT = {"EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"}}


@each_occasion
@both_media
@both_semantics
def test_the_event_is_exactly_this_and_the_words_go_out(
    server: Serving, semantics: str, attribute: str, operation: str
) -> None:
    occasion = OCCASIONS[operation]
    ada = Addressee(server, semantics, attribute, **occasion.settings)
    occasion.before(ada)
    function = answering(server, WORDS)
    ada.pool.trigger(CustomMessage=function.arn)
    occasion.act(ada, ClientMetadata=METADATA)
    to = ada.other if occasion.moved else ada.value
    sent = ada.outbox(to)[-1]
    parameters = {
        "codeParameter": "{####}",
        "linkParameter": "{##Click Here##}",
        "usernameParameter": "{username}" if operation == "AdminCreateUser" else None,
        **({"clientMetadata": METADATA} if occasion.told else {}),
    }
    expected = ada.event("CustomMessage", occasion, parameters) | {"response": PREFILLED}
    assert function.events() == [expected]
    filled = SMS if attribute == "phone_number" else MAIL
    assert sent["body"] == filled.replace("{username}", "ada").replace("{####}", sent["code"])
    assert sent["subject"] == ("" if attribute == "phone_number" else "subject for ada")


@both_semantics
def test_without_metadata_the_member_is_absent(server: Serving, semantics: str) -> None:
    ada = Addressee(server, semantics, "email")
    function = event_only(server, "node")
    ada.pool.trigger(CustomMessage=function.arn)
    sign_up(ada)
    (event,) = function.events()
    assert set(event["request"]) == {"userAttributes", "codeParameter", "linkParameter", "usernameParameter"}


@pytest.mark.parametrize("said", [{}, PREFILLED, {"smsMessage": "not this {####}"}, {"emailMessage": ""}])
def test_what_the_function_leaves_out_comes_from_the_pools_template(server: Serving, said: dict[str, str]) -> None:
    template = {"EmailMessage": "the pool's {####}", "EmailSubject": "the pool's"}
    ada = Addressee(server, "keydesk", "email", VerificationMessageTemplate=template)
    ada.pool.trigger(CustomMessage=answering(server, said).arn)
    sign_up(ada)
    (sent,) = ada.outbox()
    assert (sent["subject"], sent["body"]) == ("the pool's", f"the pool's {sent['code']}")


def test_a_subject_alone_changes_the_subject_alone(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email", EmailVerificationMessage="the pool's {####}")
    ada.pool.trigger(CustomMessage=answering(server, {"emailSubject": "said"}).arn)
    sign_up(ada)
    (sent,) = ada.outbox()
    assert (sent["subject"], sent["body"]) == ("said", f"the pool's {sent['code']}")


@both_semantics
def test_order_at_sign_up(server: Serving, semantics: str) -> None:
    """Checks, pre sign-up, the user, the custom message (section 6.1)."""
    ada = Addressee(server, semantics, "email")
    function = event_only(server)
    ada.pool.trigger(PreSignUp=function.arn, CustomMessage=function.arn, PostConfirmation=function.arn)
    sign_up(ada)
    code = ada.outbox()[-1]["code"]
    ada.api.confirm_sign_up(ClientId=ada.pool.client, Username="ada", ConfirmationCode=code)
    assert function.sources() == ["PreSignUp_SignUp", "CustomMessage_SignUp", "PostConfirmation_ConfirmSignUp"]


@both_semantics
def test_order_at_an_invitation(server: Serving, semantics: str) -> None:
    ada = Addressee(server, semantics, "email")
    function = event_only(server)
    ada.pool.trigger(PreSignUp=function.arn, CustomMessage=function.arn, PostConfirmation=function.arn)
    invite(ada)
    assert function.sources() == ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]
    invite(ada, MessageAction="RESEND")
    assert function.sources()[2:] == ["CustomMessage_AdminCreateUser"]


def test_where_no_message_goes_out_nobody_is_asked_for_its_words(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email")
    function = event_only(server)
    ada.pool.trigger(CustomMessage=function.arn)
    invite(ada, MessageAction="SUPPRESS")
    ada.pool.sign_up("bob")
    assert function.events() == []


def test_an_invitation_by_both_media_asks_for_the_words_of_each(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email")
    function = answering(server, WORDS)
    ada.pool.trigger(CustomMessage=function.arn)
    number = "+1" + ada.pool.id.encode().hex()[-9:].translate(str.maketrans("abcdef", "123456"))
    ada.api.admin_create_user(
        UserPoolId=ada.pool.id,
        Username="ada",
        UserAttributes=[{"Name": "email", "Value": ada.value}, {"Name": "phone_number", "Value": number}],
        DesiredDeliveryMediums=["SMS", "EMAIL"],
    )
    assert len(function.events()) == 2
    assert [ada.outbox()[-1]["medium"], ada.outbox(number)[-1]["medium"]] == ["EMAIL", "SMS"]


# --- what it may not say ---


@pytest.mark.parametrize(
    ("attribute", "said", "sentence"),
    [
        ("phone_number", {"smsMessage": "no code"}, "The smsMessage of CustomMessage must contain {####}."),
        ("email", {"emailMessage": "no code"}, "The emailMessage of CustomMessage must contain {####}."),
        (
            "phone_number",
            {"smsMessage": "{####}" + "a" * 135},
            "The smsMessage of CustomMessage must have at most 140 characters.",
        ),
        (
            "email",
            {"emailMessage": "{####}" + "a" * 19_995},
            "The emailMessage of CustomMessage must have at most 20000 characters.",
        ),
        ("email", {"emailSubject": "a" * 141}, "The emailSubject of CustomMessage must have at most 140 characters."),
        ("email", {"emailMessage": 5}, "Unrecognizable lambda output"),
        ("phone_number", {"smsMessage": ["{####}"]}, "Unrecognizable lambda output"),
    ],
)
@both_semantics
def test_words_that_no_message_can_be_made_of_are_refused_and_nothing_goes_out(
    server: Serving, semantics: str, attribute: str, said: dict[str, object], sentence: str
) -> None:
    ada = Addressee(server, semantics, attribute)
    ada.pool.trigger(CustomMessage=answering(server, said).arn)
    assert ada.pool.refused(sign_up, ada) == (INVALID, sentence)
    assert ada.outbox() == []
    assert ada.attributes()["cognito:user_status"] == "UNCONFIRMED"


def test_words_as_long_as_they_may_be_go_out(server: Serving) -> None:
    """The code counts, not its placeholder; both have six characters."""
    text, mail = "{####}" + "a" * 134, "{####}" + "a" * 19_994
    for attribute in ("phone_number", "email"):
        ada = Addressee(server, "aws", attribute)
        words = answering(server, {"smsMessage": text, "emailMessage": mail, "emailSubject": "a" * 140})
        ada.pool.trigger(CustomMessage=words.arn)
        sign_up(ada)
        assert len(ada.outbox()[-1]["body"]) == (20_000 if attribute == "email" else 140)


@pytest.mark.parametrize(("lacks", "placeholder"), [("{####}", "{username}"), ("{username}", "{####}")])
@both_semantics
def test_an_invitation_needs_both_placeholders(server: Serving, semantics: str, lacks: str, placeholder: str) -> None:
    ada = Addressee(server, semantics, "email")
    ada.pool.trigger(CustomMessage=answering(server, {"emailMessage": f"only {placeholder}"}).arn)
    assert ada.pool.refused(invite, ada) == (INVALID, f"The emailMessage of CustomMessage must contain {lacks}.")
    assert ada.outbox() == []
    assert ada.attributes()["cognito:user_status"] == "FORCE_CHANGE_PASSWORD"


def test_what_is_not_used_is_not_judged(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email")
    ada.pool.trigger(CustomMessage=answering(server, {"smsMessage": "no code", "emailMessage": "said {####}"}).arn)
    sign_up(ada)
    assert ada.outbox()[-1]["body"].startswith("said ")


@pytest.mark.parametrize("said", [{"emailMessage": "said {####}"}, {"emailSubject": "said"}])
def test_under_aws_mail_is_worded_only_where_the_pool_sends_its_own(server: Serving, said: dict[str, str]) -> None:
    refused = (INVALID, "CustomMessage may word mail only where EmailSendingAccount is DEVELOPER.")
    ada = Addressee(server, "aws", "email", **BY_DEFAULT)
    ada.pool.trigger(CustomMessage=answering(server, said).arn)
    assert ada.pool.refused(sign_up, ada) == refused
    assert ada.outbox() == []


def test_under_keydesk_mail_is_worded_whoever_sends_it(server: Serving) -> None:
    ada = Addressee(server, "keydesk", "email", **BY_DEFAULT)
    ada.pool.trigger(CustomMessage=answering(server, {"emailMessage": "said {####}"}).arn)
    sign_up(ada)
    assert ada.outbox()[-1]["body"].startswith("said ")


def test_under_aws_a_text_message_is_worded_whoever_sends_mail(server: Serving) -> None:
    ada = Addressee(server, "aws", "phone_number", **BY_DEFAULT)
    ada.pool.trigger(CustomMessage=answering(server, {"smsMessage": "said {####}"}).arn)
    sign_up(ada)
    assert ada.outbox()[-1]["body"].startswith("said ")


# --- when it fails ---


@each_occasion
@both_semantics
def test_a_function_that_throws_stops_the_call_and_nothing_goes_out(
    server: Serving, semantics: str, operation: str
) -> None:
    occasion = OCCASIONS[operation]
    ada = Addressee(server, semantics, "email", **occasion.settings)
    occasion.before(ada)
    before = len(ada.outbox())
    ada.pool.trigger(CustomMessage=raising(server, "no words").arn)
    refused = ada.pool.refused(occasion.act, ada)
    assert refused == ("UserLambdaValidationException", "CustomMessage failed with error no words.")
    assert len(ada.outbox()) == before
    assert ada.outbox(ada.other) == []


@pytest.mark.parametrize("semantics", SEMANTICS)
def test_without_permission_or_with_an_empty_answer_the_call_fails(server: Serving, semantics: str) -> None:
    ada = Addressee(server, semantics, "email")
    empty = Recorder(server, "return None")
    ada.pool.trigger(CustomMessage=empty.arn)
    assert ada.pool.refused(sign_up, ada) == (INVALID, "Invalid lambda function output : Invalid JSON")
    gone = ada.pool.settings["LambdaConfig"]["CustomMessage"].replace("recorder-", "absent-")
    ada.pool.trigger(CustomMessage=gone)
    said = "CustomMessage invocation failed due to error AccessDeniedException."
    assert ada.pool.refused(resend, ada) == ("UnexpectedLambdaException", said)


# --- clients that hide who exists ---


@pytest.mark.parametrize("operation", ["ForgotPassword", "ResendConfirmationCode"])
@both_semantics
def test_a_client_that_hides_who_exists_hears_nothing_of_the_function(
    server: Serving, semantics: str, operation: str
) -> None:
    """The function runs after the answer (EN-02): neither its words nor its failure nor its time tell of a user."""
    occasion = OCCASIONS[operation]
    ada = Addressee(server, semantics, "email", hides=True, **occasion.settings)
    occasion.before(ada)
    before = len(ada.outbox())
    function = raising(server, "no words")
    ada.pool.trigger(CustomMessage=function.arn)
    real = occasion.act(ada)["CodeDeliveryDetails"]
    assert real["AttributeName"] == "email"
    assert len(ada.outbox()) == before
    assert function.sources() == [f"CustomMessage_{occasion.source}"]
    assert any("[ERROR] CustomMessage failed with error no words." in line for line in function.lines())
    calls = {"ForgotPassword": ada.api.forgot_password, "ResendConfirmationCode": ada.api.resend_confirmation_code}
    nobody = calls[operation](ClientId=ada.pool.client, Username="nobody")["CodeDeliveryDetails"]
    assert set(nobody) == set(real)
    assert len(function.events()) == 1


def test_a_function_that_hangs_holds_up_no_answer_of_a_client_that_hides_who_exists(
    server: Serving, meeting: Meeting
) -> None:
    ada = Addressee(server, "keydesk", "email", hides=True)
    OCCASIONS["ForgotPassword"].before(ada)
    words = WAITS + "event['response']['emailMessage'] = 'said {####}'\nreturn event"
    ada.pool.trigger(CustomMessage=Recorder(server, words, Environment=meeting.environment).arn)
    forgot(ada)
    assert server.house.desk.courier.outbox.list(ada.value) == []  # answered, and the function still runs
    let_go(meeting.one())
    assert ada.outbox()[-1]["body"].startswith("said ")


def test_what_was_promised_is_worded_and_sent_before_the_server_stops(tmp_path: Path) -> None:
    with post_office() as office:
        said = {"smtp_url": f"smtp://127.0.0.1:{office.port}", "mail_from": "desk@example.com"}
        with serving(tmp_path, **said) as server:
            ada = Addressee(server, "keydesk", "email", hides=True)
            OCCASIONS["ForgotPassword"].before(ada)
            slow = Recorder(server, "time.sleep(1)\nevent['response']['emailMessage'] = 'said {####}'\nreturn event")
            ada.pool.trigger(CustomMessage=slow.arn)
            forgot(ada)
            assert office.mails == []
        (mail,) = office.mails
    assert b"\r\nsaid " in mail
