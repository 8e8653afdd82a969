"""A Node.js function that opens a sealed code as those for Cognito do, with `@aws-crypto/client-node` unmodified."""

import io
import json
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.clients.node_packages import INSTALLED, LOCK
from tests.flows.test_sealed_codes import key_of, pool_with_key, sealed
from tests.serving import Serving

SENDER = """\
import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node';

const { decrypt } = buildClient(CommitmentPolicy[process.env.POLICY]);
const keyring = new KmsKeyringNode({ generatorKeyId: process.env.KEY_ALIAS, keyIds: [process.env.KEY_ARN] });

export const handler = async (event) => {
    const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(event.request.code, 'base64'));
    return { code: plaintext.toString(), pool: messageHeader.encryptionContext['userpool-id'] };
};
"""
PACKAGE = "node_modules/@aws-crypto/client-node"
LENIENT, STRICT = "REQUIRE_ENCRYPT_ALLOW_DECRYPT", "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"


def needed() -> set[str]:
    """The folders of the package and of all that it needs, as the lock has them."""
    known = json.loads(LOCK.read_text("utf-8"))["packages"]
    found, left = set(), [PACKAGE]
    while left:
        place = left.pop()
        if place not in found:
            found.add(place)
            left += [_of(name, place, known) for name in known[place].get("dependencies", {})]
    return found


def _of(name: str, place: str, known: dict[str, object]) -> str:
    """Where a package that stands at `place` finds another: in its own folder, or in one above it."""
    while (inner := f"{place}/node_modules/{name}") not in known:
        place = place.rpartition("/node_modules/")[0]
        if not place:
            return f"node_modules/{name}"
    return inner


def _files(place: str) -> Iterator[Path]:
    for path in (INSTALLED.parent / place).rglob("*"):
        inside = path.relative_to(INSTALLED.parent / place)
        if "node_modules" not in inside.parts and path.suffix in {".js", ".cjs", ".mjs", ".json"} and path.is_file():
            yield path


@cache
def archive() -> bytes:
    """The function with its packages, as a deployment has them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.mjs", SENDER)
        for place in sorted(needed()):
            for path in _files(place):
                made.write(path, path.relative_to(INSTALLED.parent))
    return packed.getvalue()


@pytest.mark.parametrize(("semantics", "policy"), [("keydesk", STRICT), ("keydesk", LENIENT), ("aws", LENIENT)])
def test_a_node_function_opens_the_code(packages: None, server: Serving, semantics: str, policy: str) -> None:
    """C-42: with the key's alias for the generator, as functions have it, and no address in the code."""
    pool = pool_with_key(server, semantics)
    alias = "alias/" + pool.id
    server.client("kms").create_alias(AliasName=alias, TargetKeyId=key_of(pool))
    alias = f"arn:aws:kms:us-east-1:000000000000:{alias}"
    name = f"node-sender-{pool.id}"
    server.client("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/lambda",
        Timeout=20,
        Environment={"Variables": {"KEY_ARN": key_of(pool), "KEY_ALIAS": alias, "POLICY": policy}},
        Code={"ZipFile": archive()},
    )
    event = {"triggerSource": "CustomEmailSender_SignUp", "request": {"code": sealed(pool, "049213")}}
    answer = server.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert json.loads(answer["Payload"].read()) == {"code": "049213", "pool": pool.id}
