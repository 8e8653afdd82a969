"""What a pool's settings become: AWS's defaults for what was left out, and the rules between members.

Surprises: UpdateUserPool without a member means its default, as AWS documents it; some have found its policies and MFA
to stay as they were (https://github.com/go-to-k/cdkd/issues/1968), others the opposite
(https://github.com/aws/aws-cli/issues/3302). The tags stay here, because they say whose semantics the pool follows. An
`auto-verified` phone number without SmsConfiguration is taken, because messages need no SNS here.
"""

from collections.abc import Callable
from email.utils import parseaddr
from typing import Final

import msgspec
from msgspec.structs import replace

from keydesk.domain.attribute import is_email
from keydesk.domain.passkey import MULTI_FACTOR, WEB_AUTHN
from keydesk.domain.password_policy import default as default_password_policy
from keydesk.domain.pool import Factors, Tracking, Watch
from keydesk.errors import FeatureUnavailableInTier, InvalidParameter
from keydesk.shapes.types import (
    AccountRecoverySettingType,
    AdminCreateUserConfigType,
    CreateUserPoolRequest,
    EmailConfigurationType,
    LambdaConfigType,
    PasswordPolicyType,
    PreTokenGenerationVersionConfigType,
    RecoveryOptionType,
    SignInPolicyType,
    UpdateUserPoolRequest,
    UserPoolPolicyType,
    UserPoolType,
    VerificationMessageTemplateType,
)

Asked = CreateUserPoolRequest | UpdateUserPoolRequest

TEMPORARY_DAYS: Final = 7
MFA_WITHOUT_SMS: Final = (
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
)
MFA_LATER: Final = "Cannot turn MFA functionality ON, once the user pool has been created."
_BEYOND_TIER: Final = "The following features need to be disabled for the {} pricing tier configured: {}"
_MEMBERS: Final = sorted(set(UpdateUserPoolRequest.__struct_fields__) & set(UserPoolType.__struct_fields__))


def settled(ask: Asked, region: str) -> UserPoolType:
    """The settings that a request asks for, whole. Schema and names are the flow's. Raises InvalidParameter."""
    settings = UserPoolType(**{name: getattr(ask, name) for name in _MEMBERS})
    settings.deletion_protection = settings.deletion_protection or "INACTIVE"
    settings.mfa_configuration = settings.mfa_configuration or "OFF"
    settings.user_pool_tier = settings.user_pool_tier or "ESSENTIALS"
    settings.user_pool_tags = settings.user_pool_tags or {}
    settings.account_recovery_setting = settings.account_recovery_setting or _recovery()
    settings.lambda_config = _triggers(settings.lambda_config or LambdaConfigType())
    _settle_passwords(settings)
    _settle_messages(settings)
    check(settings, region)
    return settings


def _recovery() -> AccountRecoverySettingType:
    names = ("verified_email", "verified_phone_number")
    return AccountRecoverySettingType(
        recovery_mechanisms=[RecoveryOptionType(priority=place, name=name) for place, name in enumerate(names, 1)]
    )


def _triggers(config: LambdaConfigType) -> LambdaConfigType:
    """Both forms of the pre token generation trigger tell the same.

    But for the newer versions: the older form stands for the first version only, and its events are what it gets.
    """
    newer = config.pre_token_generation_config
    if newer is None and config.pre_token_generation:
        newer = PreTokenGenerationVersionConfigType(lambda_version="V1_0", lambda_arn=config.pre_token_generation)
        return replace(config, pre_token_generation_config=newer)
    if newer is not None and newer.lambda_version == "V1_0" and config.pre_token_generation is None:
        return replace(config, pre_token_generation=newer.lambda_arn)
    return config


def _settle_passwords(settings: UserPoolType) -> None:
    """Two members say for how long a temporary password lives; whichever was said counts for both."""
    said = settings.policies or UserPoolPolicyType()
    admin = settings.admin_create_user_config or AdminCreateUserConfigType()
    given = said.password_policy.temporary_password_validity_days if said.password_policy else None
    if given and admin.unused_account_validity_days:
        raise InvalidParameter(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        )
    days = given or admin.unused_account_validity_days or TEMPORARY_DAYS
    settings.policies = UserPoolPolicyType(
        password_policy=_password_policy(said.password_policy, days),
        sign_in_policy=said.sign_in_policy or SignInPolicyType(allowed_first_auth_factors=["PASSWORD"]),
    )
    settings.admin_create_user_config = replace(
        admin,
        allow_admin_create_user_only=bool(admin.allow_admin_create_user_only),
        unused_account_validity_days=days,
    )


