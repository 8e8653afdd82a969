"""Asks a reputation service how risky a sign-in is, by address and device, and turns away what is above a threshold.

Where the service is slow or gone, a score that was set beforehand counts. Each try is written to the activity table.
"""

import ipaddress
import json
import os
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

from _activity import Away, now, table

THRESHOLD = int(os.environ.get("THRESHOLD", "70"))
FALLBACK = int(os.environ.get("FALLBACK_SCORE", "0"))  # 0 lets in whom nobody has judged; above the threshold refuses
SECONDS = float(os.environ.get("REPUTATION_SECONDS", "3"))
outside = ThreadPoolExecutor()


def handler(event, context):
    said = event["request"]["validationData"] or {}
    try:
        address = str(ipaddress.ip_address(said.get("ip", "")))
    except ValueError:
        raise Exception("The sign-in does not say where it comes from") from None
    score, judged = risk(address, said.get("device", ""))
    refused = score > THRESHOLD
    try:
        table.put_item(
            Item={
                "user": event["request"]["userAttributes"].get("sub", event["userName"]),
                "at": now(),
                "ip": address,
                "device": said.get("device", ""),
                "score": score,
                "judged": judged,
                "state": "refused" if refused else "let pass",
            }
        )
    except Away as fault:
        print(f"ERROR the try is not written down: {type(fault).__name__}: {fault}")
    if refused:
        raise Exception("We cannot let you in from here. Call your branch")
    return event


def risk(address, device):
    """The score, and whether the service gave it. All of it takes three seconds at most, however slowly it answers."""
    try:
        return outside.submit(asked, address, device).result(SECONDS), True
    except (TimeoutError, OSError, ValueError, KeyError) as fault:
        if isinstance(fault, HTTPError) and fault.code == 400:  # what the client sent makes no sense to the service
            raise Exception("The sign-in could not be judged") from None
        print(f"FALLBACK score {FALLBACK}: {type(fault).__name__} {fault}")
        return FALLBACK, False


def asked(address, device):
    url = f"{os.environ['REPUTATION_URL']}/score?{urlencode({'ip': address, 'device': device})}"
    with urlopen(url, timeout=SECONDS) as answer:
        return int(json.loads(answer.read(10_000))["score"])
