"""Who signed a request: AWS Signature Version 4, claimed (development) or verified (production).

Written on the standard library's HMAC and not on botocore's signer: that one signs what a client is about to send, from
its own clock and URL objects, and importing it would cost a third of the start-up. Tests hold the two together.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from keydesk.errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken, UnrecognizedClient
from keydesk.wire.request import Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
WINDOW: Final = timedelta(minutes=5)  # how far a client's clock may be from ours, either way

_DAY: Final = re.compile(r"[0-9]{8}", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_REGION: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_SERVICE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed, for which region and service. Only `verify` makes it more than a claim."""

    access_key: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """The Authorization header, taken apart and judged for form only."""

    access_key: str
    day: str
    region: str
    service: str
    signed: str  # header names as sent: lower case, in order, with semicolons
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/{TERMINATOR}"


def claimed(request: Request) -> Caller | None:
    """Who the request says signed it, with nothing verified; None where no AWS signature is given.

    Raises IncompleteSignature where one is given that is not of the form.
    """
    claim = _claim(request)
    return Caller(claim.access_key, claim.region, claim.service) if claim else None


def verify(request: Request, keys: Mapping[str, str], now_ms: int, services: frozenset[str]) -> Caller:
    """Who signed the request, proven by the secret in `keys` (access key id to secret); security requirement RQ-01.

    `services` are the names that the credential scope may have at this door. The signature must cover the host, the
    date and every `x-amz-*` header that was sent; the body is hashed here, whatever hash the client states.
    Signatures in the query (presigned addresses) are not taken: they live longer than the window of `WINDOW`.
    Raises MissingAuthenticationToken, IncompleteSignature, UnrecognizedClient or InvalidSignature.
    """
    claim = _claim(request)
    if claim is None:
        raise MissingAuthenticationToken
    secret = keys.get(claim.access_key)
    if secret is None or "x-amz-security-token" in request.headers:  # keys here are lasting: no token goes with them
        raise UnrecognizedClient
    moment = _moment(request)
    _timely(moment, now_ms)
    _scoped(claim, moment, services)
    _covered(claim, request.headers)
    expected = _signature(request, claim, secret)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode("utf-8")):
        raise InvalidSignature
    return Caller(claim.access_key, claim.region, claim.service)


def _claim(request: Request) -> _Claim | None:
    header = request.headers.get("authorization", "")
    algorithm, _, rest = header.strip().partition(" ")
    if not algorithm.startswith("AWS4-"):
        return None  # nothing, or another scheme such as a bearer token, which is not a signature
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
    parts = _parts(rest)
    scope = parts["Credential"].rsplit("/", 4)
    if len(scope) != 5 or not all(scope):
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    access_key, day, region, service, terminator = scope
    if terminator != TERMINATOR:
        raise IncompleteSignature(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    if not _DAY.fullmatch(day):
        raise IncompleteSignature("Date in Credential scope must have the form YYYYMMDD.")
    if not _REGION.fullmatch(region):
        raise IncompleteSignature("Credential should be scoped to a valid region.")
    if not _SERVICE.fullmatch(service):
        raise IncompleteSignature("Credential should be scoped to a valid service.")
    return _Claim(access_key, day, region, service, parts["SignedHeaders"], parts["Signature"])


def _parts(rest: str) -> dict[str, str]:
    """The three parameters. Raises IncompleteSignature that names all that are missing, doubled or strange."""
    parts: dict[str, str] = {}
    for item in rest.split(","):
        name, _, value = item.strip().partition("=")
        if name not in {"Credential", "SignedHeaders", "Signature"} or name in parts or not value:
            raise IncompleteSignature(
                "Authorization header must be 'Credential=..., SignedHeaders=..., Signature=...'."
            )
        parts[name] = value
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in parts]
    if missing:
        raise IncompleteSignature(" ".join(f"Authorization header requires '{name}' parameter." for name in missing))
    return parts


