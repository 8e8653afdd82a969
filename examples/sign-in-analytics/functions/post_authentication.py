"""Tells a collector that somebody signed in, and brings what the pool knows of them to a store that all devices read.

Both at once, each a second at most. Nobody waits longer for a collector, and nobody is kept out by one.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.request import Request, urlopen

SECONDS = float(os.environ.get("SINK_SECONDS", "1"))
SHARED = ("name", "locale", "zoneinfo")  # what other systems may know of a user: no address, no number
outside = ThreadPoolExecutor()


def handler(event, context):
    told, now = event["request"]["userAttributes"], datetime.now(UTC).isoformat(timespec="milliseconds")
    sign_in = {
        "type": "sign_in",
        "at": now,
        "pool": event["userPoolId"],
        "client": event["callerContext"]["clientId"],
        "user": told["sub"],
        "newDevice": event["request"]["newDeviceUsed"],
    }
    profile = {name: told[name] for name in SHARED if name in told} | {"lastSignIn": now}
    sent = [
        outside.submit(send, "POST", os.environ["COLLECTOR_URL"], sign_in),
        outside.submit(send, "PATCH", f"{os.environ['STORE_URL']}/{told['sub']}/profile", profile),
    ]
    for one in sent:
        try:
            one.result(SECONDS)
        except Exception as fault:  # whatever it is: on live AWS a post authentication that throws fails the sign-in
            print(f"ERROR not sent: {type(fault).__name__} {fault}")
    return event


def send(method, url, body):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get('SINK_KEY', '')}"}
    request = Request(url, json.dumps(body).encode(), headers, method=method)
    with urlopen(request, timeout=SECONDS) as answer:
        answer.read(1_000)
