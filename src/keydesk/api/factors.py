"""Second factors: what pools allow, what users set up and switch on. The published types of the operations."""

from keydesk.api.operation import operation
from keydesk.domain.passkey import WEB_AUTHN
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter
from keydesk.flows import authenticator, choice, factors, pool_factors, pools, preferences
from keydesk.flows.admin_users import named
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.flows.preferences import Wish
from keydesk.shapes import types as shapes

SUCCESS = "SUCCESS"
_WITH_PREFERENCE = {  # the factors, and the members of the two operations that switch them
    factors.SMS: "sms_mfa_settings",
    factors.TOTP: "software_token_mfa_settings",
    factors.EMAIL: "email_mfa_settings",
}


@operation("AssociateSoftwareToken")
async def associate_software_token(
    call: Call, ask: shapes.AssociateSoftwareTokenRequest
) -> shapes.AssociateSoftwareTokenResponse:
    if session := _session(ask.access_token, ask.session):
        secret, next_session = await authenticator.offer_in_sign_in(session, call)
        return shapes.AssociateSoftwareTokenResponse(secret_code=secret, session=next_session)
    who = await bearer(ask.access_token or "", call)
    return shapes.AssociateSoftwareTokenResponse(secret_code=await authenticator.offer(who.pool, who.user, call))


@operation("VerifySoftwareToken")
async def verify_software_token(
    call: Call, ask: shapes.VerifySoftwareTokenRequest
) -> shapes.VerifySoftwareTokenResponse:
    name = ask.friendly_device_name or ""
    if session := _session(ask.access_token, ask.session):
        next_session = await authenticator.verify_in_sign_in(session, ask.user_code, call, name=name)
        return shapes.VerifySoftwareTokenResponse(status=SUCCESS, session=next_session)
    who = await bearer(ask.access_token or "", call)
    await authenticator.verify(who.pool, who.user, ask.user_code, call, name=name)
    return shapes.VerifySoftwareTokenResponse(status=SUCCESS)


@operation("AdminDeleteSoftwareToken")
async def admin_delete_software_token(
    call: Call, ask: shapes.AdminDeleteSoftwareTokenRequest
) -> shapes.AdminDeleteSoftwareTokenResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await authenticator.forget(pool, user, call)
    return shapes.AdminDeleteSoftwareTokenResponse()


@operation("SetUserMFAPreference")
async def set_user_mfa_preference(
    call: Call, ask: shapes.SetUserMFAPreferenceRequest
) -> shapes.SetUserMFAPreferenceResponse:
    who = await bearer(ask.access_token, call)
    await preferences.choose(who.pool, who.user, _wishes(ask), call)
    return shapes.SetUserMFAPreferenceResponse()


@operation("AdminSetUserMFAPreference")
async def admin_set_user_mfa_preference(
    call: Call, ask: shapes.AdminSetUserMFAPreferenceRequest
) -> shapes.AdminSetUserMFAPreferenceResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await preferences.choose(pool, user, _wishes(ask), call, by_admin=True)
    return shapes.AdminSetUserMFAPreferenceResponse()


@operation("SetUserSettings")
async def set_user_settings(call: Call, ask: shapes.SetUserSettingsRequest) -> shapes.SetUserSettingsResponse:
    who = await bearer(ask.access_token, call)
    await preferences.choose(who.pool, who.user, _by_sms(ask.mfa_options), call)
    return shapes.SetUserSettingsResponse()


@operation("AdminSetUserSettings")
async def admin_set_user_settings(
    call: Call, ask: shapes.AdminSetUserSettingsRequest
) -> shapes.AdminSetUserSettingsResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await preferences.choose(pool, user, _by_sms(ask.mfa_options), call)
    return shapes.AdminSetUserSettingsResponse()


@operation("GetUserAuthFactors")
async def get_user_auth_factors(call: Call, ask: shapes.GetUserAuthFactorsRequest) -> shapes.GetUserAuthFactorsResponse:
    who = await bearer(ask.access_token, call)
    return shapes.GetUserAuthFactorsResponse(
        username=who.user.username,
        preferred_mfa_setting=who.user.preferred_factor or None,
        user_mfa_setting_list=factors.switched_on(who.user) or None,
        configured_user_auth_factors=await _ways(who.pool, who.user, call),
    )


