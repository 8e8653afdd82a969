"""Every flow of section 6, walked through boto3 in a pool whose every trigger is one function.

A `Walk` notes each call, and behind it the `triggerSource` of everything that ran in it; what only prepares it skips.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from tests.api.test_second_factor import with_factors
from tests.serving import PASSWORD, Pool
from tests.srp_client import Client
from tests.triggers.custom_challenge import BODY
from tests.triggers.recorder import Recorder

# One function for all: it plays the riddle for custom challenges, confirms names that begin with `auto`, knows people
# from elsewhere whose names begin with `moved`, and gives everything else back as it came.
FUNCTION = (
    """
source = event['triggerSource']
if source.startswith('PreSignUp') and event['userName'].startswith('auto'):
    event['response']['autoConfirmUser'] = True
if source.startswith('UserMigration') and event['userName'].startswith('moved'):
    mail = {'email': event['userName'] + '@example.com', 'email_verified': 'true'}
    event['response'] |= {'userAttributes': mail, 'finalUserStatus': 'CONFIRMED', 'messageAction': 'SUPPRESS'}
if 'AuthChallenge' not in source:
    return event
"""
    + BODY
)
PLAIN = (
    *("PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication"),
    *("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"),
    *("PreTokenGeneration", "CustomMessage"),
)
FLOWS = [f"ALLOW_{flow}_AUTH" for flow in ("USER_PASSWORD", "ADMIN_USER_PASSWORD", "USER_SRP", "CUSTOM", "USER")]
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}}
NUMBER, NEW = "+12065550143", "Another-horse-8"


class Walk:
    """A pool with the function set for everything, `ada` in it, and what was noted so far."""

    def __init__(
        self, function: Recorder, semantics: str, *, senders: bool = False, migrates: bool = False, **more: Any
    ) -> None:
        self.function, self.server = function, function.server
        client = {"ExplicitAuthFlows": [*FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"]} | more.pop("client", {})
        settings: dict[str, Any] = {"AutoVerifiedAttributes": ["email"], "Policies": FACTORS} | more
        tags = {"keydesk:semantics": semantics}
        arns = triggers(function, senders=senders) | settings.pop("LambdaConfig", {})
        if migrates:
            arns["UserMigration"] = function.arn
        self.pool = Pool(self.server, client=client, UserPoolTags=tags, LambdaConfig=arns, **settings)
        self.mail = f"ada@{self.pool.client}.example.com"
        self.noted: list[str] = []
        self._began, self._before = self.server.clock(), 0

    def __call__(self, operation: str, **said: Any) -> Any:
        """Call by the operation's published name and note it, what ran in it, and the refusal if it was refused."""
        self.settle()
        self.noted.append(operation)
        try:
            answer, refused = self.plain(operation, **said), []
        except ClientError as refusal:
            answer, refused = None, [refusal.response["Error"]["Code"]]
        self.noted += self._ran() + refused
        return answer

    def plain(self, operation: str, **said: Any) -> Any:
        """Call without noting. What the operation needs of pool and client is added."""
        shape = self.pool.api.meta.service_model.operation_model(operation).input_shape
        own = {"UserPoolId": self.pool.id, "ClientId": self.pool.client}
        mine = {name: value for name, value in own.items() if name in shape.required_members}
        return self.pool.api._make_api_call(operation, mine | said)

    def settle(self) -> None:
        """What ran until now is not of the next call."""
        self._ran()

    def _ran(self) -> list[str]:
        self.server.outbox(self.mail)  # what goes out behind an answer has gone out then
        events = self.function.events(since=self._began)
        ran = [event["triggerSource"] for event in events if event["userPoolId"] == self.pool.id]
        new, self._before = ran[self._before :], len(ran)
        return new

    def ada(self, **attributes: str) -> str:
        """Ada is there and confirmed, with a verified address and number."""
        reached = {"email": self.mail, "email_verified": "true", "phone_number": NUMBER}
        return self.pool.user("ada", **reached | {"phone_number_verified": "true"} | attributes)

    def code(self, to: str = "") -> str:
        return self.server.code(to or self.mail)

    def attribute(self, name: str) -> list[dict[str, str]]:
        return [{"Name": "email", "Value": f"{name}.{self.mail}"}]

    def begin(self, flow: str = "USER_PASSWORD_AUTH", operation: str = "InitiateAuth", **said: str) -> Any:
        return self(operation, AuthFlow=flow, AuthParameters={"USERNAME": "ada", **said})

    def answer(self, asked: Any, name: str = "", **said: str) -> Any:
        told = {"USERNAME": "ada", **said}
        challenge = name or asked["ChallengeName"]
        return self(
            "RespondToAuthChallenge", ChallengeName=challenge, Session=asked["Session"], ChallengeResponses=told
        )

    def proof(self, asked: Any, client: Client, **instead: str) -> dict[str, str]:
        return client.answer(asked["ChallengeParameters"], self.server.clock() / 1000, **instead)

    def token(self) -> str:
        return str(self.pool.tokens()["AccessToken"])

    def prefer(self, factor: str) -> None:
        """All second factors are allowed, and this one is Ada's."""
        with_factors(self.pool)
        self.plain("AdminSetUserMFAPreference", Username="ada", **{factor: {"Enabled": True, "PreferredMfa": True}})


