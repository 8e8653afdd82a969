"""The names under which a pool's pages are: a prefix of Amazon's domain, or a domain of one's own, and their rules.

Surprise: a name with a dot is a custom domain, one without is a prefix; so the name alone tells which it is.
"""

import re
from typing import Final

from keydesk.errors import InvalidParameter
from keydesk.shapes.types import CustomDomainConfigType

AMAZON: Final = "amazoncognito.com"
LOCALHOST: Final = "localhost"  # browsers take every name below it for this machine (RFC 6761 section 6.3)
ANYWHERE: Final = ("amazon", "cognito")  # reserved, also inside longer words
WORD: Final = "aws"  # reserved where it stands between hyphens: `awsome` is a name like any other
LABEL: Final = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
CHARACTERS: Final = (
    "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and "
    f"hyphens. Please enter a different name that follows this format: ^{LABEL}$"
)
NOT_BELOW: Final = (
    "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or domain "
    "parent is a top-level domain."
)
NO_CERTIFICATE: Final = (
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
    "certificate chain."
)
_NAME: Final = re.compile(rf"{LABEL}(\.{LABEL})*")


def is_custom(name: str) -> bool:
    return "." in name


def host(name: str, region: str) -> str:
    """The whole host name, which nobody else can have."""
    return name if is_custom(name) else f"{name}.auth.{region}.{AMAZON}"


def check_form(name: str) -> None:
    """Raises InvalidParameter for what can be neither a prefix nor a host name."""
    if _NAME.fullmatch(name) is None:
        raise InvalidParameter(CHARACTERS)


def check(name: str, custom: CustomDomainConfigType | None) -> None:
    """Hold a new name against the rules of prefixes, or with a certificate those of custom domains (no DNS is asked).

    Raises InvalidParameter.
    """
    check_form(name)
    if custom is None:
        _check_prefix(name)
    else:
        _check_below(name)
        check_certificate(custom.certificate_arn)


def check_certificate(arn: str) -> None:
    """Raises InvalidParameter for a certificate that no distribution could use. It is not looked up."""
    if arn.split(":")[2:4] != ["acm", "us-east-1"]:
        raise InvalidParameter(NO_CERTIFICATE)


def _check_prefix(name: str) -> None:
    if is_custom(name):
        raise InvalidParameter(CHARACTERS)
    said = next((word for word in ANYWHERE if word in name), WORD if WORD in name.split("-") else "")
    if said:
        raise InvalidParameter(f"Domain cannot contain reserved word: {said}")


def _check_below(name: str) -> None:
    parent = name.partition(".")[2]
    if name.endswith(f".{AMAZON}") or not (is_custom(parent) or parent == LOCALHOST):
        raise InvalidParameter(NOT_BELOW)
