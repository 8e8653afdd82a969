"""The two tables, reached by both functions. What is made here serves a warm process for all its calls."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Two tries of a second each leave room within the five that a trigger has.
SECONDS = float(os.environ.get("TABLE_SECONDS", "1"))
dynamodb = boto3.resource(
    "dynamodb",
    config=Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2}),
)
tenants = dynamodb.Table("tenants")  # by `pool`, the pool's id: name, paid_until (as 2027-01-31), notice
members = dynamodb.Table("members")  # by `pool` and `user`, the user's sub: suspended, last_sign_in
Away = (BotoCoreError, ClientError)
