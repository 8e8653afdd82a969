"""What the service is asked, and what becomes of its refusals; tests/flows/test_rack.py asks real ones."""

import pytest

from keydesk.crypto.key_file import KeyRefused
from keydesk.crypto.kms import KeyService


def test_a_service_that_cannot_be_asked_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    key = KeyService("arn:aws:kms:eu-west-1:000000000000:key/one", "http://127.0.0.1:9", "us-east-1")
    for refused in (lambda: key.encrypt(b"plain"), lambda: key.decrypt(b"blob")):
        with pytest.raises(KeyRefused) as fault:
            refused()
        assert str(fault.value) == f"kms_key {key.key}: Unable to locate credentials"


def test_the_region_is_the_keys_own_where_its_name_says_one() -> None:
    here = KeyService("alias/one", "", "us-east-1")
    there = KeyService("arn:aws:kms:eu-west-1:000000000000:alias/one", "", "us-east-1")
    assert (here.region, there.region) == ("us-east-1", "eu-west-1")
