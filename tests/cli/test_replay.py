"""`keydesk replay`, beside a running server: what has become of a recorded call."""

import io
import zipfile
from pathlib import Path

from tests.cli.running import command
from tests.serving import Pool, serving
from tests.triggers.recorder import Recorder


def test_a_recorded_call_is_run_again_against_the_code_of_now(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        said = ("--data", str(tmp_path))
        pool = Pool(server, UserPoolTags={"keydesk:guard:PreAuthentication": '{"failures": 4}'})
        pool.user("ada", email="ada@example.com")
        gate = Recorder(server, "raise Exception('closed today')")
        pool.trigger(PreAuthentication=gate.arn)
        failed = pool.refused_id(pool.sign_in)
        server.run(server.house.desk.journal.flush())

        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return event\n")
        server.client("lambda").update_function_code(FunctionName=gate.name, ZipFile=packed.getvalue())
        assert pool.sign_in()["AuthenticationResult"]
        again = command(tmp_path, "replay", failed, *said, COLUMNS="120").stdout
        assert "\n- PreAuthentication failed with error closed today.\n" in again
        assert '- errorMessage: "closed today"' in again
        assert "The call goes on." in again
