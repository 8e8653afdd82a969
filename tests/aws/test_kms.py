"""The local Key Management Service, as boto3 sees it over HTTP, on both databases."""

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from tests.serving import Serving, serving

from keydesk.aws.kms import OPERATIONS
from keydesk.aws.kms_unserved import UNSERVED
from keydesk.store import kms_keys
from keydesk.store.sweep import Ages, sweep

ACCOUNT = "000000000000"
CONTEXT = {"userpool-id": "us-east-1_abc", "tier": "one"}
NOBODY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def kms(server: Serving) -> Any:
    return server.client("kms")


def made(kms: Any, **said: Any) -> dict[str, Any]:
    return dict(kms.create_key(**said)["KeyMetadata"])


def refused(call: Any, **said: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**said)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_key_is_described_whole(kms: Any, server: Serving) -> None:
    key = made(kms, Description="for codes")
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"] == key
    assert key.pop("CreationDate").timestamp() == pytest.approx(server.clock() / 1000, abs=60)
    assert key == {
        "AWSAccountId": ACCOUNT,
        "KeyId": key["KeyId"],
        "Arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key['KeyId']}",
        "Enabled": True,
        "Description": "for codes",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }


@pytest.mark.parametrize("said", ["KeyId", "Arn"])
def test_what_was_encrypted_is_decrypted_without_naming_the_key(kms: Any, said: str) -> None:
    key, plain = made(kms), bytes(range(256)) * 16  # the most there may be
    sealed = kms.encrypt(KeyId=key[said], Plaintext=plain, EncryptionContext=CONTEXT)
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
    assert plain[:64] not in sealed["CiphertextBlob"]
    turned = dict(reversed(CONTEXT.items()))
    for naming in ({}, {"KeyId": key[said]}):
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=turned, **naming)
        assert (opened["Plaintext"], opened["KeyId"]) == (plain, key["Arn"])


