"""What threat protection keeps of users: an event for each sign-in and for all else that they do at the door."""

from typing import Any

import pytest
from tests.api.test_second_factor import now, with_app, with_factors
from tests.api.watched import AWAY, CHROME, FIREFOX, HOME, MAIL, Watched, collected
from tests.serving import PASSWORD, Serving, claims
from tests.srp_client import Client
from tests.triggers.custom_challenge import answer, begin, riddles

from keydesk.domain import secret_hash
from keydesk.store.sweep import DAY, Ages, sweep

WRONG = "Wrong-horse-9"


@pytest.fixture
def pool(server: Serving) -> Watched:
    return Watched(server, "AUDIT", AutoVerifiedAttributes=["email"])


def brief(event: dict[str, Any]) -> tuple[str, str, list[str]]:
    answered = [f"{one['ChallengeName']} {one['ChallengeResponse']}" for one in event["ChallengeResponses"]]
    return event["EventType"], event["EventResponse"], answered


def test_a_sign_in_is_an_event_with_the_id_of_its_tokens(pool: Watched) -> None:
    pool.user()
    tokens = pool.came_from(HOME)["AuthenticationResult"]
    (event,) = pool.events()
    assert event["EventId"] == claims(tokens["IdToken"])["event_id"]
    assert brief(event) == ("SignIn", "Pass", ["Password Success"])
    assert event["EventRisk"] == {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}
    assert event["EventContextData"] == {"IpAddress": HOME, "DeviceName": "Windows, Chrome"}
    assert "EventFeedback" not in event


def test_the_device_and_the_address_come_from_who_may_say(server: Serving, pool: Watched) -> None:
    """RQ-10: without its secret nobody names an address; what a browser collected is believed as what it is."""
    pool.user()
    said = collected(pool.client, DeviceId="d-1", DeviceName="Ada's phone", ClientTimezone="-07:00")
    pool.sign_in(UserContextData={"IpAddress": AWAY, "EncodedData": said})
    for unread in ("no base64", collected("another", DeviceId="d-2", DeviceName="Not mine"), "e30="):
        pool.sign_in(UserContextData={"EncodedData": unread})
    pool.api.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
    )
    contexts = [event["EventContextData"] for event in pool.events()]
    assert contexts[0] == {"DeviceName": "Other, Other"}, "a server says nothing of its user unasked"
    assert contexts[-1] == {"IpAddress": "127.0.0.1", "DeviceName": "Ada's phone", "Timezone": "-07:00"}
    assert {context["IpAddress"] for context in contexts[1:4]} == {"127.0.0.1"}
    assert all("Boto3" in context["DeviceName"] for context in contexts[1:4])


def test_a_client_with_a_secret_may_name_the_address(pool: Watched) -> None:
    refused = pool.refused(pool.new_client, EnablePropagateAdditionalUserContextData=True)
    assert refused == (
        "InvalidParameterException",
        "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    )
    said = {"ClientName": "server", "GenerateSecret": True, "EnablePropagateAdditionalUserContextData": True}
    made = pool.api.create_user_pool_client(UserPoolId=pool.id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], **said)[
        "UserPoolClient"
    ]
    pool.user()
    for address, wanted in ((AWAY, AWAY), ("::ffff:192.0.2.9", "192.0.2.9"), ("nowhere", "127.0.0.1")):
        pool.api.initiate_auth(
            ClientId=made["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={
                "USERNAME": "ada",
                "PASSWORD": PASSWORD,
                "SECRET_HASH": secret_hash.of(made["ClientSecret"], "ada", made["ClientId"]),
            },
            UserContextData={"IpAddress": address},
        )
        assert pool.events()[0]["EventContextData"]["IpAddress"] == wanted


def test_one_sign_in_of_many_calls_is_one_event(pool: Watched) -> None:
    """A mistyped code may be said again; each answer stands in the event."""
    pool.user(email=MAIL, email_verified="true")
    with_factors(pool)
    app = with_app(pool)
    asked = pool.came_from(HOME)
    newest = pool.events()[0]
    assert brief(newest) == ("SignIn", "InProgress", ["Password Success"])

    def say(code: str) -> Any:
        return pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code},
        )

    code = now(pool, app, 1)
    assert pool.refused(say, "000000" if code != "000000" else "000001")[0] == "CodeMismatchException"
    assert brief(pool.events()[0])[1] == "InProgress"
    tokens = say(code)["AuthenticationResult"]
    event = pool.events()[0]
    assert event["EventId"] == newest["EventId"] == claims(tokens["IdToken"])["event_id"]
    assert brief(event) == ("SignIn", "Pass", ["Password Success", "Mfa Failure", "Mfa Success"])
    assert event["CreationDate"] == newest["CreationDate"]
    assert len(pool.events()) == 2


