"""USER_AUTH: what is offered, what each choice asks, and what no choice can do."""

from typing import Any

import pytest
from tests.api.authenticator import with_factors
from tests.api.test_srp import answer as prove
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.srp_client import Client
from tests.triggers.recorder import event_only

FLOWS = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
TEMPORARY = "FORCE_CHANGE_PASSWORD"
HIDING = FLOWS | {"PreventUserExistenceErrors": "ENABLED"}
ALL = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
WRONG_CODE = ("CodeMismatchException", "Invalid code or auth state for the user.")


def policies(*factors: str) -> dict[str, Any]:
    return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors)}}}


def begin(pool: Pool, name: str = "ada", *, client: str = "", session: str = "", **said: str) -> dict[str, Any]:
    """InitiateAuth with USER_AUTH: the whole answer."""
    more = {"Session": session} if session else {}
    return dict(
        pool.api.initiate_auth(
            ClientId=client or pool.client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name, **said}, **more
        )
    )


def respond(pool: Pool, challenge: str, asked: Any, name: str = "ada", **said: str) -> dict[str, Any]:
    return dict(
        pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName=challenge,
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, **said},
        )
    )


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server, client=FLOWS, **policies(*ALL))
    made.user("ada", email="ada@example.com", email_verified="true")
    return made


def test_the_user_chooses_among_what_is_allowed_and_there(pool: Pool) -> None:
    asked = begin(pool)
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]  # no number, no passkey
    done = respond(pool, "SELECT_CHALLENGE", asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert claims(done["AuthenticationResult"]["IdToken"])["cognito:username"] == "ada"


def test_a_preferred_password_needs_one_call(pool: Pool) -> None:
    assert begin(pool, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    wrong = pool.refused(begin, pool, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="Wrong-horse-9")
    assert wrong == ("NotAuthorizedException", "Incorrect username or password.")


def test_a_preferred_password_that_was_not_said_is_asked_for(pool: Pool) -> None:
    asked = begin(pool, PREFERRED_CHALLENGE="PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    missing = ("InvalidParameterException", "Missing required parameter PASSWORD")
    assert pool.refused(respond, pool, "PASSWORD", asked) == missing
    assert respond(pool, "PASSWORD", asked, PASSWORD=PASSWORD)["AuthenticationResult"]


@pytest.mark.parametrize("preferred", [True, False])
def test_a_password_by_srp(pool: Pool, preferred: bool) -> None:
    client = Client(pool.id, PASSWORD)
    said = {"SRP_A": f"{client.public:x}"}
    if preferred:
        asked = begin(pool, PREFERRED_CHALLENGE="PASSWORD_SRP", **said)
    else:
        asked = respond(pool, "SELECT_CHALLENGE", begin(pool), ANSWER="PASSWORD_SRP", **said)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    assert prove(pool, asked, client)["AuthenticationResult"]


@pytest.mark.parametrize("preferred", [True, False])
def test_t003_a_code_in_place_of_a_password(pool: Pool, preferred: bool) -> None:
    """T-003: pre authentication runs once the code is right, and not before."""
    seen = event_only(pool.server)
    pool.trigger(PreAuthentication=seen.arn)
    if preferred:
        asked = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    else:
        asked = respond(pool, "SELECT_CHALLENGE", begin(pool), ANSWER="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    assert asked["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"], (
        "who has no password is told by it"
    )
    told = asked["ChallengeParameters"]
    assert (told["CODE_DELIVERY_DELIVERY_MEDIUM"], told["CODE_DELIVERY_DESTINATION"]) == ("EMAIL", "a***@e***")
    code = pool.server.code("ada@example.com")
    assert len(code) == 8
    assert pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE="00000000") == WRONG_CODE
    assert seen.sources() == []
    done = respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=code)
    assert done["AuthenticationResult"]
    assert seen.sources() == ["PreAuthentication_Authentication"]
    assert pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=code)[0] == "NotAuthorizedException"


