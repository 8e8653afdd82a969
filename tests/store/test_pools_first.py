"""Schema 0011: whatever had no pool in its key is given that of its user or session, and everything stays."""

from alembic import command
from sqlalchemy import MetaData, create_engine, insert, select

from keydesk.store import migrate
from keydesk.store.schema import metadata
from keydesk.store.store import Store, address

POOLS = ("eu-west-1_One", "eu-west-1_Two")


def rows(number: int) -> dict[str, dict[str, object]]:
    """A user of each pool, as schema 0010 had them."""
    pool, sub, made = POOLS[number], f"sub{number}", {"created": 1}
    changed = {**made, "modified": 1, "doc": b"{}", "rev": 1}
    user = {"pool": pool, "sub": sub}
    session = {"id": f"event{number}", **user, "client": "c", "refresh": b"r%d" % number, "origin": "o"}
    return {
        "pools": {"id": pool, "region": "eu-west-1", "name": "p", **changed},
        "users": {
            **user,
            "username": "ada",
            "status": "CONFIRMED",
            "enabled": True,
            "failures": 0,
            "failed": 0,
            **changed,
        },
        "names": {**user, "name": "ada", "kind": "username"},
        "sessions": {**session, "revoked": False, "expires": 9, **made},
        "spent_refreshes": {"digest": b"d%d" % number, "session": f"event{number}", "until": 1},
        "devices": {"sub": sub, "key": "k", "doc": b"{}", **made},
        "codes": {"sub": sub, "purpose": "p", "digest": b"", "about": "", "expires": 9},
        "auth_events": {"id": f"event{number}", "sub": sub, "at": 1, "telling": True, "doc": b"{}"},
        "budgets": {"subject": sub, "purpose": "p", "spent": 1, "since": 1},
    }


def test_every_row_is_given_its_pool(database_url: str) -> None:
    engine, then = create_engine(address(database_url)), MetaData()
    with engine.begin() as db:
        command.upgrade(migrate.configuration(db), "0010")
        then.reflect(db)
        for number in range(2):
            for table, row in rows(number).items():
                db.execute(insert(then.tables[table]), row)
        db.execute(insert(then.tables["budgets"]), {"subject": "console", "purpose": "p", "spent": 1, "since": 1})
    Store.open(database_url).close()
    with engine.connect() as db:
        for name in list(rows(0))[1:]:
            now = metadata.tables[name]
            subject = "subject" if name == "budgets" else "sub" if "sub" in now.c else "session"
            found = {(row.pool, getattr(row, subject)[-1]) for row in db.execute(select(now))}
            assert found - {("", "e")} == {(POOLS[0], "0"), (POOLS[1], "1")}, name
    engine.dispose()
