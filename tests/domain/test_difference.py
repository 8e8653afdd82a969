"""What differs between two documents, and where."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import UNSET

from keydesk.domain.difference import Change, differences

DOCUMENTS = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@pytest.mark.parametrize(
    ("was", "now", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Change("a", 1, 2)]),
        ({"a": 1}, {}, [Change("a", 1, UNSET)]),
        ({}, {"a": None}, [Change("a", UNSET, None)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, [Change("a.b[1]", 2, UNSET)]),
        ({"a": True}, {"a": 1}, [Change("a", True, 1)]),
        (None, {"a": 1}, [Change("", None, {"a": 1})]),
    ],
)
def test_each_place_is_told(was: Any, now: Any, changes: list[Change]) -> None:
    assert list(differences(was, now)) == changes


@given(DOCUMENTS, DOCUMENTS)
def test_there_is_a_difference_exactly_where_the_documents_differ(was: Any, now: Any) -> None:
    assert not list(differences(was, was))
    assert bool(list(differences(was, now))) == bool(list(differences(now, was)))
