"""What tests of functions elsewhere have in common: names, a way to run them, and a certificate for localhost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keydesk.runtime.elsewhere import Directory, Elsewhere
from keydesk.runtime.function import Answer, Unreached

T = TypeVar("T")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:sample"
OTHER = ARN + "-other"
EVENT = b'{"version":"1"}'


def within(work: Callable[[Elsewhere], Awaitable[T]], *, private: bool = True, endpoint: str = "", **urls: str) -> T:
    """Do something with functions at `urls` (`sample`, `other`), and close."""
    arns = {"sample": ARN, "other": OTHER}
    directory = Directory(endpoint, {arns[name]: url for name, url in urls.items()})

    async def run() -> T:
        elsewhere = Elsewhere(directory, private=private)
        try:
            return await work(elsewhere)
        finally:
            await elsewhere.close()

    return asyncio.run(run())


def asked(seconds: float = 30, event: bytes = EVENT) -> Callable[[Elsewhere], Awaitable[Answer]]:
    return lambda elsewhere: elsewhere.invoke(ARN, event, within=seconds)


def unreached(**where: Any) -> str:
    with pytest.raises(Unreached) as why:
        within(asked(), **where)
    return why.value.code


def certificate(path: Path) -> Path:
    """A file with a new key and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
