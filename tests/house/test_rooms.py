"""Every module says what lives in it, has a name from the domain, and is imported by a test that proves it."""

import ast
from pathlib import Path

from tests.house.tree import PACKAGE, REPOSITORY, hand_written, imports, name, parsed

MODULES = [path for path in hand_written("src") if "migrations" not in path.parts]  # those Alembic runs
TESTS = hand_written("tests")
# Words that name nothing: whatever has no place ends up there.
WORDS = {"util", "utils", "common", "helper", "helpers", "core", "manager", "service", "handler", "misc", "base"}
FACES = ("api", "aws")  # their functions have the names of published operations, GetUser among them
# Rooms whose modules make sense by themselves; the others are run whole, over HTTP or by the command line.
ALONE = ("crypto", "domain", "messages", "runtime", "store", "wire")


def test_a_module_opens_with_what_lives_there() -> None:
    """One to three lines, before anything else is said."""
    openings = {
        path: ast.get_docstring(parsed(path)) or "" for path in (*MODULES, *hand_written("tools", "bench", "demo"))
    }
    lengths = {name(path): len(said.split("\n\n")[0].splitlines()) for path, said in openings.items()}
    assert {path: length for path, length in lengths.items() if not 1 <= length <= 3} == {}


def test_names_come_from_the_domain() -> None:
    assert [name(path) for path in MODULES if set(path.stem.split("_")) & WORDS] == []
    functions = (
        (name(path), node.name)
        for path in MODULES
        if path.parent.name not in FACES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [(path, function) for path, function in functions if function.startswith("get_")] == []


def module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def reached() -> set[str]:
    """What tests import, and what that imports in turn."""
    known = {module(path): path for path in MODULES}
    waiting = [one for path in TESTS for one in imports(path) if one in known]
    seen: set[str] = set()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += [other for other in imports(known[one]) if other in known]
    return seen


def test_every_module_is_reached_from_a_test() -> None:
    """Directly, or through what a test imports; programs that are started have a test file of their name."""
    found = reached()
    modules = [path for path in MODULES if path.name != "__init__.py"]
    assert [name(path) for path in modules if module(path) not in found and mirror(path) not in TESTS] == []


def test_a_room_that_stands_alone_is_tested_alone() -> None:
    """By a test file of the module's name, or one that imports the module or something from it."""
    imported = {one for path in TESTS for one in imports(path)}
    alone = [path for path in MODULES if path.parent.name in ALONE and does_something(path)]
    assert [name(path) for path in alone if module(path) not in imported and mirror(path) not in TESTS] == []


def does_something(path: Path) -> bool:
    """Whether there is a function in it, other than what reads a field."""
    functions = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any("property" not in (getattr(one, "id", "") for one in node.decorator_list) for node in functions)


def mirror(path: Path) -> Path:
    return REPOSITORY / "tests" / path.parent.relative_to(PACKAGE) / f"test_{path.stem}.py"
