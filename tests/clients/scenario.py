"""A scenario: one script that uses one client as an application does, and prints what it saw as JSON."""

import json
import subprocess
from typing import Any

from tests.clients.node_packages import HERE
from tests.serving import PASSWORD, Pool

from keydesk.runtime import node

PATIENCE = 120  # seconds on a busy machine


class Scenario:
    """Call it with a script's name, a pool and what else the script is told; gives what the script found."""

    def __call__(self, script: str, pool: Pool, **said: Any) -> Any:
        known = {
            "url": pool.server.url,
            "pool": pool.id,
            "client": pool.client,
            "name": "ada",
            "password": PASSWORD,
        }
        done = subprocess.run(
            [node.find().path, HERE / script],
            input=json.dumps(known | said),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=HERE,
        )
        assert done.returncode == 0, f"{script} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)
