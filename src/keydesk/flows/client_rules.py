"""What an app client's settings become: AWS's defaults for what was left out, and the rules between members."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from keydesk.domain.attribute import check_client_lists
from keydesk.domain.client import LEGACY_FLOWS, SECONDS, Client
from keydesk.domain.pool import Pool
from keydesk.domain.provider import LOCAL
from keydesk.errors import InvalidOAuthFlow, InvalidParameter, Refusal, ScopeDoesNotExist
from keydesk.shapes.types import (
    CreateUserPoolClientRequest,
    TokenValidityUnitsType,
    UpdateUserPoolClientRequest,
    UserPoolClientType,
)

Asked = CreateUserPoolClientRequest | UpdateUserPoolClientRequest

REFRESH_VALIDITY: Final = 30  # in the client's unit, days unless it names another
SCOPES: Final = frozenset({"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"})
TOKEN_LIFE: Final = range(5 * 60, 86400 + 1)  # seconds, of access and ID tokens
REFRESH_LIFE: Final = range(3600, 3650 * 86400 + 1)
SCRIPTS: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_LOOPBACK: Final = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?([/?].*)?", re.IGNORECASE)
_MEMBERS: Final = sorted(
    set(UpdateUserPoolClientRequest.__struct_fields__)
    & set(UserPoolClientType.__struct_fields__) - {"user_pool_id", "client_id", "client_name"}
)


def settled(ask: Asked) -> UserPoolClientType:
    """The settings that a request asks for, whole; the rules are `check`'s."""
    settings = UserPoolClientType(**{name: getattr(ask, name) for name in _MEMBERS})
    settings.refresh_token_validity = settings.refresh_token_validity or REFRESH_VALIDITY
    settings.token_validity_units = settings.token_validity_units or TokenValidityUnitsType()
    settings.auth_session_validity = settings.auth_session_validity or 3
    settings.allowed_oauth_flows_user_pool_client = bool(settings.allowed_oauth_flows_user_pool_client)
    settings.enable_token_revocation = settings.enable_token_revocation is not False
    settings.enable_propagate_additional_user_context_data = bool(
        settings.enable_propagate_additional_user_context_data
    )
    return settings


class Known(NamedTuple):
    """What a client of the pool may name beside what every pool has: its providers, and its custom scopes."""

    providers: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


def names_others(settings: UserPoolClientType) -> bool:
    """Whether the settings name a provider or a scope that only some pools have."""
    providers, scopes = settings.supported_identity_providers or (), settings.allowed_oauth_scopes or ()
    return not ({LOCAL}.issuperset(providers) and SCOPES.issuperset(scopes))


def check(client: Client, pool: Pool, known: Known, *, doing: str) -> None:
    """Raises InvalidParameter, InvalidOAuthFlow or ScopeDoesNotExist; `doing` is creating or updating."""
    settings = client.settings
    check_client_lists(pool.schema, settings.read_attributes, settings.write_attributes, doing)
    _check_lives(client)
    for broken, refusal, sentence in RULES:
        if broken(client):
            raise refusal(sentence)
    for url in (*(settings.callback_urls or ()), *(settings.logout_urls or ())):
        _check_url(url)
    default = settings.default_redirect_uri
    if default is not None and default not in (settings.callback_urls or ()):
        raise InvalidParameter(f"The default redirect URI {default} is not in the callback URIs list.")
    for name in settings.supported_identity_providers or ():
        if name not in known.providers | {LOCAL}:
            raise InvalidParameter(f"The provider {name} does not exist for User Pool {pool.id}.")
    for scope in settings.allowed_oauth_scopes or ():
        if scope not in SCOPES | known.scopes:
            raise ScopeDoesNotExist(f"Invalid scope requested: {scope}")


