"""A group of users, with an optional role and a precedence (the lowest number is preferred)."""

import msgspec


class Group(msgspec.Struct, kw_only=True, omit_defaults=True):
    pool: str
    name: str
    description: str | None = None
    role: str | None = None
    precedence: int | None = None
    created: int = 0
    modified: int = 0
