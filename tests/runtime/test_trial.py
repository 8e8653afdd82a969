"""The trial by itself: it reaches what is open, and says nothing of what is shut."""

import os

from keydesk.runtime import trial


def test_it_tells_what_it_could_reach(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "there").touch()
    files = {"files": [f"{tmp_path}/there"], "code": [f"{tmp_path}/not there"]}
    everything = trial.handler({"server": os.getpid(), "files": files, "storage": 0}, None)
    assert everything == ["files", "memory", "signals", *(["root"] if os.getuid() == 0 else []), "disk"]
    nothing = trial.handler({"server": 1 << 22, "files": {}, "storage": 1 << 60}, None)
    assert nothing == everything[3:-1]
