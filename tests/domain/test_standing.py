"""Order, roles and the preferred role of a user's groups."""

import pytest

from keydesk.domain.group import Group
from keydesk.domain.standing import standing


def group(name: str, precedence: int | None, role: str | None) -> Group:
    return Group(pool="pool", name=name, precedence=precedence, role=role)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], ((), (), "")),
        ([group("a", None, None)], (("a",), (), "")),
        ([group("a", None, "x")], (("a",), ("x",), "x")),
        ([group("b", 2, "y"), group("a", 1, "x")], (("a", "b"), ("x", "y"), "x")),
        ([group("a", None, "x"), group("b", 9, "y")], (("b", "a"), ("y", "x"), "y")),
        ([group("a", 1, "x"), group("b", 1, "y")], (("a", "b"), ("x", "y"), "")),
        ([group("b", 1, "x"), group("a", 1, "x")], (("a", "b"), ("x",), "x")),
        ([group("a", 0, None), group("b", 1, "y")], (("a", "b"), ("y",), "y")),
    ],
)
def test_a_users_standing(groups: list[Group], expected: tuple[tuple[str, ...], tuple[str, ...], str]) -> None:
    assert standing(groups) == expected
