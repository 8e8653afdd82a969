"""Section 6 as a table: for each flow its calls, and behind each call the triggers that ran in it, in both semantics.

A refusal stands at the end of its call. What a flow prepares is not listed; see tests/triggers/walked.py.
"""

from typing import Any, NamedTuple

import pytest
from tests.serving import Serving
from tests.triggers import walked as account
from tests.triggers import walked_in as sign_in
from tests.triggers.recorder import SEMANTICS, Recorder
from tests.triggers.walked import FUNCTION, Flow, Walk

pytestmark = pytest.mark.one_database

PRE, POST, TOKENS = (
    "PreAuthentication_Authentication",
    "PostAuthentication_Authentication",
    "TokenGeneration_Authentication",
)
DEFINE, CREATE = "DefineAuthChallenge_Authentication", "CreateAuthChallenge_Authentication"
VERIFY = "VerifyAuthChallengeResponse_Authentication"
CODE, NEW_PASSWORD = "CustomMessage_Authentication", "TokenGeneration_NewPasswordChallenge"
REFRESHED, BY_DEVICE = "TokenGeneration_RefreshTokens", "TokenGeneration_AuthenticateDevice"
INITIATE, RESPOND = "InitiateAuth", "RespondToAuthChallenge"
WRONG = "NotAuthorizedException"

SIGN_UP = ["SignUp", "PreSignUp_SignUp", "CustomMessage_SignUp"]
CREATED = ["AdminCreateUser", "PreSignUp_AdminCreateUser"]
INVITED = [*CREATED, "CustomMessage_AdminCreateUser"]
FORGOT = ["ForgotPassword", "CustomMessage_ForgotPassword"]

# Section 6.1: the same in both semantics.
ACCOUNTS: dict[Flow, list[str]] = {
    account.sign_up: SIGN_UP,
    account.sign_up_auto_confirmed: ["SignUp", "PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"],
    account.admin_create_user: INVITED,
    account.admin_create_user_resend: [*INVITED, "AdminCreateUser", "CustomMessage_AdminCreateUser"],
    account.admin_create_user_suppress: CREATED,
    account.admin_create_user_without_a_password: CREATED,
    account.confirm_sign_up: [*SIGN_UP, "ConfirmSignUp", "PostConfirmation_ConfirmSignUp"],
    account.confirm_sign_up_with_a_wrong_code: [*SIGN_UP, "ConfirmSignUp", "CodeMismatchException"],
    account.admin_confirm_sign_up: [*SIGN_UP, "AdminConfirmSignUp", "PostConfirmation_ConfirmSignUp"],
    account.resend_confirmation_code: [*SIGN_UP, "ResendConfirmationCode", "CustomMessage_ResendCode"],
    account.forgot_password: FORGOT,
    account.confirm_forgot_password: [*FORGOT, "ConfirmForgotPassword", "PostConfirmation_ConfirmForgotPassword"],
    account.update_user_attributes: ["UpdateUserAttributes", "CustomMessage_UpdateUserAttribute"],
    account.update_another_attribute: ["UpdateUserAttributes"],
    account.admin_update_user_attributes: ["AdminUpdateUserAttributes", "CustomMessage_UpdateUserAttribute"],
    account.attribute_verification_code: ["GetUserAttributeVerificationCode", "CustomMessage_VerifyUserAttribute"],
    account.admin_reset_user_password: ["AdminResetUserPassword", "CustomMessage_ForgotPassword"],
    account.change_password: ["ChangePassword"],
    sign_in.refresh: [INITIATE, REFRESHED],
    sign_in.tokens_from_refresh_token: ["GetTokensFromRefreshToken", REFRESHED],
}


class SignIn(NamedTuple):
    """What runs under `keydesk`, and under `aws`."""

    keydesk: list[str]
    aws: list[str]


AT_ONCE = SignIn([INITIATE, PRE, TOKENS, POST], [INITIATE, PRE, POST, TOKENS])
BY_RESPONSE = SignIn([INITIATE, RESPOND, PRE, TOKENS, POST], [INITIATE, PRE, RESPOND, POST, TOKENS])
WRONG_RESPONSE = SignIn([INITIATE, RESPOND, WRONG], [INITIATE, PRE, RESPOND, WRONG])
CODE_BESIDE = SignIn([INITIATE, PRE, CODE, RESPOND, TOKENS, POST], [INITIATE, PRE, CODE, RESPOND, POST, TOKENS])
CODE_ALONE = SignIn([INITIATE, CODE, RESPOND, PRE, TOKENS, POST], [INITIATE, PRE, CODE, RESPOND, POST, TOKENS])
BESIDE = SignIn([INITIATE, PRE, RESPOND, TOKENS, POST], [INITIATE, PRE, RESPOND, POST, TOKENS])

