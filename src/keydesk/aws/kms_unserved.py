"""UNSERVED: the operations of the Key Management Service that Keydesk refuses, each by its name and with its reason."""

from typing import Final

ASYMMETRIC: Final = "keys are symmetric: Encrypt, Decrypt and GenerateDataKey are served"
GRANTS: Final = "there are no grants: every signed administrator may use every key"
MATERIAL: Final = "key material is made here and never changes"
REGIONS: Final = "a key belongs to one region"
STORES: Final = "keys are kept in Keydesk's own database"

# fmt: off
UNSERVED: Final = {
    "ConnectCustomKeyStore": STORES,
    "CreateCustomKeyStore": STORES,
    "CreateGrant": GRANTS,
    "Decapsulate": ASYMMETRIC,
    "DeleteCustomKeyStore": STORES,
    "DeleteImportedKeyMaterial": MATERIAL,
    "DeriveSharedSecret": ASYMMETRIC,
    "DescribeCustomKeyStores": STORES,
    "DisconnectCustomKeyStore": STORES,
    "EnableKeyRotation": MATERIAL,
    "Encapsulate": ASYMMETRIC,
    "GenerateDataKeyPair": ASYMMETRIC,
    "GenerateDataKeyPairWithoutPlaintext": ASYMMETRIC,
    "GenerateMac": ASYMMETRIC,
    "GenerateRandom": "use the operating system's random numbers",
    "GetKeyLastUsage": "uses of a key are not recorded",
    "GetParametersForImport": MATERIAL,
    "GetPublicKey": ASYMMETRIC,
    "ImportKeyMaterial": MATERIAL,
    "ListGrants": GRANTS,
    "ListKeyRotations": MATERIAL,
    "ListRetirableGrants": GRANTS,
    "ReEncrypt": "call Decrypt, then Encrypt",
    "ReplicateKey": REGIONS,
    "RetireGrant": GRANTS,
    "RevokeGrant": GRANTS,
    "RotateKeyOnDemand": MATERIAL,
    "Sign": ASYMMETRIC,
    "UpdateCustomKeyStore": STORES,
    "UpdatePrimaryRegion": REGIONS,
    "Verify": ASYMMETRIC,
    "VerifyMac": ASYMMETRIC,
}
# fmt: on
