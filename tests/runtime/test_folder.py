import json
import os
import sys

import pytest
from tests.runtime.room import PATIENCE, function

from keydesk.runtime import node
from keydesk.runtime.folder import LEADS_NOWHERE, NO_ENTRY, RIVALS, UNCOMPILED, Folder, only, scan

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
NODE = f"nodejs{min(node.find().major, 22)}.x"
HANDLER = "def handler(event, context): return {}\n"


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def prints(folder):
    return {found.name: found.fingerprint for found in scan(str(folder))}


@pytest.mark.parametrize(
    ("files", "name", "runtime", "handler"),
    [
        ({"pre_sign_up.py": HANDLER}, "pre_sign_up", PYTHON, "pre_sign_up.handler"),
        ({"a.py": HANDLER + "def lambda_handler(e, c): 0\n"}, "a", PYTHON, "a.lambda_handler"),
        ({"a.py": "handler = lambda e, c: 0\n"}, "a", PYTHON, "a.handler"),
        ({"a.py": "from b import handler\n"}, "a", PYTHON, "a.handler"),
        ({"a.py": "x = 1\n"}, "a", PYTHON, "a.lambda_handler"),
        ({"a.py": "def handler(\n"}, "a", PYTHON, "a.lambda_handler"),
        ({"a.py": "\0"}, "a", PYTHON, "a.lambda_handler"),
        ({"pre-sign-up.mjs": ""}, "pre-sign-up", NODE, "pre-sign-up.handler"),
        ({"pre-sign-up.js": ""}, "pre-sign-up", NODE, "pre-sign-up.handler"),
        ({"pre-sign-up.cjs": ""}, "pre-sign-up", NODE, "pre-sign-up.handler"),
        ({"A/lambda_function.py": "", "A/index.js": ""}, "A", PYTHON, "lambda_function.lambda_handler"),
        ({"PreSignUp/index.mjs": "", "PreSignUp/app.py": ""}, "PreSignUp", NODE, "index.handler"),
        ({"PreSignUp/main.py": HANDLER}, "PreSignUp", PYTHON, "main.handler"),
        ({"A/package.json": '{"main":"./src/run.js"}', "A/src/run.js": ""}, "A", NODE, "src/run.handler"),
        ({"PreSignUp/package.json": '{"main":"run"}', "PreSignUp/run.js": ""}, "PreSignUp", NODE, "run.handler"),
    ],
)  # fmt: skip
def test_a_function_is_found(tmp_path, files, name, runtime, handler):
    write(tmp_path, files)
    (found,) = scan(str(tmp_path))
    assert (found.name, found.runtime, found.handler) == (name, runtime, handler)
    assert found.code == str(tmp_path / name if "/" in next(iter(files)) else tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "_lib.py",
        ".hidden.py",
        "node_modules/index.js",
        "__pycache__/a.py",
        "_shared/index.py",
        "notes.txt",
        "data/notes.txt",
        "bad/package.json",
    ],
)
def test_what_is_no_function_is_not_found(tmp_path, name):
    write(tmp_path, {name: "[]"})
    assert scan(str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("a.ts types.d.ts b.mts _c.ts .d.ts", [("a.ts", UNCOMPILED), ("b.mts", UNCOMPILED)]),
        ("a.ts a.js A/index.ts A/index.js", []),
        ("B/index.ts B/words.ts B/types.d.ts", [("B/index.ts", UNCOMPILED)]),
        ("B/src/handler.cts B/node_modules/x/index.ts", [("B/src/handler.cts", UNCOMPILED)]),
        ("B/package.json B/src/index.ts B/dist/run.js", []),
        ("B/B.py data/notes.txt", [("B", NO_ENTRY), ("data", NO_ENTRY)]),
        ("a.py a.mjs a/index.py b.py", [("a, a.mjs, a.py", RIVALS)]),
    ],
)
def test_what_is_not_run_as_it_may_be_meant_is_told(tmp_path, files, told):
    write(tmp_path, {name: '{"main": "dist/run.js"}' for name in files.split()})
    folder = Folder(str(tmp_path))
    folder.current()
    assert list(folder.left_out()) == told


def test_they_come_by_name(tmp_path):
    write(tmp_path, {"b.py": "", "C/index.js": "", "a.mjs": ""})
    assert [found.name for found in scan(str(tmp_path))] == ["C", "a", "b"]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        scan(str(tmp_path / "missing"))


FILES = {
    "one.py": HANDLER,
    "two.mjs": "",
    "_lib.py": "",
    "_shared/deep/module.py": "",
    "Own/index.py": HANDLER,
    "Own/part/module.py": "",
    "node_modules/package/index.js": "",
}


@pytest.mark.parametrize(
    ("touched", "others"),
    [
        ("one.py", {"one", "two"}),
        ("_lib.py", {"one", "two"}),
        ("_shared/deep/module.py", {"one", "two"}),
        ("Own/index.py", {"Own"}),
        ("Own/part/module.py", {"Own"}),
        ("new.json", {"one", "two"}),
        ("Own/new.json", {"Own"}),
        ("node_modules/new/index.js", {"one", "two"}),
        ("node_modules/package/index.js", set()),
        ("__pycache__/one.pyc", set()),
        (".git/HEAD", set()),
    ],
)
def test_a_change_gives_another_fingerprint_to_what_it_is_part_of(tmp_path, touched, others):
    write(tmp_path, FILES)
    folder = Folder(str(tmp_path))
    before = {found.name: found.fingerprint for found in folder.current()}
    assert len(set(before.values())) == len(before) == 3
    write(tmp_path, {touched: "changed\n"})
    after = {found.name: found.fingerprint for found in folder.current()}
    assert {name for name in after if after[name] != before[name]} == others