def _moment(request: Request) -> datetime:
    """When the client says it signed, to the second."""
    said = request.headers.get("x-amz-date", "")
    if not said:
        raise IncompleteSignature("Authorization header requires existence of an 'X-Amz-Date' header.")
    if _MOMENT.fullmatch(said):
        try:
            year, *rest = (int(said[at:end]) for at, end in ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15)))
            month, day, hour, minute, second = rest  # strptime takes ten times as long
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:  # the thirteenth month and its like
            pass
    raise IncompleteSignature("Date must be in ISO-8601 'basic format', as in 20300131T235959Z.")


def _timely(moment: datetime, now_ms: int) -> None:
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    if moment < now - WINDOW:
        raise InvalidSignature(
            f"Signature expired: {_iso(moment)} is now earlier than {_iso(now - WINDOW)} ({_iso(now)} - 5 min.)"
        )
    if moment > now + WINDOW:
        raise InvalidSignature(
            f"Signature not yet current: {_iso(moment)} is still later than {_iso(now + WINDOW)} ({_iso(now)} + 5 min.)"
        )


def _scoped(claim: _Claim, moment: datetime, services: frozenset[str]) -> None:
    stamp = _iso(moment)
    if claim.day != stamp[:8]:
        raise InvalidSignature(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.day}' != '{stamp[:8]}', from '{stamp}'."
        )
    if claim.service not in services:
        wanted = "' or '".join(sorted(services))
        raise InvalidSignature(f"Credential should be scoped to correct service: '{wanted}'.")


def _covered(claim: _Claim, headers: Mapping[str, str]) -> None:
    """What decides the request's meaning must be under the signature, or it could be exchanged on the way."""
    signed = claim.signed.split(";")
    needed = ["host", *(name for name in headers if name.startswith("x-amz-"))]
    bare = sorted(name for name in needed if name not in signed)
    if bare:
        raise InvalidSignature("There were headers present in the request which were not signed: " + ", ".join(bare))


def _signature(request: Request, claim: _Claim, secret: str) -> str:
    stamp = request.headers["x-amz-date"]  # judged by _moment
    text = "\n".join((ALGORITHM, stamp, claim.scope, sha256(_canonical(request, claim)).hexdigest()))
    key = b"AWS4" + secret.encode()
    for step in (claim.day, claim.region, claim.service, TERMINATOR):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(request: Request, claim: _Claim) -> bytes:
    """The canonical request: bytes, because header text is Latin-1 on this side of the wire whatever it means."""
    lines = [request.method.encode("latin-1", "replace"), _path(request.raw_path), _query(request.query)]
    lines += _headers(claim.signed.split(";"), request.headers)
    lines += [b"", claim.signed.encode("utf-8"), sha256(request.body).hexdigest().encode()]
    return b"\n".join(lines)


def _path(raw: str) -> bytes:
    """The path as sent, without dot segments and doubled slashes, and encoded once more (every service but S3)."""
    kept: list[str] = []
    for segment in raw.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    first = "/" if raw.startswith("/") or not raw else ""
    path = first + "/".join(kept) + ("/" if kept and raw.endswith("/") else "")
    return quote(path.encode("latin-1", "replace"), safe="/~").encode()


def _query(query: str) -> bytes:
    """Names and values decoded as a handler would, encoded in the one canonical way, in order."""
    pairs = []
    for item in query.split("&"):
        if item:
            name, _, value = item.partition("=")
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs)).encode()


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ").encode("latin-1", "replace")), safe="-_.~")


def _headers(signed: Iterable[str], headers: Mapping[str, str]) -> list[bytes]:
    """One line for each, runs of blanks made one. Split as bytes: half a UTF-8 character may look like a blank."""
    return [
        name.encode("utf-8") + b":" + b" ".join(headers.get(name, "").encode("latin-1", "replace").split())
        for name in signed
    ]


def _iso(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"
