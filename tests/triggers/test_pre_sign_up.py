"""Pre sign-up: when it runs, what it is sent, and what its failure means (specification, 9.6 and section 3.1)."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.serving import PASSWORD, REGION, Pool, Serving
from tests.triggers.recorder import LANGUAGES, SEMANTICS, Recorder, event_only, raising

from keydesk.store.schema import metadata

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)

# Asks the server, through unmodified boto3, whether the user is there.
ASKS = """
import boto3, botocore.exceptions
api = boto3.client('cognito-idp', region_name=event['region'])
try:
    api.admin_get_user(UserPoolId=event['userPoolId'], Username=event['userName'])
    print('THERE')
except api.exceptions.UserNotFoundException:
    print('NOT THERE')
return event
"""


def pool_under(server: Serving, semantics: str, **settings: Any) -> Pool:
    """A pool under these semantics, with nobody in it."""
    tags = {"UserPoolTags": {"keydesk:semantics": semantics}} if semantics != "keydesk" else {}
    return Pool(server, **tags, **settings)


def invite(pool: Pool, name: str = "ada", attributes: dict[str, str] | None = None, **more: Any) -> Any:
    """AdminCreateUser without a message."""
    said = [{"Name": key, "Value": value} for key, value in (attributes or {}).items()]
    return pool.api.admin_create_user(
        UserPoolId=pool.id, Username=name, UserAttributes=said, MessageAction="SUPPRESS", **more
    )


def there(pool: Pool, name: str = "ada") -> bool:
    try:
        pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    except pool.api.exceptions.UserNotFoundException:
        return False
    return True


@both_languages
@both_semantics
def test_t110_t112_t116_t117_t121_the_event_of_sign_up_is_exactly_this(
    server: Serving, semantics: str, language: str
) -> None:
    """T-110 the client flow, T-112 ValidationData, T-116 attributes, T-117 ClientMetadata, T-121 the envelope.

    Only what the request supplied is there: no `sub`, no status (section 2.1).
    """
    pool = pool_under(server, semantics)
    function = event_only(server, language)
    pool.trigger(PreSignUp=function.arn)
    pool.sign_up(
        attributes={"email": "ada@example.com", "name": "Zoë"},
        ValidationData=[{"Name": "invitation", "Value": "größe"}, {"Name": "empty"}],
        ClientMetadata={"from": "here"},
    )
    assert function.events() == [
        {
            "version": "1",
            "triggerSource": "PreSignUp_SignUp",
            "region": REGION,
            "userPoolId": pool.id,
            "userName": "ada",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
            "request": {
                "userAttributes": {"email": "ada@example.com", "name": "Zoë"},
                "validationData": {"invitation": "größe", "empty": ""},
                "clientMetadata": {"from": "here"},
            },
            "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
        }
    ]


@both_semantics
def test_t111_t113_t118_the_event_of_admin_create_user_is_exactly_this(server: Serving, semantics: str) -> None:
    """T-111 the server flow, T-113 its ValidationData, T-118 its ClientMetadata; no client (section 2)."""
    pool = pool_under(server, semantics)
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn)
    invite(
        pool,
        attributes={"email": "ada@example.com", "email_verified": "True"},
        ValidationData=[{"Name": "by", "Value": "desk"}],
        ClientMetadata={"from": "there"},
    )
    [event] = function.events()
    assert event["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert event["userName"] == "ada"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"] == {
        "userAttributes": {"email": "ada@example.com", "email_verified": "true"},
        "validationData": {"by": "desk"},
        "clientMetadata": {"from": "there"},
    }


@pytest.mark.parametrize("way", ["SignUp", "AdminCreateUser"])
def test_c37_what_was_not_said_is_null_or_absent(server: Serving, way: str) -> None:
    """C-37, section 2.2: validationData comes from these two calls, null without one; clientMetadata is absent."""
    pool = Pool(server)
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn)
    pool.sign_up() if way == "SignUp" else invite(pool)
    [event] = function.events()
    assert event["request"] == {"userAttributes": {}, "validationData": None}


def test_where_the_address_is_the_user_name_the_event_names_the_later_sub(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"])
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn)
    sub = pool.sign_up("ada@example.com")["UserSub"]
    [event] = function.events()
    assert event["userName"] == sub
    assert event["request"]["userAttributes"] == {"email": "ada@example.com"}


def test_an_invitation_sent_again_does_not_run_it(server: Serving) -> None:
    """Section 6.1: nobody is made."""
    pool = Pool(server)
    invite(pool, attributes={"email": "ada@example.com"})
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn)
    pool.api.admin_create_user(UserPoolId=pool.id, Username="ada", MessageAction="RESEND")
    assert function.events() == []


@pytest.mark.parametrize("way", ["SignUp", "AdminCreateUser"])
def test_t104_it_runs_before_the_user_is_there(server: Serving, way: str) -> None:
    """T-104, and T-108: a function may do what it likes elsewhere meanwhile."""
    pool = Pool(server)
    function = Recorder(server, ASKS, Timeout=30).warmed()
    pool.trigger(PreSignUp=function.arn)
    pool.sign_up() if way == "SignUp" else invite(pool)
    assert "NOT THERE" in {line.strip() for line in function.lines()}
    assert there(pool)


def test_t108_it_records_newcomers(server: Serving) -> None:
    """One function's log counts who came, by way, and who was refused."""
    pool = Pool(server)
    body = "print('NEWCOMER', event['userName'], event['triggerSource'])\nreturn event"
    function = Recorder(server, body)
    pool.trigger(PreSignUp=function.arn)
    pool.sign_up("ada")
    invite(pool, "eve")
    recorded = [line.split()[1:] for line in function.lines() if line.startswith("NEWCOMER")]
    assert recorded == [["ada", "PreSignUp_SignUp"], ["eve", "PreSignUp_AdminCreateUser"]]


