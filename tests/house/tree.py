"""The repository as the house tests see it: tracked files, hand-written Python, and what the ceilings leave out."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "keydesk"

# Written by a program, so that no ceiling holds for them.
GENERATED = ("src/keydesk/shapes/limits.py", "src/keydesk/shapes/operations.py", "src/keydesk/shapes/types.py")
# One transaction each, never edited again: a migration is as long as its tables.
MIGRATIONS = "src/keydesk/store/migrations/versions/"


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps or would keep. Where there is no git: all that is not ignored."""
    asked = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        ignored = [*(REPOSITORY / ".gitignore").read_text("utf-8").split(), ".git"]
        paths = [
            path
            for path in REPOSITORY.rglob("*")
            if not any(fnmatch(part, rule.rstrip("/")) for part in name(path).split("/") for rule in ignored)
        ]
    return tuple(sorted(path for path in paths if path.is_file()))


def hand_written(*folders: str, suffix: str = ".py") -> list[Path]:
    """Files of these folders (of all, without any) that a person wrote."""
    places = [REPOSITORY / folder for folder in folders] or [REPOSITORY]
    return [
        path
        for path in tracked()
        if path.suffix == suffix
        and name(path) not in GENERATED
        and not name(path).startswith(MIGRATIONS)
        and any(path.is_relative_to(place) for place in places)
    ]


def name(path: Path) -> str:
    """A file's name from the root of the repository."""
    return path.relative_to(REPOSITORY).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """The modules, and the names in them, that a file imports, wherever in the file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
