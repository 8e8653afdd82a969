"""The table of sign-ins, tried and done: by `user` (the sub) and `at` (the time of the try)."""

from datetime import UTC, datetime

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# One try of half a second for each step: what the reputation service leaves of the trigger's five seconds.
once = Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1})
table = boto3.resource("dynamodb", config=once).Table("activity")
Away = (BotoCoreError, ClientError)


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds")
