"""What the Key Management Service refuses: codes of its published model, and its own words where those are known."""

from typing import Final

from keydesk.errors import Refusal

SYMMETRIC_ONLY: Final = (
    "Keydesk makes symmetric keys of one region only: KeySpec SYMMETRIC_DEFAULT, KeyUsage ENCRYPT_DECRYPT, "
    "Origin AWS_KMS, MultiRegion false."
)


class Validation(Refusal):
    code = "ValidationException"
    default = "The request is not valid."


class KeyNotFound(Refusal):
    code = "NotFoundException"
    default = "The key does not exist."


class CiphertextOfNoKey(Refusal):
    """The ciphertext's key is not one of this region: which keys there are is nobody's to learn from it."""

    code = "AccessDeniedException"
    default = (
        "The ciphertext refers to a customer master key that does not exist, "
        "does not exist in this region, or you are not allowed to access."
    )


class IncorrectKey(Refusal):
    code = "IncorrectKeyException"
    default = "The key ID in the request does not identify a CMK that can perform this operation."


class InvalidCiphertext(Refusal):
    code = "InvalidCiphertextException"
    default = (
        "The ciphertext is not of this service, was changed, or the encryption context is not the one it was made with."
    )


class Disabled(Refusal):
    code = "DisabledException"
    default = "The key is disabled."


class InvalidState(Refusal):
    code = "KMSInvalidStateException"
    default = "The key's state does not allow the operation."


class DryRun(Refusal):
    code = "DryRunOperationException"
    default = "The request would have succeeded, but the DryRun option is set."


class AlreadyExists(Refusal):
    code = "AlreadyExistsException"
    default = "The alias already exists."


class InvalidAliasName(Refusal):
    code = "InvalidAliasNameException"
    default = "The alias name is not valid."


class InvalidMarker(Refusal):
    code = "InvalidMarkerException"
    default = "The marker is not valid."


class MalformedPolicy(Refusal):
    code = "MalformedPolicyDocumentException"
    default = "The policy is not a JSON document."


class Tagging(Refusal):
    code = "TagException"
    default = "The tags are not valid."
