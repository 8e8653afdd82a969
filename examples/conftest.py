"""Systems that stand beside Keydesk in the examples: a DynamoDB (moto's server)."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "example", "AWS_SECRET_ACCESS_KEY": "example"}


class DynamoDB:
    """An empty one. `environment` are the variables by which a function reaches it with an unmodified SDK."""

    def __init__(self, url: str) -> None:
        self.environment = {"AWS_ENDPOINT_URL_DYNAMODB": url, **KEYS}
        keys: dict[str, Any] = {name.lower(): value for name, value in KEYS.items()}
        self._resource: Any = boto3.resource("dynamodb", "us-east-1", endpoint_url=url, **keys)

    def table(self, definition: Path) -> Any:
        """A new table, from the file that the README gives to `aws dynamodb create-table`."""
        return self._resource.create_table(**msgspec.json.decode(definition.read_bytes()))


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def dynamodb(moto_url: str) -> Iterator[DynamoDB]:
    yield DynamoDB(moto_url)
    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")).close()
