"""Invoke by botocore, the SDK's own: it finds credentials, signs, and knows every error's code.

Botocore is loaded at the first use, because a server that runs no function elsewhere does without it.
"""

import threading
import time
from typing import Any, Final

from keydesk.domain.function import by_arn
from keydesk.runtime.channel import TooLarge
from keydesk.runtime.function import Throttled, TimedOut, Unreached
from keydesk.runtime.outward import OPTIONS, SLOW_DOWN, send_through
from keydesk.runtime.reach import Reach, Reached

AWS: Final = "aws"  # in place of an address: Amazon's own, in the function's region
NOT_IMPLEMENTED: Final = 501
AGAIN: Final = 10.0  # seconds from looking for credentials in vain to looking again: a machine's role is asked slowly


class LambdaApi:
    """The Lambda API at one endpoint, or Amazon's. Blocks; for threads that have a run under way."""

    def __init__(self, endpoint: str, reach: Reach) -> None:
        self._endpoint = endpoint
        self._reach = reach
        self._making = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}  # by region
        self._made: dict[str, float] = {}  # when
        self._tail = "Tail"

    def invoke(self, arn: str, payload: bytes) -> Reached:
        """Run the function and wait. Raises TimedOut, Throttled, TooLarge, and Unreached with the service's code.

        `sam local start-lambda` knows no LogType and runs nothing that asks for one (aws-sam-cli, issue 2900).
        """
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        place = by_arn(arn)
        region = place.region if place else ""
        try:
            return self._once(self.client(region), arn, payload)
        except ClientError as refusal:
            code = str(refusal.response["Error"]["Code"])
            if refusal.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_IMPLEMENTED and self._tail != "None":
                self._tail = "None"
                return self.invoke(arn, payload)
            if code in SLOW_DOWN:
                raise Throttled from None
            raise Unreached(code, str(refusal)) from refusal
        except BotoCoreError as fault:
            if isinstance(fault, NoCredentialsError):
                self._forget(region)
            raise Unreached(type(fault).__name__.removesuffix("Error"), str(fault)) from fault
        except (TimedOut, TooLarge, Throttled, Unreached):
            raise
        except Exception as fault:  # an answer that is no Lambda API's
            raise Unreached("ServiceException", repr(fault)) from fault

    def _once(self, client: Any, arn: str, payload: bytes) -> Reached:
        said = client.invoke(FunctionName=arn, LogType=self._tail, Payload=payload)
        about = said["ResponseMetadata"]
        return Reached(about["HTTPStatusCode"], about["HTTPHeaders"], said["Payload"].read())

    def client(self, region: str) -> Any:
        """The client of a region; credentials are looked for when it is made, and renewed by botocore."""
        from botocore.config import Config
        from botocore.session import Session

        with self._making:
            if region not in self._clients:
                self._session = self._session or Session()
                client = self._session.create_client(
                    "lambda",
                    region_name=region,
                    endpoint_url=None if self._endpoint == AWS else self._endpoint,
                    config=Config(**OPTIONS),
                )
                send_through(client, self._reach)
                self._clients[region], self._made[region] = client, time.monotonic()
            return self._clients[region]

    def _forget(self, region: str) -> None:
        """Credentials may come later than the server."""
        with self._making:
            if region in self._clients and time.monotonic() - self._made[region] >= AGAIN:
                del self._clients[region]
