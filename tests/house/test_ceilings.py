"""No file and no function grows beyond what can be read at once."""

import ast
import statistics
from pathlib import Path

import pytest
from house.tree import GENERATED, REPOSITORY, hand_written, name, parsed

FILE = 400
MEDIAN = 150
FUNCTION = 40
POSITIONAL = 5
PYTHON = hand_written()
FILES = [*PYTHON, *hand_written(suffix=".mjs")]


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_has_a_ceiling(path: Path) -> None:
    assert lines(path) <= FILE


def test_the_median_file_is_short() -> None:
    assert statistics.median(lines(path) for path in hand_written("src")) <= MEDIAN


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_functions_are_short_and_take_few_arguments(path: Path) -> None:
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        begin = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        assert (function.end_lineno or 0) - begin + 1 <= FUNCTION, f"{function.name} is longer than {FUNCTION} lines"
    # A test asks for its fixtures by name; pytest passes them so.
    if not path.is_relative_to(REPOSITORY / "tests"):
        for function in functions:
            told = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            assert len([one for one in told if one not in ("self", "cls")]) <= POSITIONAL, (
                f"{function.name} takes {told}"
            )


def test_what_is_generated_is_there() -> None:
    assert all((REPOSITORY / path).is_file() for path in GENERATED)