def _password_policy(said: PasswordPolicyType | None, days: int) -> PasswordPolicyType:
    """No policy is the default one; in a policy that was given, what is left out is not required."""
    if said is None:
        return replace(default_password_policy(), temporary_password_validity_days=days)
    return replace(
        said,
        minimum_length=said.minimum_length or default_password_policy().minimum_length,
        require_uppercase=bool(said.require_uppercase),
        require_lowercase=bool(said.require_lowercase),
        require_numbers=bool(said.require_numbers),
        require_symbols=bool(said.require_symbols),
        temporary_password_validity_days=days,
    )


def _settle_messages(settings: UserPoolType) -> None:
    """The template and the three older members tell the same; where both were said, the template counts."""
    template = settings.verification_message_template or VerificationMessageTemplateType()
    template = replace(
        template,
        sms_message=template.sms_message or settings.sms_verification_message,
        email_message=template.email_message or settings.email_verification_message,
        email_subject=template.email_subject or settings.email_verification_subject,
        default_email_option=template.default_email_option or "CONFIRM_WITH_CODE",
    )
    settings.verification_message_template = template
    settings.sms_verification_message = template.sms_message
    settings.email_verification_message = template.email_message
    settings.email_verification_subject = template.email_subject
    mail = settings.email_configuration or EmailConfigurationType()
    settings.email_configuration = replace(mail, email_sending_account=mail.email_sending_account or "COGNITO_DEFAULT")


# --- the rules ---


def _proves_what_is_not_verified(pool: UserPoolType) -> bool:
    updates = pool.user_attribute_update_settings
    asked = updates.attributes_require_verification_before_update if updates else None
    return not set(pool.auto_verified_attributes or ()).issuperset(asked or ())


def _mixes_admin_recovery(pool: UserPoolType) -> bool:
    recovery = pool.account_recovery_setting
    names = [option.name for option in (recovery and recovery.recovery_mechanisms) or ()]
    return "admin_only" in names and len(names) > 1


def _names_two_functions(pool: UserPoolType) -> bool:
    config = pool.lambda_config or LambdaConfigType()
    newer = config.pre_token_generation_config
    older = config.pre_token_generation
    return newer is not None and older is not None and newer.lambda_arn != older


def _sends_without_key(pool: UserPoolType) -> bool:
    config = pool.lambda_config or LambdaConfigType()
    return bool(config.custom_sms_sender or config.custom_email_sender) and not config.kms_key_id


def _sends_as_developer_without_source(pool: UserPoolType) -> bool:
    mail = pool.email_configuration
    return mail is not None and mail.email_sending_account == "DEVELOPER" and not mail.source_arn


def _has_no_sender_address(pool: UserPoolType) -> bool:
    """Beyond AWS's rule the line must be one line: it becomes a header of every message."""
    sender = pool.email_configuration.from_ if pool.email_configuration else None
    return sender is not None and (not sender.isprintable() or not is_email(parseaddr(sender)[1]))


Rule = tuple[Callable[[UserPoolType], bool], str]

