"""What goes to the store by `put` is one statement: a second one would not be in the transaction of the first."""

import ast
from collections.abc import Iterator

from tests.house.tree import PACKAGE, hand_written, parsed


def put() -> Iterator[tuple[str, str]]:
    """Module and name of each store function that flows put."""
    for path in hand_written("src"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("store.put"):
                module, _, function = ast.unparse(node.args[0]).partition(".")
                yield module, function


def statements(module: str, function: str) -> int:
    """Calls in the function's body that are handed the connection, or are the connection's own."""
    tree = parsed(PACKAGE / "store" / f"{module}.py")
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    handed = [call for call in calls if "db" in map(ast.unparse, call.args)]
    own = [call for call in calls if ast.unparse(call.func).startswith("db.")]
    return len(handed) + len(own)


def test_a_function_that_is_put_runs_one_statement() -> None:
    found = set(put())
    assert ("sessions", "open_for") in found
    assert {one: statements(*one) for one in found} == dict.fromkeys(found, 1)
