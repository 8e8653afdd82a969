"""How a key is named, and what state it is in."""

import pytest
from msgspec.structs import replace

from keydesk.domain.kms_key import KeyState, KmsKey, Name, read_name

ID = "11111111-2222-3333-4444-555555555555"
HERE = ("us-east-1", "000000000000")
KEY = KmsKey(id=ID, region="us-east-1", account="000000000000", created=1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ID, Name(*HERE, ID)),
        ("alias/codes", Name(*HERE, "alias/codes")),
        (f"arn:aws:kms:eu-west-1:999999999999:key/{ID}", Name("eu-west-1", "999999999999", ID)),
        ("arn:aws:kms:eu-west-1:999999999999:alias/a/b", Name("eu-west-1", "999999999999", "alias/a/b")),
        (KEY.arn, Name(*HERE, ID)),
    ],
)
def test_names(text: str, name: Name) -> None:
    assert read_name(text, *HERE) == name
    assert name.is_alias is (ID not in text)


@pytest.mark.parametrize(
    "text",
    ["", "codes", ID + "\n", ID.replace("1", "g"), "key/" + ID, f"arn:aws:kms:us-east-1:0:key/{ID}",
     f"arn:aws:sns:us-east-1:000000000000:key/{ID}", "arn:aws:kms:us-east-1:000000000000:key/one"],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    assert read_name(text, *HERE) is None


def test_states() -> None:
    assert KEY.state is KeyState.ENABLED
    disabled = replace(KEY, enabled=False)
    assert disabled.state is KeyState.DISABLED
    doomed = replace(disabled, deletion=1000)
    assert doomed.state is KeyState.PENDING_DELETION
    assert not doomed.is_gone(999)
    assert doomed.is_gone(1000)
    assert not KEY.is_gone(1 << 60)
