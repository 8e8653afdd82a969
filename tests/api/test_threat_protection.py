"""Threat protection at work: who is kept out, who is asked for more, which passwords are refused, who is told."""

import re
from typing import Any

import pytest
from tests.api.test_second_factor import now, with_app, with_factors
from tests.api.watched import AWAY, CHROME, FIREFOX, HOME, MAIL, Watched, actions, collected
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import event_only

COMMON = "Password1!"
WRONG = "Wrong-horse-9"
BLOCKED = ("NotAuthorizedException", "Request not allowed due to security reasons.")
UNABLE = ("NotAuthorizedException", "Unable to login because of security reasons.")
INSECURE = ("InvalidPasswordException", "Provided password cannot be used for security reasons.")
RESET = ("PasswordResetRequiredException", "Password reset required for the user")
BLOCKING: dict[str, Any] = {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}
MINUTE = 60


def only(*events: str) -> dict[str, Any]:
    said = BLOCKING["CompromisedCredentialsRiskConfiguration"] | {"EventFilter": list(events)}
    return {"CompromisedCredentialsRiskConfiguration": said}


def blocked(*ranges: str) -> dict[str, Any]:
    return {"RiskExceptionConfiguration": {"BlockedIPRangeList": list(ranges)}}


# --- addresses ---


def test_nobody_comes_in_from_a_blocked_address(server: Serving) -> None:
    """AU-16."""
    pool = Watched(server, risk=blocked("192.0.2.0/24"))
    pool.user()
    assert pool.refused(pool.came_from, HOME) == BLOCKED
    assert pool.refused(pool.came_from, HOME, password=WRONG) == BLOCKED
    assert pool.came_from(AWAY)["AuthenticationResult"]
    assert pool.sign_in()["AuthenticationResult"], "a server that says nothing of its user's address"
    pool.api.set_risk_configuration(UserPoolId=pool.id, ClientId=pool.client, **blocked("10.0.0.0/8"))
    assert pool.came_from(HOME)["AuthenticationResult"], "what a client says stands in place of the pool's"


def test_everything_that_a_stranger_may_ask_for_is_closed_to_a_blocked_address(server: Serving) -> None:
    """AU-16."""
    pool = Watched(server, AutoVerifiedAttributes=["email"])
    pool.user(email=MAIL, email_verified="true")
    pool.risk(**blocked("127.0.0.0/8"))
    who = {"ClientId": pool.client, "Username": "ada"}
    assert pool.refused(pool.sign_in) == BLOCKED
    assert pool.refused(pool.sign_up, "bob") == BLOCKED
    assert pool.refused(pool.api.forgot_password, **who) == BLOCKED
    assert pool.refused(pool.api.resend_confirmation_code, **who) == BLOCKED
    assert pool.refused(pool.api.confirm_sign_up, **who, ConfirmationCode="123456") == BLOCKED
    code = {"ConfirmationCode": "123456", "Password": PASSWORD}
    assert pool.refused(pool.api.confirm_forgot_password, **who, **code) == BLOCKED
    assert pool.events() == []


def test_audit_lets_everybody_in_and_says_what_it_saw(server: Serving) -> None:
    pool = Watched(server, "AUDIT", risk=blocked("192.0.2.0/24") | BLOCKING | actions(High="BLOCK"))
    pool.user(password=COMMON)
    assert pool.came_from(HOME, password=COMMON)["AuthenticationResult"]
    assert pool.events()[0]["EventRisk"] == {
        "RiskDecision": "AccountTakeover",
        "RiskLevel": "High",
        "CompromisedCredentialsDetected": True,
    }


# --- passwords (AU-12) ---


def test_a_common_password_does_not_sign_in_and_must_be_reset(server: Serving) -> None:
    """AU-12: only where the password is right, and only where it is sent."""
    pool = Watched(server, AutoVerifiedAttributes=["email"])
    pool.user(password=COMMON, email=MAIL, email_verified="true")
    pool.user("bob")
    pool.risk(**BLOCKING)
    assert pool.refused(pool.sign_in, "ada", "Welcome1!")[1] == "Incorrect username or password."
    assert pool.refused(pool.sign_in, "ada", COMMON) == RESET
    status = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["UserStatus"]
    assert status == "RESET_REQUIRED"
    newest = pool.events()[0]
    assert newest["EventResponse"] == "Fail"
    assert newest["EventRisk"]["CompromisedCredentialsDetected"] is True
    assert pool.sign_in("bob")["AuthenticationResult"]
    who = {"ClientId": pool.client, "Username": "ada"}
    pool.api.forgot_password(**who)
    code = pool.server.code(MAIL)
    assert pool.refused(pool.api.confirm_forgot_password, **who, ConfirmationCode=code, Password=COMMON) == INSECURE
    pool.api.confirm_forgot_password(**who, ConfirmationCode=code, Password=PASSWORD)
    assert pool.sign_in()["AuthenticationResult"]


