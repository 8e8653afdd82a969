"""SetUserPoolMfaConfig: the second factors that a pool allows, and its passkeys. What is left out is off afterwards.

Surprise: text messages for other purposes stay as they are; SmsConfiguration is the pool's, whoever set it.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.domain.passkey import is_domain
from keydesk.domain.pool import Factors, Pool
from keydesk.errors import InvalidParameter
from keydesk.flows import pool_rules, pools, stored_only
from keydesk.flows.call import Call
from keydesk.flows.one_time_code import EMAIL_OTP, SMS_OTP
from keydesk.shapes.types import SetUserPoolMfaConfigRequest

OFF: Final = "OFF"
CODE_ALONE: Final = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"


async def configure(ask: SetUserPoolMfaConfigRequest, call: Call) -> Pool:
    """Replace the pool's factors. Raises ResourceNotFound, InvalidParameter, FeatureUnavailableInTier."""
    _check(ask)
    pool = await pools.rewrite(ask.user_pool_id, lambda pool: _configured(pool, ask), call)
    stored_only.warn(pool.id, pool.settings)
    return pool


def _check(ask: SetUserPoolMfaConfigRequest) -> None:
    """The rules between the members of the request."""
    token = ask.software_token_mfa_configuration
    others = ask.sms_mfa_configuration is not None or ask.email_mfa_configuration is not None
    if ask.mfa_configuration == OFF and (others or token is not None):  # even an app that is switched off
        raise InvalidParameter("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
    if ask.mfa_configuration in ("ON", "OPTIONAL") and not (others or (token is not None and token.enabled)):
        raise InvalidParameter(
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
        )
    subject = ask.email_mfa_configuration.subject if ask.email_mfa_configuration else None
    if subject is not None and not subject.isprintable():  # it becomes a header of every message
        raise InvalidParameter("The subject of an email message must be one line.")
    party = ask.web_authn_configuration.relying_party_id if ask.web_authn_configuration else None
    if party is not None and not is_domain(party):  # browsers would refuse it, and say less
        raise InvalidParameter("The relying party id must be a domain name.")


def _configured(pool: Pool, ask: SetUserPoolMfaConfigRequest) -> Pool:
    """The pool with what was asked for. Without MfaConfiguration that is nothing: no factor is left."""
    settings = replace(pool.settings, mfa_configuration=ask.mfa_configuration or OFF)
    factors = Factors(web_authn=ask.web_authn_configuration)
    if settings.mfa_configuration != OFF:
        sms, token = ask.sms_mfa_configuration, ask.software_token_mfa_configuration
        factors = replace(
            factors,
            sms=sms is not None,
            software_token=token is not None and bool(token.enabled),
            email=ask.email_mfa_configuration,
        )
        if sms is not None:
            settings.sms_authentication_message = sms.sms_authentication_message
            settings.sms_configuration = sms.sms_configuration or settings.sms_configuration
    if factors.sms and settings.sms_configuration is None:
        raise InvalidParameter(pool_rules.MFA_WITHOUT_SMS)
    if settings.mfa_configuration == "ON" and pool.first_factors & {EMAIL_OTP, SMS_OTP}:
        raise InvalidParameter(CODE_ALONE)
    if pool_rules.locks_passkeys_out(settings, factors):
        raise InvalidParameter(
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed"
            " first auth factor"
        )
    pool_rules.check_tier(settings, factors)
    return replace(pool, settings=settings, factors=factors)