def test_a_replaced_file_is_seen_though_its_size_and_time_are_the_same(tmp_path):
    write(tmp_path, {"one.py": "a = 1\n"})
    before = prints(tmp_path)
    was = os.stat(tmp_path / "one.py")
    write(tmp_path, {"other": "a = 2\n"})
    os.utime(tmp_path / "other", ns=(was.st_atime_ns, was.st_mtime_ns))
    (tmp_path / "other").replace(tmp_path / "one.py")
    assert prints(tmp_path) != before


def test_a_pipe_keeps_nobody_waiting(tmp_path):
    """Who opens one to read waits until somebody writes, and so did every request."""
    os.mkfifo(tmp_path / "one.py")
    (tmp_path / "two.py").write_text("def handler(event, context):\n    return 1\n")
    watched = Folder(str(tmp_path))
    assert [found.name for found in watched.current()] == ["two"]
    assert list(watched.left_out()) == [("one.py", LEADS_NOWHERE)]


def test_links_are_followed_once_and_what_they_lead_to_may_come_later(tmp_path):
    folder, built = tmp_path / "folder", tmp_path / "built"
    write(folder, {"Own/deep/notes.txt": ""})
    for link, target in (("one.py", "one.py"), ("Two", "Two"), ("again", "../folder"), ("Own/deep/loop", "../..")):
        (folder / link).symlink_to(built / target)
    watched = Folder(str(folder))
    assert watched.current() == ()
    assert (("one.py", LEADS_NOWHERE) in watched.left_out(), watched.changed()) == (True, False)
    write(built, {"one.py": HANDLER, "Two/index.mjs": ""})
    first = watched.current()
    assert [found.name for found in first] == ["Two", "one"]
    write(built, {"Two/index.mjs": "changed"})
    assert [found.name for found in watched.current() if found not in first] == ["Two"]
    (built / "one.py").unlink()
    assert [found.name for found in watched.current()] == ["Two"]
    write(built, {"one.py": HANDLER})
    assert [found.name for found in watched.current()] == ["Two", "one"]


def test_nothing_is_read_again_while_nothing_changes(tmp_path):
    write(tmp_path, FILES)
    folder = Folder(str(tmp_path))
    first = folder.current()
    assert not folder.changed()
    assert folder.current() is first
    (tmp_path / "one.py").unlink()
    assert folder.changed()
    assert [found.name for found in folder.current()] == ["Own", "two"]


def test_a_folder_that_comes_later_is_seen(tmp_path):
    folder = Folder(str(tmp_path / "later"))
    assert folder.current() == ()
    write(tmp_path, {"later/a.py": ""})
    assert [found.name for found in folder.current()] == ["a"]


def test_a_link_to_nowhere_does_no_harm(tmp_path):
    write(tmp_path, {"a.py": ""})
    (tmp_path / "b.py").symlink_to(tmp_path / "missing")
    assert [found.name for found in scan(str(tmp_path))] == ["a"]


def test_saved_code_runs_at_the_next_call(room, tmp_path):
    write(tmp_path, {"one.py": "import _lib\ndef handler(event, context): return _lib.VALUE\n"})

    async def scene(workers):
        folder, values = Folder(str(tmp_path)), []
        for value in (1, 2, 3):
            write(tmp_path, {"_lib.py": f"VALUE = {value}\n"})
            (found,) = folder.current()
            asked = function(found.handler, code=found.code, runtime=found.runtime, fingerprint=found.fingerprint)
            values.append(json.loads((await workers.invoke(asked, b"{}", within=PATIENCE)).payload))
        return values

    assert room.play(scene) == [1, 2, 3]


def test_one_function_by_its_path(tmp_path):
    """A file or a folder, whatever lies beside it."""
    (tmp_path / "gate.py").write_text("def lambda_handler(event, context): ...\n")
    (tmp_path / "other.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "stamp").mkdir()
    (tmp_path / "stamp" / "index.mjs").write_text("export const handler = 1;\n")
    one = only(str(tmp_path / "gate.py"))
    assert (one.name, one.handler, one.code) == ("gate", "gate.lambda_handler", str(tmp_path))
    two = only(str(tmp_path / "stamp"))
    assert (two.name, two.handler, two.code) == ("stamp", "index.handler", str(tmp_path / "stamp"))
    assert two.runtime.startswith("nodejs")


def test_a_path_without_a_handler_is_refused(tmp_path):
    (tmp_path / "words.txt").write_text("none")
    for path in (tmp_path, tmp_path / "words.txt"):
        with pytest.raises(ValueError, match="holds no handler"):
            only(str(path))
    with pytest.raises(FileNotFoundError):
        only(str(tmp_path / "gone.py"))
