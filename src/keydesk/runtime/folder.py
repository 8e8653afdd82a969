"""Functions found in a folder, for development: one file or one folder each. Looked at before each request, so cheap.

A file's code folder is the folder it lies in. What else lies there (shared modules, `_lib.py`) is part of its code: a
change there gives every function of that kind another fingerprint. A function with its own folder sees only that one.
"""

import ast
import contextlib
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator

import msgspec

from keydesk.runtime import node

_PYTHON = "python"
_NODE = "nodejs"
_CALLBACKS = 22  # the last runtime of Lambda's that takes every style of handler
_FAMILIES = {".py": _PYTHON, ".mjs": _NODE, ".js": _NODE, ".cjs": _NODE}
_ENTRIES = (
    "lambda_function.py", "index.py", "index.mjs", "index.js", "index.cjs", "handler.py", "handler.mjs", "handler.js",
    "main.py", "app.py",
)  # fmt: skip
_ENTRY_NAMES = frozenset(os.path.splitext(name)[0] for name in _ENTRIES)
_TO_COMPILE = (".ts", ".mts", ".cts")  # to one of these
UNCOMPILED = "compile TypeScript to JavaScript first"
NO_ENTRY = "a folder's handler is in index.py, index.mjs or their like, or where its package.json says"
LEADS_NOWHERE = "it is no file, or a link to nothing"
RIVALS = "these have one name, and only one of them runs"
_PYTHON_HANDLERS = ("lambda_handler", "handler")
_BY_STAT = "node_modules"  # too large to walk: its own time of change stands for it

Stamp = tuple[int, int, int]
"""Size, time of change in nanoseconds, inode."""

NOWHERE: Stamp = (-1, 0, 0)  # of a link to what is not there, or not yet, and of what is no file


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A function that lies in the folder."""

    name: str
    runtime: str
    handler: str
    code: str
    fingerprint: str


class Folder:
    """A folder of functions and what was last seen of it."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self._found: tuple[Found, ...] = ()
        self._seen: dict[str, Stamp] = {}

    def current(self) -> tuple[Found, ...]:
        """What lies in the folder now. Reads it again only when something has changed; else costs one `stat` for each
        file and folder."""
        if not self._seen or self.changed():
            # looked at before reading: what is saved meanwhile is seen the next time
            self._seen = {path: _stamp(path) for path in _walk(self.path)}
            there = {path: stamp for path, stamp in self._seen.items() if stamp != NOWHERE}
            self._found = _find(self.path, there)
        return self._found

    def left_out(self) -> Iterator[tuple[str, str]]:
        """What lies in the folder and is not run as somebody may expect: its path in there, and why."""
        names = {found.name for found in self._found}
        rivals: dict[str, list[str]] = {}
        for path in sorted(self._seen):
            name = os.path.basename(path)
            stem, ending = os.path.splitext(name)
            if os.path.dirname(path) != self.path or _skipped(name):
                continue
            if self._seen[path] == NOWHERE:
                yield name, LEADS_NOWHERE
            elif os.path.isdir(path):
                if _entry(path, self._seen):
                    rivals.setdefault(name, []).append(name)
                else:
                    yield from self._in_vain(path)
            elif ending in _FAMILIES:
                rivals.setdefault(stem, []).append(name)
            elif _to_compile(name) and stem not in names:
                yield name, UNCOMPILED
        yield from ((", ".join(those), RIVALS) for those in rivals.values() if len(those) > 1)

    def _in_vain(self, folder: str) -> Iterator[tuple[str, str]]:
        """What would be the handler of a folder that holds none."""
        files = [path for path in sorted(self._seen) if _inside(path, folder) and _to_compile(os.path.basename(path))]
        entries = [path for path in files if os.path.splitext(os.path.basename(path))[0] in _ENTRY_NAMES]
        yield from ((os.path.relpath(path, self.path), UNCOMPILED) for path in entries)
        if not entries:
            yield os.path.basename(folder), NO_ENTRY

    def changed(self) -> bool:
        """Whether anything is other than at the last reading."""
        return any(stamp != _stamp(path) for path, stamp in self._seen.items())


def scan(folder: str) -> tuple[Found, ...]:
    """The functions of a folder, by name. Raises FileNotFoundError when there is no such folder."""
    os.stat(folder)
    return Folder(folder).current()


class NoHandler(ValueError):
    """There is nothing to run; the text says what would be."""


