"""What a sign-in leaves behind (logs, the record of calls, metrics), and what its two triggers can decide."""

import json
import re
import secrets
from typing import Any

import pytest
from tests.api.authenticator import set_up, with_factors
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import (
    SEMANTICS,
    Recorder,
    admin_sign_in,
    answer_new_password,
    event_only,
    new_password_session,
    pool_of,
    raising,
)

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
PRE, POST = "PreAuthentication_Authentication", "PostAuthentication_Authentication"


@both_semantics
@pytest.mark.parametrize("language", ["python", "node"])
def test_t072_the_functions_log_shows_the_run(server: Serving, semantics: str, language: str) -> None:
    """T-072, C-27: START, what it printed, END, REPORT, all of one run."""
    pool = pool_of(server, semantics)
    function = event_only(server, language)
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    lines = function.lines()
    start, *printed, end, report = [line.rstrip("\n") for line in lines if not line.startswith("INIT_START")]
    run = re.fullmatch(r"START RequestId: ([0-9a-f-]{36}) Version: \$LATEST", start)
    assert run, start
    assert ["EVENT {" in line for line in printed] == [True]
    assert end == f"END RequestId: {run[1]}"
    assert re.match(rf"REPORT RequestId: {run[1]}\tDuration: [0-9.]+ ms\t", report), report


@both_semantics
def test_t168_a_denial_stands_in_the_functions_log(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    function = raising(server, "the account is suspended")
    pool.trigger(PreAuthentication=function.arn)
    pool.refused(pool.sign_in)
    assert "the account is suspended" in "\n".join(line for line in function.lines() if "EVENT" not in line)


@both_semantics
def test_t073_t074_the_names_of_the_triggers_are_not_mixed_up(server: Serving, semantics: str) -> None:
    """T-073: those of a sign-up never arrive here. T-074: pre sign-up at registration, pre authentication after it."""
    pool = pool_of(server, semantics, AutoVerifiedAttributes=["email"])
    signing_in, signing_up = event_only(server), event_only(server)
    pool.trigger(
        PreAuthentication=signing_in.arn,
        PostAuthentication=signing_in.arn,
        PreSignUp=signing_up.arn,
        PostConfirmation=signing_up.arn,
    )
    pool.sign_up("eve", attributes={"email": f"{pool.client}@example.com"})
    assert (signing_up.sources(), signing_in.sources()) == (["PreSignUp_SignUp"], [])
    code = server.code(f"{pool.client}@example.com")
    pool.api.confirm_sign_up(ClientId=pool.client, Username="eve", ConfirmationCode=code)
    pool.sign_in("eve")
    assert signing_up.sources() == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    assert signing_in.sources() == [PRE, POST]
    assert "sub" not in signing_up.events()[0]["request"]["userAttributes"], "there was no user yet"
    assert "sub" in signing_in.events()[0]["request"]["userAttributes"]


def test_t079_calls_are_recorded_and_runs_of_functions_are_not(server: Serving) -> None:
    """T-079: each call of a sign-in once, with its outcome and no secret; no run of a function among them."""
    agent = "record-" + secrets.token_hex(6)
    pool = pool_of(server)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn, PostAuthentication=function.arn)
    asked: dict[str, Any] = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": pool.client}
    for password in (PASSWORD, "Wrong-horse-9"):
        body = json.dumps(asked | {"AuthParameters": {"USERNAME": "ada", "PASSWORD": password}})
        server.raw("AWSCognitoIdentityProviderService.InitiateAuth", body.encode(), **{"User-Agent": agent})
    trail = server.client("cloudtrail").lookup_events()["Events"]
    events = [json.loads(event["CloudTrailEvent"]) for event in trail]
    mine = [event for event in reversed(events) if event["userAgent"] == agent]
    assert [(event["eventName"], event.get("errorCode")) for event in mine] == [
        ("InitiateAuth", None),
        ("InitiateAuth", "NotAuthorizedException"),
    ]
    sub = function.events()[0]["request"]["userAttributes"]["sub"]
    assert {event["additionalEventData"]["sub"] for event in mine} == {sub}
    assert mine[0]["requestParameters"]["authFlow"] == "USER_PASSWORD_AUTH"
    assert not {"Invoke", "InvokeFunction"} & {event["eventName"] for event in events}
    told = json.dumps(trail, default=str)
    assert not any(secret in told for secret in (PASSWORD, "Wrong-horse-9"))