@operation("AdminGetUserAuthFactors")
async def admin_get_user_auth_factors(
    call: Call, ask: shapes.AdminGetUserAuthFactorsRequest
) -> shapes.AdminGetUserAuthFactorsResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    return shapes.AdminGetUserAuthFactorsResponse(
        username=user.username,
        preferred_mfa_setting=user.preferred_factor or None,
        user_mfa_setting_list=factors.switched_on(user) or None,
        configured_user_auth_factors=await _ways(pool, user, call),
    )


@operation("GetUserPoolMfaConfig")
async def get_user_pool_mfa_config(
    call: Call, ask: shapes.GetUserPoolMfaConfigRequest
) -> shapes.GetUserPoolMfaConfigResponse:
    pool = await pools.here(ask.user_pool_id, call)
    return shapes.GetUserPoolMfaConfigResponse(
        mfa_configuration=pool.settings.mfa_configuration,
        sms_mfa_configuration=_sms(pool),
        software_token_mfa_configuration=_software_token(pool),
        email_mfa_configuration=pool.factors.email,
        web_authn_configuration=pool.factors.web_authn,
    )


@operation("SetUserPoolMfaConfig")
async def set_user_pool_mfa_config(
    call: Call, ask: shapes.SetUserPoolMfaConfigRequest
) -> shapes.SetUserPoolMfaConfigResponse:
    pool = await pool_factors.configure(ask, call)
    return shapes.SetUserPoolMfaConfigResponse(
        mfa_configuration=pool.settings.mfa_configuration,
        sms_mfa_configuration=_sms(pool),
        software_token_mfa_configuration=_software_token(pool),
        email_mfa_configuration=pool.factors.email,
        web_authn_configuration=pool.factors.web_authn,
    )


def _session(access_token: str | None, session: str | None) -> str | None:
    """The Session, where the request goes by one. Raises InvalidParameter unless it goes by one thing."""
    if bool(access_token) == bool(session):
        raise InvalidParameter("Exactly one of AccessToken and Session must be given.")
    return session


def _wishes(ask: shapes.SetUserMFAPreferenceRequest | shapes.AdminSetUserMFAPreferenceRequest) -> dict[str, Wish]:
    said = {factor: getattr(ask, member) for factor, member in _WITH_PREFERENCE.items()}
    wishes = {factor: Wish(wish.enabled, wish.preferred_mfa) for factor, wish in said.items() if wish is not None}
    if (passkeys := ask.web_authn_mfa_settings) is not None:
        wishes[WEB_AUTHN] = Wish(passkeys.enabled)
    return wishes


def _by_sms(options: list[shapes.MFAOptionType]) -> dict[str, Wish]:
    """What the older operations can say: a code by SMS to the phone number, or an empty list for none."""
    if any((option.delivery_medium, option.attribute_name) != ("SMS", "phone_number") for option in options):
        raise InvalidParameter("MFAOptions can only set SMS as the delivery medium of phone_number.")
    return {factors.SMS: Wish(bool(options))}


async def _ways(pool: Pool, user: User, call: Call) -> list[str]:
    """What the user can sign in with under USER_AUTH; SRP is a way to say a password."""
    return [way for way in await choice.available(pool, user, call) if way != choice.PASSWORD_SRP]


def _sms(pool: Pool) -> shapes.SmsMfaConfigType | None:
    if pool.factors.sms is False or pool.settings.sms_configuration is None:
        return None
    return shapes.SmsMfaConfigType(
        sms_authentication_message=pool.settings.sms_authentication_message,
        sms_configuration=pool.settings.sms_configuration,
    )


def _software_token(pool: Pool) -> shapes.SoftwareTokenMfaConfigType | None:
    return shapes.SoftwareTokenMfaConfigType(enabled=True) if pool.factors.software_token else None
