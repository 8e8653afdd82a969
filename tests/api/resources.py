"""Every kind of thing that infrastructure tools make: how it is made, read, changed and removed, and what twice is.

The requests of a kind together say every member that the model has for its making.
"""

from tests.api import resources_around as around
from tests.api.kinds import GONE, Kind
from tests.api.test_clients import WHOLE as WHOLE_CLIENT
from tests.api.test_pools import SMS
from tests.api.test_pools import WHOLE as WHOLE_POOL

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
        WHOLE_CLIENT | {"UserPoolId": "$pool", "GenerateSecret": True},
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
CLIENT_SESSIONS = Kind(
    "SetUserPoolClientSessionConfiguration",
    ({"UserPoolId": "$pool", "ClientId": "$client", "SSOSession": {"MaxValidityMinutes": 9}},),
    "GetUserPoolClientSessionConfiguration",
    named={"UserPoolId": "$pool", "ClientId": "$client"},
    before=((SESSIONS.make, SESSIONS.requests[0]),),
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
    "domain": around.PREFIX,
    "style": around.STYLE,
    "identity provider": around.PROVIDER,
    "resource server": around.SCOPES,
    "terms": around.TERMS,
    "risk configuration": around.RISK,
    "log delivery": around.LOGS,
    "import job": around.JOB,
    "branding": around.BRANDING,
    "sessions of a client": CLIENT_SESSIONS,
}
