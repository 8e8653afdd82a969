"""What kind of image some bytes are, by how they begin; what they are called is never believed."""

from typing import Final

MEDIA: Final = {
    "ICO": "image/x-icon",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "SVG": "image/svg+xml",
    "WEBP": "image/webp",
}


def kind(data: bytes) -> str:
    """A key of MEDIA, or empty; SVG is text and not told here."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x00\x00\x01\x00"):
        return "ICO"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""
