"""Columns that tables share."""

from sqlalchemy import Column, MetaData, Table, Text

from keydesk.store.columns import Millis, of_user, pool_column
from keydesk.store.schema import metadata


def test_what_belongs_to_a_pool_or_a_user_goes_with_them() -> None:
    made = Table("made", MetaData(), pool_column(primary=True), Column("sub", Text), of_user("made"))
    assert {
        (key.name, *(one.target_fullname for one in key.elements), key.ondelete) for key in made.foreign_key_constraints
    } == {
        (None, "pools.id", "CASCADE"),
        ("fk_made_sub", "users.pool", "users.sub", "CASCADE"),
    }
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
