"""Post confirmation: when it runs, what it is sent, and that its failure undoes nothing (sections 3.2 and 6.1)."""

from typing import Any

import pytest
from tests.serving import REGION, Pool, Serving
from tests.triggers.recorder import (
    LANGUAGES,
    SEMANTICS,
    Recorder,
    admin_sign_in,
    answer_new_password,
    answering,
    event_only,
    new_password_session,
    raising,
)

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)

CONFIRMED = "PostConfirmation_ConfirmSignUp"
RECOVERED = "PostConfirmation_ConfirmForgotPassword"
NEW = "Another-horse-8"
AUTO = {"autoConfirmUser": True}
DENIED = ("UserLambdaValidationException", "PostConfirmation failed with error too late.")


def pool_under(server: Serving, semantics: str, **settings: Any) -> Pool:
    """A pool under these semantics that sends codes by mail, with nobody in it."""
    tags = {"UserPoolTags": {"keydesk:semantics": semantics}} if semantics != "keydesk" else {}
    return Pool(server, AutoVerifiedAttributes=["email"], **tags, **settings)


class Newcomer:
    """Ada, who signed up and waits for the code, and each of the ways on from there."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.address = f"{pool.id}@example.com".lower()
        self.sub = pool.sign_up(attributes={"email": self.address})["UserSub"]

    def confirm(self, **more: Any) -> None:
        code = self.pool.server.code(self.address)
        self.pool.api.confirm_sign_up(ClientId=self.pool.client, Username="ada", ConfirmationCode=code, **more)

    def confirm_by_admin(self, **more: Any) -> None:
        self.pool.api.admin_confirm_sign_up(UserPoolId=self.pool.id, Username="ada", **more)

    def recover(self, **more: Any) -> None:
        self.pool.api.forgot_password(ClientId=self.pool.client, Username="ada")
        code = self.pool.server.code(self.address)
        self.pool.api.confirm_forgot_password(
            ClientId=self.pool.client, Username="ada", ConfirmationCode=code, Password=NEW, **more
        )

    def attributes(self, status: str = "CONFIRMED") -> dict[str, str]:
        """`userAttributes` as a function is to see them, the code being proved."""
        return {
            "sub": self.sub,
            "email": self.address,
            "email_verified": "true",
            "cognito:user_status": status,
        }


def status(pool: Pool, name: str = "ada") -> str:
    return str(pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"])


def event(pool: Pool, source: str, request: dict[str, Any], context: dict[str, str]) -> dict[str, Any]:
    return {
        "version": "1",
        "triggerSource": source,
        "region": REGION,
        "userPoolId": pool.id,
        "userName": "ada",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", **context},
        "request": request,
        "response": {},
    }


@both_languages
@both_semantics
def test_the_event_of_a_confirmed_code_is_exactly_this(server: Serving, semantics: str, language: str) -> None:
    pool = pool_under(server, semantics)
    function = event_only(server, language)
    pool.trigger(PostConfirmation=function.arn)
    ada = Newcomer(pool)
    assert function.events() == [], "signing up confirms nothing"
    ada.confirm(ClientMetadata={"from": "größe"})
    request = {"userAttributes": ada.attributes(), "clientMetadata": {"from": "größe"}}
    assert function.events() == [event(pool, CONFIRMED, request, {"clientId": pool.client})]


@both_semantics
def test_an_administrators_word_has_no_client_and_proves_nothing(server: Serving, semantics: str) -> None:
    """Section 2: AdminConfirmSignUp carries no client id; the address stays unverified."""
    pool = pool_under(server, semantics)
    function = event_only(server)
    pool.trigger(PostConfirmation=function.arn)
    ada = Newcomer(pool)
    ada.confirm_by_admin(ClientMetadata={"from": "desk"})
    user = ada.attributes() | {"email_verified": "false"}
    request = {"userAttributes": user, "clientMetadata": {"from": "desk"}}
    assert function.events() == [event(pool, CONFIRMED, request, {})]


@both_semantics
def test_a_recovered_password_is_the_other_source(server: Serving, semantics: str) -> None:
    pool = pool_under(server, semantics)
    function = event_only(server)
    ada = Newcomer(pool)
    ada.confirm()
    pool.trigger(PostConfirmation=function.arn)
    ada.recover(ClientMetadata={"why": "forgot"})
    request = {"userAttributes": ada.attributes(), "clientMetadata": {"why": "forgot"}}
    assert function.events() == [event(pool, RECOVERED, request, {"clientId": pool.client})]
    assert pool.tokens("ada", NEW)


@both_semantics
def test_an_auto_confirmed_sign_up_runs_both_in_order(server: Serving, semantics: str) -> None:
    """Section 6.1: PreSignUp, the user, PostConfirmation; each has the sign-up's clientMetadata."""
    pool = pool_under(server, semantics)
    function = answering(server, AUTO)
    pool.trigger(PreSignUp=function.arn, PostConfirmation=function.arn)
    sub = pool.sign_up(attributes={"email": "ada@example.com"}, ClientMetadata={"from": "here"})["UserSub"]
    before, after = function.events()
    assert (before["triggerSource"], after["triggerSource"]) == ("PreSignUp_SignUp", CONFIRMED)
    user = {"sub": sub, "email": "ada@example.com", "email_verified": "false", "cognito:user_status": "CONFIRMED"}
    request = {"userAttributes": user, "clientMetadata": {"from": "here"}}
    assert after == event(pool, CONFIRMED, request, {"clientId": pool.client})


