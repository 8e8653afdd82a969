"""A server process on a port of its own that may be killed and started again, and a plain client that outlives it."""

import http.client
import json
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from tests.cli.running import COMMAND, PATIENCE, environment

TARGET = "AWSCognitoIdentityProviderService."
SCOPE = "keydesk/20260101/us-east-1/cognito-idp/aws4_request"
SIGNED = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature={'0' * 64}"  # a claim will do for `dev`


class Away(Exception):
    """Nobody can know whether the call was carried out: the server went away before it answered."""


class Refused(Exception):
    """The server's word: the code of the error."""

    @property
    def code(self) -> str:
        return str(self.args[0])


class Client:
    """One connection, opened again when it broke. For one thread."""

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, operation: str, **said: Any) -> dict[str, Any]:
        """The answer. Raises Away, Refused."""
        headers = {
            "X-Amz-Target": TARGET + operation,
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": SIGNED,
        }
        try:
            self._line.request("POST", "/", json.dumps(said), headers)
            answer = self._line.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as fault:
            self._line.close()
            raise Away from fault
        if answer.status != 200:
            raise Refused(body["__type"], answer.status, body["message"])
        return body

    def close(self) -> None:
        self._line.close()


class Server:
    """`keydesk dev` on one port and one folder, however often it starts."""

    def __init__(self, home: Path, port: int, **variables: str) -> None:
        self.port = port
        self._home = home
        self._variables = environment(home, KEYDESK_LOG_LEVEL="error", **variables)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        with (self._home / "err.txt").open("ab") as told:
            line = [COMMAND, "dev", "--port", str(self.port), "--data", "d"]
            self._process = subprocess.Popen(
                line, env=self._variables, cwd=self._home, stdin=subprocess.DEVNULL, stdout=told, stderr=told
            )
        client, end = Client(self.port), time.monotonic() + PATIENCE
        while True:
            try:
                client("ListUserPools", MaxResults=1)
                return
            except Away:
                assert self._process.poll() is None, (self._home / "err.txt").read_text()
                assert time.monotonic() < end, "it does not answer"
                time.sleep(0.02)
            finally:
                client.close()

    def kill(self) -> None:
        """As a machine that loses its power would: no signal handler runs, nothing is written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask it to end; its exit code when it has."""
        assert self._process is not None
        self._process.terminate()
        code, self._process = self._process.wait(PATIENCE), None
        return code

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.kill()
