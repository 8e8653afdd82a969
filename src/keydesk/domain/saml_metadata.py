"""The metadata of a SAML provider (SAML 2.0 Metadata, section 2.4): who it is, and where browsers are sent.

It comes from elsewhere, so nothing in it is followed: no document type, no entity, no other file.
"""

from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from keydesk.errors import InvalidParameter

_MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
UNREADABLE: Final = "Unable to unmarshall metadata"
NO_REDIRECT: Final = "No SingleSignOn Http redirect binding location found in metadata."


class Metadata(NamedTuple):
    """`entity` is the provider's own name. `sign_out` is empty where it has no such place."""

    entity: str
    sign_in: str
    sign_out: str


def read(document: str | bytes) -> Metadata:
    """Raises InvalidParameter for what is no metadata of a provider that browsers can be sent to."""
    try:
        root = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise InvalidParameter(UNREADABLE) from None
    entity = root if root.tag == f"{_MD}EntityDescriptor" else root.find(f"{_MD}EntityDescriptor")
    role = entity.find(f"{_MD}IDPSSODescriptor") if entity is not None else None
    if entity is None or role is None:
        raise InvalidParameter(UNREADABLE)
    sign_in = _location(role, "SingleSignOnService")
    if not sign_in:
        raise InvalidParameter(NO_REDIRECT)
    return Metadata(entity.get("entityID", ""), sign_in, _location(role, "SingleLogoutService"))


def _location(role: Element, service: str) -> str:
    """Where a service is that browsers are redirected to."""
    places = (one for one in role.findall(f"{_MD}{service}") if one.get("Binding") == _REDIRECT)
    return next((one.get("Location", "") for one in places), "")
