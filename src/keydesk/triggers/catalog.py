"""Every trigger, once, as data: its sources, what is sent, what is read, and what its failure means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Final, Generic

from keydesk.domain.pool import Semantics
from keydesk.triggers.payloads import (
    ClaimsAndScopeResponse,
    ClaimsResponse,
    CreateAuthChallengeRequest,
    CreateAuthChallengeResponse,
    CustomMessageRequest,
    CustomMessageResponse,
    CustomSenderRequest,
    DefineAuthChallengeRequest,
    DefineAuthChallengeResponse,
    Nothing,
    Payload,
    PostAuthenticationRequest,
    PostConfirmationRequest,
    PreAuthenticationRequest,
    PreSignUpRequest,
    PreSignUpResponse,
    PreTokenRequest,
    RequestT,
    ResponseT,
    TokensResponse,
    UserMigrationRequest,
    UserMigrationResponse,
    VerifyAuthChallengeRequest,
    VerifyAuthChallengeResponse,
)


class Failure(Enum):
    """What a failed trigger means for the call that fired it."""

    REFUSE = auto()  # the call fails with the published Lambda exceptions
    DENY = auto()  # the call fails as NotAuthorizedException, with the same words (C-03)
    GO_ON = auto()  # it is written to the function's log, and the call goes on (C-09)


class Reading(Enum):
    """How the answer is read."""

    STRICT = auto()  # the event must come back (section 4.2)
    LENIENT = auto()  # any JSON passes, but a returned error object counts as thrown (C-06, C-07)


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell: a trigger under one semantics. `reads` says whether the response is looked at at all."""

    failure: Failure
    reading: Reading = Reading.STRICT
    reads: bool = True


@dataclass(frozen=True, slots=True)
class Form(Generic[ResponseT]):
    """The response of an event version: what is read, and what is sent."""

    response: type[ResponseT]
    prefilled: Mapping[str, Any] | None  # None: the event has no response at all


@dataclass(frozen=True, slots=True)
class Trigger(Generic[RequestT, ResponseT]):
    """One row. `name` is the LambdaConfig member; `sources` the suffixes of `triggerSource`."""

    name: str
    sources: tuple[str, ...]
    request: type[RequestT]
    response: type[ResponseT]
    prefilled: Mapping[str, Any] | None  # None: the event has no response at all
    rules: Mapping[Semantics, Rule]
    calls: frozenset[str] = frozenset()  # the operations in which it may run; empty: wherever a message may go out
    prefix: str = ""
    decides: bool = False  # the function says no by throwing: that is no failure of its own
    secret: tuple[str, ...] = ()  # members of event and answer that no trace keeps, as `request.password`
    versions: Mapping[str, str] = field(default_factory=lambda: {"V1_0": "1"})  # LambdaVersion to event version
    later: Mapping[str, Form[ResponseT]] = field(default_factory=dict)  # by event version, where the form differs
    member: str = field(init=False)  # the LambdaConfig member in Python: `pre_sign_up`

    def __post_init__(self) -> None:
        object.__setattr__(self, "member", _snake(self.name))

    def form(self, version: str) -> Form[ResponseT]:
        """The response of an event version."""
        return self.later.get(version) or Form(self.response, self.prefilled)

    def source(self, suffix: str) -> str:
        """The `triggerSource`. A suffix that the row does not name is a fault of the caller."""
        if suffix not in self.sources:
            raise ValueError(f"{self.name} has no source {suffix}")
        return f"{self.prefix or self.name}_{suffix}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


ATTEMPTS: Final = {Semantics.KEYDESK: 1, Semantics.AWS: 3}  # C-16: again only after a time-out or throttling
SECONDS: Final = 5.0  # for one attempt, T-055

MESSAGES: Final = (  # why somebody is written to: the sources of the three triggers about messages
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "AdminCreateUser",
    "Authentication",
)

_SIGN_INS: Final = frozenset(
    {"InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"}
)

_REFUSES: Final = {Semantics.KEYDESK: Rule(Failure.REFUSE), Semantics.AWS: Rule(Failure.REFUSE)}