def test_nobody_chooses_a_common_password(server: Serving) -> None:
    """AU-12."""
    pool = Watched(server, risk=BLOCKING)
    assert pool.refused(pool.sign_up, "bob", COMMON) == INSECURE
    pool.user()
    token = pool.tokens()["AccessToken"]
    changed = {"AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "P@ssw0rd"}
    assert pool.refused(pool.api.change_password, **changed) == INSECURE
    newest = pool.events()[0]
    assert (newest["EventType"], newest["EventResponse"]) == ("PasswordChange", "Fail")
    assert newest["EventRisk"]["CompromisedCredentialsDetected"] is True
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="eve", TemporaryPassword="Temporary-1", MessageAction="SUPPRESS"
    )
    asked = pool.sign_in("eve", "Temporary-1")

    def choose(password: str) -> Any:
        return pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "eve", "NEW_PASSWORD": password},
        )

    assert pool.refused(choose, COMMON) == INSECURE
    assert choose(PASSWORD)["AuthenticationResult"]


def test_passwords_are_looked_up_where_the_pool_wants_it(server: Serving) -> None:
    """AU-12: the event filter, the action, and the mode each have their say."""
    pool = Watched(server, risk=only("SIGN_UP"))
    pool.user(password=COMMON)
    assert pool.sign_in("ada", COMMON)["AuthenticationResult"]
    assert pool.events()[0]["EventRisk"]["CompromisedCredentialsDetected"] is False
    assert pool.refused(pool.sign_up, "bob", COMMON) == INSECURE
    allowed = {"Actions": {"EventAction": "NO_ACTION"}}
    pool.risk(CompromisedCredentialsRiskConfiguration=allowed)
    assert pool.sign_in("ada", COMMON)["AuthenticationResult"]
    assert pool.events()[0]["EventRisk"]["CompromisedCredentialsDetected"] is True
    pool.sign_up("bob", COMMON)
    off = Watched(server, "OFF", risk=BLOCKING)
    off.sign_up("bob", COMMON)


# --- risks ---


def test_a_new_device_and_a_new_network_add_up(own_server: Serving) -> None:
    pool = Watched(own_server, "AUDIT")
    pool.user()
    own_server.clock.stop()
    for address, agent in ((HOME, CHROME), (HOME, CHROME), (HOME, FIREFOX), (AWAY, CHROME)):
        pool.came_from(address, agent)
        own_server.clock.forward(seconds=20 * MINUTE)
    for address, agent in (
        ("203.0.113.7", "curl/8.0"),  # both are new
        ("203.0.113.200", "curl/8.0"),  # known by now, and the same network
        (HOME, CHROME),  # known as well, but nobody is that fast
    ):
        pool.came_from(address, agent)
        own_server.clock.forward(seconds=1)
    assert pool.levels() == ["", "", "Low", "Low", "Medium", "", "Low"]
    own_server.clock.forward(seconds=20 * MINUTE)
    for _ in range(3):
        pool.refused(pool.came_from, HOME, password=WRONG)
        own_server.clock.forward(seconds=1)
    pool.came_from(HOME, "wget/1.0")
    assert pool.levels()[-1] == "Medium", "a new device, behind three guesses"


def test_a_risk_is_answered_as_the_pool_wants(server: Serving) -> None:
    """High is blocked before any function runs or a token is made; a skipped address is never judged."""
    pool = Watched(server, risk=actions(Low="NO_ACTION", Medium="BLOCK", High="BLOCK"))
    pool.user()
    pool.came_from(HOME)
    assert pool.came_from(HOME, FIREFOX)["AuthenticationResult"]
    assert pool.refused(pool.came_from, AWAY, "curl/8.0") == UNABLE
    assert pool.refused(pool.came_from, AWAY, "curl/8.0", password=WRONG)[1] == "Incorrect username or password."
    risks = [event["EventRisk"] for event in pool.events()]
    assert risks[1] | {"CompromisedCredentialsDetected": None} == {
        "RiskDecision": "Block",
        "RiskLevel": "High",
        "CompromisedCredentialsDetected": None,
    }
    assert risks[2]["RiskDecision"] == "AccountTakeover"
    skipped = {"SkippedIPRangeList": ["198.51.100.0/24"]}
    pool.risk(RiskExceptionConfiguration=skipped, **actions(Low="BLOCK", Medium="BLOCK", High="BLOCK"))
    assert pool.came_from(AWAY, "curl/8.0")["AuthenticationResult"]


