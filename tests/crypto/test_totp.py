"""Time-based codes: the published examples, one step of skew, each code once, and what is no code at all."""

import base64
import re

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.crypto import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()  # of RFC 6238 appendix B
NOW = 1_700_000_010_000  # ten seconds into a step
STEP = NOW // totp.STEP


# RFC 6238, appendix B: the SHA-1 column, cut to six digits
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"),
        (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_codes_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.code_at(SECRET, seconds * 1000) == code
    assert totp.step_of(SECRET, code, seconds * 1000) == seconds // 30


def test_a_secret_is_160_random_bits() -> None:
    one, other = totp.new_secret(), totp.new_secret()
    assert one != other
    assert len(base64.b32decode(one)) == 20
    assert re.fullmatch("[A-Z2-7]{32}", one)


# AU-09
@pytest.mark.parametrize(("away", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_skew(away: int, accepted: bool) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(STEP + away)
    assert totp.step_of(SECRET, code, NOW) == (STEP + away if accepted else None)


def test_only_six_ascii_digits_are_a_code() -> None:
    code = totp.code_at(SECRET, NOW)
    other_script = "".join(chr(0x0660 + int(digit)) for digit in code)  # Arabic-Indic digits
    full_width = "".join(chr(0xFF10 + int(digit)) for digit in code)
    for wrong in ("", code[:5], code + "0", f" {code}", f"{code}\n", f"+{code[1:]}", other_script, full_width):
        assert totp.step_of(SECRET, wrong, NOW) is None


@given(st.text(max_size=12))
def test_anything_else_is_refused_quietly(said: str) -> None:
    right = {pyotp.TOTP(SECRET).generate_otp(STEP + away) for away in (-1, 0, 1)}
    assert (totp.step_of(SECRET, said, NOW) is not None) == (said in right)


def test_the_beginning_of_time_is_no_trap() -> None:
    assert totp.step_of(SECRET, totp.code_at(SECRET, 30_000), 0) == 1


def test_a_link_says_all_that_an_app_needs() -> None:
    link = totp.link(SECRET, "ada@example.com", "My app")
    read = pyotp.parse_uri(link)
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (SECRET, "ada@example.com", "My app")
    assert (read.digits, read.interval) == (6, 30)


@pytest.mark.parametrize("said", [SECRET, SECRET.lower(), f" {SECRET[:16]} {SECRET[16:]}\n", SECRET + "===="])
def test_a_secret_is_read_as_people_paste_it(said: str) -> None:
    assert totp.read(said) == (SECRET, "")


def test_a_secret_is_read_from_its_link() -> None:
    link = totp.link(SECRET, "ada@example.com", "My app")
    assert totp.read(link) == (SECRET, link)


@pytest.mark.parametrize("said", [SECRET[:15], SECRET[:17], SECRET + "1", "otpauth://totp/ada?secret=A"])
def test_a_secret_that_was_cut_is_none(said: str) -> None:
    with pytest.raises(ValueError, match=r"base32|padding"):
        totp.read(said)


@given(st.text(max_size=60) | st.text("abcXYZ234= ", min_size=16, max_size=60))
def test_anything_else_is_no_secret(said: str) -> None:
    try:
        secret, _ = totp.read(said)
    except ValueError:
        return
    assert len(totp.code_at(secret, NOW)) == 6
