"""What a pool runs: it has one function for a trigger, so this one asks others in turn. The first refusal counts."""

import auto_confirm
import short_names


def handler(event, context):
    for rule in (short_names, auto_confirm):
        event = rule.handler(event, context)
    return event
