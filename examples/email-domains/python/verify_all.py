"""Confirms everybody, and takes every address and number for theirs. For pools of a test, or of people you know."""


def handler(event, context):
    told = event["request"]["userAttributes"]
    event["response"]["autoConfirmUser"] = True
    if told.get("email"):  # to verify what is not there is an error, and no user would be made
        event["response"]["autoVerifyEmail"] = True
    if told.get("phone_number"):
        event["response"]["autoVerifyPhone"] = True
    return event
