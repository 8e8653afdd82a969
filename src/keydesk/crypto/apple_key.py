"""The private key of Sign in with Apple: PKCS #8 of a P-256 key, as the `.p8` file has it or as its base64 alone."""

import binascii
from base64 import b64decode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key


def is_one(text: str) -> bool:
    """Whether it can sign what Apple asks for (ES256)."""
    bare = "".join(line for line in text.split() if line).replace("-----BEGINPRIVATEKEY-----", "")
    try:
        key = load_der_private_key(b64decode(bare.replace("-----ENDPRIVATEKEY-----", ""), validate=True), None)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        return False
    return isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)
