"""A sealed code, opened by unmodified handlers in real workers, which find the key's service by themselves."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from botocore.exceptions import ClientError
from sqlalchemy import update
from tests.serving import Pool, Serving, serving

from keydesk.errors import InvalidParameter
from keydesk.flows.call import Call
from keydesk.flows.sealed_codes import sealed_code
from keydesk.store import pools
from keydesk.store.tables import kms_keys

NOBODY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
SENDER = """\
import base64
import os

import aws_encryption_sdk
from aws_encryption_sdk import CommitmentPolicy, StrictAwsKmsMasterKeyProvider

client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.{policy})
provider = StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])


def handler(event, context):
    sealed = base64.b64decode(event["request"]["code"])
    code, header = client.decrypt(source=sealed, key_provider=provider)
    return {{"code": code.decode(), "pool": header.encryption_context["userpool-id"]}}
"""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "keydesk", "AWS_SECRET_ACCESS_KEY": "keydesk"}
LENIENT, STRICT = "REQUIRE_ENCRYPT_ALLOW_DECRYPT", "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"


def pool_with_key(server: Serving, semantics: str = "keydesk", key: str = "") -> Pool:
    """A pool that names a key, its own unless one is said, and a function for its senders."""
    key = key or server.client("kms").create_key()["KeyMetadata"]["Arn"]
    pool = Pool(server, UserPoolTags={"keydesk:semantics": semantics})
    sender = {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:none"}
    pool.trigger(CustomEmailSender=sender, KMSKeyID=key)
    return pool


def key_of(pool: Pool) -> str:
    return str(pool.settings["LambdaConfig"]["KMSKeyID"])


def sealed(pool: Pool, text: str) -> str:
    """What the pool's senders get for this text."""
    desk = pool.server.house.desk
    call = Call(desk, "SignUp", "us-east-1", "request", "127.0.0.1", "")

    async def work() -> str:
        found = await desk.store.glance(pools.named, pool.id)
        assert found is not None
        return await sealed_code(found, text, call)

    return str(pool.server.run(work()))


def read(message: str, pool: Pool, *, policy: CommitmentPolicy) -> tuple[bytes, Any]:
    """What the library reads, with nothing but a KMS client for the key."""
    client = EncryptionSDKClient(commitment_policy=policy)
    key = KMSMasterKey(key_id=key_of(pool), client=pool.server.client("kms"))
    plain, header = client.decrypt(source=base64.b64decode(message), key_provider=key)
    return plain, header


@pytest.mark.parametrize(("semantics", "policy"), [("keydesk", STRICT), ("keydesk", LENIENT), ("aws", LENIENT)])
def test_an_unmodified_handler_opens_the_code(server: Serving, semantics: str, policy: str) -> None:
    """C-42: the handler's own calls of KMS find this server, with no address in the code."""
    pool = pool_with_key(server, semantics)
    name = f"sender-{semantics}-{policy}-{pool.id[-6:]}"
    variables = {"Variables": {"KEY_ARN": key_of(pool)}}
    server.deploy(name, SENDER.format(policy=policy), Timeout=20, Environment=variables)
    event = {"triggerSource": "CustomEmailSender_SignUp", "request": {"code": sealed(pool, "049213")}}
    answer = server.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert json.loads(answer["Payload"].read()) == {"code": "049213", "pool": pool.id}


def test_where_signatures_count_a_function_brings_its_credentials(tmp_path: Path) -> None:
    with serving(tmp_path, open=False, keys={"keydesk": "keydesk"}) as server:
        pool = pool_with_key(server)
        event = json.dumps({"request": {"code": sealed(pool, "049213")}})
        for name, more in (("without", {}), ("with", CREDENTIALS)):
            variables = {"Variables": {"KEY_ARN": key_of(pool), **more}}
            server.deploy(name, SENDER.format(policy=STRICT), Timeout=20, Environment=variables)
            answer = server.client("lambda").invoke(FunctionName=name, Payload=event)
            told = json.loads(answer["Payload"].read())
            assert told.get("code") == ("049213" if more else None)
            assert ("FunctionError" in answer) is not bool(more)


def test_the_message_is_what_the_service_sends(server: Serving) -> None:
    """Its first bytes are those of real codes: version 1, suite 0378, the context, one data key of aws-kms."""
    pool = pool_with_key(server, "aws")
    message = sealed(pool, "049213")
    assert message.startswith("AYADe")
    plain, header = read(message, pool, policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    assert plain == b"049213"
    assert {name: value for name, value in header.encryption_context.items() if name != "aws-crypto-public-key"} == {
        "userpool-id": pool.id
    }
    (data_key,) = header.encrypted_data_keys
    told = data_key.key_provider
    assert (told.provider_id, told.key_info.decode()) == ("aws-kms", key_of(pool))


@pytest.mark.parametrize("semantics", ["keydesk", "aws"])
def test_a_message_is_no_ciphertext_of_kms(server: Serving, semantics: str) -> None:
    """The usual mistake, told as the service tells it."""
    pool = pool_with_key(server, semantics)
    with pytest.raises(ClientError) as refusal:
        server.client("kms").decrypt(CiphertextBlob=base64.b64decode(sealed(pool, "049213")))
    assert refusal.value.response["Error"]["Code"] == "InvalidCiphertextException"


def test_a_reader_that_insists_on_commitment_fails_as_with_the_service(server: Serving) -> None:
    """C-42."""
    pool = pool_with_key(server, "aws")
    with pytest.raises(AWSEncryptionSDKClientError):
        read(sealed(pool, "049213"), pool, policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def test_another_key_does_not_open_it(server: Serving) -> None:
    pool, other = pool_with_key(server), pool_with_key(server)
    with pytest.raises(AWSEncryptionSDKClientError):
        read(sealed(pool, "049213"), other, policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def test_what_is_no_ascii_and_long_comes_through(server: Serving) -> None:
    pool, text = pool_with_key(server), "pä$$wörd &lt;" * 20
    plain, _ = read(sealed(pool, text), pool, policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    assert plain.decode() == text
    assert sealed(pool, text) != sealed(pool, text)


def test_an_alias_names_the_key_too(server: Serving) -> None:
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    alias = "alias/" + key["KeyId"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    pool = pool_with_key(server, key=f"arn:aws:kms:us-east-1:000000000000:{alias}")
    message = sealed(pool, "049213")
    pool.settings["LambdaConfig"]["KMSKeyID"] = key["Arn"]
    assert read(message, pool, policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)[0] == b"049213"


def test_without_a_usable_key_there_is_no_code(server: Serving) -> None:
    words = "The KMS key of the user pool cannot be used: "
    with pytest.raises(InvalidParameter, match=words + f"Key '{NOBODY}' does not exist"):
        sealed(pool_with_key(server, key=NOBODY), "049213")
    pool = pool_with_key(server)
    server.client("kms").disable_key(KeyId=key_of(pool))
    with pytest.raises(InvalidParameter, match=words + f"{key_of(pool)} is disabled."):
        sealed(pool, "049213")
    spoiled, store = pool_with_key(server), server.house.desk.store
    here = kms_keys.c.id == key_of(spoiled).rpartition("/")[2]
    server.run(store.write(lambda db: db.execute(update(kms_keys).where(here).values(material=b"spoiled"))))
    with pytest.raises(InvalidParameter, match=words + f"{key_of(spoiled)} does not open."):
        sealed(spoiled, "049213")
