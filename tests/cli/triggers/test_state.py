"""`keydesk triggers list` and `rollback`, beside a running server."""

import io
import json
import re
import zipfile
from pathlib import Path

from tests.cli.running import command
from tests.serving import Pool, serving
from tests.triggers.recorder import Recorder


def test_the_list_and_the_way_back_beside_a_running_server(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        said = ("--data", str(tmp_path))
        pool = Pool(server, UserPoolTags={"keydesk:guard:PreAuthentication": '{"failures": 4}'})
        pool.user("ada", email="ada@example.com")
        gate = Recorder(server, "raise Exception('closed today')")
        pool.trigger(PreAuthentication=gate.arn)
        pool.refused_id(pool.sign_in)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return event\n")
        server.client("lambda").update_function_code(FunctionName=gate.name, ZipFile=packed.getvalue())
        assert pool.sign_in()["AuthenticationResult"]
        (row,) = json.loads(command(tmp_path, "triggers", "list", "--json", "--pool", pool.id, *said).stdout)
        assert (row["trigger"], row["function"], row["guard"]) == ("PreAuthentication", gate.name, {"failures": 4})
        assert [re.fullmatch("[0-9a-f]{12}", digest) is not None for digest in row["former"]] == [True]
        told = command(tmp_path, "triggers", "list", *said, COLUMNS="40").stdout
        assert any(pool.id in line and gate.name in line for line in told.splitlines())  # unbroken

        back = command(tmp_path, "triggers", "rollback", "PreAuthentication", "--pool", pool.id, *said)
        assert f"PreAuthentication: {gate.name} is back from" in back.stdout
        pool.refused_id(pool.sign_in)  # the server runs the former code at once
        none = command(tmp_path, "triggers", "rollback", "PreSignUp", "--pool", pool.id, *said)
        assert (none.returncode, f"{pool.id} sets no PreSignUp." in none.stderr) == (2, True)
