"""Every way in which a user is written to: what goes before, and the call that sends the message.

A table that the tests of custom messages and of custom senders run through, by mail and by SMS.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.serving import REGION, Pool, Serving
from tests.triggers.recorder import SEMANTICS

METADATA = {"language": "nl"}
ATTRIBUTES = ("email", "phone_number")
OWN_MAIL = {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
CODES = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}}
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_media = pytest.mark.parametrize("attribute", ATTRIBUTES)


class Addressee:
    """Ada and her pool, who is reached by one attribute: her address or her number."""

    def __init__(self, server: Serving, semantics: str, attribute: str, *, hides: bool = False, **said: Any) -> None:
        settings = {"EmailConfiguration": OWN_MAIL, "AutoVerifiedAttributes": [attribute], **said}
        settings["UserPoolTags"] = {"keydesk:semantics": semantics}
        client = {"ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED" if hides else "LEGACY"}
        self.pool, self.attribute = Pool(server, client=client, **settings), attribute
        self.api, self.server = self.pool.api, server
        self.value, self.token, self.session = self._unique("1"), "", ""
        self.other = self._unique("2")

    def _unique(self, number: str) -> str:
        digits = str(int.from_bytes(self.pool.id.encode(), "big"))[-9:]
        mail = f"ada{number}@{self.pool.id[-9:]}.example.com".lower()
        return mail if self.attribute == "email" else f"+1{number}{digits}"

    def outbox(self, to: str = "") -> list[dict[str, Any]]:
        """What arrived, what was posted included."""
        return self.server.outbox(to or self.value)

    def attributes(self) -> dict[str, str]:
        """`userAttributes` as a function is to see them now."""
        ada = self.api.admin_get_user(UserPoolId=self.pool.id, Username="ada")
        stored = {one["Name"]: one["Value"] for one in ada["UserAttributes"]}
        return {**stored, "cognito:user_status": ada["UserStatus"]}

    def as_list(self, value: str) -> list[dict[str, str]]:
        return [{"Name": self.attribute, "Value": value}]

    def event(self, trigger: str, occasion: "Occasion", request: dict[str, Any]) -> dict[str, Any]:
        """The whole event, but for the response."""
        client = self.pool.client if occasion.client == "client" else occasion.client
        return {
            "version": "1",
            "triggerSource": f"{trigger}_{occasion.source}",
            "region": REGION,
            "userPoolId": self.pool.id,
            "userName": "ada",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", **({"clientId": client} if client else {})},
            "request": {"userAttributes": self.attributes(), **request},
        }


# --- what goes before ---


def nothing(ada: Addressee) -> None:
    pass


def signed_up(ada: Addressee) -> None:
    sign_up(ada)


def confirmed(ada: Addressee) -> None:
    ada.pool.user("ada", **{ada.attribute: ada.value, f"{ada.attribute}_verified": "true"})


def signed_in(ada: Addressee) -> None:
    confirmed(ada)
    ada.token = ada.pool.tokens()["AccessToken"]


def choosing(ada: Addressee) -> None:
    confirmed(ada)
    asked = ada.api.initiate_auth(ClientId=ada.pool.client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "ada"})
    ada.session = asked["Session"]


# --- the calls ---


def sign_up(ada: Addressee, **more: Any) -> Any:
    return ada.pool.sign_up("ada", attributes={ada.attribute: ada.value}, **more)


def resend(ada: Addressee, **more: Any) -> Any:
    return ada.api.resend_confirmation_code(ClientId=ada.pool.client, Username="ada", **more)


def forgot(ada: Addressee, **more: Any) -> Any:
    return ada.api.forgot_password(ClientId=ada.pool.client, Username="ada", **more)


def reset_by_admin(ada: Addressee, **more: Any) -> Any:
    return ada.api.admin_reset_user_password(UserPoolId=ada.pool.id, Username="ada", **more)


def update(ada: Addressee, **more: Any) -> Any:
    return ada.api.update_user_attributes(AccessToken=ada.token, UserAttributes=ada.as_list(ada.other), **more)


def update_by_admin(ada: Addressee, **more: Any) -> Any:
    told = ada.as_list(ada.other)
    return ada.api.admin_update_user_attributes(UserPoolId=ada.pool.id, Username="ada", UserAttributes=told, **more)


def verify(ada: Addressee, **more: Any) -> Any:
    return ada.api.get_user_attribute_verification_code(AccessToken=ada.token, AttributeName=ada.attribute, **more)


def invite(ada: Addressee, **more: Any) -> Any:
    medium = "EMAIL" if ada.attribute == "email" else "SMS"
    return ada.api.admin_create_user(
        UserPoolId=ada.pool.id,
        Username="ada",
        UserAttributes=ada.as_list(ada.value),
        DesiredDeliveryMediums=[medium],
        **more,
    )


def factor(ada: Addressee) -> str:
    return "EMAIL_OTP" if ada.attribute == "email" else "SMS_OTP"


def sign_in(ada: Addressee, **more: Any) -> Any:
    said = {"USERNAME": "ada", "PREFERRED_CHALLENGE": factor(ada)}
    return ada.api.initiate_auth(ClientId=ada.pool.client, AuthFlow="USER_AUTH", AuthParameters=said, **more)


def _choice(ada: Addressee) -> dict[str, Any]:
    said = {"USERNAME": "ada", "ANSWER": factor(ada)}
    return {"ChallengeName": "SELECT_CHALLENGE", "Session": ada.session, "ChallengeResponses": said}


def choose(ada: Addressee, **more: Any) -> Any:
    return ada.api.respond_to_auth_challenge(ClientId=ada.pool.client, **_choice(ada), **more)


def choose_by_admin(ada: Addressee, **more: Any) -> Any:
    ids = {"UserPoolId": ada.pool.id, "ClientId": ada.pool.client}
    return ada.api.admin_respond_to_auth_challenge(**ids, **_choice(ada), **more)


@dataclass(frozen=True, slots=True)
class Occasion:
    """`told`: whether its ClientMetadata reaches CustomMessage. `sender_told`: likewise the custom senders."""

    source: str
    act: Callable[..., Any]
    before: Callable[[Addressee], None]
    client: str = "client"
    told: bool = True
    sender_told: bool = False
    moved: bool = False  # the message goes to the new address
    settings: dict[str, Any] = field(default_factory=dict)  # what the pool must allow


OCCASIONS = {
    "SignUp": Occasion("SignUp", sign_up, nothing, sender_told=True),
    "ResendConfirmationCode": Occasion("ResendCode", resend, signed_up),
    "ForgotPassword": Occasion("ForgotPassword", forgot, confirmed, sender_told=True),
    "AdminResetUserPassword": Occasion("ForgotPassword", reset_by_admin, confirmed, client="", sender_told=True),
    "UpdateUserAttributes": Occasion("UpdateUserAttribute", update, signed_in, moved=True),
    "AdminUpdateUserAttributes": Occasion("UpdateUserAttribute", update_by_admin, signed_in, client="", moved=True),
    "GetUserAttributeVerificationCode": Occasion("VerifyUserAttribute", verify, signed_in),
    "AdminCreateUser": Occasion("AdminCreateUser", invite, nothing, client="CLIENT_ID_NOT_APPLICABLE", told=False),
    "InitiateAuth": Occasion("Authentication", sign_in, confirmed, told=False, settings=CODES),
    "RespondToAuthChallenge": Occasion(
        "Authentication", choose, choosing, told=False, sender_told=True, settings=CODES
    ),
    "AdminRespondToAuthChallenge": Occasion(
        "Authentication", choose_by_admin, choosing, sender_told=True, settings=CODES
    ),
}
each_occasion = pytest.mark.parametrize("operation", OCCASIONS)