def triggers(function: Recorder, *, senders: bool = False) -> dict[str, Any]:
    """LambdaConfig with the function everywhere; with custom senders, there too."""
    arns: dict[str, Any] = dict.fromkeys(PLAIN, function.arn)
    if senders:
        key = function.server.client("kms").create_key()["KeyMetadata"]["Arn"]
        sender = {"LambdaVersion": "V1_0", "LambdaArn": function.arn}
        arns |= {"CustomEmailSender": sender, "CustomSMSSender": sender, "KMSKeyID": key}
    return arns


Flow = Callable[[Walk], None]


# --- accounts (section 6.1) ---


def sign_up(walk: Walk, name: str = "eve") -> Any:
    return walk("SignUp", Username=name, Password=PASSWORD, UserAttributes=walk.attribute(name))


def sign_up_auto_confirmed(walk: Walk) -> None:
    sign_up(walk, "auto-eve")


def admin_create_user(walk: Walk, password: str = PASSWORD, **more: Any) -> None:
    said = {"TemporaryPassword": password} if password else {}
    mail = walk.attribute("eve")
    walk("AdminCreateUser", Username="eve", UserAttributes=mail, DesiredDeliveryMediums=["EMAIL"], **said, **more)


def admin_create_user_without_a_password(walk: Walk) -> None:
    admin_create_user(walk, "")


def admin_create_user_resend(walk: Walk) -> None:
    admin_create_user(walk)
    admin_create_user(walk, MessageAction="RESEND")


def admin_create_user_suppress(walk: Walk) -> None:
    admin_create_user(walk, MessageAction="SUPPRESS")


def confirm_sign_up(walk: Walk) -> None:
    sign_up(walk)
    walk("ConfirmSignUp", Username="eve", ConfirmationCode=walk.code(f"eve.{walk.mail}"))


def confirm_sign_up_with_a_wrong_code(walk: Walk) -> None:
    sign_up(walk)
    walk("ConfirmSignUp", Username="eve", ConfirmationCode="wrong")


def admin_confirm_sign_up(walk: Walk) -> None:
    sign_up(walk)
    walk("AdminConfirmSignUp", Username="eve")


def resend_confirmation_code(walk: Walk) -> None:
    sign_up(walk)
    walk("ResendConfirmationCode", Username="eve")


def forgot_password(walk: Walk) -> None:
    walk.ada()
    walk("ForgotPassword", Username="ada")


def forgot_password_of_somebody_from_elsewhere(walk: Walk) -> None:
    walk("ForgotPassword", Username="moved")


def forgot_password_of_nobody(walk: Walk) -> None:
    walk("ForgotPassword", Username="nobody")


def confirm_forgot_password(walk: Walk) -> None:
    forgot_password(walk)
    walk("ConfirmForgotPassword", Username="ada", ConfirmationCode=walk.code(), Password=NEW)


def update_user_attributes(walk: Walk) -> None:
    walk.ada()
    walk("UpdateUserAttributes", AccessToken=walk.token(), UserAttributes=walk.attribute("new"))


def update_another_attribute(walk: Walk) -> None:
    walk.ada()
    walk("UpdateUserAttributes", AccessToken=walk.token(), UserAttributes=[{"Name": "name", "Value": "Ada"}])


def admin_update_user_attributes(walk: Walk) -> None:
    walk.ada()
    walk("AdminUpdateUserAttributes", Username="ada", UserAttributes=walk.attribute("new"))


def attribute_verification_code(walk: Walk) -> None:
    walk.ada()
    walk("GetUserAttributeVerificationCode", AccessToken=walk.token(), AttributeName="email")


def admin_reset_user_password(walk: Walk) -> None:
    walk.ada()
    walk("AdminResetUserPassword", Username="ada")


def change_password(walk: Walk) -> None:
    walk.ada()
    walk("ChangePassword", AccessToken=walk.token(), PreviousPassword=PASSWORD, ProposedPassword=NEW)
