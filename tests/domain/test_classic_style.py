"""CSS and logos of the classic pages: what may be kept, and what is refused with which words."""

import pytest

from keydesk.domain.classic_style import CLASSES, LARGEST, check_css, check_image
from keydesk.errors import InvalidParameter

LABEL = ".label-customizable "
NO_CLASS = "The CSS class {} is not in the list of allowed classes."
NO_SCRIPT = "The CSS property {} must not contain JavaScript."
NOT_READ = "The CSS cannot be read in line {}."


def test_every_published_class_may_be_styled() -> None:
    check_css("/* all */\n" + "\n".join(f".{name} {{\n\tcolor: #fff;\n\tborder: 2px solid red\n}}" for name in CLASSES))
    check_css(f"{LABEL}, .banner-customizable{{ padding: 25px 0px; background: url(a.png) }}")
    check_css("")
    check_css("/* nothing */")


@pytest.mark.parametrize(
    ("css", "said"),
    [
        (".other {}", NO_CLASS.format("other")),
        ("label-customizable {}", NO_CLASS.format("label-customizable")),
        (f"{LABEL}, body {{}}", NO_CLASS.format("body")),
        (f"{LABEL} a {{}}", NO_CLASS.format("label-customizable  a")),
        (".label-customizable:hover {}", NO_CLASS.format("label-customizable:hover")),
        ("@import 'x.css';", "The CSS must not contain the statement @import."),
        ("@media print { .label-customizable {} }", "The CSS must not contain the statement @media."),
        (LABEL + "{ @supports (a: b) {} }", "The CSS must not contain the statement @supports."),
        (LABEL + "{ background: url(javascript:alert) }", NO_SCRIPT.format("background")),
        (LABEL + "{ background: url('JAVA\\53 CRIPT:alert') }", NO_SCRIPT.format("background")),
        (LABEL + "{ width: calc((expression(alert))) }", NO_SCRIPT.format("width")),
        (LABEL + "{ color red }", NOT_READ.format(1)),
        (LABEL + "{ .banner-customizable { color: red } }", NOT_READ.format(1)),
        ("\n\n" + LABEL, NOT_READ.format(3)),
        ("</style><script>alert()</script> {}", NO_CLASS.format("</style><script>alert()</script>")),
        ("(" * 5000 + ")" * 5000 + "{}", "The CSS is nested too deep."),
    ],
)
def test_what_cannot_stand_in_a_page_is_refused(css: str, said: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_css(css)
    assert caught.value.sentence == said


def test_a_logo_is_a_png_or_jpeg_of_a_hundred_kilobytes() -> None:
    png = b"\x89PNG\r\n\x1a\n"
    for image in (png, b"\xff\xd8\xff\xe0", png.ljust(LARGEST, b"0")):
        check_image(image)
    for image in (b"GIF89a", b"<svg/>", b"\x00\x00\x01\x00", b"x", png.ljust(LARGEST + 1, b"0")):
        with pytest.raises(InvalidParameter, match="must be a PNG or JPEG file of at most 100 KB"):
            check_image(image)
