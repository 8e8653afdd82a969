"""Every module says what lives in it, has a name from the domain, and is imported by a test that proves it."""

import ast
import re
from pathlib import Path

import pytest
from house.tree import PACKAGE, REPOSITORY, hand_written, imports, name, parsed

MODULES = hand_written("src")
TESTS = hand_written("tests")
# Words that name nothing: whatever has no place ends up there.
WORDS = {"util", "utils", "common", "helper", "helpers", "core", "manager", "service", "handler", "misc", "base"}
# What only a whole server runs: tests reach these over HTTP, the command line or a worker process.
RUN_WHOLE = ("api", "aws", "cli", "console", "flows", "oidc")


@pytest.mark.parametrize("path", [*MODULES, *hand_written("tools", "bench", "demo")], ids=name)
def test_a_module_opens_with_what_lives_there(path: Path) -> None:
    said = ast.get_docstring(parsed(path))
    assert said, "no docstring"
    assert len(said.split("\n\n")[0].splitlines()) <= 3, "the opening is longer than three lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_names_come_from_the_domain(path: Path) -> None:
    names = {
        path.stem,
        *(node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef | ast.FunctionDef)),
    }
    for one in names:
        words = set(re.findall(r"[a-z]+|[A-Z][a-z]*", one))
        assert not {word.lower() for word in words} & WORDS, one
        assert not one.startswith("get_"), one


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
    """Directly, or through what the test imports; a room run whole needs a test that names its file, or starts it."""
    found = reached()
    assert [name(path) for path in MODULES if module(path) not in found and path.name != "__init__.py"] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name not in RUN_WHOLE], ids=name)
def test_a_room_below_the_flows_is_tested_by_itself(path: Path) -> None:
    """A test file of the module's name, or one that imports the module or a name from it."""
    if path.name == "__init__.py" or not any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in parsed(path).body
    ):
        return
    own = module(path)
    mirrored = REPOSITORY / "tests" / path.parent.relative_to(PACKAGE) / f"test_{path.stem}.py"
    assert mirrored in TESTS or any(one == own for test in TESTS for one in imports(test))
