"""Confirms at once who signs up with an address of a chosen domain. All others are made too, and confirm by a code."""

import os

DOMAINS = {domain.strip().lower() for domain in os.environ.get("DOMAINS", "").split(",") if domain.strip()}


def handler(event, context):
    address = event["request"]["userAttributes"].get("email", "")
    domain = address.rpartition("@")[2].lower()
    if domain in DOMAINS:
        event["response"]["autoConfirmUser"] = True
    return event