def test_the_user_is_there_when_it_runs(server: Serving) -> None:
    """As an application does that gives each newcomer a group: through unmodified boto3, from inside the function."""
    pool = Pool(server)
    pool.api.create_group(UserPoolId=pool.id, GroupName="newcomers")
    body = (
        "import boto3\napi = boto3.client('cognito-idp', region_name=event['region'])\n"
        "who = {'UserPoolId': event['userPoolId'], 'Username': event['userName']}\n"
        "api.admin_add_user_to_group(**who, GroupName='newcomers')\nreturn event"
    )
    joins = Recorder(server, body, Timeout=30).warmed()
    pool.trigger(PreSignUp=answering(server, AUTO).arn, PostConfirmation=joins.arn)
    pool.sign_up()
    groups = pool.api.admin_list_groups_for_user(UserPoolId=pool.id, Username="ada")["Groups"]
    assert [group["GroupName"] for group in groups] == ["newcomers"]


def test_metadata_that_nobody_said_is_absent(server: Serving) -> None:
    """Section 2.2; and validationData is pre sign-up's alone."""
    pool = Pool(server)
    function = event_only(server)
    pool.trigger(PreSignUp=answering(server, AUTO).arn, PostConfirmation=function.arn)
    pool.sign_up(ValidationData=[{"Name": "invitation", "Value": "canary"}])
    [seen] = function.events()
    assert set(seen["request"]) == {"userAttributes"}


def test_a_proved_alias_is_told(server: Serving) -> None:
    """Section 2.1: the alias is made by the confirmation, so it is there when the function runs."""
    pool = pool_under(server, "keydesk", AliasAttributes=["email"])
    function = event_only(server)
    pool.trigger(PostConfirmation=function.arn)
    ada = Newcomer(pool)
    ada.confirm()
    assert function.events()[0]["request"]["userAttributes"]["cognito:email_alias"] == ada.address


@both_semantics
def test_it_never_runs_for_users_whom_an_administrator_makes(server: Serving, semantics: str) -> None:
    """Not when they are made, nor when they, or the administrator, set the first lasting password; nor at sign-ins."""
    pool = pool_under(server, semantics)
    function = event_only(server)
    pool.trigger(PostConfirmation=function.arn)
    answer_new_password(pool, new_password_session(pool))
    assert status(pool, "eve") == "CONFIRMED"
    pool.user("ada")
    pool.sign_in("ada")
    admin_sign_in(pool, "ada")
    assert function.events() == []


