"""Turns away user names that are too short, in a sentence that the client can show."""

import os

LEAST = int(os.environ.get("LEAST_LENGTH", "5"))


def handler(event, context):
    if len(event["userName"]) < LEAST:
        raise Exception(f"Cannot register users with username less than the minimum length of {LEAST}")
    return event