def test_what_fails_is_kept_where_something_was_tried(pool: Watched) -> None:
    """A stranger who begins by SRP and never proves anything, or says nothing that could be judged, leaves nothing."""
    pool.user()
    pool.api.initiate_auth(
        ClientId=pool.client,
        AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": "ada", "SRP_A": f"{Client(pool.id, PASSWORD).public:x}"},
    )
    pool.refused(pool.sign_in, "nobody")
    pool.refused(pool.api.initiate_auth, ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={})
    assert pool.events() == []
    with pool.server.clock.still():
        for _ in range(7):  # the last ones during a lock, when nothing is judged
            pool.refused(pool.sign_in, "ada", WRONG)
    assert [brief(event) for event in pool.events()] == [("SignIn", "Fail", ["Password Failure"])] * 5


def test_everything_else_that_users_do_is_an_event(pool: Watched) -> None:
    api, who = pool.api, {"ClientId": pool.client, "Username": "ada"}
    pool.sign_up(attributes={"email": MAIL})
    assert [brief(event) for event in pool.events()] == [("SignUp", "InProgress", [])]
    api.resend_confirmation_code(**who)
    api.confirm_sign_up(**who, ConfirmationCode=pool.server.code(MAIL))
    token = pool.tokens()["AccessToken"]
    api.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="Another-horse-9")
    changed = {"AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "Third-horse-9"}
    pool.refused(api.change_password, **changed)
    api.forgot_password(**who)
    api.confirm_forgot_password(**who, ConfirmationCode=pool.server.code(MAIL), Password="Fourth-horse-9")
    found = [brief(event)[:2] for event in reversed(pool.events())]
    assert found == [
        ("SignUp", "Pass"),
        ("ResendCode", "Pass"),
        ("SignIn", "Pass"),
        ("PasswordChange", "Pass"),
        ("PasswordChange", "Fail"),
        ("ForgotPassword", "InProgress"),
        ("PasswordChange", "Pass"),
    ]


def test_events_come_in_pages_newest_first(pool: Watched) -> None:
    pool.user()
    ids = [claims(pool.came_from()["AuthenticationResult"]["IdToken"])["event_id"] for _ in range(3)]
    said: dict[str, Any] = {"UserPoolId": pool.id, "Username": "ada", "MaxResults": 2}
    first = pool.api.admin_list_user_auth_events(**said)
    second = pool.api.admin_list_user_auth_events(**said, NextToken=first["NextToken"])
    assert [event["EventId"] for event in (*first["AuthEvents"], *second["AuthEvents"])] == ids[::-1]
    assert "NextToken" not in second
    assert len(pool.api.admin_list_user_auth_events(**said | {"MaxResults": 0})["AuthEvents"]) == 3
    refused = pool.refused(pool.api.admin_list_user_auth_events, **said, NextToken="made-up")
    assert refused[0] == "InvalidParameterException"


def test_a_pool_without_threat_protection_keeps_nothing_and_says_so(server: Serving) -> None:
    pool = Watched(server, "OFF")
    pool.user()
    trace = server.trace(pool.sign_in()["ResponseMetadata"]["RequestId"])
    assert not {"open_address", "uncommon_password", "likely_the_user"} & {step.name for step in trace.steps}
    refusal = ("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for the user pool.")
    assert pool.refused(pool.events) == refusal
    feedback = {"UserPoolId": pool.id, "Username": "ada", "EventId": "e", "FeedbackValue": "Valid"}
    assert pool.refused(pool.api.admin_update_auth_event_feedback, **feedback) == refusal
    pool.api.update_user_pool(UserPoolId=pool.id, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    assert pool.events() == []


def test_old_events_go(own_server: Serving) -> None:
    pool = Watched(own_server, "AUDIT")
    pool.user()
    pool.came_from()
    desk = own_server.house.desk
    for days, left in ((729, 1), (731, 0)):
        own_server.run(sweep(desk.store, own_server.clock() + days * DAY, Ages(logs=DAY)))
        assert len(pool.events()) == left


@pytest.mark.parametrize("mode", ["OFF", "AUDIT"])
def test_custom_authentication_is_watched_where_its_own_mode_says_so(server: Serving, mode: str) -> None:
    add_ons: dict[str, Any] = {"AdvancedSecurityMode": "OFF"}
    if mode != "OFF":
        add_ons["AdvancedSecurityAdditionalFlows"] = {"CustomAuthMode": mode}
    pool = Watched(server, UserPoolAddOns=add_ons)
    riddles(server, pool)
    pool.client = pool.new_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    pool.user()
    answer(pool, begin(pool), "42")
    if mode == "OFF":
        assert pool.refused(pool.events)[0] == "UserPoolAddOnNotEnabledException"
    else:
        assert [brief(event) for event in pool.events()] == [("SignIn", "Pass", [])]


def test_agents_are_known_by_system_and_browser(pool: Watched) -> None:
    pool.user()
    for agent in (CHROME, FIREFOX, ""):
        pool.came_from(HOME, agent)
    assert [event["EventContextData"]["DeviceName"] for event in pool.events()] == [
        "Other, Other",
        "Linux, Firefox",
        "Windows, Chrome",
    ]
