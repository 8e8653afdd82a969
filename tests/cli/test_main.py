"""What a person can mend is one line on standard error and exit code 2, never a trace."""

import socket
from pathlib import Path

import pytest
from tests.cli.running import command, running

import keydesk

ISSUER = (
    "issuer must be empty or an address with https:// or http://, with {pool} and {region} in braces and nothing else"
)


def one_line(home: Path, *line: str, **variables: str) -> str:
    """What the command says when it refuses to start."""
    done = command(home, *line, **variables)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert done.stderr.startswith("keydesk: ")
    return done.stderr.removeprefix("keydesk: ").strip()


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, keydesk.__version__ + "\n", "")


def test_without_words_it_names_its_commands(tmp_path: Path) -> None:
    done = command(tmp_path)
    assert all(name in done.stdout + done.stderr for name in ("dev", "serve", "doctor"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "70000", "port must be a whole number from 0 to 65535, not '70000'"),
        ("PORT", "many", "port must be a whole number from 0 to 65535, not 'many'"),
        ("LOG_DAYS", "x", "log_days must be a whole number from 1 to 36500, not 'x'"),
        ("ARGON2ID", "perhaps", "argon2id must be true or false, not 'perhaps'"),
        ("SEMANTICS", "cognito", "semantics must be one of keydesk, aws, not 'cognito'"),
        ("ISSUER", "login", f"{ISSUER}, not 'login'"),
        ("ISSUER", "https://login.example.com/{pol}", f"{ISSUER}, not 'https://login.example.com/{{pol}}'"),
        ("DATABASE_URL", "mysql://me:geheim@host/x", "database_url must be postgresql://… or empty"),
        ("PROT", "1", "the environment variable KEYDESK_PROT is not a setting of Keydesk"),
    ],
)
def test_a_bad_setting_is_one_line(tmp_path: Path, variable: str, value: str, said: str) -> None:
    assert one_line(tmp_path, "dev", **{f"KEYDESK_{variable}": value}) == said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a", "keydesk.toml: Expected ']' at the end of a table declaration"),
        ("prot = 1", "keydesk.toml: prot is not a setting of Keydesk"),
        ("[host]", "keydesk.toml: host must be a text, a whole number, true or false"),
        ('admin_keys = ["KDADMIN:0123456789abcdef"]', "keydesk.toml: admin_keys must be a text, a whole number"),
        ("worker_limit = 0", "worker_limit must be a whole number from 1 to 1000, not '0'"),
    ],
)
def test_a_bad_file_of_settings_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "keydesk.toml").write_text(text)
    assert one_line(tmp_path, "serve").startswith(said)


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    """With the reason, and without the password."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        url = f"postgresql://me:geheim@127.0.0.1:{taken.getsockname()[1]}/x"
        said = one_line(tmp_path, "dev", "--port", "0", KEYDESK_DATABASE_URL=url)
        assert one_line(tmp_path, "dev", "--port", "0", KEYDESK_DATABASE_URL=f"{url}?ssl=on") == (
            'database_url: invalid connection option "ssl"'
        )
        assert one_line(tmp_path, "dev", "--port", "0", KEYDESK_DATABASE_URL=f"{url}?pgbouncer=1") == (
            "database_url: pgbouncer must be true or false"
        )
    assert "PostgreSQL" in said
    assert "refused" in said
    assert "geheim" not in said


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "keydesk.db").write_bytes(b"half a backup, perhaps")
    said = one_line(tmp_path, "serve", "--port", "0", "--data", ".", KEYDESK_ADMIN_KEYS="KDADMIN:0123456789abcdef")
    assert said == f"{tmp_path / 'keydesk.db'}: file is not a database; put a backup in its place"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    assert "Not a directory" in one_line(tmp_path, "dev", "--port", "0", "--data", "/dev/null/x")


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with running(tmp_path, "dev") as first:
        port = first.address.rpartition(":")[2]
        said = one_line(tmp_path / "other", "dev", "--port", port)
        assert said == f"cannot listen on 127.0.0.1 port {port}: Address already in use"
        assert list((tmp_path / "other").iterdir()) == []