def test_no_two_blobs_are_alike(kms: Any) -> None:
    key = made(kms)["KeyId"]
    assert len({kms.encrypt(KeyId=key, Plaintext=b"same")["CiphertextBlob"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "context",
    [{}, {"userpool-id": "us-east-1_abc"}, {**CONTEXT, "tier": "two"}, {"userpool-id": "us-east-1_abct", "ier": "one"}],
)
def test_another_context_opens_nothing(kms: Any, context: dict[str, str]) -> None:
    blob = kms.encrypt(KeyId=made(kms)["KeyId"], Plaintext=b"123456", EncryptionContext=CONTEXT)["CiphertextBlob"]
    code, _ = refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)
    assert code == "InvalidCiphertextException"


def test_a_blob_that_was_changed_anywhere_opens_nothing(kms: Any) -> None:
    key, other = made(kms), made(kms)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
    moved = kms.encrypt(KeyId=other["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
    changed = [bytes([*blob[:at], blob[at] ^ 1, *blob[at + 1 :]]) for at in (0, *range(17, len(blob)))]
    for bad in (*changed, blob[:-1], blob[:20], b"x", blob + b"x", blob[:1] + moved[1:17] + blob[17:]):
        assert refused(kms.decrypt, CiphertextBlob=bad)[0] == "InvalidCiphertextException"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"123456"


def test_a_key_is_of_its_region(kms: Any, server: Serving) -> None:
    key, elsewhere = made(kms), server.client("kms", "eu-west-1")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
    assert refused(elsewhere.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    assert refused(elsewhere.describe_key, KeyId=key["Arn"]) == ("NotFoundException", "Invalid arn us-east-1")
    own = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{key['KeyId']}"
    assert refused(elsewhere.describe_key, KeyId=key["KeyId"]) == ("NotFoundException", f"Key '{own}' does not exist")


def test_a_name_that_leads_nowhere(kms: Any) -> None:
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
    names = {
        NOBODY: f"Key '{arn}key/{NOBODY}' does not exist",
        arn + "key/" + NOBODY: f"Key '{arn}key/{NOBODY}' does not exist",
        f"arn:aws:kms:us-east-1:999999999999:key/{made(kms)['KeyId']}": None,
        "alias/nobody": f"Alias {arn}alias/nobody is not found.",
        "nobody": "Invalid keyId 'nobody'",
        "arn:aws:sns:us-east-1:000000000000:topic": "Invalid keyId 'arn:aws:sns:us-east-1:000000000000:topic'",
    }
    for name, words in names.items():
        for call, more in ((kms.describe_key, {}), (kms.encrypt, {"Plaintext": b"x"})):
            code, said = refused(call, KeyId=name, **more)
            assert code == "NotFoundException"
            assert words in {None, said}


def test_decrypt_with_another_key_than_the_blobs(kms: Any) -> None:
    blob = kms.encrypt(KeyId=made(kms)["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
    assert refused(kms.decrypt, CiphertextBlob=blob, KeyId=made(kms)["KeyId"])[0] == "IncorrectKeyException"
    assert refused(kms.decrypt, CiphertextBlob=blob, KeyId=NOBODY)[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1024}, 1024),
    ],
)
def test_data_keys(kms: Any, said: dict[str, Any], size: int) -> None:
    key = made(kms)
    data = kms.generate_data_key(KeyId=key["KeyId"], EncryptionContext=CONTEXT, **said)
    assert (len(data["Plaintext"]), data["KeyId"]) == (size, key["Arn"])
    opened = kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == data["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], **said)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size


def test_limits(kms: Any, server: Serving) -> None:
    key = made(kms)["KeyId"]
    for more in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 1025}, {"KeySpec": "AES_512"}):
        assert refused(kms.generate_data_key, KeyId=key, **more)[0] == "ValidationException"
    assert refused(kms.encrypt, KeyId=key, Plaintext=bytes(4097))[0] == "ValidationException"
    assert refused(kms.decrypt, CiphertextBlob=bytes(6145))[0] == "ValidationException"
    said = {"x-amz-target": "", "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/kms/aws4_request, "
            "SignedHeaders=host, Signature=0"}  # fmt: skip
    del said["x-amz-target"]
    for body, code in ((b"{", b"SerializationException"), (b"{}", b"ValidationException")):
        status, _, answer = server.raw("TrentService.Encrypt", body, **said)
        assert status == 400
        assert code in answer
    assert server.raw("TrentService.CreateKey", b"{}")[0] == 400  # nobody signed


def test_dry_runs_do_nothing_but_tell(kms: Any) -> None:
    key = made(kms)["KeyId"]
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)[0] == "DryRunOperationException"
    assert refused(kms.encrypt, KeyId=NOBODY, Plaintext=b"x", DryRun=True)[0] == "NotFoundException"


@pytest.mark.parametrize(
    "said",
    [
        {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
        {"CustomerMasterKeySpec": "ECC_NIST_P256"},
        {"Origin": "EXTERNAL"},
        {"MultiRegion": True},
        {"CustomKeyStoreId": "cks-1"},
    ],
)
def test_other_kinds_of_keys_are_refused(kms: Any, said: dict[str, Any]) -> None:
    code, words = refused(kms.create_key, **said)
    assert code == "UnsupportedOperationException"
    assert "SYMMETRIC_DEFAULT" in words


def test_every_operation_of_the_service_is_served_or_refused_by_name(kms: Any, server: Serving) -> None:
    published = set(botocore.session.get_session().get_service_model("kms").operation_names)
    assert set(OPERATIONS) | set(UNSERVED) == published
    assert not set(OPERATIONS) & set(UNSERVED)
    assert refused(kms.generate_random, NumberOfBytes=1) == (
        "UnsupportedOperationException",
        "Keydesk does not serve GenerateRandom: use the operating system's random numbers.",
    )


def test_a_disabled_key_does_no_work(kms: Any) -> None:
    key = made(kms)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    for call, more in (
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.encrypt, {"KeyId": key["Arn"], "Plaintext": b"x"}),
    ):
        assert refused(call, **more) == ("DisabledException", f"{key['Arn']} is disabled.")
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"123456"


def test_a_key_is_deleted_when_its_day_comes(own_server: Serving) -> None:
    kms = own_server.client("kms")
    spared, doomed = made(kms), made(kms)
    blobs = {key["Arn"]: kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"] for key in (spared, doomed)}
    for key in (spared, doomed):
        told = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
        assert (told["KeyId"], told["KeyState"], told["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 7)
        left = told["DeletionDate"].timestamp() - own_server.clock() / 1000
        assert left == pytest.approx(7 * 86_400, abs=60)
        words = f"{key['Arn']} is pending deletion."
        assert refused(kms.decrypt, CiphertextBlob=blobs[key["Arn"]]) == ("KMSInvalidStateException", words)
        assert refused(kms.enable_key, KeyId=key["KeyId"])[0] == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=spared["KeyId"])
    assert refused(kms.cancel_key_deletion, KeyId=spared["KeyId"])[0] == "KMSInvalidStateException"
    own_server.clock.forward(seconds=7 * 86_400 + 60)
    assert refused(kms.describe_key, KeyId=doomed["Arn"])[0] == "NotFoundException"
    assert [key["KeyArn"] for key in kms.list_keys()["Keys"]] == [spared["Arn"]]
    desk = own_server.house.desk
    gone = own_server.run(sweep(desk.store, own_server.clock(), Ages(logs=0)))
    assert gone["kms_keys"] == 1
    assert own_server.run(desk.store.read(kms_keys.named, "us-east-1", doomed["KeyId"])) is None
    kms.enable_key(KeyId=spared["KeyId"])
    assert kms.decrypt(CiphertextBlob=blobs[spared["Arn"]])["Plaintext"] == b"x"


def test_an_alias_leads_to_one_key_at_a_time(kms: Any) -> None:
    first, second = made(kms), made(kms)
    name = f"alias/codes/{first['KeyId'][:8]}"
    kms.create_alias(AliasName=name, TargetKeyId=first["KeyId"])
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:{name}"
    blob = kms.encrypt(KeyId=name, Plaintext=b"x")
    assert blob["KeyId"] == first["Arn"]
    assert refused(kms.create_alias, AliasName=name, TargetKeyId=second["KeyId"])[0] == "AlreadyExistsException"
    assert refused(kms.create_alias, AliasName="codes", TargetKeyId=first["KeyId"])[0] == "InvalidAliasNameException"
    assert refused(kms.create_alias, AliasName="alias/aws/x", TargetKeyId=name)[0] == "InvalidAliasNameException"
    kms.update_alias(AliasName=name, TargetKeyId=second["Arn"])
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"] == second["KeyId"]
    assert kms.decrypt(CiphertextBlob=blob["CiphertextBlob"])["Plaintext"] == b"x"
    assert refused(kms.decrypt, CiphertextBlob=blob["CiphertextBlob"], KeyId=name)[0] == "IncorrectKeyException"
    found = kms.list_aliases(KeyId=second["KeyId"])["Aliases"]
    assert [(one["AliasName"], one["AliasArn"], one["TargetKeyId"]) for one in found] == [(name, arn, second["KeyId"])]
    assert kms.list_aliases(KeyId=first["KeyId"])["Aliases"] == []
    kms.delete_alias(AliasName=name)
    for call in (kms.delete_alias, lambda AliasName: kms.update_alias(AliasName=AliasName, TargetKeyId=first["Arn"])):
        assert refused(call, AliasName=name) == ("NotFoundException", f"Alias {arn} is not found.")


def test_keys_are_listed_in_pages(kms: Any) -> None:
    made_here = {made(kms)["KeyId"] for _ in range(3)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["Keys"]) <= 2 for page in pages)
    listed = [key["KeyId"] for page in pages for key in page["Keys"]]
    assert made_here <= set(listed)
    assert listed == sorted(set(listed))
    assert refused(kms.list_keys, Marker="made-up")[0] == "InvalidMarkerException"


def test_what_tools_ask_of_a_key(kms: Any) -> None:
    """The calls that Terraform makes after CreateKey."""
    key = made(kms, Tags=[{"TagKey": "team", "TagValue": "one"}])["KeyId"]
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "stage", "TagValue": "test"}, {"TagKey": "team", "TagValue": "two"}])
    kms.untag_resource(KeyId=key, TagKeys=["stage", "nothing"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "two"}]
    many = [{"TagKey": str(number), "TagValue": ""} for number in range(50)]
    assert refused(kms.tag_resource, KeyId=key, Tags=many)[0] == "TagException"
    kms.update_key_description(KeyId=key, Description="other")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "other"
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert f"arn:aws:iam::{ACCOUNT}:root" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy='{"Version": "2012-10-17"}')
    assert kms.get_key_policy(KeyId=key)["Policy"] == '{"Version": "2012-10-17"}'
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    assert refused(kms.put_key_policy, KeyId=key, Policy="allow all")[0] == "MalformedPolicyDocumentException"
    assert refused(kms.get_key_policy, KeyId=key, PolicyName="mine")[0] == "NotFoundException"


