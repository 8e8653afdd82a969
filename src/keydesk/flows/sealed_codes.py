"""A code as a custom sender gets it: sealed under the pool's key, so that only a function with that key reads it."""

from base64 import b64encode

from keydesk.crypto.seal import SealBroken
from keydesk.domain.kms_key import read_name
from keydesk.domain.pool import Pool, Semantics
from keydesk.errors import InvalidParameter, Refusal
from keydesk.flows import kms
from keydesk.flows.call import Call


async def sealed_code(pool: Pool, text: str, call: Call) -> str:
    """Base64 of an AWS Encryption SDK message with the code, under `LambdaConfig.KMSKeyID` (section 3.9).

    The encryption context names the pool. The service's messages have no key commitment, and so have those of a pool
    with its semantics (C-42): a handler that insists on commitment fails here as there.
    Raises InvalidParameter where the pool names no key, or one that cannot be used: then nothing may be sent.
    """
    key, material = await usable_key(pool, call)
    committing = pool.semantics(call.desk.semantics) is Semantics.KEYDESK
    context = {"userpool-id": pool.id}
    message = await call.think(_sealed, text.encode(), key.arn, material, context, committing)
    return b64encode(message).decode()


async def usable_key(pool: Pool, call: Call) -> kms.UsableKey:
    """The key under which the pool's codes are sealed. Raises InvalidParameter, which says why there is none."""
    said = (pool.settings.lambda_config and pool.settings.lambda_config.kms_key_id) or ""
    name = read_name(said, pool.region, call.desk.account)
    try:
        return await kms.usable(call.desk, name.region if name else pool.region, said)
    except Refusal as refusal:
        raise InvalidParameter(f"The KMS key of the user pool cannot be used: {refusal.sentence}") from None
    except SealBroken:
        raise InvalidParameter(f"The KMS key of the user pool cannot be used: {said} does not open.") from None


def _sealed(text: bytes, arn: str, material: bytes, context: dict[str, str], committing: bool) -> bytes:
    """On a thread; the first call loads the library."""
    from keydesk.crypto import sealed_message

    return sealed_message.sealed(text, arn, material, context, committing=committing)
