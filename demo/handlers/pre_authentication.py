"""Pre authentication: the credentials are right, and still a suspended account may not sign in."""

SUSPENDED = {"banned"}


def handler(event, context):
    print(f"may {event['userName']} sign in? from {event['request'].get('validationData')}")
    if event["userName"] in SUSPENDED:
        raise Exception("Your account is suspended. Write to support@example.com")
    return event
