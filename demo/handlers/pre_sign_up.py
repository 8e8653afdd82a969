"""Pre sign-up: people with an example.com address are confirmed at once; others are turned away."""


def handler(event, context):
    email = event["request"]["userAttributes"].get("email", "")
    print(f"{event['userName']} wants to sign up with {email}")
    if not email.endswith("@example.com"):
        raise Exception("Only example.com addresses may sign up")
    event["response"]["autoConfirmUser"] = True
    event["response"]["autoVerifyEmail"] = True
    return event
