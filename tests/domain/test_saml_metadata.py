"""A SAML provider's metadata: what is found in it, and that nothing in it is followed."""

import pytest
from tests.api import saml_asked as asked

from keydesk.domain import saml_metadata
from keydesk.domain.saml_metadata import NO_REDIRECT, UNREADABLE, Metadata
from keydesk.errors import InvalidParameter

ENTITY = "https://idp.example.com"
DOCTYPE = "<!DOCTYPE md:EntityDescriptor [{}]>"
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "boom"}">' for n in range(10))


def test_where_browsers_are_sent() -> None:
    whole = Metadata(ENTITY, f"{ENTITY}/sign-in", f"{ENTITY}/sign-out")
    assert saml_metadata.read(asked.METADATA) == whole
    assert saml_metadata.read(f'\ufeff<?xml version="1.0" encoding="utf-8"?>{asked.METADATA}'.encode()) == whole
    assert saml_metadata.read(asked.WITHOUT_SIGN_OUT) == whole._replace(sign_out="")
    space = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
    assert saml_metadata.read(f"<md:EntitiesDescriptor {space}>{asked.METADATA}</md:EntitiesDescriptor>") == whole
    assert saml_metadata.read(asked.METADATA.replace("<md:", "<").replace("</md:", "</").replace(":md=", "=")) == whole


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("", UNREADABLE),
        ("no XML", UNREADABLE),
        ("<html></html>", UNREADABLE),
        (asked.HEAD + "</md:EntityDescriptor>", UNREADABLE),
        (asked.METADATA[:-1], UNREADABLE),
        (asked.METADATA.replace("SAML:2.0:metadata", "SAML:1.0:metadata"), UNREADABLE),
        (DOCTYPE.format("") + asked.METADATA, UNREADABLE),
        (DOCTYPE.format(BOMB) + asked.METADATA.replace(ENTITY, "&e9;"), UNREADABLE),
        (DOCTYPE.format('<!ENTITY x SYSTEM "file:///etc/passwd">') + asked.METADATA, UNREADABLE),
        (DOCTYPE.format('<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;') + asked.METADATA, UNREADABLE),
        (f'<?xml version="1.0" encoding="no-such"?>{asked.METADATA}'.encode(), UNREADABLE),
        (asked.METADATA.replace(ENTITY, "é").encode("latin-1"), UNREADABLE),
        ("\x00" + asked.METADATA, UNREADABLE),
        ("\ud800" + asked.METADATA, UNREADABLE),
        ("<a>" * 100_000 + "</a>" * 100_000, UNREADABLE),
        (asked.WITHOUT_REDIRECT, NO_REDIRECT),
        (asked.METADATA.replace("Location", "Elsewhere"), NO_REDIRECT),
    ],
    ids=range(17),
)
def test_what_is_no_metadata(document: str | bytes, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        saml_metadata.read(document)
    assert refused.value.sentence == sentence
