"""The first schema that was released comes forward with all that is in it, on both databases (DU-07).

`earliest/0002.sql` is what a server of that schema wrote, on SQLite, before there were data keys; `earliest/0002.json`
says what is in it, and holds its sealing key, which opens nothing else. Later schemas are in `released`.
"""

import json
import sqlite3
from base64 import b64encode
from hmac import digest
from pathlib import Path
from typing import Any

import pyotp
import pytest
from alembic import command
from sqlalchemy import Boolean, MetaData, create_engine, insert, inspect
from tests import postgres
from tests.serving import claims, serving

from keydesk.store import migrate
from keydesk.store.store import address

RELEASED = Path(__file__).parent / "earliest"
SCHEMAS = sorted(path.stem for path in RELEASED.glob("*.sql"))


def written(schema: str, path: Path) -> None:
    """The SQLite file as the server of that schema left it."""
    with sqlite3.connect(path) as db:
        db.executescript((RELEASED / f"{schema}.sql").read_text("utf-8"))
    db.close()


def moved(schema: str, source: Path, url: str) -> None:
    """The same rows in PostgreSQL, in the schema of that time."""
    engine, old = create_engine(address(url)), sqlite3.connect(source)
    old.row_factory = sqlite3.Row
    with engine.begin() as db:
        command.upgrade(migrate.configuration(db), schema)
        tables = MetaData()
        tables.reflect(db)
        for table in tables.sorted_tables:
            truths = {column.name for column in table.columns if isinstance(column.type, Boolean)}
            rows = [dict(row) for row in old.execute(f'SELECT * FROM "{table.name}"')]
            if rows and table.name != "alembic_version":
                db.execute(
                    insert(table),
                    [{name: bool(value) if name in truths else value for name, value in row.items()} for row in rows],
                )
        assert "users" in inspect(db).get_table_names()
    old.close()
    engine.dispose()


def _laid_out(schema: str, kind: str, key: str, folder: Path) -> str:
    """The data folder, or the database, as that server left it; the URL of the database, "" for SQLite."""
    file = folder / "sealing.key"
    file.write_text(key + "\n")
    file.chmod(0o600)
    if kind == "sqlite":
        written(schema, folder / "keydesk.db")
        return ""
    url = postgres.required_database(schema=False)
    written(schema, folder / "old.db")
    moved(schema, folder / "old.db", url)
    return url


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_everything_that_was_there_is_there(schema: str, kind: str, tmp_path: Path) -> None:
    """Passwords of both kinds, a second factor, a refresh token, a client's secret, a group, a function's variables."""
    said = json.loads((RELEASED / f"{schema}.json").read_text("utf-8"))
    url = _laid_out(schema, kind, said["sealing_key"], tmp_path)
    with serving(tmp_path, database_url=url) as server:
        api = server.client()

        def secret_hash(name: str) -> str:
            return b64encode(digest(said["secret"].encode(), (name + said["client"]).encode(), "sha256")).decode()

        def sign_in(name: str) -> Any:
            typed = {"USERNAME": name, "PASSWORD": said["password"], "SECRET_HASH": secret_hash(name)}
            return api.initiate_auth(ClientId=said["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=typed)

        told = claims(sign_in("ada")["AuthenticationResult"]["IdToken"])
        assert (told["cognito:groups"], told["word"], told["email"]) == (["readers"], "kept", "ada@example.com")
        again = api.get_tokens_from_refresh_token(
            ClientId=said["client"], ClientSecret=said["secret"], RefreshToken=said["refresh"]
        )
        assert claims(again["AuthenticationResult"]["AccessToken"])["username"] == "ada"
        asked = sign_in("totp")
        answer = {"USERNAME": "totp", "SECRET_HASH": secret_hash("totp")}
        answer["SOFTWARE_TOKEN_MFA_CODE"] = pyotp.TOTP(said["totp"]).now()
        done = api.respond_to_auth_challenge(
            ClientId=said["client"],
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses=answer,
        )
        assert "AccessToken" in done["AuthenticationResult"]
        typed = {"USERNAME": "ada", "PASSWORD": said["password"]}
        api.initiate_auth(ClientId=said["argon_client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=typed)
    if url:
        postgres.drop_database(url)