@both_languages
@both_semantics
@pytest.mark.parametrize("way", ["SignUp", "AdminCreateUser"])
def test_t106_an_error_means_no_user(server: Serving, semantics: str, language: str, way: str) -> None:
    pool = pool_under(server, semantics)
    function = raising(server, "not in this house", language)
    pool.trigger(PreSignUp=function.arn)
    refused = pool.refused(pool.sign_up) if way == "SignUp" else pool.refused(invite, pool)
    assert refused == ("UserLambdaValidationException", "PreSignUp failed with error not in this house.")
    assert not there(pool)
    assert len(function.events()) == 1, "a function error is not tried again (C-16)"


def test_t106_the_name_is_free_after_a_denial(server: Serving) -> None:
    """Nothing of the refused attempt stays in the way of the next."""
    pool = Pool(server, AliasAttributes=["email"])
    pool.trigger(PreSignUp=raising(server, "no").arn)
    pool.refused(pool.sign_up, attributes={"email": "ada@example.com"})
    pool.trigger(PreSignUp=event_only(server).arn)
    assert pool.sign_up(attributes={"email": "ada@example.com"})["UserSub"]


def test_t107_its_flags_change_the_user_that_is_made(server: Serving) -> None:
    pool = Pool(server)
    pool.trigger(PreSignUp=Recorder(server, "event['response']['autoConfirmUser'] = True\nreturn event").arn)
    assert pool.sign_up()["UserConfirmed"] is True
    assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["UserStatus"] == "CONFIRMED"


@pytest.mark.parametrize("way", ["SignUp", "AdminCreateUser"])
def test_t114_t115_validation_data_is_no_attribute_and_nowhere_kept(server: Serving, way: str) -> None:
    """T-114: also where its name is an attribute's. T-115: no table holds it after the call."""
    pool = Pool(server)
    function = Recorder(server, "return event")
    quiet = server.deploy(function.name + "-quiet", "def handler(event, context): return event")
    pool.trigger(PreSignUp=quiet)
    secret = f"canary-{way}-{pool.id}"
    said = [{"Name": "nickname", "Value": secret}, {"Name": "custom:colour", "Value": secret}]
    pool.sign_up(ValidationData=said) if way == "SignUp" else invite(pool, ValidationData=said)
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert {one["Name"] for one in user["UserAttributes"]} == {"sub"}
    server.run(server.house.desk.journal.flush())
    kept = server.run(server.house.desk.store.read(everything))
    assert pool.id in kept, "the search finds what is there"
    assert secret not in kept


def everything(db: Connection) -> str:
    """All that the database holds, but for functions' code."""
    tables = [table for table in metadata.sorted_tables if table.name != "archives"]
    rows = (value for table in tables for row in db.execute(select(table)) for value in row)
    return "\n".join(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in rows)


def test_t144_what_the_function_changes_beside_the_response_is_nothing(server: Serving) -> None:
    """T-144: the event comes back; of it only the response counts."""
    pool = Pool(server)
    body = (
        "event['userName'] = 'mallory'\nevent['request']['userAttributes'] = {'email': 'mallory@example.com'}\n"
        "event['response'].update(autoConfirmUser=True, unheard='of')\nreturn event"
    )
    pool.trigger(PreSignUp=Recorder(server, body).arn)
    assert pool.sign_up(attributes={"email": "ada@example.com"})["UserConfirmed"] is True
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert {"Name": "email", "Value": "ada@example.com"} in user["UserAttributes"]
    assert not there(pool, "mallory")


