"""Which texts are a private key that Sign in with Apple can be asked with."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.api.providers_asked import apple_key

from keydesk.crypto.apple_key import is_one


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def test_a_p256_key_with_its_armour_or_without() -> None:
    whole = pem(ec.generate_private_key(ec.SECP256R1()))
    bare = "".join(whole.splitlines()[1:-1])
    assert [is_one(text) for text in (whole, bare, whole.replace("\n", " "), f" {bare}\n")] == [True] * 4
    assert is_one(apple_key())


def test_what_is_none() -> None:
    p256 = ec.generate_private_key(ec.SECP256R1())
    others = (pem(ec.generate_private_key(ec.SECP384R1())), pem(rsa.generate_private_key(65537, 2048)))
    texts = ("", "none", "AAAA", "é", *others, pem(p256, PrivateFormat.TraditionalOpenSSL), pem(p256)[:-60])
    assert [text for text in texts if is_one(text)] == []