def test_a_code_is_of_its_own_sign_in(pool: Pool) -> None:
    first = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    old = pool.server.code("ada@example.com")
    second = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    new = pool.server.code("ada@example.com")
    assert pool.refused(respond, pool, "EMAIL_OTP", second, EMAIL_OTP_CODE=old) == WRONG_CODE
    assert respond(pool, "EMAIL_OTP", second, EMAIL_OTP_CODE=new)["AuthenticationResult"]
    assert respond(pool, "EMAIL_OTP", first, EMAIL_OTP_CODE=old)["AuthenticationResult"]


def test_au08_wrong_codes_lock_as_wrong_passwords_do(pool: Pool) -> None:
    """AU-08, AU-04: the count is the user's, whatever they fail at."""
    asked = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    exceeded = ("NotAuthorizedException", "Password attempts exceeded")
    right = pool.server.code("ada@example.com")
    with pool.server.clock.still():
        for _ in range(5):
            assert pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE="00000000") == WRONG_CODE
        assert pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=right) == exceeded
        assert pool.refused(begin, pool, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD) == exceeded


def test_co07_a_factor_that_has_become_due_meanwhile_stops_a_code_alone(pool: Pool) -> None:
    """CO-07."""
    mail = {"Message": "Your code: {####}", "Subject": "Your code"}
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration=mail)
    asked = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", EmailMfaSettings={"Enabled": True})
    code = pool.server.code("ada@example.com")
    refused = pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=code)
    assert refused == ("NotAuthorizedException", "Incorrect username or password.")


def test_an_address_that_is_not_proved_gets_no_code(pool: Pool) -> None:
    """CO-06, for a code that signs in."""
    pool.user("eve", email="eve@example.com")
    assert begin(pool, "eve")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert begin(pool, "eve", PREFERRED_CHALLENGE="EMAIL_OTP")["ChallengeName"] == "SELECT_CHALLENGE"
    assert pool.server.outbox("eve@example.com") == []


def test_a_temporary_password_is_replaced_before_codes_sign_in(pool: Pool) -> None:
    at = {"UserPoolId": pool.id, "Username": "ada"}
    pool.api.admin_set_user_password(**at, Password="Temp-horse-9", Permanent=False)
    asked = begin(pool, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["PASSWORD", "PASSWORD_SRP"])
    assert pool.api.admin_get_user_auth_factors(**at)["ConfiguredUserAuthFactors"] == ["PASSWORD"]