def test_a_risk_asks_who_has_a_second_factor_for_it(server: Serving) -> None:
    """Though the user never switched it on. Who has none is let in, or kept out, as the action says."""
    pool = Watched(server)
    pool.user()
    pool.user("bare")
    with_factors(pool)
    app = with_app(pool)
    off = {"Enabled": False, "PreferredMfa": False}
    pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", SoftwareTokenMfaSettings=off)
    for name in ("ada", "bare"):
        assert pool.came_from(HOME, name=name)["AuthenticationResult"]
    pool.risk(**actions(Low="MFA_IF_CONFIGURED", Medium="MFA_REQUIRED", High="MFA_REQUIRED"))
    assert pool.came_from(HOME)["AuthenticationResult"]
    asked = pool.came_from(HOME, FIREFOX)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    done = pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": now(pool, app, 1)},
    )
    assert done["AuthenticationResult"]
    risk = pool.events()[0]["EventRisk"]
    assert (risk["RiskDecision"], risk["RiskLevel"]) == ("AccountTakeover", "Low")
    assert pool.came_from(HOME, FIREFOX, name="bare")["AuthenticationResult"]
    assert pool.refused(pool.came_from, AWAY, "curl/8.0", name="bare") == UNABLE


@pytest.mark.parametrize(("action", "let_in"), [("MFA_IF_CONFIGURED", True), ("MFA_REQUIRED", False)])
def test_behind_a_code_no_second_factor_can_follow(server: Serving, action: str, let_in: bool) -> None:
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    pool = Watched(server, risk=actions(Low=action, Medium=action, High=action), Policies=policies)
    flows = ("ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    pool.client = pool.new_client(ExplicitAuthFlows=flows)
    mail = f"{pool.client}@example.com"
    pool.user(email=mail, email_verified="true")
    pool.came_from(HOME)
    wanted = {"USERNAME": "ada", "PREFERRED_CHALLENGE": "EMAIL_OTP"}
    asked = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_AUTH", AuthParameters=wanted)

    def say() -> Any:
        return pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="EMAIL_OTP",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "ada", "EMAIL_OTP_CODE": pool.server.code(mail)},
        )

    if let_in:
        assert say()["AuthenticationResult"]
    else:
        assert pool.refused(say) == UNABLE
    assert pool.events()[0]["EventRisk"]["RiskLevel"] == "High"


def test_a_device_is_known_by_the_id_that_its_library_made(server: Serving) -> None:
    pool = Watched(server, "AUDIT")
    pool.user()
    for id in ("one", "one", "two"):
        pool.came_from(HOME, EncodedData=collected(pool.client, DeviceId=id, UserAgent=CHROME))
    assert pool.levels() == ["", "", "Low"]


# --- notices and feedback ---


def notices(server: Serving, to: str) -> list[dict[str, Any]]:
    server.run(server.house.desk.courier.drained())
    return server.outbox(to)


