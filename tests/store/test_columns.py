"""Columns that tables share."""

from sqlalchemy import MetaData, Table

from keydesk.store.columns import Millis, pool_column, user_column
from keydesk.store.schema import metadata


def test_what_belongs_to_a_pool_or_a_user_goes_with_them() -> None:
    made = Table("made", MetaData(), pool_column(primary=True), user_column())
    assert [(key.target_fullname, key.ondelete) for column in made.c for key in column.foreign_keys] == [
        ("pools.id", "CASCADE"),
        ("users.sub", "CASCADE"),
    ]
    staying = {
        f"{table.name}.{key.parent.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.ondelete != "CASCADE"
    }
    assert staying == set()


def test_times_fit_in_whole() -> None:
    """Epoch milliseconds do not fit in the 32 bits of a plain integer."""
    assert {
        str(column.type) for table in metadata.tables.values() for column in table.c if column.name == "created"
    } == {str(Millis())}
