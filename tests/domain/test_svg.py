"""SVG drawings: what may be shown in a page, and what is refused with which words."""

import pytest

from keydesk.domain.svg import check
from keydesk.errors import InvalidParameter

SVG = 'svg xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg/>",
        f'<?xml version="1.0" encoding="UTF-8"?><!-- made --><{SVG} version="1.1" viewBox="0 0 9 9" fill="none"/>',
        f'<{SVG} xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="https://example.com"/></svg>',
        f"<{SVG}><style>.a {{}}</style><defs><linearGradient id='a' gradientUnits='userSpaceOnUse'>"
        "<stop stop-color='#fff' offset='1'/></linearGradient></defs><path d='M0 0' clip-path='url(#a)'/></svg>",
    ],
)
def test_drawings(drawing: str) -> None:
    check(drawing.encode())


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        (f"<{SVG}><script>alert()</script></svg>", "must not have the element script there"),
        (f"<{SVG}><g><foreignObject/></g></svg>", "must not have the element foreignObject there"),
        ("<g><svg/></g>", "must not have the element g there"),
        (f"<{SVG} onload='alert()'/>", "must not have the attribute onload"),
        (f"<{SVG}><text dominant-baseline='middle'/></svg>", "must not have the attribute dominant-baseline"),
        (f"<{SVG}><a href=' java&#10;Script:alert()'/></svg>", "The attribute href of the SVG asset must not contain"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "must not have a document type"),
        ("<svg>", "cannot be read as XML"),
        ("not a drawing", "cannot be read as XML"),
        ("", "cannot be read as XML"),
        ('<?xml version="1.0" encoding="nothing"?><svg/>', "cannot be read as XML"),
        ("<svg>" * 20_000, "cannot be read as XML"),
    ],
)
def test_what_cannot_stand_in_a_page_is_refused(drawing: str, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        check(drawing.encode())
