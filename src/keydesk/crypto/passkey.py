"""Passkeys (WebAuthn Level 3): options for the browser, and its answers verified, all of it by py_webauthn.

Surprise: on hostile input the library raises whatever its parsers raise, so nothing narrower than Exception will do.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_cbor,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
]
LONGEST_ID: Final = 1023  # bytes (WebAuthn section 4, Credential ID)
CHALLENGE_SIZE: Final = 32  # bytes; WebAuthn section 13.4.3 asks for 16 or more
_LONGEST_KEY: Final = 1100  # bytes of COSE: an RSA key of 8,192 bits and what is around it
_SHORTEST_RSA: Final = 2048  # bits
_REGISTERING: Final = 60_000  # milliseconds that the browser may wait for the user; what Cognito tells
_SIGNING_IN: Final = 180_000


class Reason(Enum):
    """Why an answer is refused."""

    FORM = auto()  # it cannot be read, or is the answer to another question
    RELYING_PARTY = auto()  # it was made for another domain
    UNSUPPORTED = auto()  # a key, an attestation or an authenticator of a kind that is not taken
    UNPROVED = auto()  # the signature, the counter, or the user's presence or verification


class PasskeyRefused(Exception):
    """`detail` is for the log."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail[:200]
        super().__init__(self.detail)


class Party(NamedTuple):
    """The relying party: its domain, and whether the authenticator must verify the user (a PIN, a finger)."""

    id: str
    verifies: bool


class Account(NamedTuple):
    """Whom a new passkey is for. `handle` comes back when it is used."""

    handle: bytes
    name: str


class Known(NamedTuple):
    """A passkey that the browser may be told of."""

    id: bytes
    transports: tuple[str, ...]


class Kept(NamedTuple):
    """What an assertion is held against."""

    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Registration:
    """A new credential as the browser handed it over; nothing of it is verified."""

    credential: RegistrationCredential
    challenge: bytes
    origin: str
    across: bool  # made in a frame of another site


@dataclass(frozen=True, slots=True)
class Assertion:
    """A signature by a passkey as the browser handed it over; nothing of it is verified."""

    credential: AuthenticationCredential
    id: bytes
    handle: bytes | None
    origin: str
    across: bool


class Made(NamedTuple):
    """A verified new passkey. `model` is the AAGUID, zeros where the authenticator does not tell."""

    id: bytes
    public_key: bytes
    sign_count: int
    model: str
    transports: tuple[str, ...]
    attachment: str
    synced: bool


class Used(NamedTuple):
    """A verified assertion: the authenticator's new count, and whether the passkey is kept elsewhere too."""

    sign_count: int
    synced: bool
    user_verified: bool


def creation_options(party: Party, account: Account, challenge: bytes, known: Iterable[Known]) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON (WebAuthn section 5.1.9): a discoverable credential, no attestation."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.id,
        user_id=account.handle,
        user_name=account.name,
        challenge=challenge,
        timeout=_REGISTERING,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=_verification(party),
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(party: Party, challenge: bytes, known: Iterable[Known]) -> str:
    """PublicKeyCredentialRequestOptionsJSON (WebAuthn section 5.1.10), as text."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_SIGNING_IN,
        allow_credentials=_described(known),
        user_verification=_verification(party),
    )
    return options_to_json(options)


def read_registration(document: dict[str, Any]) -> Registration:
    """RegistrationResponseJSON. Raises PasskeyRefused for anything else."""
    with _refusing(Reason.FORM):
        credential = parse_registration_credential_json(document)
        client = parse_client_data_json(credential.response.client_data_json)
        return Registration(credential, client.challenge, _text(client.origin), client.cross_origin or False)


def read_assertion(document: dict[str, Any]) -> Assertion:
    """AuthenticationResponseJSON. Raises PasskeyRefused for anything else."""
    with _refusing(Reason.FORM):
        credential = parse_authentication_credential_json(document)
        client = parse_client_data_json(credential.response.client_data_json)
        handle = credential.response.user_handle
        return Assertion(credential, credential.raw_id, handle, _text(client.origin), client.cross_origin or False)


def verify_registration(said: Registration, party: Party, challenge: bytes) -> Made:
    """The new passkey (WebAuthn section 7.1); its origin is for the caller to judge. Raises PasskeyRefused."""
    with _refusing(Reason.FORM):
        _check_attestation(said.credential.response.attestation_object)
        told = parse_attestation_object(said.credential.response.attestation_object).auth_data
    if told.rp_id_hash != sha256(party.id.encode()).digest():
        raise PasskeyRefused(Reason.RELYING_PARTY, "made for another relying party")
    if party.verifies and not told.flags.uv:
        raise PasskeyRefused(Reason.UNSUPPORTED, "the authenticator did not verify the user")
    attested = told.attested_credential_data
    if attested is None or not 0 < len(attested.credential_id) <= LONGEST_ID:
        raise PasskeyRefused(Reason.FORM, "no credential id, or one that is too long")
    if attested.credential_id != said.credential.raw_id:
        raise PasskeyRefused(Reason.FORM, "the credential id is not the attested one")
    with _refusing(Reason.UNSUPPORTED):
        _check_key(attested.credential_public_key)
    with _refusing(Reason.FORM):
        made = verify_registration_response(
            credential=said.credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=said.origin,
            require_user_verification=party.verifies,
            supported_pub_key_algs=ALGORITHMS,
        )
    attachment = said.credential.authenticator_attachment
    return Made(
        id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        model=made.aaguid,
        transports=tuple(dict.fromkeys(each.value for each in said.credential.response.transports or [])),
        attachment=attachment.value if attachment else "",
        synced=made.credential_backed_up,
    )


def verify_assertion(said: Assertion, party: Party, challenge: bytes, kept: Kept) -> Used:
    """A use of the passkey (WebAuthn section 7.2); its origin is for the caller to judge. Raises PasskeyRefused."""
    with _refusing(Reason.UNPROVED):
        used = verify_authentication_response(
            credential=said.credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=said.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count,
            require_user_verification=party.verifies,
        )
        return Used(used.new_sign_count, used.credential_backed_up, used.user_verified)


def _check_attestation(cbor: bytes) -> None:
    """A number in place of the authenticator's data would become as many bytes of memory (py_webauthn 3.0.1)."""
    attestation = parse_cbor(cbor)
    if not isinstance(attestation, dict) or not isinstance(attestation.get("authData"), bytes):
        raise ValueError("the authenticator data is no byte string")


def _check_key(cose: bytes) -> None:
    """What py_webauthn leaves open without attestation: the key is one that signatures can be held against later."""
    decoded = decode_credential_public_key(cose)
    key = decoded_public_key_to_cryptography(decoded)
    if decoded.alg not in ALGORITHMS or len(cose) > _LONGEST_KEY:
        raise ValueError("the algorithm is not offered, or the key is too long")
    if isinstance(key, EllipticCurvePublicKey) and not isinstance(key.curve, SECP256R1):
        raise ValueError("ES256 goes with P-256 only")
    if isinstance(key, RSAPublicKey) and key.key_size < _SHORTEST_RSA:
        raise ValueError("the RSA key is too short")


@contextmanager
def _refusing(reason: Reason) -> Iterator[None]:
    try:
        yield
    except Exception as fault:
        raise PasskeyRefused(reason, f"{type(fault).__name__}: {fault}") from fault


def _described(known: Iterable[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=each.id, transports=[AuthenticatorTransport(one) for one in each.transports])
        for each in known
    ]


def _verification(party: Party) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if party.verifies else UserVerificationRequirement.PREFERRED


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise ValueError("the origin is no text")
    return said
