"""`keydesk totp`: what is drawn is what an app reads, and the code is the app's."""

import subprocess
import time
from pathlib import Path

import pyotp
import pytest
import segno
from tests.cli.running import COMMAND, command, environment

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
LINK = f"otpauth://totp/My%20app:ada%40example.com?secret={SECRET}&issuer=My%20app"


def modules(drawn: str) -> list[list[bool]]:
    """The dark modules of a QR code that is drawn two rows to a line, without its border."""
    rows = [[[char in " ▄", char in " ▀"] for char in line] for line in drawn.splitlines()]
    flat = [[cell[half] for cell in row] for row in rows for half in (0, 1)]
    first = next(index for index, row in enumerate(flat) if any(row))
    size = len(flat[0]) - 4
    return [row[2:-2] for row in flat[first : first + size]]


def test_the_qr_code_holds_the_link(tmp_path: Path) -> None:
    done = command(tmp_path, "totp", SECRET, "--user", "ada@example.com", "--issuer", "My app")
    assert (done.returncode, done.stderr) == (0, "")
    *drawn, link = done.stdout.splitlines()
    read = pyotp.parse_uri(link)
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (SECRET, "ada@example.com", "My app")
    wanted = [[bool(module) for module in row] for row in segno.make(link, error="m", micro=False).matrix]
    assert modules("\n".join(drawn)) == wanted


def test_a_link_is_drawn_as_it_is(tmp_path: Path) -> None:
    assert command(tmp_path, "totp", LINK).stdout.splitlines()[-1] == LINK


@pytest.mark.parametrize("said", [SECRET, SECRET.lower(), "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", LINK])
def test_the_code_of_this_moment(tmp_path: Path, said: str) -> None:
    """From standard input, where no other user of the machine sees it."""
    before = time.time()
    done = subprocess.run(
        [COMMAND, "totp", "--code"],
        env=environment(tmp_path), cwd=tmp_path, input=said + "\n", capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    app = pyotp.TOTP(SECRET)
    assert done.stdout.strip() in {app.at(before), app.at(time.time())}


@pytest.mark.parametrize(
    "said",
    [
        "",
        "short",
        "not base32 at all!",
        "otpauth://hotp/ada?secret=" + SECRET,
        LINK + "&digits=8",
        "otpauth://nonsense",
    ],
)
def test_what_is_no_secret_is_one_line(tmp_path: Path, said: str) -> None:
    done = command(tmp_path, "totp", said)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_terminal_without_blocks_gets_reversed_blanks(tmp_path: Path) -> None:
    done = command(tmp_path, "totp", SECRET, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\x1b[7m" in done.stdout
    assert done.stdout.isascii()
