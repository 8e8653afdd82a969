"""Every kind of thing that infrastructure tools make: how it is made, read, changed and removed, and what twice is.

The requests of a kind together say every member that the model has for its making.
"""

from dataclasses import dataclass, field
from typing import Any

from botocore.model import Shape
from tests.api.forged import document
from tests.api.test_clients import WHOLE as WHOLE_CLIENT
from tests.api.test_pools import SMS
from tests.api.test_pools import WHOLE as WHOLE_POOL

IPE, GONE = "InvalidParameterException", "ResourceNotFoundException"


@dataclass(frozen=True)
class Kind:
    """One kind. `$pool`, `$client` and what `ids` keeps of the answer to its making stand for their values."""

    make: str
    requests: tuple[dict[str, Any], ...]
    read: str
    shown: str = ""  # where the answer of `read` has it
    ids: dict[str, str] = field(default_factory=dict)  # by name, where the answer of `make` has them
    named: dict[str, str] = field(default_factory=dict)  # what names it in later requests
    elsewhere: dict[str, str] = field(default_factory=dict)  # members that are read under another name
    silent: dict[str, str] = field(default_factory=dict)  # members that are not read back, and why
    change: str = ""
    remove: str = ""
    again: tuple[str, str] | None = None  # how a second making is refused; else it is as good as the first
    gone: tuple[str, str] | None = None  # how a second removal is refused; else it is as good as the first
    pool: dict[str, Any] = field(default_factory=dict)  # what its pool must have
    before: tuple[tuple[str, dict[str, Any]], ...] = ()  # calls before its making


def leaves(shape: Shape, path: str = "") -> set[str]:
    """The paths of all members that hold a value, list and map places left out."""
    match shape.type_name:
        case "structure" if not document(shape):
            below = [leaves(member, f"{path}.{name}".lstrip(".")) for name, member in shape.members.items()]
            return set().union(*below)
        case "list":
            return leaves(shape.member, path)
        case "map" if shape.value.type_name == "structure":
            return leaves(shape.value, path)
    return {path}


def said(request: Any, shape: Shape, path: str = "") -> set[str]:
    """The paths of the members that a request says."""
    match shape.type_name:
        case "structure" if not document(shape):
            inside = [said(value, shape.members[name], f"{path}.{name}".lstrip(".")) for name, value in request.items()]
            return set().union(*inside)
        case "list":
            return set().union(*(said(one, shape.member, path) for one in request))
        case "map" if shape.value.type_name == "structure":
            return set().union(*(said(one, shape.value, path) for one in request.values()))
    return {path}


