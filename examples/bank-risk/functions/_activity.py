"""The table of sign-ins, tried and done: by `user` (the sub) and `at` (the time of the try)."""

import os
from datetime import UTC, datetime

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# One try of half a second for each step: what the reputation service leaves of the trigger's five seconds.
SECONDS = float(os.environ.get("TABLE_SECONDS", "0.5"))
once = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
table = boto3.resource("dynamodb", config=once).Table("activity")
Away = (BotoCoreError, ClientError)


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds")
