"""SVG drawings that may be shown in a page: elements and attributes of the list that Cognito publishes, and no script.

Surprises: `version` is taken as well, because every drawing program writes it; capitals and prefixes do not count; a
document type is refused, and with it every entity.
"""

from typing import Final, NoReturn
from xml.parsers import expat

from keydesk.errors import InvalidParameter

_ELEMENTS: Final = """
    a altglyph altglyphdef altglyphitem animatecolor animatemotion animatetransform audio canvas circle clippath defs
    desc ellipse feblend fecolormatrix fecomponenttransfer fecomposite feconvolvematrix fediffuselighting
    fedisplacementmap fedistantlight feflood fefunca fefuncb fefuncg fefuncr fegaussianblur femerge femergenode
    femorphology feoffset fepointlight fespecularlighting fespotlight fetile feturbulence filter font g glyph glyphref
    hkern image line lineargradient marker mask metadata mpath path pattern polygon polyline radialgradient rect stop
    style svg switch symbol text textpath title tref tspan video view vkern
"""
_ATTRIBUTES: Final = """
    accent-height accumulate additivive alignment-baseline ascent attributename attributetype azimuth basefrequency
    baseline-shift begin bias by class clip clip-path clip-rule color color-interpolation color-interpolation-filters
    color-profile color-rendering cx cy d diffuseconstant direction display divisor dur dx dy edgemode elevation end
    fill fill-opacity fill-rule filter filterunits flood-color flood-opacity font-family font-size font-size-adjust
    font-stretch font-style font-variant font-weight fx fy g1 g2 glyph-name glyphref gradienttransform gradientunits
    height href id image-rendering in in2 k k1 k2 k3 k4 kernelmatrix kernelunitlength kerning keypoints keysplines
    keytimes lang lengthadjust letter-spacing lighting-color local marker-end marker-mid marker-start markerheight
    markerunits markerwidth mask maskcontentunits maskunits max media method min mode name numoctaves offset opacity
    operator order orient orientation origin overflow paint-order path pathlength patterncontentunits patterntransform
    patternunits points preservealpha preserveaspectratio r radius refx refy repeatcount repeatdur restart result rotate
    rx ry scale seed shape-rendering specularconstant specularexponent spreadmethod stddeviation stitchtiles stop-color
    stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width style surfacescale tabindex targetx targety text-anchor text-decoration text-rendering
    textlength transform type u1 u2 unicode values version vert-adv-y vert-origin-x vert-origin-y viewbox visibility
    width word-spacing wrap writing-mode x x1 x2 xchannelselector xmlns y y1 y2 ychannelselector z zoomandpan
"""
ELEMENTS: Final = frozenset(_ELEMENTS.split())
ATTRIBUTES: Final = frozenset(_ATTRIBUTES.split())


def check(data: bytes) -> None:
    """Raises InvalidParameter for what is no such drawing."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = _Reader().begins
    parser.StartDoctypeDeclHandler = _document_type
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise InvalidParameter("The SVG asset cannot be read as XML.") from None


class _Reader:
    """Holds each element as it begins; the first must be the drawing itself."""

    def __init__(self) -> None:
        self._first = True

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        if _plain(name) not in ELEMENTS or (self._first and _plain(name) != "svg"):
            raise InvalidParameter(f"The SVG asset must not have the element {name} there.")
        self._first = False
        for attribute, value in attributes.items():
            if _plain(attribute) not in ATTRIBUTES and not attribute.startswith("xmlns:"):
                raise InvalidParameter(f"The SVG asset must not have the attribute {attribute}.")
            if "".join(value.split()).lower().startswith("javascript:"):
                raise InvalidParameter(f"The attribute {attribute} of the SVG asset must not contain JavaScript.")


def _document_type(*_: object) -> NoReturn:
    raise InvalidParameter("The SVG asset must not have a document type.")


def _plain(name: str) -> str:
    return name.rpartition(":")[2].lower()
