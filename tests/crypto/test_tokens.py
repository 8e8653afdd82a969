"""Strings that people hand on: random, and no option of a command line."""

from keydesk.crypto.tokens import as_token, new_token


def test_no_token_begins_with_a_hyphen() -> None:
    assert as_token(bytes([0xF8, 0, 0xFB, 0xFF])) == "AAD7_w"
    assert as_token(bytes([0, 0xF8, 0])) == "APgA"
    made = {new_token(48) for _ in range(2000)}
    assert {len(one) for one in made} == {64}
    assert len(made) == 2000
    assert not any(one.startswith("-") for one in made)
    assert any("-" in one for one in made)
