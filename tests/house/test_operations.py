"""Every published operation is served, or refused with a reason; every setting has an effect, or says why not."""

import pytest

from keydesk.api.families import FAMILIES
from keydesk.api.operation import SERVED
from keydesk.api.unserved import UNSERVED
from keydesk.flows.stored_only import STORED_ONLY, without_effect
from keydesk.shapes import types
from keydesk.shapes.operations import OPERATIONS
from keydesk.triggers.catalog import CATALOG, UNFIRED

# Settings that do what they say. What is in neither list fails here, until somebody thinks about it.
EFFECTIVE = {
    "UserPoolType": {
        "AccountRecoverySetting",
        "AdminCreateUserConfig",
        "AliasAttributes",
        "AutoVerifiedAttributes",
        "DeletionProtection",
        "DeviceConfiguration",
        "EmailVerificationMessage",
        "EmailVerificationSubject",
        "LambdaConfig",
        "MfaConfiguration",
        "Policies",
        "SchemaAttributes",
        "SmsAuthenticationMessage",
        "SmsVerificationMessage",
        "UserAttributeUpdateSettings",
        "UserPoolAddOns",
        "UserPoolTags",
        "UserPoolTier",
        "UsernameAttributes",
        "UsernameConfiguration",
    },
    "IdentityProviderType": {"ProviderType"},
    "UserPoolClientType": {
        "AccessTokenValidity",
        "AllowedOAuthFlowsUserPoolClient",
        "AuthSessionValidity",
        "EnablePropagateAdditionalUserContextData",
        "EnableTokenRevocation",
        "ExplicitAuthFlows",
        "IdTokenValidity",
        "PreventUserExistenceErrors",
        "ReadAttributes",
        "RefreshTokenRotation",
        "RefreshTokenValidity",
        "TokenValidityUnits",
        "WriteAttributes",
    },
}
# What only the server says.
TOLD = {
    "UserPoolType": {
        "Arn",
        "CreationDate",
        "CustomDomain",
        "Domain",
        "EmailConfigurationFailure",
        "EstimatedNumberOfUsers",
        "Id",
        "LastModifiedDate",
        "Name",
        "SmsConfigurationFailure",
        "Status",
    },
    "IdentityProviderType": {"CreationDate", "LastModifiedDate", "ProviderName", "UserPoolId"},
    "UserPoolClientType": {
        "ClientId",
        "ClientName",
        "ClientSecret",
        "ClientType",
        "CreationDate",
        "LastModifiedDate",
        "UserPoolId",
    },
}


def test_every_operation_is_served_or_refused_by_name() -> None:
    assert FAMILIES
    assert set(SERVED) | set(UNSERVED) == set(OPERATIONS)
    assert not set(SERVED) & set(UNSERVED)


def test_every_refusal_has_a_reason() -> None:
    assert all(why and why[0].islower() and not why.endswith(".") for why in UNSERVED.values())


@pytest.mark.parametrize("name", EFFECTIVE)
def test_every_setting_has_an_effect_or_is_in_the_table(name: str) -> None:
    whole = set(getattr(types, name).__struct_encode_fields__)
    idle = {row.member.partition(".")[0] for row in STORED_ONLY if row.of + "Type" == name}
    assert not idle & EFFECTIVE[name]
    assert idle | EFFECTIVE[name] | TOLD[name] == whole


def test_the_table_names_members_that_are_there() -> None:
    for row in STORED_ONLY:
        shape = getattr(types, row.of + "Type")
        for name in row.member.split("."):
            names = dict(zip(shape.__struct_encode_fields__, shape.__struct_fields__, strict=True))
            shape = _inner(shape, names[name])


def _inner(shape: type, member: str) -> type:
    """The structure that a member holds; of no use where it holds none."""
    annotated = shape.__annotations__[member].split(" ")[0]
    return getattr(types, annotated, shape)


def test_a_setting_is_in_vain_only_when_it_asks_for_something() -> None:
    assert without_effect(types.UserPoolType()) == []
    asked = types.UserPoolType(
        sms_configuration=types.SmsConfigurationType(sns_caller_arn="arn:aws:iam::000000000000:role/sms"),
        key_configuration=types.KeyConfigurationType(key_type="CUSTOMER_MANAGED_KEY"),
    )
    assert [row.member for row in without_effect(asked)] == ["SmsConfiguration", "KeyConfiguration.KeyType"]
    idle = types.VerificationMessageTemplateType(default_email_option="CONFIRM_WITH_CODE")
    assert without_effect(types.UserPoolType(verification_message_template=idle)) == []
    client = types.UserPoolClientType(callback_urls=[], allowed_oauth_flows_user_pool_client=False)
    assert without_effect(client) == []


def test_every_trigger_fires_or_says_why_not() -> None:
    members = set(types.LambdaConfigType.__struct_encode_fields__) - {"KMSKeyID", "PreTokenGenerationConfig"}
    fired = {trigger.name for trigger in CATALOG}
    assert fired | set(UNFIRED) == members
    assert not fired & set(UNFIRED)