POOL = Kind(
    "CreateUserPool",
    (
        WHOLE_POOL | {"DeletionProtection": "INACTIVE"},
        {
            "PoolName": "other",
            "UsernameAttributes": ["email"],
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 9},
            "SmsConfiguration": SMS
            | {
                "EumsSms": {
                    "CallerArn": "arn:aws:iam::000000000000:role/sms",
                    "ExternalId": "one",
                    "OriginationIdentity": "one",
                    "ConfigurationSetName": "one",
                    "InEntityId": "1",
                    "InTemplateId": "1",
                    "Region": "us-east-1",
                }
            },
            "DcrConfiguration": {
                "EnableStatus": "Enabled",
                "OpenDcrEnabled": True,
                "AuthenticatedGrantTypes": ["code"],
                "OpenDcrGrantTypes": ["code"],
                "AllowedScopes": ["openid"],
            },
            "KeyConfiguration": {
                "KeyType": "CUSTOMER_MANAGED_KEY",
                "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/one",
            },
            "IssuerConfiguration": {"Type": "ORIGINAL"},
            "AcrConfiguration": {"Level1": {"AcrValue": "low"}},
        },
        {
            "PoolName": "schema",
            "Schema": [
                {"Name": "email", "Required": True},
                {
                    "Name": "level",
                    "AttributeDataType": "Number",
                    "DeveloperOnlyAttribute": False,
                    "Mutable": False,
                    "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
                },
                {
                    "Name": "note",
                    "AttributeDataType": "String",
                    "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "9"},
                },
            ],
        },
    ),
    "DescribeUserPool",
    "UserPool",
    ids={"UserPoolId": "UserPool.Id"},
    named={"UserPoolId": "$UserPoolId"},
    elsewhere={"PoolName": "Name"},
    silent={"Schema": "read as SchemaAttributes, which has the standard ones and prefixes; held by test_pool_rules"},
    change="UpdateUserPool",
    remove="DeleteUserPool",
    gone=(GONE, "User pool $UserPoolId does not exist."),
)
CLIENT = Kind(
    "CreateUserPoolClient",
    (
        WHOLE_CLIENT | {"UserPoolId": "$pool"},
        {
            "UserPoolId": "$pool",
            "ClientName": "other",
            "GenerateSecret": True,
            "AnalyticsConfiguration": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/1"},
        },
        {"UserPoolId": "$pool", "ClientName": "own", "ClientSecret": "Own_secret_of_the_client_123"},
    ),
    "DescribeUserPoolClient",
    "UserPoolClient",
    ids={"ClientId": "UserPoolClient.ClientId"},
    named={"UserPoolId": "$pool", "ClientId": "$ClientId"},
    silent={"GenerateSecret": "read as ClientSecret"},
    change="UpdateUserPoolClient",
    remove="DeleteUserPoolClient",
    gone=(GONE, "User pool client $ClientId does not exist."),
    pool={"Schema": [{"Name": "level", "AttributeDataType": "Number"}]},
)
GROUP = Kind(
    "CreateGroup",
    (
        {
            "UserPoolId": "$pool",
            "GroupName": "staff",
            "Description": "all",
            "RoleArn": "arn:aws:iam::000000000000:role/staff",
            "Precedence": 3,
        },
    ),
    "GetGroup",
    "Group",
    named={"UserPoolId": "$pool", "GroupName": "staff"},
    change="UpdateGroup",
    remove="DeleteGroup",
    again=("GroupExistsException", "A group with the name already exists."),
    gone=(GONE, "Group not found."),
)
USER = Kind(
    "AdminCreateUser",
    (
        {
            "UserPoolId": "$pool",
            "Username": "ada",
            "UserAttributes": [{"Name": "email", "Value": "ada@example.com"}],
            "ValidationData": [{"Name": "from", "Value": "here"}],
            "TemporaryPassword": "Correct-horse-9",
            "ForceAliasCreation": False,
            "MessageAction": "SUPPRESS",
            "DesiredDeliveryMediums": ["EMAIL"],
            "ClientMetadata": {"from": "here"},
        },
    ),
    "AdminGetUser",
    named={"UserPoolId": "$pool", "Username": "ada"},
    silent={
        "ValidationData": "for pre sign-up functions only",
        "TemporaryPassword": "a secret",
        "ForceAliasCreation": "how the user is made",
        "MessageAction": "how the user is told",
        "DesiredDeliveryMediums": "how the user is told",
        "ClientMetadata": "for functions only",
    },
    remove="AdminDeleteUser",
    again=("UsernameExistsException", "User account already exists"),
    gone=("UserNotFoundException", "User does not exist."),
)
MEMBERSHIP = Kind(
    "AdminAddUserToGroup",
    ({"UserPoolId": "$pool", "Username": "$user", "GroupName": "$group"},),
    "AdminListGroupsForUser",
    "Groups.0",
    named={"UserPoolId": "$pool", "Username": "$user", "GroupName": "$group"},
    silent={"Username": "the list is theirs"},
    remove="AdminRemoveUserFromGroup",
)
TAGS = Kind(
    "TagResource",
    ({"ResourceArn": "$arn", "Tags": {"team": "one"}},),
    "ListTagsForResource",
    named={"ResourceArn": "$arn"},
    silent={"ResourceArn": "the list is its"},
)
FACTORS = Kind(
    "SetUserPoolMfaConfig",
    (
        {
            "UserPoolId": "$pool",
            "MfaConfiguration": "OPTIONAL",
            "SmsMfaConfiguration": {
                "SmsAuthenticationMessage": "code {####}",
                "SmsConfiguration": POOL.requests[1]["SmsConfiguration"],
            },
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "EmailMfaConfiguration": {"Message": "code {####}", "Subject": "a code"},
            "WebAuthnConfiguration": {
                "RelyingPartyId": "example.com",
                "UserVerification": "required",
                "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
            },
        },
    ),
    "GetUserPoolMfaConfig",
    named={"UserPoolId": "$pool"},
)
SESSIONS = Kind(
    "SetUserPoolSessionConfiguration",
    ({"UserPoolId": "$pool", "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 7}},),
    "GetUserPoolSessionConfiguration",
    named={"UserPoolId": "$pool"},
)
PREFIX = Kind(
    "CreateUserPoolDomain",
    ({"UserPoolId": "$pool", "Domain": "$domain", "ManagedLoginVersion": 2},),
    "DescribeUserPoolDomain",
    "DomainDescription",
    named={"UserPoolId": "$pool", "Domain": "$domain"},
    silent={
        "CustomDomainConfig.CertificateArn": "of custom domains; held by test_domains",
        "CustomDomainConfig.SecurityPolicy": "of custom domains; held by test_domains",
        "Routing.Failover.SecondaryRegion": "refused; held by test_domains",
        "Routing.Failover.PrimaryRoute53HealthCheckId": "refused; held by test_domains",
    },
    change="UpdateUserPoolDomain",
    remove="DeleteUserPoolDomain",
    again=(IPE, "User pool already has a domain configured."),
    gone=(IPE, "No such domain or user pool exists."),
)
STYLE = Kind(
    "SetUICustomization",
    ({"UserPoolId": "$pool", "ClientId": "$client", "CSS": ".banner-customizable {background-color: red;}"},),
    "GetUICustomization",
    "UICustomization",
    named={"UserPoolId": "$pool", "ClientId": "$client"},
    silent={"ImageFile": "read as ImageUrl; held by test_ui_customizations"},
    before=(("CreateUserPoolDomain", {"UserPoolId": "$pool", "Domain": "$domain"}),),
)
PROVIDER = Kind(
    "CreateIdentityProvider",
    (
        {
            "UserPoolId": "$pool",
            "ProviderName": "Corp",
            "ProviderType": "OIDC",
            "ProviderDetails": {
                "client_id": "one",
                "client_secret": "two",
                "attributes_request_method": "GET",
                "oidc_issuer": "https://idp.example.com",
                "authorize_scopes": "openid email",
                "authorize_url": "https://idp.example.com/authorize",
                "token_url": "https://idp.example.com/token",
                "attributes_url": "https://idp.example.com/userinfo",
                "jwks_uri": "https://idp.example.com/keys",
            },
            "AttributeMapping": {"email": "email"},
            "IdpIdentifiers": ["corp"],
            "AcrMapping": {"Level1": "low"},
        },
    ),
    "DescribeIdentityProvider",
    "IdentityProvider",
    named={"UserPoolId": "$pool", "ProviderName": "Corp"},
    change="UpdateIdentityProvider",
    remove="DeleteIdentityProvider",
    again=("DuplicateProviderException", "Corp already exists in user pool $pool"),
    gone=(GONE, "Identity provider Corp does not exist."),
)
SCOPES = Kind(
    "CreateResourceServer",
    (
        {
            "UserPoolId": "$pool",
            "Identifier": "api",
            "Name": "the API",
            "Scopes": [{"ScopeName": "read", "ScopeDescription": "to read"}],
        },
    ),
    "DescribeResourceServer",
    "ResourceServer",
    named={"UserPoolId": "$pool", "Identifier": "api"},
    change="UpdateResourceServer",
    remove="DeleteResourceServer",
    again=(IPE, "api already exists in user pool $pool."),
    gone=(GONE, "Resource server api does not exist."),
)
TERMS = Kind(
    "CreateTerms",
    (
        {
            "UserPoolId": "$pool",
            "ClientId": "$client",
            "TermsName": "terms-of-use",
            "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": {"cognito:default": "https://example.com/terms"},
        },
    ),
    "DescribeTerms",
    "Terms",
    ids={"TermsId": "Terms.TermsId"},
    named={"UserPoolId": "$pool", "TermsId": "$TermsId"},
    change="UpdateTerms",
    remove="DeleteTerms",
    again=("TermsExistsException", "The app client has terms documents of this name already."),
    gone=(GONE, "Terms not found."),
)
MAIL = {"Subject": "Blocked", "HtmlBody": "<b>{ip-address}</b>", "TextBody": "{ip-address}"}
RISK = Kind(
    "SetRiskConfiguration",
    (
        {
            "UserPoolId": "$pool",
            "ClientId": "$client",
            "CompromisedCredentialsRiskConfiguration": {
                "EventFilter": ["SIGN_IN", "SIGN_UP"],
                "Actions": {"EventAction": "BLOCK"},
            },
            "AccountTakeoverRiskConfiguration": {
                "NotifyConfiguration": {
                    "From": "desk@example.com",
                    "ReplyTo": "help@example.com",
                    "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/desk@example.com",
                    "BlockEmail": MAIL,
                    "NoActionEmail": MAIL,
                    "MfaEmail": MAIL,
                },
                "Actions": {
                    "LowAction": {"Notify": False, "EventAction": "NO_ACTION"},
                    "MediumAction": {"Notify": True, "EventAction": "MFA_IF_CONFIGURED"},
                    "HighAction": {"Notify": True, "EventAction": "BLOCK"},
                },
            },
            "RiskExceptionConfiguration": {
                "BlockedIPRangeList": ["192.0.2.0/24"],
                "SkippedIPRangeList": ["198.51.100.7/32"],
            },
        },
    ),
    "DescribeRiskConfiguration",
    "RiskConfiguration",
    named={"UserPoolId": "$pool", "ClientId": "$client"},
    pool={"UserPoolTier": "PLUS"},
)
LOGS = Kind(
    "SetLogDeliveryConfiguration",
    (
        {
            "UserPoolId": "$pool",
            "LogConfigurations": [
                {
                    "LogLevel": "ERROR",
                    "EventSource": "userNotification",
                    "CloudWatchLogsConfiguration": {
                        "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:$pool"
                    },
                },
            ],
        },
    ),
    "GetLogDeliveryConfiguration",
    "LogDeliveryConfiguration",
    named={"UserPoolId": "$pool"},
    silent={
        "LogConfigurations.S3Configuration.BucketArn": "refused or stored only; held by test_log_delivery",
        "LogConfigurations.FirehoseConfiguration.StreamArn": "refused or stored only; held by test_log_delivery",
    },
    pool={"UserPoolTier": "PLUS"},
)
JOB = Kind(
    "CreateUserImportJob",
    (
        {
            "UserPoolId": "$pool",
            "JobName": "many",
            "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
            "PasswordHashingAlgorithm": "BCRYPT",
        },
    ),
    "DescribeUserImportJob",
    "UserImportJob",
    ids={"JobId": "UserImportJob.JobId"},
    named={"UserPoolId": "$pool", "JobId": "$JobId"},
)
KINDS = {
    "pool": POOL,
    "client": CLIENT,
    "group": GROUP,
    "user": USER,
    "membership": MEMBERSHIP,
    "tags": TAGS,
    "factors": FACTORS,
    "sessions": SESSIONS,
    "domain": PREFIX,
    "style": STYLE,
    "identity provider": PROVIDER,
    "resource server": SCOPES,
    "terms": TERMS,
    "risk configuration": RISK,
    "log delivery": LOGS,
    "import job": JOB,
}
