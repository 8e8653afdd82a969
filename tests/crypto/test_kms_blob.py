"""The blob: it opens for its material and context, and for nothing else."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.crypto import kms_blob
from keydesk.crypto.kms_blob import BlobBroken

MATERIAL = bytes(range(32))
ID = str(uuid.UUID(int=7))
CONTEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)


@given(st.binary(max_size=200), CONTEXTS)
def test_it_opens(plain: bytes, context: dict[str, str]) -> None:
    blob = kms_blob.seal(MATERIAL, ID, plain, context)
    assert kms_blob.key_id(blob) == ID
    assert kms_blob.open_blob(MATERIAL, blob, dict(reversed(context.items()))) == plain


@given(CONTEXTS, CONTEXTS)
def test_it_opens_with_its_own_context_only(context: dict[str, str], other: dict[str, str]) -> None:
    blob = kms_blob.seal(MATERIAL, ID, b"plain", context)
    if context != other:
        with pytest.raises(BlobBroken):
            kms_blob.open_blob(MATERIAL, blob, other)


def test_texts_cannot_flow_into_one_another() -> None:
    blob = kms_blob.seal(MATERIAL, ID, b"plain", {"ab": "c", "d": ""})
    for other in ({"a": "bc", "d": ""}, {"ab": "cd"}, {"abcd": ""}, {"ab": "c"}, {"ab": "", "c": "d"}):
        with pytest.raises(BlobBroken):
            kms_blob.open_blob(MATERIAL, blob, other)


def test_no_bit_can_be_changed() -> None:
    blob = kms_blob.seal(MATERIAL, ID, b"plain", {})
    for at in range(len(blob)):
        with pytest.raises(BlobBroken):
            kms_blob.open_blob(MATERIAL, bytes([*blob[:at], blob[at] ^ 1, *blob[at + 1 :]]), {})


def test_other_material_opens_nothing() -> None:
    with pytest.raises(BlobBroken):
        kms_blob.open_blob(bytes(32), kms_blob.seal(MATERIAL, ID, b"plain", {}), {})


@given(st.binary(max_size=80))
def test_what_is_no_blob_names_no_key(junk: bytes) -> None:
    if junk[:1] != b"K" or len(junk) < 65:
        with pytest.raises(BlobBroken):
            kms_blob.key_id(junk)


def test_blobs_tell_nothing_of_one_another() -> None:
    blobs = {kms_blob.seal(MATERIAL, ID, bytes(64), {}) for _ in range(50)}
    assert len({blob[17:49] for blob in blobs}) == 50
    assert len({blob[49:] for blob in blobs}) == 50
