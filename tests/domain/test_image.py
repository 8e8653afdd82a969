"""Images are told by their bytes."""

import pytest

from keydesk.domain.image import MEDIA, kind


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "PNG"),
        (b"\xff\xd8\xff\xe0rest", "JPEG"),
        (b"\x00\x00\x01\x00rest", "ICO"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WEBP"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", ""),
        (b"GIF89a", ""),
        (b"<svg/>", ""),
        (b"", ""),
    ],
)
def test_the_kind_is_what_the_bytes_are(data: bytes, said: str) -> None:
    assert kind(data) == said
    assert not said or said in MEDIA