# Section 6.2.
SIGN_INS: dict[Flow, SignIn] = {
    sign_in.by_password: AT_ONCE,
    sign_in.by_password_through_an_administrator: SignIn(
        ["AdminInitiateAuth", PRE, TOKENS, POST], ["AdminInitiateAuth", PRE, POST, TOKENS]
    ),
    sign_in.with_a_wrong_password: SignIn([INITIATE, WRONG], [INITIATE, PRE, WRONG]),
    sign_in.of_nobody: SignIn([INITIATE, "UserNotFoundException"], [INITIATE, "UserNotFoundException"]),
    sign_in.of_a_disabled_user: SignIn([INITIATE, WRONG], [INITIATE, PRE, WRONG]),
    sign_in.by_srp: BY_RESPONSE,
    sign_in.by_srp_with_a_wrong_password: WRONG_RESPONSE,
    sign_in.with_sms: CODE_BESIDE,
    sign_in.with_mail: CODE_BESIDE,
    sign_in.with_app: BESIDE,
    sign_in.with_a_wrong_code: SignIn(
        [INITIATE, PRE, CODE, RESPOND, "CodeMismatchException"], [INITIATE, PRE, CODE, RESPOND, "CodeMismatchException"]
    ),
    sign_in.with_a_choice_of_factors: SignIn(
        [INITIATE, PRE, RESPOND, CODE, RESPOND, TOKENS, POST], [INITIATE, PRE, RESPOND, CODE, RESPOND, POST, TOKENS]
    ),
    sign_in.with_a_factor_to_set_up: SignIn(
        [INITIATE, PRE, "AssociateSoftwareToken", "VerifySoftwareToken", RESPOND, TOKENS, POST],
        [INITIATE, PRE, "AssociateSoftwareToken", "VerifySoftwareToken", RESPOND, POST, TOKENS],
    ),
    sign_in.with_a_temporary_password: SignIn(
        [INITIATE, PRE, RESPOND, NEW_PASSWORD, POST], [INITIATE, PRE, POST, RESPOND, POST, NEW_PASSWORD]
    ),
    sign_in.with_a_temporary_password_by_srp: SignIn(
        [INITIATE, RESPOND, PRE, RESPOND, NEW_PASSWORD, POST],
        [INITIATE, PRE, RESPOND, POST, RESPOND, POST, NEW_PASSWORD],
    ),
    sign_in.by_riddle: SignIn(
        [INITIATE, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, PRE, TOKENS, POST],
        [INITIATE, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, POST, TOKENS],
    ),
    sign_in.by_a_wrong_riddle_twice: SignIn(
        *[[INITIATE, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, WRONG]] * 2
    ),
    sign_in.by_srp_and_riddle: SignIn(
        [INITIATE, DEFINE, RESPOND, PRE, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, TOKENS, POST],
        [INITIATE, PRE, DEFINE, RESPOND, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, POST, TOKENS],
    ),
    sign_in.by_srp_code_and_riddle: SignIn(
        [INITIATE, DEFINE, RESPOND, PRE, CODE, RESPOND, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, TOKENS, POST],
        [INITIATE, PRE, DEFINE, RESPOND, CODE, RESPOND, DEFINE, CREATE, RESPOND, VERIFY, DEFINE, POST, TOKENS],
    ),
    sign_in.by_choice_of_a_password: BY_RESPONSE,
    sign_in.by_choice_with_a_password: AT_ONCE,
    sign_in.by_choice_with_srp: BY_RESPONSE,
    sign_in.by_choice_with_mail: CODE_ALONE,
    sign_in.by_choice_with_sms: CODE_ALONE,
    sign_in.by_choice_with_passkey: BY_RESPONSE,
    sign_in.by_device: SignIn(
        [INITIATE, PRE, RESPOND, RESPOND, BY_DEVICE, POST], [INITIATE, PRE, RESPOND, RESPOND, POST, BY_DEVICE]
    ),
    sign_in.straight_after_the_sign_up: SignIn(
        *[[*SIGN_UP, "ConfirmSignUp", "PostConfirmation_ConfirmSignUp", *end] for end in AT_ONCE]
    ),
}

# With a function for migration. Whom it does not know is a name that nobody has.
MIGRATED = ["UserMigration_Authentication", "PreSignUp_AdminCreateUser"]
ASKED = [INITIATE, "UserMigration_Authentication"]
FORGOTTEN = ["ForgotPassword", "UserMigration_ForgotPassword"]
UNKNOWN = "UserNotFoundException"
MIGRATIONS: dict[Flow, SignIn] = {
    sign_in.of_somebody_from_elsewhere: SignIn(
        *[[INITIATE, *MIGRATED, *end, INITIATE, *end] for _, *end in AT_ONCE],
    ),
    sign_in.of_somebody_from_elsewhere_by_choice: SignIn(*[[INITIATE, *MIGRATED, *end] for _, *end in AT_ONCE]),
    sign_in.of_somebody_from_elsewhere_by_srp: SignIn([INITIATE, UNKNOWN], [INITIATE, UNKNOWN]),
    sign_in.of_nobody: SignIn([*ASKED, UNKNOWN], [*ASKED, UNKNOWN]),
    account.forgot_password_of_somebody_from_elsewhere: SignIn(
        *[[*FORGOTTEN, "PreSignUp_AdminCreateUser", "CustomMessage_ForgotPassword"]] * 2
    ),
    account.forgot_password_of_nobody: SignIn(*[[*FORGOTTEN, UNKNOWN]] * 2),
}