def test_t079_every_recorded_call_says_whom_it_was_about(server: Serving) -> None:
    """T-079, LG-02: also those that name nobody, and bring a token."""
    pool = pool_of(server, AutoVerifiedAttributes=["email"])
    name, api = "whom-" + secrets.token_hex(6), pool.api
    address = f"{name}@example.com"
    one, user = {"ClientId": pool.client, "Username": name}, {"UserPoolId": pool.id, "Username": name}
    pool.sign_up(name, attributes={"email": address})
    api.resend_confirmation_code(**one)
    api.confirm_sign_up(**one, ConfirmationCode=server.code(address))
    api.forgot_password(**one)
    api.confirm_forgot_password(**one, ConfirmationCode=server.code(address), Password=PASSWORD)
    refresh = admin_sign_in(pool, name)["AuthenticationResult"]["RefreshToken"]
    api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": refresh})
    api.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=refresh)
    api.revoke_token(ClientId=pool.client, Token=refresh)
    pool.refused(api.get_tokens_from_refresh_token, ClientId=pool.client, RefreshToken=refresh)
    api.global_sign_out(AccessToken=pool.tokens(name)["AccessToken"])
    api.admin_user_global_sign_out(**user)
    asked = [{"AttributeKey": "Username", "AttributeValue": name}]
    told = server.client("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    # Sorted: two calls of one millisecond have no order.
    assert sorted(event["EventName"] for event in told) == sorted(
        [
            "SignUp",
            "ResendConfirmationCode",
            "ConfirmSignUp",
            "ForgotPassword",
            "ConfirmForgotPassword",
            "AdminInitiateAuth",
            "InitiateAuth",
            "GetTokensFromRefreshToken",
            "RevokeToken",
            "GetTokensFromRefreshToken",
            "InitiateAuth",
            "GlobalSignOut",
            "AdminUserGlobalSignOut",
        ]
    )


def counted(server: Serving) -> dict[str, float]:
    """The metrics of triggers by name and labels."""
    lines = server.fetch("/_keydesk/metrics").decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("keydesk_tr")}


def test_t094_durations_and_errors_are_metrics(own_server: Serving) -> None:
    server = own_server
    pool = pool_of(server)
    pool.trigger(PreAuthentication=event_only(server).arn, PostAuthentication=raising(server, "no").arn)
    for _ in range(2):
        pool.sign_in()
    pool.trigger(PreAuthentication=raising(server, "no").arn)
    pool.refused(pool.sign_in)
    told = counted(server)
    runs = 'keydesk_triggers_total{{outcome="{}",trigger="{}"}}'
    assert told[runs.format("ok", "PreAuthentication")] == 2
    assert told[runs.format("UserLambdaValidationException", "PreAuthentication")] == 1
    assert told[runs.format("UserLambdaValidationException", "PostAuthentication")] == 2
    assert told['keydesk_trigger_seconds_count{trigger="PreAuthentication"}'] == 3
    assert 0 < told['keydesk_trigger_seconds_sum{trigger="PreAuthentication"}'] < 15


RISKY = """
import ipaddress
said = event["request"]["validationData"] or {}
score = 60 * (ipaddress.ip_address(said.get("ip", "192.0.2.1")) in ipaddress.ip_network("203.0.113.0/24"))
score += 30 * (said.get("device") != "known")
if score > 70:
    raise Exception(f"risk {score} is above 70")
return event
"""
ENDED = """
if event["userPoolId"] in os.environ["ENDED"]:
    raise Exception("Your subscription has expired. Call 555-0100.")
return event
"""
RETHROWS = """
import boto3, botocore
once = botocore.config.Config(retries={"total_max_attempts": 1})
try:
    desk = boto3.client("dynamodb", endpoint_url="http://127.0.0.1:9", config=once)  # where nothing listens
    desk.get_item(TableName="members", Key={"name": {"S": event["userName"]}})
except botocore.exceptions.EndpointConnectionError:
    raise Exception("The desk cannot look you up; try again later")
"""
FALLS_BACK = """
import socket
with socket.socket() as one:
    one.bind(("127.0.0.1", 0))
    one.listen(1)
    try:
        with socket.create_connection(one.getsockname(), 0.2) as other:
            other.settimeout(0.2)
            other.recv(1)
    except TimeoutError:
        print("FALLBACK")
return event
"""
WITHOUT_MFA = """
import boto3
user = boto3.client("cognito-idp", region_name=event["region"]).admin_get_user(
    UserPoolId=event["userPoolId"], Username=event["userName"]
)
if not user.get("UserMFASettingList"):
    raise Exception("MFA is required for " + user["Username"])
return event
"""


