"""Names of domains: what may be a prefix, what a custom domain, and how the whole host is called."""

import pytest

from keydesk.domain.hosted_domain import CHARACTERS, NO_CERTIFICATE, NOT_BELOW, check, check_form, host
from keydesk.errors import InvalidParameter
from keydesk.shapes.types import CustomDomainConfigType

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/one"


def sentence(name: str, certificate: str | None) -> str:
    try:
        check(name, None if certificate is None else CustomDomainConfigType(certificate_arn=certificate))
    except InvalidParameter as refusal:
        return refusal.sentence
    return ""


@pytest.mark.parametrize("name", ["demo", "a", "my-awsome-app", "0-0", "paws", "x" * 63])
def test_prefixes(name: str) -> None:
    assert sentence(name, None) == ""
    assert host(name, "eu-west-1") == f"{name}.auth.eu-west-1.amazoncognito.com"


@pytest.mark.parametrize("name", ["auth.example.com", "a.b.c.example.com", "auth.localhost", "login.aws.example.com"])
def test_custom_domains(name: str) -> None:
    assert sentence(name, CERTIFICATE) == ""
    assert host(name, "eu-west-1") == name


@pytest.mark.parametrize(
    ("name", "certificate", "said"),
    [
        ("auth.example.com", None, CHARACTERS),
        ("my-aws-app", None, "Domain cannot contain reserved word: aws"),
        ("aws", None, "Domain cannot contain reserved word: aws"),
        ("newcognito", None, "Domain cannot contain reserved word: cognito"),
        ("my-amazon", None, "Domain cannot contain reserved word: amazon"),
        ("auth", CERTIFICATE, NOT_BELOW),
        ("example.com", CERTIFICATE, NOT_BELOW),
        ("demo.auth.us-east-1.amazoncognito.com", CERTIFICATE, NOT_BELOW),
        ("auth.example.com", CERTIFICATE.replace("us-east-1", "eu-west-1"), NO_CERTIFICATE),
        ("auth.example.com", CERTIFICATE.replace("acm", "iam"), NO_CERTIFICATE),
    ],
)
def test_what_is_refused(name: str, certificate: str | None, said: str) -> None:
    assert sentence(name, certificate) == said


@pytest.mark.parametrize(
    "name", ["", "Demo", "-a", "a-", "a_b", "a..b", ".a", "a.", "ä", "a b", "a\n", "https://a.b.c"]
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(InvalidParameter):
        check_form(name)
    assert sentence(name, None) == CHARACTERS
    assert sentence(name, CERTIFICATE) == CHARACTERS
