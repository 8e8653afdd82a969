"""How a password is kept: which hash, sealed to whom, and what becomes of it when the pool wants another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.crypto import passwords
from keydesk.crypto.passwords import Kind
from keydesk.domain.user import User
from keydesk.flows.credentials import Kept
from keydesk.store import users

SLOW_ONLY: dict[str, Any] = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NEXT = "Another-horse-10"


@pytest.fixture
def with_argon2id(tmp_path: Path) -> Iterator[Serving]:
    with serving(tmp_path, argon2id="true") as running:
        yield running


def stored(server: Serving, sub: str) -> User:
    return server.user(sub)


def kept(server: Serving, sub: str) -> Kept:
    opened = server.house.desk.sealer.open(stored(server, sub).credential, f"user:{sub}")
    return msgspec.msgpack.decode(opened, type=Kept)


def kinds(server: Serving, sub: str) -> list[Kind]:
    return [passwords.kind(hashed) for hashed in kept(server, sub).now]


def store(server: Serving, sub: str, *hashes: bytes) -> None:
    """Put these hashes in place of the user's own."""
    user = stored(server, sub)
    sealed = server.house.desk.sealer.seal(msgspec.msgpack.encode(Kept(list(hashes))), f"user:{sub}", user.pool)
    changed = msgspec.structs.replace(user, credential=sealed)
    server.run(server.house.desk.store.write(users.change, changed))


def test_a_pool_keeps_one_kind_and_never_both(server: Serving) -> None:
    with_srp, without = Pool(server), Pool(server, client=SLOW_ONLY)
    assert kinds(server, with_srp.user()) == [Kind.SRP]
    assert kinds(server, without.user()) == [Kind.ARGON2ID]
    for pool in (with_srp, without):
        assert pool.tokens()["AccessToken"]
        assert pool.refused(pool.sign_in, password=PASSWORD + "x") == WRONG


def test_the_kind_follows_the_pools_clients_at_the_next_right_password(server: Serving) -> None:
    pool = Pool(server, client=SLOW_ONLY)
    sub = pool.user()
    of_srp = pool.new_client()
    assert pool.refused(pool.sign_in, password=PASSWORD + "x") == WRONG
    assert kinds(server, sub) == [Kind.ARGON2ID]
    assert pool.tokens()["AccessToken"]
    assert kinds(server, sub) == [Kind.SRP]
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=of_srp)
    assert pool.tokens()["AccessToken"]
    assert kinds(server, sub) == [Kind.ARGON2ID]
    assert pool.refused(pool.sign_in, password=PASSWORD + "x") == WRONG


def test_the_setting_keeps_both_and_both_must_match(with_argon2id: Serving) -> None:
    pool = Pool(with_argon2id)
    sub = pool.user()
    assert kinds(with_argon2id, sub) == [Kind.SRP, Kind.ARGON2ID]
    assert pool.tokens()["AccessToken"]
    name = pool.id.partition("_")[2]
    own = [passwords.make(kind, PASSWORD, "ada", name) for kind in (Kind.SRP, Kind.ARGON2ID)]
    others = [passwords.make(kind, NEXT, "ada", name) for kind in (Kind.SRP, Kind.ARGON2ID)]
    for mixed in ((own[0], others[1]), (others[0], own[1])):
        store(with_argon2id, sub, *mixed)
        assert pool.refused(pool.sign_in) == WRONG
    store(with_argon2id, sub, *own)
    assert pool.tokens()["AccessToken"]


def test_a_credential_is_its_users_alone(server: Serving) -> None:
    """SE-02, SE-03: nobody reads it without its key, and a row that is moved opens nothing."""
    pool = Pool(server)
    mallory, _ = pool.user("mallory", password=NEXT), pool.user("ada")
    ada = server.run(server.house.desk.store.read(users.called, pool.id, "ada"))
    assert ada.credential
    with pytest.raises(msgspec.DecodeError):
        passwords.matches(ada.credential, PASSWORD, "ada", pool.id)
    moved = msgspec.structs.replace(ada, credential=stored(server, mallory).credential)
    server.run(server.house.desk.store.write(users.change, moved))
    assert pool.refused(pool.sign_in, password=NEXT)[0] == "InternalErrorException"
    assert pool.tokens("mallory", NEXT)["AccessToken"]


def test_a_user_without_a_password_is_refused_like_one_with_another(server: Serving) -> None:
    pool = Pool(server)
    sub = pool.user()
    bare = msgspec.structs.replace(stored(server, sub), credential=b"")
    server.run(server.house.desk.store.write(users.change, bare))
    assert {pool.refused(pool.sign_in, password=said) for said in (PASSWORD, NEXT)} == {WRONG}


def test_history_is_as_long_as_the_policy_says(server: Serving) -> None:
    pool = Pool(server, Policies={"PasswordPolicy": {"PasswordHistorySize": 2}})
    sub = pool.user()

    def put(password: str) -> Any:
        return pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password=password, Permanent=True)

    for number in (1, 2):
        put(f"{NEXT}{number}")
    assert len(kept(server, sub).before) == 2
    for used in (f"{NEXT}2", f"{NEXT}1"):
        assert pool.refused(put, used)[0] == "PasswordHistoryPolicyViolationException"
    put(PASSWORD)  # the third from the end is forgotten
    assert len(kept(server, sub).before) == 2


def test_without_a_history_no_old_password_is_kept(server: Serving) -> None:
    pool = Pool(server)
    sub = pool.user()
    for _ in range(2):
        pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password=PASSWORD, Permanent=True)
    assert kept(server, sub).before == []
