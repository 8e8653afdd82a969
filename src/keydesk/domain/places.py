"""Where things are sealed: a sealed value opens at its own place and nowhere else, so nobody can move it."""

from typing import Final

SERVER: Final = ""  # in place of a pool: what belongs to none is the server's
SESSION: Final = "session string"


def password(sub: str) -> str:
    return f"user:{sub}"


def authenticator(sub: str) -> str:
    """The secret of a user's authenticator app, offered or verified."""
    return f"totp:{sub}"


def device(key: str) -> str:
    return f"device:{key}"


def client(id: str) -> str:
    """All secrets of an app client."""
    return f"client:{id}"


def identity_provider(pool: str, name: str, detail: str) -> str:
    """A secret detail of an identity provider."""
    return f"provider:{pool}:{name}:{detail}"


def saml_key(pool: str) -> str:
    """With what a pool signs what it sends to SAML providers."""
    return f"saml:{pool}"


def signing_key(kid: str) -> str:
    return f"key:{kid}"


def kms_key(region: str, id: str) -> str:
    """The material of a key that is served locally."""
    return f"kms_keys.material {region} {id}"


def function(region: str, name: str) -> str:
    """A function's variables; all its versions share the place."""
    return f"functions.environment {region} {name}"


def waiting(digest: bytes) -> str:
    """A sign-in between two calls, by the digest of its Session string."""
    return f"waiting:{digest.hex()}"


def passkey_challenge(digest: bytes) -> str:
    return f"passkey challenge:{digest.hex()}"


def import_part(job: str, upload: str, number: int) -> str:
    """A piece of a file that was uploaded to an import job."""
    return f"import:{job}:{upload}:{number}"
