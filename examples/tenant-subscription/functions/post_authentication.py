"""Writes down when a user last signed in. Where that fails the log says so, and the user is in all the same."""

import json
from datetime import UTC, datetime

from _tables import Away, members


def handler(event, context):
    pool, user = event["userPoolId"], event["request"]["userAttributes"]["sub"]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    print(json.dumps({"tenant": pool, "user": event["userName"], "at": now}))
    try:
        members.update_item(
            Key={"pool": pool, "user": user},
            UpdateExpression="SET last_sign_in = :now",
            ExpressionAttributeValues={":now": now},
        )
    except Away as fault:
        print(f"ERROR last sign-in not written: {type(fault).__name__}: {fault}")
    return event