def test_a_choice_that_was_not_offered_is_refused(pool: Pool) -> None:
    asked = begin(pool)
    for answer in ("SMS_OTP", "WEB_AUTHN", "NONSENSE"):
        refused = pool.refused(respond, pool, "SELECT_CHALLENGE", asked, ANSWER=answer)
        assert refused == ("InvalidParameterException", "The answer is none of the available challenges.")
    assert pool.refused(respond, pool, "SELECT_CHALLENGE", asked)[0] == "InvalidParameterException"
    assert respond(pool, "SELECT_CHALLENGE", asked, ANSWER="EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"


def test_en01_a_name_that_nobody_has_is_asked_like_any_other(pool: Pool) -> None:
    """EN-01, EN-03: the same questions and the same refusals; nothing is sent."""
    hiding = pool.client = pool.new_client(**HIDING)
    offered = begin(pool, "nobody", client=hiding)["AvailableChallenges"]
    assert offered == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"]
    asked = begin(pool, "nobody", client=hiding, PREFERRED_CHALLENGE="EMAIL_OTP")
    again = begin(pool, "nobody", client=hiding, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert asked["ChallengeParameters"] == again["ChallengeParameters"]
    with pool.server.clock.still():
        told = [pool.refused(respond, pool, "EMAIL_OTP", asked, "nobody", EMAIL_OTP_CODE="00000000") for _ in range(6)]
    assert told == [WRONG_CODE] * 5 + [("NotAuthorizedException", "Password attempts exceeded")]


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_sr05_one_name_is_asked_one_thing_however_it_is_typed(server: Serving, name: str) -> None:
    """SR-05, EN-01: the pool ignores case, and so does what a name that nobody has is shown."""
    settings = policies("EMAIL_OTP", "PASSWORD") | {"UsernameConfiguration": {"CaseSensitive": False}}
    pool = Pool(server, client=HIDING, **settings)
    pool.user("ada", email="ada@example.com", email_verified="true")
    asked = [begin(pool, typed, PREFERRED_CHALLENGE="EMAIL_OTP") for typed in (name, name.upper())]
    assert asked[0]["ChallengeParameters"] == asked[1]["ChallengeParameters"]
    said = {"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": f"{Client(pool.id, PASSWORD).public:x}"}
    asked = [begin(pool, typed, **said) for typed in (name, name.upper())]
    fixed = [{each: one["ChallengeParameters"][each] for each in ("SALT", "USER_ID_FOR_SRP")} for one in asked]
    assert fixed[0] == fixed[1]


@pytest.mark.parametrize("name", ["ada@example.com", "nobody@example.com"])
def test_en01_the_name_that_was_told_is_taken_back(server: Serving, name: str) -> None:
    """EN-01: clients answer with USER_ID_FOR_SRP, which is no name that anybody typed."""
    pool = Pool(server, client=HIDING, UsernameAttributes=["email"], **policies("EMAIL_OTP", "PASSWORD"))
    pool.user("ada@example.com", email_verified="true")
    asked = begin(pool, name, PREFERRED_CHALLENGE="EMAIL_OTP")
    told = asked["ChallengeParameters"]["USER_ID_FOR_SRP"]
    assert told != name
    assert pool.refused(respond, pool, "EMAIL_OTP", asked, told, EMAIL_OTP_CODE="00000000") == WRONG_CODE


def test_a_client_that_may_know_is_told_that_nobody_has_the_name(pool: Pool) -> None:
    assert pool.refused(begin, pool, "nobody")[0] == "UserNotFoundException"


def test_a_user_without_a_password_signs_up_and_straight_in(server: Serving) -> None:
    pool = Pool(server, client=FLOWS, AutoVerifiedAttributes=["email"], **policies("PASSWORD", "EMAIL_OTP"))
    mail = [{"Name": "email", "Value": "new@example.com"}]
    made = pool.api.sign_up(ClientId=pool.client, Username="new", UserAttributes=mail)
    code = server.code("new@example.com")
    said = {"ClientId": pool.client, "Username": "new", "Session": made["Session"]}
    assert pool.refused(pool.api.confirm_sign_up, ConfirmationCode="000000", **said)[0] == "CodeMismatchException"
    session = pool.api.confirm_sign_up(ConfirmationCode=code, **said)["Session"]
    done = begin(pool, "new", session=session)
    assert claims(done["AuthenticationResult"]["IdToken"])["cognito:username"] == "new"
    assert pool.refused(begin, pool, "new", session=session)[0] == "NotAuthorizedException"  # once
    assert begin(pool, "new")["AvailableChallenges"] == ["EMAIL_OTP"]
    assert begin(pool, "new", PREFERRED_CHALLENGE="PASSWORD", PASSWORD="x")["ChallengeName"] == "SELECT_CHALLENGE"


def test_the_session_of_a_sign_up_is_of_its_user(server: Serving) -> None:
    pool = Pool(server, client=FLOWS, AutoVerifiedAttributes=["email"], **policies("PASSWORD", "EMAIL_OTP"))
    sessions = {}
    for name in ("one", "two"):
        mail = [{"Name": "email", "Value": f"{name}-{pool.client}@example.com"}]
        sessions[name] = pool.api.sign_up(ClientId=pool.client, Username=name, UserAttributes=mail)["Session"]
    code = server.code(f"one-{pool.client}@example.com")
    said = {"ClientId": pool.client, "Username": "one", "ConfirmationCode": code}
    assert pool.refused(pool.api.confirm_sign_up, Session=sessions["two"], **said)[0] == "NotAuthorizedException"
    assert pool.refused(begin, pool, "one", session=sessions["one"])[0] == "NotAuthorizedException"  # not confirmed
    session = pool.api.confirm_sign_up(**said)["Session"]  # as Amplify asks, with the code alone
    assert pool.refused(begin, pool, "two", session=session)[0] == "NotAuthorizedException"


@pytest.mark.parametrize("factors", [("PASSWORD",), ("PASSWORD", "SMS_OTP")])
def test_a_code_alone_lets_nobody_in_where_codes_are_no_first_factor(server: Serving, factors: Any) -> None:
    pool = Pool(server, client=FLOWS, AutoVerifiedAttributes=["email"], **policies(*factors))
    address = f"{pool.client}@example.com"
    pool.sign_up("one", attributes={"email": address})
    said = {"ClientId": pool.client, "Username": "one", "ConfirmationCode": server.code(address)}
    assert "Session" not in pool.api.confirm_sign_up(**said)


def test_a_sign_up_is_no_second_factor(server: Serving) -> None:
    pool = with_factors(Pool(server, client=FLOWS, AutoVerifiedAttributes=["email"]), "ON")
    address = f"{pool.client}@example.com"
    made = pool.sign_up("one", attributes={"email": address})
    said = {"ClientId": pool.client, "Username": "one", "ConfirmationCode": server.code(address)}
    session = pool.api.confirm_sign_up(Session=made["Session"], **said)["Session"]
    asked = begin(pool, "one", session=session)
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    done = respond(pool, "SELECT_CHALLENGE", asked, "one", ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert done["ChallengeName"] == "MFA_SETUP"


def test_an_administrator_makes_a_user_without_a_password(server: Serving) -> None:
    pool = Pool(server, client=FLOWS, **policies("PASSWORD", "EMAIL_OTP"))
    mail = [{"Name": "email", "Value": "made@example.com"}, {"Name": "email_verified", "Value": "true"}]
    made = pool.api.admin_create_user(UserPoolId=pool.id, Username="made", UserAttributes=mail)
    assert made["User"]["UserStatus"] == "CONFIRMED"
    asked = begin(pool, "made", PREFERRED_CHALLENGE="EMAIL_OTP")
    done = respond(pool, "EMAIL_OTP", asked, "made", EMAIL_OTP_CODE=server.code("made@example.com"))
    assert done["AuthenticationResult"]


def test_without_codes_a_password_is_needed(server: Serving) -> None:
    pool = Pool(server, client=FLOWS)
    assert pool.refused(pool.api.sign_up, ClientId=pool.client, Username="new")[0] == "InvalidPasswordException"
    assert pool.api.admin_create_user(UserPoolId=pool.id, Username="new")["User"]["UserStatus"] == TEMPORARY
    pool = Pool(server, client=FLOWS, **policies("PASSWORD", "WEB_AUTHN"))
    who = {"UserPoolId": pool.id, "Username": "new", "MessageAction": "SUPPRESS"}
    refused = pool.refused(pool.api.admin_create_user, **who)
    assert refused == ("InvalidParameterException", "User is required to have a password")
    assert pool.api.admin_create_user(**who, TemporaryPassword=PASSWORD)["User"]["UserStatus"] == TEMPORARY


def test_nothing_is_sent_to_a_user_who_is_disabled(pool: Pool) -> None:
    """A client that hides who exists asks for the code all the same, and no code is right."""
    address, hiding, server = f"{pool.client}@example.com", pool.new_client(**HIDING), pool.server
    pool.user("eve", email=address, email_verified="true")
    before = begin(pool, "eve", client=hiding, PREFERRED_CHALLENGE="EMAIL_OTP")
    server.run(server.house.desk.courier.drained())
    sent = server.code(address)
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="eve")
    asked = begin(pool, "eve", client=hiding, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert (asked["ChallengeName"], asked["ChallengeParameters"]) == ("EMAIL_OTP", before["ChallengeParameters"])
    told = pool.refused(begin, pool, "eve", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert told == ("NotAuthorizedException", "User is disabled.")
    server.run(server.house.desk.courier.drained())
    assert [one["code"] for one in server.outbox(address)] == [sent]
    pool.client = hiding
    assert pool.refused(respond, pool, "EMAIL_OTP", asked, "eve", EMAIL_OTP_CODE=sent) == WRONG_CODE