# What the pool must be for some of them.
SETTINGS: dict[Flow, dict[str, Any]] = {
    sign_in.with_a_factor_to_set_up: {"Policies": {}},  # ON goes with no code alone
    sign_in.by_device: {
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    },
}

# Where a custom sender is set, it stands in the place of custom message.
BY_SENDER: dict[Flow, list[str]] = {
    account.sign_up: ["SignUp", "PreSignUp_SignUp", "CustomEmailSender_SignUp"],
    account.admin_create_user: [*CREATED, "CustomEmailSender_AdminCreateUser"],
    account.forgot_password: ["ForgotPassword", "CustomEmailSender_ForgotPassword"],
    account.update_user_attributes: ["UpdateUserAttributes", "CustomEmailSender_UpdateUserAttribute"],
}

functions: dict[str, Recorder] = {}


@pytest.fixture
def function(server: Serving) -> Recorder:
    """One for each server: what it was sent is told apart by pool."""
    if server.url not in functions:
        functions[server.url] = Recorder(server, FUNCTION)
    return functions[server.url]


def walked(function: Recorder, semantics: str, flow: Flow, **more: Any) -> list[str]:
    walk = Walk(function, semantics, **more)
    flow(walk)
    return walk.noted


def each(table: Any) -> Any:
    return pytest.mark.parametrize("flow", table, ids=lambda flow: flow.__name__)


both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)


@both_semantics
@each(ACCOUNTS)
def test_accounts_and_refreshes(function: Recorder, semantics: str, flow: Flow) -> None:
    assert walked(function, semantics, flow) == ACCOUNTS[flow]


@both_semantics
@each(SIGN_INS)
def test_sign_ins(function: Recorder, semantics: str, flow: Flow) -> None:
    assert walked(function, semantics, flow, **SETTINGS.get(flow, {})) == getattr(SIGN_INS[flow], semantics)


@both_semantics
@each(MIGRATIONS)
def test_migrations(function: Recorder, semantics: str, flow: Flow) -> None:
    assert walked(function, semantics, flow, migrates=True) == getattr(MIGRATIONS[flow], semantics)


@both_semantics
def test_a_name_that_a_migration_does_not_know_and_a_client_that_hides_it(function: Recorder, semantics: str) -> None:
    hides = {"PreventUserExistenceErrors": "ENABLED"}
    noted = walked(function, semantics, sign_in.of_nobody, migrates=True, client=hides)
    assert noted == {"keydesk": [*ASKED, WRONG], "aws": [*ASKED, PRE, WRONG]}[semantics]


@both_semantics
@each(BY_SENDER)
def test_custom_senders_in_place_of_custom_message(function: Recorder, semantics: str, flow: Flow) -> None:
    assert walked(function, semantics, flow, senders=True) == BY_SENDER[flow]


@both_semantics
def test_a_code_beside_a_password_by_custom_sender(function: Recorder, semantics: str) -> None:
    walk = Walk(function, semantics, senders=True)
    walk.ada()
    walk.prefer("SMSMfaSettings")
    assert walk.begin(PASSWORD=account.PASSWORD)["ChallengeName"] == "SMS_MFA"
    assert walk.noted == [INITIATE, PRE, "CustomSMSSender_Authentication"]


@both_semantics
def test_a_name_that_nobody_has_and_a_client_that_hides_it(function: Recorder, semantics: str) -> None:
    noted = walked(function, semantics, sign_in.of_nobody, client={"PreventUserExistenceErrors": "ENABLED"})
    assert noted == {"keydesk": [INITIATE, WRONG], "aws": [INITIATE, PRE, WRONG]}[semantics]


@pytest.mark.parametrize(("version", "ran"), [("V2_0", []), ("V3_0", ["TokenGeneration_ClientCredentials"])])
@both_semantics
def test_a_clients_own_token(function: Recorder, semantics: str, version: str, ran: list[str]) -> None:
    versioned = {"LambdaVersion": version, "LambdaArn": function.arn}
    client = {"GenerateSecret": True, "AllowedOAuthFlows": ["client_credentials"]}
    client |= {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthScopes": ["aws.cognito.signin.user.admin"]}
    config = {"PreTokenGenerationConfig": versioned}
    noted = walked(function, semantics, sign_in.a_clients_own_token, client=client, LambdaConfig=config)
    assert noted == ["GetClientToken", *ran]