# What must not be, and the sentence of the refusal, which is the live service's.
RULES: Final[tuple[Rule, ...]] = (
    (
        _proves_what_is_not_verified,
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    ),
    (
        _mixes_admin_recovery,
        "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
    ),
    (
        _names_two_functions,
        "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    ),
    (_sends_without_key, "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."),
    (_sends_as_developer_without_source, "Source ARN is required to use DEVELOPER email sending owner"),
    (_has_no_sender_address, "Provided From email address is invalid"),
)


def check(settings: UserPoolType, region: str) -> None:
    """The rules between the members of a pool in this region. Raises InvalidParameter, FeatureUnavailableInTier."""
    for broken, sentence in RULES:
        if broken(settings):
            raise InvalidParameter(sentence)
    config = settings.lambda_config or LambdaConfigType()
    for arn in triggers(config).values():
        if arn.split(":")[3] not in ("", region):
            raise InvalidParameter("Cross-region lambda functions are not supported")
    newer = config.pre_token_generation_config
    if newer is not None and newer.lambda_version != "V1_0" and settings.user_pool_tier == "LITE":
        raise beyond_tier(settings, f"Token Customization with Pre-Token Generation Lambda {newer.lambda_version}")


def check_factors(settings: UserPoolType, factors: Factors, *, later: bool = False) -> None:
    """What settings ask for beside the factors that SetUserPoolMfaConfig keeps: a pool that has one may do without SMS.

    `later` is for a pool that is there, and does without so far. Raises InvalidParameter, FeatureUnavailableInTier.
    """
    others = factors.software_token or factors.email is not None
    if settings.mfa_configuration != "OFF" and settings.sms_configuration is None and not others:
        raise InvalidParameter(MFA_LATER if later and settings.mfa_configuration == "ON" else MFA_WITHOUT_SMS)
    if locks_passkeys_out(settings, factors):
        raise InvalidParameter(
            "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA."
        )
    check_tier(settings, factors)


def check_tier(settings: UserPoolType, factors: Factors) -> None:
    """Raises FeatureUnavailableInTier for what the tier does not have."""
    lite, plus = settings.user_pool_tier == "LITE", settings.user_pool_tier == "PLUS"
    passkey = factors.web_authn is not None and factors.web_authn.factor_configuration == MULTI_FACTOR
    policy = settings.policies.sign_in_policy if settings.policies else None
    first = set((policy and policy.allowed_first_auth_factors) or ())
    wanted = (
        ("Passwordless Sign-In", lite and bool(first - {"PASSWORD"})),
        ("Email MFA", lite and factors.email is not None),
        ("Passkey MFA", lite and passkey),
        ("Threat Protection", not plus and _is_watched(settings)),
    )
    if told := ", ".join(name for name, asked in wanted if asked):
        raise beyond_tier(settings, told)


def beyond_tier(settings: UserPoolType, features: str) -> FeatureUnavailableInTier:
    """The refusal of features that the pool's tier does not have."""
    return FeatureUnavailableInTier(_BEYOND_TIER.format(settings.user_pool_tier, features))


def _is_watched(settings: UserPoolType) -> bool:
    said = settings.user_pool_add_ons
    return said is not None and (
        said.advanced_security_mode != Watch.OFF
        or bool(said.advanced_security_additional_flows and said.advanced_security_additional_flows.custom_auth_mode)
    )


def check_tracking(settings: UserPoolType, tracking: Tracking) -> None:
    """Raises FeatureUnavailableInTier for a tier that cannot track the sessions that the pool tracks."""
    if tracking.enabled and settings.user_pool_tier == "LITE":
        raise beyond_tier(settings, "Session tracking")


def locks_passkeys_out(settings: UserPoolType, factors: Factors) -> bool:
    """Whether passkeys are a way in, and everybody needs two factors, and a passkey is but one."""
    policy = settings.policies.sign_in_policy if settings.policies else None
    ways = (policy.allowed_first_auth_factors if policy else None) or ()
    counts = factors.web_authn is not None and factors.web_authn.factor_configuration == MULTI_FACTOR
    return settings.mfa_configuration == "ON" and WEB_AUTHN in ways and not counts


def check_names(ask: CreateUserPoolRequest) -> None:
    """A pool signs in by attributes or by aliases."""
    if ask.alias_attributes and ask.username_attributes:
        raise InvalidParameter("Only one of the aliasAttributes or usernameAttributes can be set in a User pool.")


def triggers(config: LambdaConfigType | None) -> dict[str, str]:
    """The triggers that are set, by published name: their ARNs."""
    if config is None:
        return {}
    arns: dict[str, str] = {}
    for member in msgspec.structs.fields(config):
        said = getattr(config, member.name)
        arn = said if isinstance(said, str) else getattr(said, "lambda_arn", None)
        if arn and member.name != "kms_key_id":
            arns[member.encode_name] = arn
    return arns
