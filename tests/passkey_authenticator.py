"""An authenticator in software: it makes passkeys and signs with them, and can be told to do each thing wrongly."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def plain(said: str) -> bytes:
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


@dataclass
class Authenticator:
    """One passkey, once `register` was called. Change a field to have it lie from then on."""

    origin: str = "http://localhost:3000"
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: token_bytes(32))
    model: bytes = bytes(16)  # AAGUID
    count: int = 0
    counts: bool = True  # most synced passkeys say 0 for ever
    flags: int = PRESENT | VERIFIED
    transports: tuple[str, ...] = ("internal",)
    attachment: str = "platform"
    handle: str = ""
    rp_id: str = ""  # what the options say, where empty
    across: bool = False

    def register(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """RegistrationResponseJSON for PublicKeyCredentialCreationOptionsJSON. `wrong` replaces parts."""
        said = {"challenge": options["challenge"], "fmt": "none", "statement": {}, "cose": self.cose()} | wrong
        self.handle = options["user"]["id"]
        attested = self.model + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(said["cose"])
        told = self._told(self.rp_id or options["rp"]["id"], ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": said["fmt"], "attStmt": said["statement"], "authData": told})
        client = self._client("webauthn.create", said["challenge"])
        response = {"clientDataJSON": text(client), "attestationObject": text(attestation)}
        return self._credential({**response, "transports": list(self.transports)})

    def sign(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON. `wrong` replaces parts."""
        said = {"challenge": options["challenge"], "handle": self.handle} | wrong
        self.count += self.counts
        told = self._told(self.rp_id or options["rpId"], 0)
        client = self._client("webauthn.get", said["challenge"])
        signature = self._signature(told + hashlib.sha256(client).digest())
        response = {"clientDataJSON": text(client), "authenticatorData": text(told), "signature": text(signature)}
        return self._credential({**response, "userHandle": said["handle"]})

    def cose(self) -> dict[int, Any]:
        """The public key as COSE has it (RFC 9053)."""
        public = self.key.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            at = public.public_numbers()
            return {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")}
        if isinstance(public, ed25519.Ed25519PublicKey):
            return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}
        numbers = public.public_numbers()
        size = public.key_size // 8
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(size, "big"), -2: numbers.e.to_bytes(3, "big")}

    def _told(self, rp_id: str, flags: int) -> bytes:
        flags |= self.flags
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.across}
        return json.dumps(said).encode()

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(SHA256()))
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        return self.key.sign(data, padding.PKCS1v15(), SHA256())

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {},
            "response": response,
        }