@both_semantics
def test_t098_blocking_is_possible_in_pre_authentication(server: Serving, semantics: str) -> None:
    """T-098; T-026 by the address and the device that the client passes on, T-090 by the score that they make."""
    pool = pool_of(server, semantics)
    pool.trigger(PreAuthentication=Recorder(server, RISKY).arn)
    suspect = {"ip": "203.0.113.7"}
    pool.sign_in()
    pool.sign_in(ClientMetadata={"ip": "198.51.100.7", "device": "new"})
    pool.sign_in(ClientMetadata=suspect | {"device": "known"})
    refused = pool.refused(pool.sign_in, ClientMetadata=suspect | {"device": "new"})
    assert refused[1] == "PreAuthentication failed with error risk 90 is above 70."
    assert pool.refused(admin_sign_in, pool, ClientMetadata=suspect)[1].endswith("risk 90 is above 70.")


def test_t100_logging_and_adding_claims_is_possible_in_post_authentication(server: Serving) -> None:
    pool = pool_of(server)
    body = (
        "print('AUDIT', event['userPoolId'], event['userName'])\n"
        "event['response'] = {'claimsOverrideDetails': {'claimsToAddOrOverride': {'tenant': event['userPoolId']}}}\n"
        "return event"
    )
    function = Recorder(server, body)
    pool.trigger(PostAuthentication=function.arn)
    assert claims(pool.tokens()["IdToken"])["tenant"] == pool.id
    assert next(line.strip() for line in function.lines() if "AUDIT" in line).endswith(f"AUDIT {pool.id} ada")


@both_semantics
def test_t084_t085_one_function_denies_for_one_tenant_only(server: Serving, semantics: str) -> None:
    """T-084, T-085: the text comes to the client word for word; the other pool's users come in."""
    ended, paying = pool_of(server, semantics), pool_of(server, semantics)
    function = Recorder(server, ENDED, Environment={"Variables": {"ENDED": ended.id}})
    for pool in (ended, paying):
        pool.trigger(PreAuthentication=function.arn)
    assert paying.tokens()
    text = "PreAuthentication failed with error Your subscription has expired. Call 555-0100.."
    assert ended.refused(ended.sign_in)[1] == text


def test_t089_t167_a_failure_that_is_caught_is_told_in_words(server: Serving) -> None:
    """T-089: the table cannot be reached, and nobody comes in; T-167."""
    pool = pool_of(server)
    keys = {"AWS_ACCESS_KEY_ID": "desk", "AWS_SECRET_ACCESS_KEY": "desk"}
    rethrows = Recorder(server, RETHROWS, Timeout=30, Environment={"Variables": keys}).warmed()
    pool.trigger(PreAuthentication=rethrows.arn)
    words = "PreAuthentication failed with error The desk cannot look you up; try again later."
    assert pool.refused(pool.sign_in) == ("NotAuthorizedException", words)


def test_t092_t093_a_function_may_let_in_whom_it_cannot_judge(server: Serving) -> None:
    pool = pool_of(server)
    function = Recorder(server, FALLS_BACK)
    pool.trigger(PreAuthentication=function.arn)
    assert pool.tokens()
    assert any("FALLBACK" in line for line in function.lines())


@both_semantics
def test_t025_a_function_may_ask_this_server_about_the_user(server: Serving, semantics: str) -> None:
    """T-025: the call from within the sign-in is answered, with an unmodified SDK and no address in the code.

    Who has a second factor is asked for it, who has none is refused.
    """
    pool = with_factors(pool_of(server, semantics))
    token = pool.tokens()["AccessToken"]
    set_up(pool, token)
    pool.api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True})
    pool.user("bob")
    pool.trigger(PreAuthentication=Recorder(server, WITHOUT_MFA, Timeout=30).warmed().arn)
    with_factors(pool)  # UpdateUserPool took them away
    assert pool.refused(pool.sign_in, "bob")[1] == "PreAuthentication failed with error MFA is required for bob."
    assert pool.sign_in("ada")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


@both_semantics
def test_a_challenge_does_not_ask_pre_authentication_again(server: Serving, semantics: str) -> None:
    """C-17: once for a sign-in, however many calls it takes."""
    pool: Pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(PreAuthentication=function.arn)
    answer_new_password(pool, new_password_session(pool))
    assert function.sources() == [PRE]
