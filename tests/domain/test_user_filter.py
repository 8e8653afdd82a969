from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain.user_filter import SEARCHABLE, Filter, parse
from keydesk.errors import InvalidParameter


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ('email = "a@example.com"', Filter("email", False, "a@example.com")),
        ('given_name ^= "Jo"', Filter("given_name", True, "Jo")),
        ('  sub="x"  ', Filter("sub", False, "x")),
        ('name^="a = \\"b\\" ^= c"', Filter("name", True, 'a = "b" ^= c')),
        ('name = "back\\\\slash"', Filter("name", False, "back\\slash")),
        ('name = ""', Filter("name", False, "")),
        ('username = "CaSe"', Filter("username", False, "CaSe")),
        ('cognito:user_status = "confirmed"', Filter("cognito:user_status", False, "CONFIRMED")),
        ('status = "Enabled"', Filter("status", False, "Enabled")),
        ('name = "line\nbreak"', Filter("name", False, "line\nbreak")),
    ],
)
def test_what_is_understood(text: str, filter: Filter) -> None:
    assert parse(text) == filter


@pytest.mark.parametrize(
    "text",
    [
        "foo",
        "",
        '"',
        "email = a@example.com",
        "email = 'a'",
        'email == "a"',
        'email != "a"',
        'email = "a" and name = "b"',
        'email = "a" OR 1=1',
        'email = "a\\"',
        'email = "a"b"',
        '= "a"',
        'e mail = "a"',
    ],
)
def test_what_is_not(text: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        parse(text)
    assert refused.value.sentence == "Error while parsing filter."


@pytest.mark.parametrize("name", ["custom:x", "address", "Email", "password", "cognito:groups", "1"])
def test_other_attributes_cannot_be_searched(name: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        parse(f'{name} = "x"')
    assert refused.value.sentence == "One or more requested attributes do not exist in user pool."


@given(st.text(max_size=256))
def test_any_text_is_a_filter_or_a_refusal(text: str) -> None:
    with suppress(InvalidParameter):
        assert parse(text).attribute in SEARCHABLE


@given(st.text(max_size=100), st.booleans())
def test_any_value_survives_quoting(value: str, prefix: bool) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'name {"^=" if prefix else "="} "{quoted}"') == Filter("name", prefix, value)


def test_a_hostile_text_takes_no_time() -> None:
    for text in ('name = "' + "\\" * 100_001, " " * 100_000, "a" * 100_000, 'name = "' + '\\"' * 100_000):
        with pytest.raises(InvalidParameter):
            parse(text)