ANSWERS = {
    "None": "Invalid lambda function output : Invalid JSON",
    "'event'": "Unrecognizable lambda output",
    "{}": "Unrecognizable lambda output",
    "{'response': {'autoConfirmUser': True}}": "Unrecognizable lambda output",
    "[event]": "Unrecognizable lambda output",
    "{key: value for key, value in event.items() if key != 'version'}": "Unrecognizable lambda output",
    "{**event, 'response': 'yes'}": "Unrecognizable lambda output",
    "{**event, 'response': {'autoConfirmUser': 'true'}}": "Unrecognizable lambda output",
    "{**event, 'response': {'autoVerifyEmail': 1}}": "Unrecognizable lambda output",
    "{**event, 'response': {'autoVerifyPhone': 'boolean'}}": "Unrecognizable lambda output",
}


@both_semantics
@pytest.mark.parametrize("returned", ANSWERS)
def test_c33_an_answer_of_another_form_means_no_user(server: Serving, semantics: str, returned: str) -> None:
    """Section 4.2: the event must come back; C-33: its flags are JSON's true and false, and nothing like them."""
    pool = pool_under(server, semantics)
    pool.trigger(PreSignUp=Recorder(server, f"return {returned}").arn)
    assert pool.refused(pool.sign_up) == ("InvalidLambdaResponseException", ANSWERS[returned])
    assert not there(pool)


@pytest.mark.parametrize("returned", ["{**event, 'response': {}}", "{**event, 'response': None}", "NULLS"])
def test_t123_absent_and_null_flags_are_false(server: Serving, returned: str) -> None:
    pool = Pool(server)
    nulls = "{**event, 'response': dict.fromkeys(event['response'])}"
    pool.trigger(PreSignUp=Recorder(server, f"return {nulls if returned == 'NULLS' else returned}").arn)
    assert pool.sign_up(attributes={"email": "ada@example.com"})["UserConfirmed"] is False
    assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["UserStatus"] == "UNCONFIRMED"


@both_semantics
def test_a_function_that_passes_its_own_time_means_no_user(server: Serving, semantics: str) -> None:
    """Section 4.1: the function's own limit is a function error, so there is one run only."""
    pool = pool_under(server, semantics)
    function = Recorder(server, "time.sleep(30)", Timeout=1)
    pool.trigger(PreSignUp=function.arn)
    code, sentence = pool.refused(pool.sign_up)
    assert code == "UserLambdaValidationException"
    assert sentence.startswith("PreSignUp failed with error ")
    assert "Task timed out after 1.00 seconds" in sentence
    assert not there(pool)
    assert len(function.events()) == 1


@both_semantics
def test_c14_without_permission_nobody_signs_up_under_aws(server: Serving, semantics: str) -> None:
    """Setting the trigger gives Cognito the permission under keydesk; under aws somebody has to."""
    pool = pool_under(server, semantics)
    function = Recorder(server, permit=False)
    pool.trigger(PreSignUp=function.arn)
    denied = "PreSignUp invocation failed due to error AccessDeniedException."
    if semantics == "aws":
        assert pool.refused(pool.sign_up) == ("UnexpectedLambdaException", denied)
        assert pool.refused(invite, pool) == ("UnexpectedLambdaException", denied)
        assert not there(pool)
        assert function.events() == []
        function.permit()
    assert pool.sign_up()["UserSub"]
    assert len(function.events()) == 1


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name that is taken": ({}, "UsernameExistsException"),
    "a weak password": ({"name": "eve", "password": "weak"}, "InvalidPasswordException"),
    "an attribute of another form": (
        {"name": "eve", "attributes": {"email": "no address"}},
        "InvalidParameterException",
    ),
    "an unknown attribute": ({"name": "eve", "attributes": {"custom:none": "x"}}, "InvalidParameterException"),
}


@both_semantics
@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_anyhow_does_not_run_it(server: Serving, semantics: str, why: str) -> None:
    """Section 3.1: names, passwords and attributes are judged before the call."""
    pool = pool_under(server, semantics)
    pool.sign_up()
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn)
    said, code = REFUSED[why]
    assert pool.refused(pool.sign_up, **said)[0] == code
    assert function.events() == []


def test_the_password_never_reaches_a_function(server: Serving) -> None:
    pool = Pool(server)
    function = event_only(server)
    pool.trigger(PreSignUp=function.arn, PostConfirmation=function.arn)
    pool.sign_up(attributes={"email": "ada@example.com"})
    pool.api.admin_confirm_sign_up(UserPoolId=pool.id, Username="ada")
    assert len(function.events()) == 2
    assert PASSWORD not in json.dumps(function.events())
