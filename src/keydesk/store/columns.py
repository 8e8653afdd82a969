"""What every table is made of: the schema they enter, names for keys, kinds of columns, columns that most have.

What is a user's has its pool before the user, in its keys and in what it refers to: decision 20.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# PostgreSQL orders text by locale unless told otherwise; SQLite always by bytes.
Text = String().with_variant(String(collation="C"), "postgresql")
Millis = BigInteger
Serial = BigInteger().with_variant(Integer, "sqlite")


def pool_column(*, primary: bool = False) -> Column[str]:
    return Column("pool", Text, ForeignKey("pools.id", ondelete="CASCADE"), primary_key=primary, nullable=False)


def of_user(table: str) -> ForeignKeyConstraint:
    """The row goes with its user, and so with the pool."""
    return ForeignKeyConstraint(["pool", "sub"], ["users.pool", "users.sub"], f"fk_{table}_sub", ondelete="CASCADE")