def test_a_key_outlives_the_server_and_its_material_is_sealed(store_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, database_url=store_url) as first:
        kms = first.client("kms")
        key = made(kms)
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"123456")["CiphertextBlob"]
        desk = first.house.desk
        _, stored = first.run(desk.store.read(kms_keys.named, "us-east-1", key["KeyId"]))
        material = desk.sealer.open(stored, f"kms_keys.material us-east-1 {key['KeyId']}")
        assert len(material) == 32
        assert material not in stored
    with serving(tmp_path, database_url=store_url) as second:
        kms = second.client("kms")
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"123456"
        assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key


def test_where_signatures_count_the_service_is_named_in_them(tmp_path: Path) -> None:
    with serving(tmp_path, open=False, keys={"AKIDADMIN": "right"}) as server:
        good = {"aws_access_key_id": "AKIDADMIN", "aws_secret_access_key": "right"}
        key = made(server.client("kms", **good))["KeyId"]
        for bad in ({"aws_secret_access_key": "wrong"}, {"aws_access_key_id": "AKIDOTHER"}):
            stranger = server.client("kms", **{**good, **bad})
            code, _ = refused(stranger.encrypt, KeyId=key, Plaintext=b"x")
            assert code in {"InvalidSignatureException", "UnrecognizedClientException"}
