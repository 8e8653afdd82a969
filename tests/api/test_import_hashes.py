"""Users who are imported with another system's password hash: their password signs in, and becomes the house's own."""

import hashlib
from base64 import b64encode
from typing import Any

import bcrypt
import msgspec
import pytest
from argon2 import PasswordHasher
from tests.api.importing import counts, done, importing
from tests.serving import Pool, Serving

from keydesk.crypto import foreign, passwords
from keydesk.crypto.passwords import Kind
from keydesk.flows.credentials import Kept
from keydesk.store import users

COLUMNS = "cognito:username,email,email_verified,password_hash"
PASSWORD = "Café-horse-9"
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
SALT = b"sixteen bytes..."


def _base64(data: bytes) -> str:
    return b64encode(data).decode().rstrip("=")


def _scrypt(password: str) -> str:
    digest = hashlib.scrypt(password.encode(), salt=SALT, n=1024, r=8, p=1)
    return f"1024$8$1${SALT.hex()}${digest.hex()}"


def _pbkdf2(password: str) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 1000)
    return f"$pbkdf2-sha256$1000${_base64(SALT)}${_base64(digest)}"


# As other systems make them.
MADE = {
    "BCRYPT": lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode(),
    "SCRYPT": _scrypt,
    "ARGON2ID": lambda password: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(password),
    "PBKDF2_SHA256": _pbkdf2,
}


def line(name: str, hashed: str = "") -> str:
    quoted = hashed.replace(",", "\\,")  # argon2id has commas in it
    return f"{name},{name}@example.com,TRUE,{quoted}"


def credential(pool: Pool, name: str) -> list[Kind | None]:
    """The kinds of hash that are kept of a user."""
    desk = pool.server.house.desk
    user = pool.server.run(desk.store.read(users.called, pool.id, name))
    opened = desk.sealer.open(user.credential, f"user:{user.sub}")
    return [passwords.kind(hashed) for hashed in msgspec.msgpack.decode(opened, type=Kept).now]


@pytest.mark.parametrize("algorithm", MADE)
def test_the_first_sign_in_makes_the_hash_the_houses_own(server: Serving, algorithm: str) -> None:
    pool = importing(server)
    job, told = done(pool, line("ada", MADE[algorithm](PASSWORD)), line("eve"), header=COLUMNS,
                     PasswordHashingAlgorithm=algorithm)  # fmt: skip
    assert (job["PasswordHashingAlgorithm"], counts(job)) == (algorithm, (2, 0, 0))
    assert not any("ada" in one for one in told)
    status = {name: pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"] for name in ("ada", "eve")}
    assert status == {"ada": "CONFIRMED", "eve": "RESET_REQUIRED"}
    assert pool.refused(pool.sign_in, "ada", PASSWORD + "x") == WRONG
    assert credential(pool, "ada") == [None]
    assert pool.tokens("ada", PASSWORD)["AccessToken"]
    assert credential(pool, "ada") == [Kind.SRP]
    assert pool.tokens("ada", PASSWORD)["AccessToken"]
    assert pool.refused(pool.sign_in, "ada", PASSWORD + "x") == WRONG


def test_a_reset_takes_the_place_of_an_imported_hash(server: Serving) -> None:
    pool = importing(server)
    done(pool, line("ada", MADE["BCRYPT"](PASSWORD)), header=COLUMNS, PasswordHashingAlgorithm="BCRYPT")
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password="Battery-staple-7", Permanent=True)
    assert credential(pool, "ada") == [Kind.SRP]
    assert pool.refused(pool.sign_in, "ada", PASSWORD) == WRONG
    assert pool.tokens("ada", "Battery-staple-7")["AccessToken"]


def test_hashes_that_are_not_taken(server: Serving) -> None:
    """Each fails its line, as does one that no algorithm was named for; without their column the whole job fails."""
    pool, good = importing(server), MADE["BCRYPT"](PASSWORD)
    lines = [
        line("one", good[:-1]),
        line("two", MADE["ARGON2ID"](PASSWORD)),
        line("three", good.replace("$04$", "$13$")),
    ]
    job, told = done(pool, *lines, header=COLUMNS, PasswordHashingAlgorithm="BCRYPT")
    assert (job["Status"], counts(job)) == ("Failed", (0, 0, 3))
    assert [one.partition(" - ")[2] for one in told] == [
        "The password hash does not have the form of BCRYPT.",
        "The password hash does not have the form of BCRYPT.",
        "The parameters of the password hash are out of bounds; at most they may be cost 12.",
    ]
    bare, _ = done(pool, "ada,a@example.com,TRUE", header=COLUMNS.rpartition(",")[0], PasswordHashingAlgorithm="BCRYPT")
    assert (bare["Status"], bare["CompletionMessage"]) == (
        "Failed",
        "The header is wrong: the column password_hash is missing.",
    )
    _, unasked = done(pool, line("ada", good), header=COLUMNS)
    assert unasked[0].endswith("but the import job was created without PasswordHashingAlgorithm.")


def test_en_02_a_wrong_password_costs_the_same_whoever_is_named(server: Serving, monkeypatch: Any) -> None:
    """Of each algorithm that was imported one check, of the greatest cost seen; a right password costs none more."""
    pool = importing(server, client={"PreventUserExistenceErrors": "ENABLED"})
    dear = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(5)).decode()
    done(pool, line("ada", MADE["BCRYPT"](PASSWORD)), line("bea", dear), header=COLUMNS,
         PasswordHashingAlgorithm="BCRYPT")  # fmt: skip
    done(pool, line("cy", _scrypt(PASSWORD)), line("eve"), header=COLUMNS, PasswordHashingAlgorithm="SCRYPT")
    pool.user("own", PASSWORD)
    checked: list[tuple[str, int]] = []
    real = foreign.matches

    def counted(algorithm: str, encoded: str, password: bytes) -> bool:
        checked.append((algorithm, foreign.work(algorithm, encoded)))
        return real(algorithm, encoded, password)

    monkeypatch.setattr(foreign, "matches", counted)
    dearest, scrypt = ("BCRYPT", 32), ("SCRYPT", 8192)
    for name in ("bea", "cy", "eve", "own", "nobody"):  # eve was imported without a password
        checked.clear()
        assert pool.refused(pool.sign_in, name, PASSWORD + "x") == WRONG
        assert sorted(checked) == [dearest, scrypt], name
    checked.clear()
    assert pool.tokens("own", PASSWORD)["AccessToken"]
    assert checked == []
    assert pool.tokens("cy", PASSWORD)["AccessToken"]
    assert checked == [scrypt]
