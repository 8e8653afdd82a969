"""The kinds of tests/api/resources.py that stand around a pool: pages, providers, scopes, protection, imports."""

from tests.api.kinds import GONE, IPE, Kind

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
BRANDING = Kind(
    "CreateManagedLoginBranding",
    (
        {"UserPoolId": "$pool", "ClientId": "$client", "UseCognitoProvidedValues": True},
        {
            "UserPoolId": "$pool",
            "ClientId": "$client",
            "Settings": {"componentClasses": {"buttons": {"borderRadius": 4}}},
        },
    ),
    "DescribeManagedLoginBranding",
    "ManagedLoginBranding",
    ids={"ManagedLoginBrandingId": "ManagedLoginBranding.ManagedLoginBrandingId"},
    named={"UserPoolId": "$pool", "ManagedLoginBrandingId": "$ManagedLoginBrandingId"},
    silent={"ClientId": "the style is found by it"}
    | {
        f"Assets.{member}": "held by test_brandings"
        for member in ("Category", "ColorMode", "Extension", "Bytes", "ResourceId")
    },
    change="UpdateManagedLoginBranding",
    remove="DeleteManagedLoginBranding",
    again=("ManagedLoginBrandingExistsException", "The app client has a managed login style already."),
    gone=(GONE, "Managed login branding does not exist."),
)
