"""A user pool: its published settings, and what they mean."""

from enum import StrEnum

import msgspec

from keydesk.domain.function import Deployed
from keydesk.shapes.types import (
    EmailMfaConfigType,
    LogConfigurationType,
    PasswordPolicyType,
    RiskConfigurationType,
    SchemaAttributeType,
    UserPoolType,
    WebAuthnConfigurationType,
)

SEMANTICS_TAG = "keydesk:semantics"


class Semantics(StrEnum):
    """Whose trigger rules a pool follows: the specification's (`keydesk`) or the live service's (`aws`)."""

    KEYDESK = "keydesk"
    AWS = "aws"


SEMANTICS = {one.value: one for one in Semantics}


class Watch(StrEnum):
    """How closely threat protection looks at sign-ins: not at all, to keep what it sees, or to act on it as well."""

    OFF = "OFF"
    AUDIT = "AUDIT"
    ENFORCED = "ENFORCED"


class Factors(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What SetUserPoolMfaConfig sets beside the members that DescribeUserPool shows."""

    sms: bool | None = None  # None: not said there, so the pool's SmsConfiguration decides
    software_token: bool = False
    email: EmailMfaConfigType | None = None
    web_authn: WebAuthnConfigurationType | None = None


class Tracking(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What SetUserPoolSessionConfiguration sets."""

    enabled: bool = False
    most: int = 20  # sessions of one user at a time


class Pool(msgspec.Struct, kw_only=True):
    """A pool as it is stored. `settings` is what DescribeUserPool shows, but for counts and times."""

    id: str
    region: str
    account: str
    name: str
    settings: UserPoolType
    factors: Factors = Factors()
    tracking: Tracking = Tracking()
    decoys: dict[str, str] = {}  # by algorithm: what checking an imported password hash costs at most, as a hash
    risk: RiskConfigurationType | None = None  # what SetRiskConfiguration said for all clients without their own
    logs: list[LogConfigurationType] = []  # what SetLogDeliveryConfiguration said
    created: int = 0  # epoch milliseconds
    modified: int = 0
    rev: int = 1
    functions: dict[
        str, Deployed
    ] = {}  # by the ARN that a trigger names; loaded beside the pool, never in its document

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def srp_name(self) -> str:
        """The pool's name inside SRP: its id after the underscore."""
        return self.id.partition("_")[2]

    @property
    def watch(self) -> Watch:
        """How closely it looks at everything but custom authentication."""
        said = self.settings.user_pool_add_ons
        return Watch.OFF if said is None else Watch(said.advanced_security_mode)

    @property
    def custom_watch(self) -> Watch:
        """How closely it looks at custom authentication."""
        said = self.settings.user_pool_add_ons
        flows = said.advanced_security_additional_flows if said else None
        return Watch((flows and flows.custom_auth_mode) or Watch.OFF)

    @property
    def password_policy(self) -> PasswordPolicyType | None:
        policies = self.settings.policies
        return policies.password_policy if policies else None

    @property
    def first_factors(self) -> frozenset[str]:
        """With what a sign-in may begin: PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN."""
        policy = self.settings.policies.sign_in_policy if self.settings.policies else None
        return frozenset((policy and policy.allowed_first_auth_factors) or ["PASSWORD"])

    @property
    def passwordless(self) -> bool:
        """Whether a user may be without a password: a code that is sent to them signs them in."""
        return bool(self.first_factors & {"EMAIL_OTP", "SMS_OTP"})

    @property
    def schema(self) -> list[SchemaAttributeType]:
        """The attributes that its users may have."""
        return self.settings.schema_attributes or []

    @property
    def ignores_case(self) -> bool:
        """AWS's default for a pool that says nothing is to tell case apart."""
        said = self.settings.username_configuration
        return said is not None and not said.case_sensitive

    @property
    def username_attributes(self) -> tuple[str, ...]:
        return tuple(self.settings.username_attributes or ())

    @property
    def alias_attributes(self) -> tuple[str, ...]:
        return tuple(self.settings.alias_attributes or ())

    @property
    def auto_verified(self) -> tuple[str, ...]:
        return tuple(self.settings.auto_verified_attributes or ())

    def semantics(self, server: Semantics) -> Semantics:
        """The pool's own semantics (tag `keydesk:semantics`), else the server's."""
        said = (self.settings.user_pool_tags or {}).get(SEMANTICS_TAG)
        return SEMANTICS.get(said, server) if said else server