def only(path: str) -> Found:
    """The one function that a file or a folder holds; nothing beside it is looked at, so its fingerprint is empty.

    Raises FileNotFoundError, and NoHandler.
    """
    path = os.path.abspath(path)
    os.stat(path)
    if os.path.isdir(path):
        name, code = os.path.basename(path), path
        entry = _entry(path, {each: (0, 0, 0) for each in _walk(path)})
    else:
        code, entry = os.path.split(path)
        name, ending = os.path.splitext(entry)
        entry = entry if ending in _FAMILIES else ""
    if not entry:
        raise NoHandler(
            f"{path} holds no handler: a .py, .mjs, .js or .cjs file, or a folder with index.py or its like"
        )
    return _function(name, code, entry, "")


def _skipped(name: str) -> bool:
    return name.startswith(("_", ".")) or name == _BY_STAT


def _to_compile(name: str) -> bool:
    """TypeScript, but for declarations of types (`.d.ts`)."""
    return name.endswith(_TO_COMPILE) and ".d." not in name


def _walk(path: str, depth: int = 0) -> Iterator[str]:
    """Every file and folder that may be part of a function, top folder first; caches and hidden files are not.

    A link to a folder is followed where it lies in the top folder only: so nothing is walked for ever.
    """
    yield path
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name == "__pycache__" or entry.name.endswith((".pyc", "~")):
                continue
            if not entry.is_dir(follow_symlinks=depth == 0) or entry.name == _BY_STAT or depth > 16:
                yield entry.path
            else:
                yield from _walk(entry.path, depth + 1)


def _stamp(path: str) -> Stamp:
    try:
        now = os.stat(path)
    except OSError:
        return NOWHERE
    if not (stat.S_ISREG(now.st_mode) or stat.S_ISDIR(now.st_mode)):
        return NOWHERE  # a pipe: whoever opens it waits for a writer
    return now.st_size, now.st_mtime_ns, now.st_ino


def _find(root: str, seen: dict[str, Stamp]) -> tuple[Found, ...]:
    found: dict[str, Found] = {}
    folders = {path for path in seen if os.path.dirname(path) == root and os.path.isdir(path)}
    functions = {path for path in folders if not _skipped(os.path.basename(path)) and _entry(path, seen)}
    shared = [path for path in seen if path != root and not any(_inside(path, other) for other in functions)]
    for path in sorted(seen):
        name = os.path.basename(path)
        if os.path.dirname(path) != root or _skipped(name):
            continue
        if path in functions:
            entry = _entry(path, seen)
            parts = [each for each in seen if _inside(each, path)]
            found[name] = _function(name, path, entry, _fingerprint(name, parts, seen))
        elif path not in folders and os.path.splitext(name)[1] in _FAMILIES:
            stem = os.path.splitext(name)[0]
            found[stem] = _function(stem, root, name, _fingerprint(name, shared, seen))
    return tuple(found[name] for name in sorted(found))


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _entry(folder: str, seen: dict[str, Stamp]) -> str:
    """The file that holds a folder's handler, relative to it; empty if there is none."""
    for name in _ENTRIES:
        if os.path.join(folder, name) in seen:
            return name
    try:
        with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
            package = json.load(file)
    except (OSError, ValueError):
        return ""
    main = package.get("main") if isinstance(package, dict) else None
    if not isinstance(main, str):
        return ""
    main = os.path.normpath(main)
    return next((name for name in (main, main + ".js") if os.path.join(folder, name) in seen), "")


def _function(name: str, code: str, entry: str, fingerprint: str) -> Found:
    module, ending = os.path.splitext(entry)
    if _FAMILIES.get(ending) == _PYTHON:
        runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        handler = _python_handler(os.path.join(code, entry))
    else:
        runtime, handler = _node_runtime(), "handler"
    return Found(name=name, runtime=runtime, handler=f"{module}.{handler}", code=code, fingerprint=fingerprint)


def _node_runtime() -> str:
    try:
        return f"nodejs{min(node.find().major, _CALLBACKS)}.x"
    except node.NoNode:
        return f"nodejs{node.OLDEST}.x"  # the call will say that there is none


def _python_handler(path: str) -> str:
    """The first known name that the module defines; a file that cannot be parsed tells its fault when it is run."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return _PYTHON_HANDLERS[0]
    names = set(_defined(tree))
    return next((name for name in _PYTHON_HANDLERS if name in names), _PYTHON_HANDLERS[0])


def _defined(tree: ast.Module) -> Iterator[str]:
    for node_ in tree.body:
        if isinstance(node_, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node_.name
        elif isinstance(node_, ast.Assign):
            yield from (target.id for target in node_.targets if isinstance(target, ast.Name))
        elif isinstance(node_, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node_.names)


def _fingerprint(name: str, paths: list[str], seen: dict[str, Stamp]) -> str:
    # a folder's own stamp changes with caches and editors' files; what matters in it is listed itself
    parts = [(path, seen[path]) for path in sorted(paths) if path.endswith(_BY_STAT) or not os.path.isdir(path)]
    return hashlib.sha256(msgspec.json.encode([name, parts])).hexdigest()