def test_the_user_is_told_and_may_answer(server: Serving) -> None:
    """AU-17: the token in the notice is good for its event and its user; what was said counts from then on."""
    pool = Watched(server)
    mail = f"{pool.client}@example.com"
    words = {
        "Subject": "{device-name} was blocked",
        "HtmlBody": "<p>{username} {ip-address} {city} {login-time} {event-id} {feedback-token} {other}</p>",
    }
    takeover = actions(notify=True, Medium="BLOCK", High="BLOCK")["AccountTakeoverRiskConfiguration"]
    source = "arn:aws:ses:us-east-1:000000000000:identity/desk@example.com"
    takeover["NotifyConfiguration"] = {"SourceArn": source, "From": "desk@example.com", "BlockEmail": words}
    pool.risk(AccountTakeoverRiskConfiguration=takeover)
    pool.user("<ada>", email=mail, email_verified="true")
    pool.came_from(HOME, name="<ada>")
    assert pool.refused(pool.came_from, AWAY, "curl/8.0", name="<ada>") == UNABLE
    (sent,) = notices(server, mail)
    assert sent["subject"] == "curl was blocked"
    event = pool.events("<ada>")[0]
    token = sent["code"]
    found = re.fullmatch(r"<p>&lt;ada&gt; (\S+) unknown ([-0-9]+ [:0-9]+ UTC) (\S+) (\S+) \{other\}</p>", sent["body"])
    assert found is not None
    assert (found[1], found[3], found[4]) == (AWAY, event["EventId"], token)

    said = {"UserPoolId": pool.id, "Username": "<ada>", "EventId": event["EventId"], "FeedbackValue": "Invalid"}
    public = server.client(aws_access_key_id="x", aws_secret_access_key="y").update_auth_event_feedback
    refusal = ("NotAuthorizedException", "Invalid feedback token.")
    for wrong in ({"FeedbackToken": token[::-1]}, {"FeedbackToken": token, "Username": "nobody"}):
        assert pool.refused(public, **said | wrong) == refusal
    other = pool.events("<ada>")[1]["EventId"]
    assert pool.refused(public, **said | {"FeedbackToken": token, "EventId": other}) == refusal
    public(**said, FeedbackToken=token)
    feedback = pool.events("<ada>")[0]["EventFeedback"]
    assert feedback.pop("FeedbackDate")
    assert feedback == {"FeedbackValue": "Invalid", "Provider": "User"}
    assert pool.refused(pool.came_from, AWAY, CHROME, name="<ada>") == UNABLE
    assert pool.levels("<ada>")[-1] == "High"


def test_an_administrator_says_that_it_was_the_user(server: Serving) -> None:
    pool = Watched(server, risk=actions(Medium="BLOCK", High="BLOCK"))
    pool.user()
    pool.came_from(HOME)
    assert pool.refused(pool.came_from, AWAY, "curl/8.0") == UNABLE
    said = {"UserPoolId": pool.id, "Username": "ada", "EventId": pool.events()[0]["EventId"]}
    pool.api.admin_update_auth_event_feedback(**said, FeedbackValue="Valid")
    assert pool.events()[0]["EventFeedback"]["Provider"] == "Admin"
    assert pool.came_from(AWAY, "curl/8.0")["AuthenticationResult"]
    missing = said | {"EventId": "none-such", "FeedbackValue": "Valid"}
    assert pool.refused(pool.api.admin_update_auth_event_feedback, **missing)[0] == "ResourceNotFoundException"
    foreign = Watched(server)
    foreign.user()
    mine = claims(foreign.tokens()["IdToken"])["event_id"]
    assert pool.refused(pool.api.admin_update_auth_event_feedback, **missing | {"EventId": mine})[0] == (
        "ResourceNotFoundException"
    )


@pytest.mark.parametrize(("verified", "sent"), [("true", 1), ("false", 0)])
def test_notices_have_words_of_their_own_and_go_to_verified_addresses_only(
    server: Serving, verified: str, sent: int
) -> None:
    pool = Watched(server, risk=actions(notify=True, Low="NO_ACTION"))
    mail = f"{pool.client}@example.com"
    pool.user(email=mail, email_verified=verified)
    pool.came_from(HOME)
    pool.came_from(HOME, FIREFOX)
    found = notices(server, mail)
    assert len(found) == sent
    for one in found:
        assert one["subject"] == "A new sign-in to your account"
        assert f"Device: Linux, Firefox\nAddress: {HOME}\n" in one["body"]


def test_a_custom_sender_is_given_the_notice(server: Serving) -> None:
    """The server sends nothing then; the feedback token is the code, sealed as any."""
    pool = Watched(server, risk=actions(notify=True, Low="NO_ACTION"))
    mail = f"{pool.client}@example.com"
    pool.user(email=mail, email_verified="true")
    function = event_only(server)
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    pool.trigger(KMSKeyID=key, CustomEmailSender={"LambdaVersion": "V1_0", "LambdaArn": function.arn})
    pool.came_from(HOME)
    pool.came_from(HOME, FIREFOX)
    assert notices(server, mail) == []
    (event,) = function.events()
    assert event["triggerSource"] == "CustomEmailSender_AccountTakeOverNotification"
    assert event["request"]["type"] == "customEmailSenderRequestV1"
    assert len(event["request"]["code"]) > 100


def test_no_risk_is_judged_that_nobody_asked_for(server: Serving) -> None:
    """The usual pool: nothing of all this happens, and what was set for it waits."""
    pool = Pool(server)
    pool.api.set_risk_configuration(UserPoolId=pool.id, **blocked("127.0.0.0/8"), **actions(Low="BLOCK"), **BLOCKING)
    pool.user(password=COMMON)
    assert pool.sign_in("ada", COMMON)["AuthenticationResult"]
