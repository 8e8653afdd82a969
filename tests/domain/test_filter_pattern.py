import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain.filter_pattern import PatternFault, matcher


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("ERROR", ["[ERROR] x", "ERRORCODE: -1"], ["error", "ERRO R", ""]),
        ("ERROR Timeout", ["Timeout ERROR"], ["ERROR", "Timeout"]),
        ("?ERROR ?WARN", ["WARN x", "an ERROR"], ["INFO"]),
        ("-DEBUG", ["x", ""], ["DEBUG x"]),
        ("ERROR -DEBUG", ["ERROR"], ["ERROR DEBUG", "x"]),
        ('"two words"', ["say two words!"], ["two  words", "words two"]),
        ('-"two words" x', ["x two"], ["x two words"]),
        ('?"a b" ?c', ["a b", "c"], ["a", "b"]),
        ('"say \\"hi\\""', ['say "hi"'], ["say hi"]),
        ('"[ERROR]"', ["[ERROR]"], ["ERROR"]),
        ("must ?may", ["must"], ["may"]),
        ("größe_1", ["größe_1"], ["grösse_1"]),
    ],
)
def test_terms(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    matches = matcher(pattern)
    assert matches
    assert [line for line in fits if not matches(line)] == []
    assert [line for line in fits_not if matches(line)] == []


@pytest.mark.parametrize("pattern", ["", "  ", "\t\n"])
def test_no_pattern_fits_every_line(pattern: str) -> None:
    assert matcher(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{ $.level = 1 }", "does not serve JSON filter patterns"),
        ("[ip, user]", "does not serve filter patterns of columns"),
        ("%AUTH.*%", "does not serve regular expressions"),
        ("foo-bar", r"Invalid character\(s\) in term 'foo-bar'"),
        ('""', "Invalid character"),
        ('"open', "Invalid character"),
        ("?", "Invalid character"),
        ("a (b)", r"Invalid character\(s\) in term '\(b\)'"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(pattern: str, words: str) -> None:
    with pytest.raises(PatternFault, match=words):
        matcher(pattern)


@given(st.text(max_size=1024), st.text(max_size=50))
def test_any_text_is_a_pattern_or_a_fault(pattern: str, line: str) -> None:
    try:
        matches = matcher(pattern)
    except PatternFault:
        return
    if matches:
        assert matches(line) in {True, False}
