"""Which passwords everybody tries first (AU-12)."""

import pytest

from keydesk.domain.guessable import _listed, is_guessable


@pytest.mark.parametrize("common", ["password", "Password1!", "P@ssw0rd", "QWERTY123", "welcome1?!.", "iloveyou!"])
def test_case_and_a_few_marks_at_the_end_do_not_make_a_password(common: str) -> None:
    assert is_guessable(common)


@pytest.mark.parametrize("rare", ["Correct-horse-9", "", "!!!", "password1!!!!", "!password", "pässword", "\ud800"])
def test_what_is_not_on_the_list_is_not(rare: str) -> None:
    assert not is_guessable(rare)


def test_the_list_is_long_enough() -> None:
    """AU-12 asks for 3,000."""
    assert len(_listed()) >= 3_000