def test_it_does_not_run_for_other_proofs(server: Serving) -> None:
    """A code asked for again, a wrong code, a new address proved, a changed password."""
    pool = pool_under(server, "keydesk")
    ada = Newcomer(pool)
    function = event_only(server)
    pool.trigger(PostConfirmation=function.arn)
    pool.api.resend_confirmation_code(ClientId=pool.client, Username="ada")
    wrong = "000000" if server.code(ada.address) != "000000" else "111111"
    refused = pool.refused(pool.api.confirm_sign_up, ClientId=pool.client, Username="ada", ConfirmationCode=wrong)
    assert refused[0] == "CodeMismatchException"
    assert function.events() == []
    ada.confirm()
    assert function.sources() == [CONFIRMED]
    token = pool.tokens()["AccessToken"]
    other = f"other-{ada.address}"
    pool.api.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "email", "Value": other}])
    pool.api.verify_user_attribute(AccessToken=token, AttributeName="email", Code=server.code(other))
    pool.api.change_password(AccessToken=token, PreviousPassword="Correct-horse-9", ProposedPassword=NEW)
    assert function.sources() == [CONFIRMED]


@both_languages
@both_semantics
@pytest.mark.parametrize("way", ["confirm", "confirm_by_admin"])
def test_a_throw_reaches_the_caller_and_the_user_stays_confirmed(
    server: Serving, semantics: str, language: str, way: str
) -> None:
    pool = pool_under(server, semantics)
    function = raising(server, "too late", language)
    pool.trigger(PostConfirmation=function.arn)
    ada = Newcomer(pool)
    assert pool.refused(getattr(ada, way)) == DENIED
    assert status(pool) == "CONFIRMED"
    assert len(function.events()) == 1, "a function error is not tried again (C-16)"
    assert pool.tokens()


@both_semantics
def test_a_throw_after_an_auto_confirmed_sign_up_leaves_the_user(server: Serving, semantics: str) -> None:
    pool = pool_under(server, semantics)
    pool.trigger(PreSignUp=answering(server, AUTO).arn, PostConfirmation=raising(server, "too late").arn)
    assert pool.refused(pool.sign_up) == DENIED
    assert status(pool) == "CONFIRMED"
    assert pool.tokens()


@both_semantics
def test_a_throw_after_a_recovery_leaves_the_new_password(server: Serving, semantics: str) -> None:
    pool = pool_under(server, semantics)
    ada = Newcomer(pool)
    ada.confirm()
    pool.trigger(PostConfirmation=raising(server, "too late").arn)
    assert pool.refused(ada.recover) == DENIED
    assert pool.tokens("ada", NEW)


ANSWERS = {
    "None": "Invalid lambda function output : Invalid JSON",
    "{}": "Unrecognizable lambda output",
    "'done'": "Unrecognizable lambda output",
    "{'response': {}}": "Unrecognizable lambda output",
}


@both_semantics
@pytest.mark.parametrize("returned", ANSWERS)
def test_the_event_must_come_back(server: Serving, semantics: str, returned: str) -> None:
    """Section 4.2. The user stays confirmed here, too."""
    pool = pool_under(server, semantics)
    pool.trigger(PostConfirmation=Recorder(server, f"return {returned}").arn)
    ada = Newcomer(pool)
    assert pool.refused(ada.confirm_by_admin) == ("InvalidLambdaResponseException", ANSWERS[returned])
    assert status(pool) == "CONFIRMED"


@pytest.mark.parametrize("response", [{"autoConfirmUser": False}, {"claimsOverrideDetails": 7}, {"x": [1]}])
def test_nothing_is_read_from_the_response(server: Serving, response: dict[str, Any]) -> None:
    pool = pool_under(server, "keydesk")
    pool.trigger(PostConfirmation=answering(server, response).arn)
    Newcomer(pool).confirm()
    assert pool.tokens()


@both_semantics
def test_c14_without_permission(server: Serving, semantics: str) -> None:
    """Under aws the call fails, and the user stays confirmed; under keydesk setting the trigger permitted it."""
    pool = pool_under(server, semantics)
    function = Recorder(server, permit=False)
    pool.trigger(PostConfirmation=function.arn)
    ada = Newcomer(pool)
    if semantics == "aws":
        denied = "PostConfirmation invocation failed due to error AccessDeniedException."
        assert pool.refused(ada.confirm) == ("UnexpectedLambdaException", denied)
        assert function.events() == []
    else:
        ada.confirm()
        assert function.sources() == [CONFIRMED]
    assert status(pool) == "CONFIRMED"
