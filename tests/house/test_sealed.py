"""What lies sealed in the database is in the one table that seals it anew: else a rotation would lose it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import LargeBinary
from tests.house.tree import PACKAGE, hand_written, name, parsed

from keydesk.store.schema import metadata
from keydesk.store.sealed import PASSING, SEALED

# Columns of bytes in which nothing is sealed. Who seals something in one of them moves it to SEALED.
PLAIN = {
    "api_events.doc",
    "archives.zip",
    "auth_events.doc",
    "brandings.doc",
    "codes.digest",
    "data_keys.id",
    "data_keys.wrapped",
    "domains.doc",
    "groups.doc",
    "kms_keys.doc",
    "log_groups.tags",
    "passkeys.doc",
    "passkeys.id",
    "pools.doc",
    "resource_servers.doc",
    "sessions.refresh",
    "saml_keys.certificate",
    "signing_keys.public",
    "spent_refreshes.digest",
    "terms.doc",
    "traces.doc",
    "ui_customizations.doc",
    "user_imports.doc",
    "waiting.session",
}
BRIEF = {"waiting", "passkey_challenge"}  # places of what is sealed in PASSING


def test_every_column_of_bytes_is_sealed_or_not() -> None:
    columns = {str(one) for table in metadata.sorted_tables for one in table.c if isinstance(one.type, LargeBinary)}
    sealed = {str(one.column) for one in SEALED} | {str(column) for column in PASSING}
    assert columns == PLAIN | sealed
    assert PLAIN & sealed == set()


def test_every_place_is_sealed_anew() -> None:
    """What is sealed for the database is sealed at one of the places that have names, and the table knows each."""
    tree = parsed(PACKAGE / "domain" / "places.py")
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    table = ast.walk(parsed(PACKAGE / "store" / "sealed.py"))
    anew = {node.attr for node in table if isinstance(node, ast.Attribute) and node.attr in named}
    assert named == anew | BRIEF
    assert [name(path) for path in hand_written("src") if path.parent.name != "crypto" and any(elsewhere(path))] == []


def elsewhere(path: Path) -> Iterator[ast.Call]:
    """Calls that seal at a place without a name."""
    calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    for call in calls:
        seals = isinstance(call.func, ast.Attribute) and call.func.attr == "seal"
        if seals and isinstance(call.args[1], ast.JoinedStr | ast.Constant):
            yield call
