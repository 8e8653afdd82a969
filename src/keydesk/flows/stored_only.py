"""STORED_ONLY: settings that are kept and shown but change nothing yet. Docs, `keydesk doctor` and the log tell them.

A setting leaves this table when it takes effect. `idle` are the values that ask for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog

from keydesk.flows.client_rules import SCOPES
from keydesk.shapes.types import Shape, UserPoolClientType

log = structlog.get_logger("keydesk.pools")

Settings: TypeAlias = Shape  # of any published structure

_NO_HOSTED: Final = "the hosted sign-in pages and OAuth endpoints are not served yet"
_NO_FEDERATION: Final = "sign-in through a provider is on the hosted pages, which are not served yet"
_ONLY_MACHINES: Final = "only GetClientToken gives scopes, to clients with the flow `client_credentials`"
_ONLY_LOGS: Final = "activity is written to log groups of this server, and sent nowhere else"
_NO_SMS: Final = "text messages go out by the server's own ways; it only says that SMS can be a second factor"
_NO_TLS: Final = "TLS ends in front of the server"


def _is_machine(client: UserPoolClientType) -> bool:
    """Whether its scopes are for itself, and none is a user's."""
    machine = client.allowed_oauth_flows == ["client_credentials"]
    return machine and SCOPES.isdisjoint(client.allowed_oauth_scopes or ())


@dataclass(frozen=True, slots=True)
class StoredOnly:
    """One setting: the published structure and the path of its member. `unless` are settings with which it counts."""

    of: str
    member: str
    why: str
    idle: tuple[Any, ...] = ()
    unless: Callable[[Any], bool] = lambda settings: False

    def asks(self, settings: Settings) -> bool:
        """Whether these settings want what does not happen."""
        value: Any = settings
        for name in self.member.split("."):
            value = _member(value, name)
            if value is None:
                return False
        return value not in self.idle and value != [] and not self.unless(settings)


STORED_ONLY: Final[tuple[StoredOnly, ...]] = (
    StoredOnly("UserPool", "SmsConfiguration", _NO_SMS),
    StoredOnly("UserPool", "EmailConfiguration.SourceArn", "mail goes out by the server's own SMTP server"),
    StoredOnly("UserPool", "EmailConfiguration.ConfigurationSet", "mail goes out by the server's own SMTP server"),
    StoredOnly("UserPool", "VerificationMessageTemplate.EmailMessageByLink", _NO_HOSTED),
    StoredOnly("UserPool", "VerificationMessageTemplate.EmailSubjectByLink", _NO_HOSTED),
    StoredOnly("UserPool", "VerificationMessageTemplate.DefaultEmailOption", _NO_HOSTED, idle=("CONFIRM_WITH_CODE",)),
    StoredOnly(
        "UserPool",
        "DcrConfiguration.EnableStatus",
        "dynamic client registration is not served yet",
        idle=("Disabled",),
    ),
    StoredOnly(
        "UserPool",
        "KeyConfiguration.KeyType",
        "every key at rest is sealed with the server's own sealing key",
        idle=("AWS_OWNED_KEY",),
    ),
    StoredOnly(
        "UserPool", "IssuerConfiguration.Type", "the issuer comes from the setting `issuer`", idle=("ORIGINAL",)
    ),
    StoredOnly("UserPool", "AcrConfiguration", "step-up authentication is not served yet", idle=({},)),
    StoredOnly("UserPoolClient", "SupportedIdentityProviders", _NO_HOSTED, idle=(["COGNITO"],)),
    StoredOnly("UserPoolClient", "CallbackURLs", _NO_HOSTED),
    StoredOnly("UserPoolClient", "LogoutURLs", _NO_HOSTED),
    StoredOnly("UserPoolClient", "DefaultRedirectURI", _NO_HOSTED),
    StoredOnly("UserPoolClient", "AllowedOAuthFlows", _NO_HOSTED, idle=(["client_credentials"],)),
    StoredOnly("UserPoolClient", "AllowedOAuthScopes", _ONLY_MACHINES, unless=_is_machine),
    StoredOnly("IdentityProvider", "ProviderDetails", _NO_FEDERATION),
    StoredOnly("IdentityProvider", "AttributeMapping", _NO_FEDERATION, idle=({},)),
    StoredOnly("IdentityProvider", "IdpIdentifiers", _NO_FEDERATION),
    StoredOnly("IdentityProvider", "AcrMapping", _NO_FEDERATION),
    StoredOnly("ClientSSOSessionConfig", "MaxValidityMinutes", _NO_HOSTED, idle=(0,)),
    StoredOnly("UserPoolClient", "AnalyticsConfiguration", "nothing is reported to an analytics service"),
    StoredOnly("DomainDescription", "Domain", _NO_HOSTED),
    StoredOnly("DomainDescription", "CustomDomainConfig.CertificateArn", _NO_TLS),
    StoredOnly("DomainDescription", "CustomDomainConfig.SecurityPolicy", _NO_TLS),
    StoredOnly("UICustomization", "CSS", _NO_HOSTED),
    StoredOnly("UICustomization", "ImageUrl", "the logo is at its address, and no page shows it yet"),
    StoredOnly("ManagedLoginBranding", "Settings", _NO_HOSTED, idle=({},)),
    StoredOnly("ManagedLoginBranding", "Assets", _NO_HOSTED),
    StoredOnly("Terms", "Links", _NO_HOSTED),
    StoredOnly("NotifyConfiguration", "SourceArn", "mail goes out by the server's own SMTP server"),
    StoredOnly("LogConfiguration", "S3Configuration", _ONLY_LOGS),
    StoredOnly("LogConfiguration", "FirehoseConfiguration", _ONLY_LOGS),
)


def without_effect(settings: Settings) -> list[StoredOnly]:
    """The rows that these settings ask for in vain."""
    of = type(settings).__name__.removesuffix("Type")
    return [row for row in STORED_ONLY if row.of == of and row.asks(settings)]


def warn(pool_id: str, settings: Settings) -> None:
    """Tell the log of every setting that was asked for in vain."""
    for row in without_effect(settings):
        log.warning("setting without effect", pool=pool_id, of=row.of, member=row.member, why=row.why)


def _member(value: Any, published: str) -> Any:
    """A member by its published name."""
    names = dict(zip(type(value).__struct_encode_fields__, type(value).__struct_fields__, strict=True))
    return getattr(value, names[published])
