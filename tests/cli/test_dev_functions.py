"""`keydesk dev --functions`: a folder of handlers wired by their names; what is saved runs at the next sign-in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.cli.running import Running, running
from tests.cli.test_dev import ids, sign_in

REFUSING = "def handler(event, context):\n    raise Exception({said!r})\n"
NODE = "exports.handler = async (event) => {{ throw new Error({said!r}); }};\n"
PASSING = "def handler(event, context):\n    return event\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "functions").mkdir()
    return tmp_path / "functions"


@pytest.fixture
def server(tmp_path: Path, folder: Path) -> Iterator[Running]:
    with running(tmp_path, "dev", "--data", "d", "--functions", "functions") as started:
        sign_in(started)  # an empty folder changes nothing
        yield started


def refused(server: Running) -> str:
    with pytest.raises(ClientError) as refusal:
        sign_in(server)
    return str(refusal.value.response["Error"]["Message"])


def wired(server: Running) -> dict[str, Any]:
    described = server.client().describe_user_pool(UserPoolId=ids(server)[0])
    return dict(described["UserPool"].get("LambdaConfig", {}))


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def test_new_changed_and_removed_files_count_without_a_restart(server: Running, folder: Path) -> None:
    handler = folder / "pre_authentication.py"
    handler.write_text(REFUSING.format(said="first"))
    assert refused(server) == "PreAuthentication failed with error first."
    assert wired(server) == {"PreAuthentication": arn("pre_authentication")}
    handler.write_text(REFUSING.format(said="other"))  # as long as before
    assert refused(server) == "PreAuthentication failed with error other."
    handler.write_text(PASSING)
    assert sign_in(server)["AuthenticationResult"]
    (folder / "PreTokenGeneration.js").write_text(NODE.format(said="new"))
    assert refused(server) == "PreTokenGeneration failed with error new."
    (folder / "PreTokenGeneration.js").unlink()
    assert sign_in(server)["AuthenticationResult"]
    handler.unlink()
    assert sign_in(server)["AuthenticationResult"]
    assert wired(server) == {}
    assert server.client("lambda").list_functions()["Functions"] == []


def test_a_shared_module_counts_too(server: Running, folder: Path) -> None:
    (folder / "_words.py").write_text("said = 'first'\n")
    (folder / "pre-authentication.py").write_text(
        "import _words\ndef handler(event, context):\n    raise Exception(_words.said)\n"
    )
    assert refused(server) == "PreAuthentication failed with error first."
    (folder / "_words.py").write_text("said = 'other'\n")
    assert refused(server) == "PreAuthentication failed with error other."


def test_a_file_that_does_not_compile_refuses_until_it_does(server: Running, folder: Path) -> None:
    handler = folder / "pre_authentication.py"
    handler.write_text("def handler(event, context)\n")
    assert "Syntax" in refused(server)
    handler.unlink()
    for name in ("post_authentication.ts", "types.d.ts", "pre_sign_up/index.ts", "CustomMessage/other.py", "lib/a.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("export const handler = async (event: object) => event;\n")
    assert sign_in(server)["AuthenticationResult"]
    told = [line for line in server.err.splitlines() if "handler left out" in line]
    for line, why, file in zip(
        sorted(told),
        ("a folder's handler is in index.py", "compile TypeScript to JavaScript first", "compile TypeScript"),
        ("CustomMessage", "post_authentication.ts", "pre_sign_up/index.ts"),
        strict=True,
    ):
        assert (why in line, f"file={file}" in line) == (True, True), line


def test_what_was_set_by_hand_stays(server: Running, folder: Path) -> None:
    """The folder takes back only what it set itself."""
    api, (pool, _) = server.client(), ids(server)
    (folder / "pre_authentication.py").write_text(REFUSING.format(said="folder"))
    assert refused(server).endswith("folder.")
    api.update_user_pool(UserPoolId=pool, LambdaConfig={"PreAuthentication": arn("another")})
    (folder / "pre_authentication.py").write_text(PASSING)
    assert refused(server) == "PreAuthentication invocation failed due to error AccessDeniedException."
    (folder / "pre_authentication.py").unlink()
    assert wired(server) == {"PreAuthentication": arn("another")}


def test_the_next_start_finds_what_was_wired(tmp_path: Path, folder: Path) -> None:
    """And wires nothing twice."""
    (folder / "pre_authentication.py").write_text(REFUSING.format(said="first"))
    for _ in range(2):
        with running(tmp_path, "dev", "--data", "d", "--functions", "functions") as server:
            assert refused(server) == "PreAuthentication failed with error first."
            assert "functions   functions\n" in server.out
            names = [one["FunctionName"] for one in server.client("lambda").list_functions()["Functions"]]
            assert names == ["pre_authentication"]
            assert server.stop() == 0


def test_the_folder_may_go_away_and_come_back(server: Running, folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    assert sign_in(server)["AuthenticationResult"]
    folder.with_name("away").rename(folder)
    (folder / "pre_authentication.py").write_text(REFUSING.format(said="back"))
    assert refused(server) == "PreAuthentication failed with error back."
