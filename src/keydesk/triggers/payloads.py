"""What is sent to a trigger and what is read from its answer, beside the common envelope.

Members left UNSET are absent from the event; `None` is sent as null (specification, section 2.2).
"""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keydesk.domain.claims import AnyOverride, ClaimsAndScopeOverride, Override

Texts = dict[str, str]


class Payload(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=False):
    """Base of all of them: camel case on the wire."""


RequestT = TypeVar("RequestT", bound=Payload)
ResponseT = TypeVar("ResponseT", bound=Payload)


class CallerContext(Payload):
    aws_sdk_version: str
    client_id: str | UnsetType = UNSET


class Event(Payload):
    """The common envelope (specification, section 2)."""

    version: str
    trigger_source: str
    region: str
    user_pool_id: str
    user_name: str
    caller_context: CallerContext
    request: Payload
    response: dict[str, Any] | UnsetType = UNSET


class Nothing(Payload):
    """A response of which nothing is read."""


class PreSignUpRequest(Payload):
    user_attributes: Texts
    validation_data: Texts | None = None
    client_metadata: Texts | UnsetType = UNSET


class PreSignUpResponse(Payload):
    auto_confirm_user: bool | None = None
    auto_verify_email: bool | None = None
    auto_verify_phone: bool | None = None


class PostConfirmationRequest(Payload):
    user_attributes: Texts
    client_metadata: Texts | UnsetType = UNSET


class PreAuthenticationRequest(Payload):
    user_attributes: Texts
    validation_data: Texts | None = None
    user_not_found: bool | UnsetType = UNSET


class PostAuthenticationRequest(Payload):
    user_attributes: Texts
    new_device_used: bool = False
    validation_data: Texts | UnsetType | None = UNSET
    client_metadata: Texts | UnsetType = UNSET


class GroupConfiguration(Payload):
    groups_to_override: list[str] = []
    iam_roles_to_override: list[str] = []
    preferred_role: str | None = None


class PreTokenRequest(Payload):
    user_attributes: Texts
    group_configuration: GroupConfiguration
    scopes: list[str] | UnsetType = UNSET  # from the second version on
    client_metadata: Texts | UnsetType = UNSET


class TokensResponse(Payload):
    """What pre token generation answers, in any version."""

    @property
    def override(self) -> AnyOverride | None:
        return None


class ClaimsResponse(TokensResponse):
    claims_override_details: Override | None = None

    @property
    def override(self) -> Override | None:
        return self.claims_override_details


class ClaimsAndScopeResponse(TokensResponse):
    claims_and_scope_override_details: ClaimsAndScopeOverride | None = None

    @property
    def override(self) -> ClaimsAndScopeOverride | None:
        return self.claims_and_scope_override_details


class Challenged(Payload):
    """One element of `session`: a challenge that is behind."""

    challenge_name: str
    challenge_result: bool
    challenge_metadata: str | None = None


class DefineAuthChallengeRequest(Payload):
    user_attributes: Texts
    session: list[Challenged]
    client_metadata: Texts | UnsetType = UNSET
    user_not_found: bool | UnsetType = UNSET


class DefineAuthChallengeResponse(Payload):
    challenge_name: str | None = None
    issue_tokens: bool | None = None
    fail_authentication: bool | None = None


class CreateAuthChallengeRequest(Payload):
    user_attributes: Texts
    challenge_name: str
    session: list[Challenged]
    client_metadata: Texts | UnsetType = UNSET
    user_not_found: bool | UnsetType = UNSET


class CreateAuthChallengeResponse(Payload):
    public_challenge_parameters: Texts | None = None
    private_challenge_parameters: Texts | None = None
    challenge_metadata: str | None = None


class VerifyAuthChallengeRequest(Payload):
    user_attributes: Texts
    private_challenge_parameters: Texts
    challenge_answer: str
    client_metadata: Texts | UnsetType = UNSET
    user_not_found: bool | UnsetType = UNSET


class VerifyAuthChallengeResponse(Payload):
    answer_correct: bool | None = None


class UserMigrationRequest(Payload):
    """`password` is what was typed at sign-in; who forgot theirs says none."""

    password: str | UnsetType = UNSET
    user_attributes: None = None
    validation_data: Texts | None = None
    client_metadata: Texts | UnsetType = UNSET


class UserMigrationResponse(Payload):
    """An attribute has as many characters at most as the published model lets one have."""

    user_attributes: dict[str, Annotated[str, Meta(max_length=2048)]] | None = None
    force_alias_creation: bool | None = None
    enable_sms_mfa: bool | None = msgspec.field(default=None, name="enableSMSMFA")
    final_user_status: Literal["CONFIRMED", "RESET_REQUIRED"] | None = None
    message_action: Literal["RESEND", "SUPPRESS"] | None = None
    desired_delivery_mediums: list[Literal["EMAIL", "SMS"]] | None = None


class CustomMessageRequest(Payload):
    """The parameters are placeholders: what is put in their place, the function never sees."""

    user_attributes: Texts
    code_parameter: str
    link_parameter: str
    username_parameter: str | None
    client_metadata: Texts | UnsetType = UNSET


class CustomMessageResponse(Payload):
    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


class CustomSenderRequest(Payload):
    """Of both senders; `type` tells them apart. `code` is sealed under the pool's KMS key."""

    type: str
    code: str
    client_metadata: Texts | None
    user_attributes: Texts
