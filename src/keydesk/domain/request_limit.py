"""Which requests count together where a rate is limited: Cognito's categories, each operation in one.

The categories are those of https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html; what is newer than
that page, or left out of it, stands behind the bar, where it belongs by what it does.
"""

from collections.abc import Mapping
from typing import Any, Final

UNLIMITED: Final = (1 << 31) - 1  # the greatest value that the published type holds
ANSWERS: Final = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})
ANSWERS_FOR_ONE: Final = 3  # answers to challenges have a rate of their own, so many times the category's
MANAGEMENT: Final = "LimitManagement"  # is never limited: who set too low a limit must be able to raise it
AUTHENTICATION: Final = "UserAuthentication"
RECOVERY: Final = "UserAccountRecovery"

_CATEGORIES: Final[Mapping[str, str]] = {
    AUTHENTICATION: "InitiateAuth RespondToAuthChallenge AdminInitiateAuth AdminRespondToAuthChallenge "
    "GetTokensFromRefreshToken | GetDerivedToken",
    "UserCreation": "SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp",
    RECOVERY: "ChangePassword ConfirmForgotPassword ForgotPassword AdminResetUserPassword AdminSetUserPassword",
    "UserRead": "AdminGetUser AdminGetUserAuthFactors GetUser | GetUserAuthFactors",
    "UserUpdate": "AdminAddUserToGroup AdminDeleteUserAttributes AdminUpdateUserAttributes AdminDeleteUser "
    "AdminDisableUser AdminEnableUser AdminLinkProviderForUser AdminDisableProviderForUser VerifyUserAttribute "
    "DeleteUser DeleteUserAttributes UpdateUserAttributes AdminUserGlobalSignOut GlobalSignOut "
    "AdminRemoveUserFromGroup",
    "UserToken": "RevokeToken | RevokeUserSession AdminRevokeUserSession",
    "UserResourceRead": "AdminGetDevice AdminListGroupsForUser AdminListDevices GetDevice ListDevices "
    "GetUserAttributeVerificationCode ResendConfirmationCode AdminListUserAuthEvents "
    "| ListWebAuthnCredentials ListUserSessions AdminListUserSessions",
    "UserResourceUpdate": "AdminForgetDevice AdminUpdateAuthEventFeedback AdminSetUserMFAPreference "
    "AdminDeleteSoftwareToken AdminSetUserSettings AdminUpdateDeviceStatus UpdateDeviceStatus UpdateAuthEventFeedback "
    "ConfirmDevice SetUserMFAPreference SetUserSettings VerifySoftwareToken AssociateSoftwareToken ForgetDevice "
    "| StartWebAuthnRegistration CompleteWebAuthnRegistration DeleteWebAuthnCredential",
    "UserList": "ListUsers ListUsersInGroup",
    "UserPoolRead": "DescribeUserPool ListUserPools | ListUserPoolReplicas",
    "UserPoolUpdate": "CreateUserPool UpdateUserPool DeleteUserPool "
    "| CreateUserPoolReplica UpdateUserPoolReplica DeleteUserPoolReplica",
    "UserPoolResourceRead": "DescribeIdentityProvider DescribeResourceServer DescribeUserImportJob "
    "DescribeUserPoolDomain GetCSVHeader GetGroup GetSigningCertificate GetIdentityProviderByIdentifier "
    "GetUserPoolMfaConfig ListGroups ListIdentityProviders ListResourceServers ListTagsForResource ListUserImportJobs "
    "DescribeRiskConfiguration GetUICustomization DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient "
    "| DescribeTerms DescribeTermsByClient ListTerms GetLogDeliveryConfiguration GetUserPoolSessionConfiguration",
    "UserPoolResourceUpdate": "AddCustomAttributes CreateGroup CreateIdentityProvider CreateResourceServer "
    "CreateUserImportJob CreateUserPoolDomain DeleteGroup DeleteIdentityProvider DeleteResourceServer "
    "DeleteUserPoolDomain SetUserPoolMfaConfig StartUserImportJob StopUserImportJob UpdateGroup UpdateIdentityProvider "
    "UpdateResourceServer UpdateUserPoolDomain SetRiskConfiguration SetUICustomization TagResource UntagResource "
    "CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding "
    "| CreateTerms DeleteTerms UpdateTerms SetLogDeliveryConfiguration SetUserPoolSessionConfiguration",
    "UserPoolClientRead": "DescribeUserPoolClient ListUserPoolClients "
    "| ListUserPoolClientSecrets GetUserPoolClientSessionConfiguration",
    "UserPoolClientUpdate": "CreateUserPoolClient DeleteUserPoolClient UpdateUserPoolClient "
    "| AddUserPoolClientSecret DeleteUserPoolClientSecret SetUserPoolClientSessionConfiguration",
    "ClientAuthentication": "GetClientToken",
    MANAGEMENT: "GetProvisionedLimit UpdateProvisionedLimit",
}
CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    category: tuple(name for name in names.split() if name != "|") for category, names in _CATEGORIES.items()
}
_OF: Final[Mapping[str, str]] = {name: category for category, names in CATEGORIES.items() for name in names}


def category_of(operation: str, asked: Mapping[str, Any]) -> str:
    """Where a request counts. A new password in answer to a challenge is a recovery."""
    if operation in ANSWERS and asked.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
        return RECOVERY
    return _OF[operation]
