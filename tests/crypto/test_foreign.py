"""Hashes of other systems: published test vectors match, and what costs too much or is no hash is never kept."""

import pytest

from keydesk.crypto import foreign, passwords
from keydesk.crypto.foreign import Unfit

# Sources: jBCrypt's and Openwall's test vectors; RFC 7914 sections 12 and 11; the reference argon2's own tests.
LONG = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
VECTORS = [
    ("BCRYPT", "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("BCRYPT", LONG + "chars after 72 are ignored", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
    (
        "SCRYPT",
        "pleaseletmein",
        "16384$8$1$536f6469756d43686c6f72696465$7023bdcb3afd7348461c06cd81fd38eb"
        "fda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    ),
    ("ARGON2ID", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    (
        "PBKDF2_SHA256",
        "passwd",
        "$pbkdf2-sha256$1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd.8xfHG4RbHjC9UJESBB06GXgw",
    ),
]


@pytest.mark.parametrize(("algorithm", "password", "encoded"), VECTORS)
def test_published_vectors_match(algorithm: str, password: str, encoded: str) -> None:
    kept = passwords.adopt(algorithm, encoded)
    assert passwords.matches(kept, password, "ada", "Pool")
    assert not passwords.matches(kept, password[1:], "ada", "Pool")
    assert (passwords.kind(kept), passwords.foreign_algorithm(kept)) == (None, algorithm)


# The greatest costs that Cognito documents, and what is beyond them or is no such hash.
FITTING = {
    "BCRYPT": "$2y$12$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6",
    "SCRYPT": "65536$8$1$304dbaef7c5e828dc19c98f0600d18fe$4f69c498c12cd102d057356facf8d77e",
    "ARGON2ID": "$argon2id$v=19$m=19456,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA",
    "PBKDF2_SHA256": "$pbkdf2-sha256$600000$1XZlmwLQ2hhM3JYuCPiArQ$Pfheg9Zi/v5lXU4yyLA0WFUYEd/rlaVbzrM9oMD6IrA",
}
UNFIT = {
    "BCRYPT": ("$12$|$13$", "$12$|$03$", "$2y|$2z", "q6|q", "$2y|x$2y"),
    "SCRYPT": (
        "65536|131072",
        "65536|65535",
        "65536|1",
        "$8$|$16$",
        "$1$|$2$",
        "d77e|d77",
        "304d|30zz",
        "4f69c498c12cd102|",
    ),
    "ARGON2ID": ("19456|19457", "19456|7", "t=2|t=3", "p=1|p=2", "argon2id|argon2i", "v=19|v=18", "5VA|5VB", "DA$|D$"),
    "PBKDF2_SHA256": ("600000|600001", "600000|0", "sha256|sha512", "IrA|IrB", "Pfheg9Zi/v5lXU4yyLA0WFUYEd/rlaVb|"),
}


@pytest.mark.parametrize("algorithm", FITTING)
def test_a_hash_that_costs_too_much_or_is_none_is_refused(algorithm: str) -> None:
    foreign.check(algorithm, FITTING[algorithm])
    for change in UNFIT[algorithm]:
        wrong = FITTING[algorithm].replace(*change.split("|"), 1)
        assert wrong != FITTING[algorithm]
        with pytest.raises(Unfit):
            foreign.check(algorithm, wrong)
    for other in FITTING.keys() - {algorithm}:
        with pytest.raises(Unfit, match="does not have the form"):
            foreign.check(algorithm, FITTING[other])


@pytest.mark.parametrize(("algorithm", "password", "encoded"), VECTORS)
def test_a_decoy_costs_the_same_and_matches_nothing(algorithm: str, password: str, encoded: str) -> None:
    """EN-02."""
    decoy = foreign.decoy(algorithm, encoded)
    foreign.check(algorithm, decoy)
    assert foreign.work(algorithm, decoy) == foreign.work(algorithm, encoded)
    assert not foreign.matches(algorithm, decoy, password.encode())
    assert decoy != encoded != foreign.decoy(algorithm, decoy)