PRE_SIGN_UP: Final = Trigger(
    "PreSignUp",
    sources=("SignUp", "AdminCreateUser", "ExternalProvider"),
    calls=frozenset({"SignUp", "AdminCreateUser"}),
    request=PreSignUpRequest,
    response=PreSignUpResponse,
    prefilled={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    decides=True,
    rules=_REFUSES,
)
POST_CONFIRMATION: Final = Trigger(
    "PostConfirmation",
    sources=("ConfirmSignUp", "ConfirmForgotPassword"),
    calls=frozenset({"SignUp", "ConfirmSignUp", "AdminConfirmSignUp", "ConfirmForgotPassword"}),
    request=PostConfirmationRequest,
    response=Nothing,
    prefilled={},
    rules=_REFUSES,
)
PRE_AUTHENTICATION: Final = Trigger(
    "PreAuthentication",
    sources=("Authentication",),
    calls=_SIGN_INS,
    request=PreAuthenticationRequest,
    response=Nothing,
    prefilled={},
    decides=True,
    rules={
        Semantics.KEYDESK: Rule(Failure.DENY, Reading.LENIENT, reads=False),
        Semantics.AWS: Rule(Failure.REFUSE, reads=False),
    },
)
POST_AUTHENTICATION: Final = Trigger(
    "PostAuthentication",
    sources=("Authentication",),
    calls=_SIGN_INS,
    request=PostAuthenticationRequest,
    response=ClaimsResponse,
    prefilled={},
    rules={
        Semantics.KEYDESK: Rule(Failure.GO_ON, Reading.LENIENT),
        Semantics.AWS: Rule(Failure.REFUSE, reads=False),
    },
)
DEFINE_AUTH_CHALLENGE: Final = Trigger(
    "DefineAuthChallenge",
    sources=("Authentication",),
    calls=_SIGN_INS,
    request=DefineAuthChallengeRequest,
    response=DefineAuthChallengeResponse,
    prefilled={"challengeName": None, "issueTokens": None, "failAuthentication": None},
    decides=True,
    rules=_REFUSES,
)
CREATE_AUTH_CHALLENGE: Final = Trigger(
    "CreateAuthChallenge",
    sources=("Authentication",),
    calls=_SIGN_INS,
    request=CreateAuthChallengeRequest,
    response=CreateAuthChallengeResponse,
    prefilled={"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None},
    secret=("response.privateChallengeParameters",),
    decides=True,
    rules=_REFUSES,
)
VERIFY_AUTH_CHALLENGE_RESPONSE: Final = Trigger(
    "VerifyAuthChallengeResponse",
    sources=("Authentication",),
    calls=_SIGN_INS,
    request=VerifyAuthChallengeRequest,
    response=VerifyAuthChallengeResponse,
    prefilled={"answerCorrect": None},
    secret=("request.challengeAnswer", "request.privateChallengeParameters"),
    decides=True,
    rules=_REFUSES,
)
_SCOPED: Final[Form[TokensResponse]] = Form(ClaimsAndScopeResponse, {"claimsAndScopeOverrideDetails": None})
PRE_TOKEN_GENERATION: Final[Trigger[PreTokenRequest, TokensResponse]] = Trigger(
    "PreTokenGeneration",
    prefix="TokenGeneration",
    sources=(
        "HostedAuth",
        "Authentication",
        "NewPasswordChallenge",
        "AuthenticateDevice",
        "RefreshTokens",
        "ClientCredentials",  # the third version only
        "TokenExchange",  # the name is ours: that something fires is on record, its source is not
    ),
    calls=_SIGN_INS | {"GetTokensFromRefreshToken", "GetClientToken", "GetDerivedToken"},
    request=PreTokenRequest,
    response=ClaimsResponse,
    prefilled={"claimsOverrideDetails": None},
    rules=_REFUSES,
    versions={"V1_0": "1", "V2_0": "2", "V3_0": "3"},
    later={"2": _SCOPED, "3": _SCOPED},
)

USER_MIGRATION: Final = Trigger(
    "UserMigration",
    sources=("Authentication", "ForgotPassword"),
    calls=_SIGN_INS | {"ForgotPassword"},
    request=UserMigrationRequest,
    response=UserMigrationResponse,
    prefilled={
        "userAttributes": None,
        "forceAliasCreation": None,
        "enableSMSMFA": None,
        "finalUserStatus": None,
        "messageAction": None,
        "desiredDeliveryMediums": None,
    },
    secret=("request.password",),
    decides=True,
    rules=_REFUSES,
)
CUSTOM_MESSAGE: Final = Trigger(
    "CustomMessage",
    sources=MESSAGES,
    request=CustomMessageRequest,
    response=CustomMessageResponse,
    prefilled={"smsMessage": None, "emailMessage": None, "emailSubject": None},
    rules=_REFUSES,
)
_SENDS: Final = Rule(Failure.GO_ON, Reading.LENIENT, reads=False)  # C-18: its failure stops nothing
CUSTOM_EMAIL_SENDER: Final = Trigger(
    "CustomEmailSender",
    sources=(*MESSAGES, "AccountTakeOverNotification"),
    request=CustomSenderRequest,
    response=Nothing,
    prefilled=None,
    secret=("request.code",),
    rules={Semantics.KEYDESK: _SENDS, Semantics.AWS: _SENDS},
)
CUSTOM_SMS_SENDER: Final = replace(CUSTOM_EMAIL_SENDER, name="CustomSMSSender", sources=MESSAGES)

CATALOG: Final[tuple[Trigger[Any, Any], ...]] = (
    PRE_SIGN_UP,
    POST_CONFIRMATION,
    PRE_AUTHENTICATION,
    POST_AUTHENTICATION,
    DEFINE_AUTH_CHALLENGE,
    CREATE_AUTH_CHALLENGE,
    VERIFY_AUTH_CHALLENGE_RESPONSE,
    PRE_TOKEN_GENERATION,
    USER_MIGRATION,
    CUSTOM_MESSAGE,
    CUSTOM_EMAIL_SENDER,
    CUSTOM_SMS_SENDER,
)

# Members of LambdaConfig that are stored and shown, but that nothing fires yet. Setting one is logged as a warning.
UNFIRED: Final[Mapping[str, str]] = {
    "InboundFederation": "federated sign-in is not served yet",
}

AnyTrigger = Trigger[Any, Any]
__all__ = ["CATALOG", "AnyTrigger", "Failure", "Payload", "Reading", "Rule", "Trigger"]
