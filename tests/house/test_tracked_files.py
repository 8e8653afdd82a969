"""Nothing in the repository belongs to one machine; the lock names packages, versions and hashes, and no addresses."""

import json
import re
import tomllib

from tests.house.tree import REPOSITORY, name, tracked

LOCK = REPOSITORY / "requirements.lock"
NODE_LOCK = REPOSITORY / "tests" / "clients" / "package-lock.json"
TEXTS = [path for path in tracked() if b"\0" not in path.read_bytes()]
HOME = re.compile(r"/(?:home|Users)/\w|/roo[t]/|[A-Z]:\\Users")
REGISTRY = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org)", re.IGNORECASE)
KEY = re.compile(r"-----BEGIN (?:RSA |EC |)PRIVATE KEY-----\n[A-Za-z0-9+/]")


def test_files_are_of_no_machine_and_hold_no_key() -> None:
    here = re.compile(re.escape(str(REPOSITORY)) + r"\b")
    found = [
        (name(path), hit.group())
        for path in TEXTS
        for pattern in (here, HOME, REGISTRY, KEY)
        if (hit := pattern.search(path.read_text("utf-8")))
    ]
    assert found == []


def test_the_lock_has_hashes_and_no_addresses() -> None:
    text = LOCK.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(?!--hash=)-", text, re.MULTILINE), "an option that is not a hash"
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert entry.startswith("#") or re.match(r"[a-z0-9._-]+==\S+.*\\\n {4}--hash=sha256:", entry), entry[:80]


def test_the_lock_has_every_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    names = {re.split(r"[\[<>=;~! ]", one)[0].lower().replace("_", "-") for one in asked}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", LOCK.read_text("utf-8"), re.MULTILINE))
    assert names - locked == set()


def test_the_lock_of_the_javascript_clients_likewise() -> None:
    root, *packages = json.loads(NODE_LOCK.read_text("utf-8"))["packages"].values()
    assert (
        root["devDependencies"] == json.loads(NODE_LOCK.with_name("package.json").read_text("utf-8"))["devDependencies"]
    )
    assert [one for one in packages if "resolved" in one or not one["integrity"].startswith("sha512-")] == []
    assert not any(one.get("hasInstallScript") for one in packages)
