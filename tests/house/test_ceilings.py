"""No file and no function grows beyond what can be read at once."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import GENERATED, REPOSITORY, hand_written, name, parsed

FILE = 400
MEDIAN = 150
FUNCTION = 40
POSITIONAL = 5
PYTHON = hand_written()
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_a_file_has_a_ceiling() -> None:
    files = [*PYTHON, *hand_written(suffix=".mjs")]
    assert [(name(path), lines(path)) for path in files if lines(path) > FILE] == []


def test_the_median_file_is_short() -> None:
    assert statistics.median(lines(path) for path in hand_written("src")) <= MEDIAN


def test_functions_are_short() -> None:
    assert [(name(path), one.name, length(one)) for path, one in functions(PYTHON) if length(one) > FUNCTION] == []


def test_functions_take_few_arguments() -> None:
    """By position; a sixth means that a noun is missing. Tests are asked for fixtures by name, and are left out."""
    ours = hand_written("src", "tools", "bench", "demo")
    assert [(name(path), one.name) for path, one in functions(ours) if len(positional(one)) > POSITIONAL] == []


def test_what_is_generated_is_there() -> None:
    assert all((REPOSITORY / path).is_file() for path in GENERATED)


def functions(paths: list[Path]) -> Iterator[tuple[Path, Function]]:
    for path in paths:
        yield from ((path, node) for node in ast.walk(parsed(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from the first decorator to the end."""
    begin = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return (function.end_lineno or 0) - begin + 1


def positional(function: Function) -> list[str]:
    told = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return [one for one in told if one not in ("self", "cls")]
