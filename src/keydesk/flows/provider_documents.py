"""What a provider says of itself, read when an administrator names it: SAML metadata, OpenID endpoints."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keydesk.domain import saml_metadata
from keydesk.domain.provider import OIDC, SAML, URLS
from keydesk.errors import InvalidParameter
from keydesk.flows import provider_rules
from keydesk.flows.call import Call
from keydesk.runtime.channel import TooLarge
from keydesk.runtime.function import TimedOut, Unreached

Texts = dict[str, str]

NO_ANSWER: Final = "Unable to contact well-known endpoint"
SIGN_IN: Final = "SSORedirectBindingURI"
SIGN_OUT: Final = "SLORedirectBindingURI"
# What a document is asked for in place of a detail that was not said (OpenID Connect Discovery 1.0, section 3).
_ENDPOINTS: Final = dict(
    zip(URLS, ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"), strict=True)
)


async def settled(kind: str, said: Mapping[str, str], call: Call) -> Texts:
    """ProviderDetails whole, and held against what the provider says. Raises InvalidParameter."""
    details = provider_rules.settled(kind, said)
    if kind == SAML:
        return await _saml(details, call)
    if kind == OIDC:
        await _check_endpoints(details, call)
    return details


async def _saml(details: Texts, call: Call) -> Texts:
    """The places that browsers are sent to come from the metadata, whatever else was said."""
    file, url = details.get("MetadataFile"), details.get("MetadataURL")
    if file and url:
        raise InvalidParameter("Only one of the MetadataURL or MetadataFile should be provided.")
    if not file and not url:
        raise InvalidParameter("At least one of the MetadataURL or MetadataFile should be provided.")
    found = await call.think(saml_metadata.read, file or await _metadata(url or "", call))
    said = {name: value for name, value in details.items() if name not in (SIGN_IN, SIGN_OUT)}
    told = {SIGN_IN: found.sign_in, SIGN_OUT: found.sign_out}
    return said | {name: place for name, place in told.items() if place}


async def _metadata(url: str, call: Call) -> bytes:
    try:
        answer = await call.desk.documents.fetched(url)
    except (TimedOut, Unreached, TooLarge) as fault:
        raise InvalidParameter(f"Error retrieving metadata from {url}", detail=_why(fault)) from fault
    if answer.status != 200:
        raise InvalidParameter(f"Non-ok status code {answer.status} returned from remote metadata source {url}")
    return answer.body


async def _check_endpoints(details: Texts, call: Call) -> None:
    """They are spoken to over TLS, and those that were not said are in the provider's own document."""
    for name in ("oidc_issuer", *URLS):
        if name in details and not _is_safe(details[name], call):
            raise InvalidParameter("OIDC endpoint must start with https://")
    lacking = [name for name in URLS if not details.get(name)]
    if not lacking:
        return
    found = await _discovered(details["oidc_issuer"], call)
    for name in lacking:
        endpoint = found.get(_ENDPOINTS[name])
        if not isinstance(endpoint, str) or not _is_safe(endpoint, call):
            raise InvalidParameter(f"The well-known endpoint has no {_ENDPOINTS[name]} that starts with https://")


async def _discovered(issuer: str, call: Call) -> dict[str, Any]:
    """The document at the issuer's well-known place (section 4). Raises InvalidParameter."""
    try:
        answer = await call.desk.documents.fetched(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if answer.status != 200:
            raise InvalidParameter(NO_ANSWER, detail=f"status {answer.status}")
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (TimedOut, Unreached, TooLarge, msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidParameter(NO_ANSWER, detail=_why(fault)) from fault


def _is_safe(url: str, call: Call) -> bool:
    """Over TLS, or without where providers may be on this very machine."""
    return url.startswith("https://") or (call.desk.documents.private and url.startswith("http://"))


def _why(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault} {getattr(fault, 'detail', '')}".strip()
