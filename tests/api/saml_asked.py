"""Metadata of a SAML provider, as tests need it."""

HEAD = '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">'
ROLE = '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
TAIL = "</md:IDPSSODescriptor></md:EntityDescriptor>"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"


def place(service: str, binding: str, where: str) -> str:
    return f'<md:{service} Binding="{BINDING}{binding}" Location="https://idp.example.com/{where}"/>'


SIGN_IN = place("SingleSignOnService", "POST", "post") + place("SingleSignOnService", "Redirect", "sign-in")
SIGN_OUT = place("SingleLogoutService", "Redirect", "sign-out")
METADATA = HEAD + ROLE + SIGN_OUT + SIGN_IN + TAIL
WITHOUT_SIGN_OUT = HEAD + ROLE + SIGN_IN + TAIL
WITHOUT_REDIRECT = HEAD + ROLE + place("SingleSignOnService", "POST", "post") + TAIL