def _check_lives(client: Client) -> None:
    """Token lives against their units. Raises InvalidParameter."""
    units = client.settings.token_validity_units or TokenValidityUnitsType()
    access = (client.settings.access_token_validity or 1) * SECONDS[units.access_token or "hours"]
    identity = (client.settings.id_token_validity or 1) * SECONDS[units.id_token or "hours"]
    refresh = (client.settings.refresh_token_validity or REFRESH_VALIDITY) * SECONDS[units.refresh_token or "days"]
    if access not in TOKEN_LIFE or identity not in TOKEN_LIFE or refresh not in REFRESH_LIFE:
        raise InvalidParameter("Invalid range for token validity.")
    if max(access, identity) > refresh:
        raise InvalidParameter(
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times."
        )


def _check_url(url: str) -> None:
    """Where a browser may be sent: https, an app's own scheme, or http on this very machine (OA-03)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidParameter(f"{url} is not a valid URL.") from None
    if not parts.scheme or parts.scheme in SCRIPTS or "\\" in url:
        raise InvalidParameter(f"{url} is not a valid URL.")
    if "#" in url:
        raise InvalidParameter(f"{url} cannot use fragment")
    if parts.scheme == "http" and not _LOOPBACK.fullmatch(url):
        raise InvalidParameter(f"{url} cannot use the HTTP protocol.")
    if parts.scheme == "https" and not parts.hostname:
        raise InvalidParameter(f"{url} is not a valid URL.")


def _mixes_flow_names(client: Client) -> bool:
    said = set(client.settings.explicit_auth_flows or ())
    return bool(said & set(LEGACY_FLOWS)) and any(flow.startswith("ALLOW_") for flow in said)


def _oauth_without_flows(client: Client) -> bool:
    settings = client.settings
    complete = settings.allowed_oauth_flows and settings.allowed_oauth_scopes
    return bool(settings.allowed_oauth_flows_user_pool_client) and not complete


def _redirects_nowhere(client: Client) -> bool:
    return bool({"code", "implicit"} & _oauth(client)) and not client.settings.callback_urls


def _is_user_and_machine(client: Client) -> bool:
    return "client_credentials" in _oauth(client) and len(_oauth(client)) > 1


def _is_machine_without_secret(client: Client) -> bool:
    return "client_credentials" in _oauth(client) and not client.secrets


def _oauth(client: Client) -> set[str]:
    return set(client.settings.allowed_oauth_flows or ())


def _half_named_analytics(client: Client) -> bool:
    said = client.settings.analytics_configuration
    if said is None:
        return False
    whole = (said.application_id, said.role_arn, said.external_id)
    return any(whole) if said.application_arn else not all(whole)


def _rotates_and_refreshes(client: Client) -> bool:
    return client.rotates and "ALLOW_REFRESH_TOKEN_AUTH" in (client.settings.explicit_auth_flows or ())


def _believes_anybody(client: Client) -> bool:
    return bool(client.settings.enable_propagate_additional_user_context_data) and not client.secrets


Rule = tuple[Callable[[Client], bool], type[Refusal], str]

# What must not be, and the refusal. All but the last sentence are the live service's.
RULES: Final[tuple[Rule, ...]] = (
    (
        _mixes_flow_names,
        InvalidParameter,
        "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
    ),
    (
        _oauth_without_flows,
        InvalidOAuthFlow,
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    ),
    (
        _is_user_and_machine,
        InvalidOAuthFlow,
        "client_credentials flow can not be selected along with code flow or implicit flow.",
    ),
    (
        _is_machine_without_secret,
        InvalidOAuthFlow,
        "client_credentials flow can not be selected if client does not have a client secret.",
    ),
    (
        _redirects_nowhere,
        InvalidOAuthFlow,
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
    ),
    (
        _half_named_analytics,
        InvalidParameter,
        "Invalid analytics configuration given, either <application arn> or "
        "<application id, role arn, external id> are valid",
    ),
    (
        _believes_anybody,
        InvalidParameter,
        "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
    ),
    (
        _rotates_and_refreshes,
        InvalidParameter,
        "Refresh token rotation cannot be enabled together with ALLOW_REFRESH_TOKEN_AUTH.",
    ),
)
