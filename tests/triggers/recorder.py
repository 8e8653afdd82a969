"""Handlers that print the event they were sent, then do as a test says; what they printed is read through the logs API.

One function may be set for several triggers: its log then tells the order in which they ran.
"""

import json
import secrets
from typing import Any, Self

from tests.serving import PASSWORD, REGION, Pool, Serving

PYTHON = "import json, os, time\ndef handler(event, context):\n    print('EVENT ' + json.dumps(event))\n{}\n"
NODE = "exports.handler = async (event, context) => {{ console.log('EVENT ' + JSON.stringify(event));\n{}\n}};\n"
LANGUAGES = ("python", "node")
SEMANTICS = ("keydesk", "aws")


class Recorder:
    """A deployed function that Cognito may invoke. `python` or `node` is its body after the event is printed."""

    def __init__(
        self,
        server: Serving,
        python: str = "return event",
        node: str = "",
        *,
        permit: bool = True,
        **configuration: Any,
    ) -> None:
        self.server = server
        self.name = "recorder-" + secrets.token_hex(6)
        if node:
            code, runtime = NODE.format(node), "nodejs22.x"
        else:
            code, runtime = PYTHON.format("\n".join("    " + line for line in python.splitlines())), "python3.11"
        self.arn = server.deploy(self.name, code, runtime, **configuration)
        if permit:
            self.permit()

    def permit(self, **conditions: str) -> None:
        """Let Cognito in, as an administrator of live AWS must (C-14)."""
        self.server.client("lambda").add_permission(
            FunctionName=self.name,
            StatementId="cognito",
            Action="lambda:InvokeFunction",
            Principal="cognito-idp.amazonaws.com",
            **conditions,
        )

    def warmed(self) -> Self:
        self.server.warmed(self.name)
        return self

    def lines(self, since: int = 0) -> list[str]:
        """Everything in the function's log from this moment on (epoch milliseconds), in order."""
        logs = self.server.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/{self.name}", startTime=since
            )
            return [event["message"] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """What the function was sent, in order."""
        return [json.loads(line.partition("EVENT ")[2]) for line in self.lines(since) if "EVENT {" in line]

    def sources(self) -> list[str]:
        """The `triggerSource` of each."""
        return [event["triggerSource"] for event in self.events()]


def event_only(server: Serving, language: str = "python", **configuration: Any) -> Recorder:
    """A function that gives the event back."""
    return Recorder(server, node="return event;" if language == "node" else "", **configuration)


def answering(server: Serving, response: Any, language: str = "python", **configuration: Any) -> Recorder:
    """A function that gives the event back with this response."""
    said = json.dumps(response)
    python = f"event['response'] = json.loads({said!r})\nreturn event"
    node = f"event.response = {said}; return event;"
    return Recorder(server, python, node if language == "node" else "", **configuration)


def raising(server: Serving, words: str, language: str = "python", **configuration: Any) -> Recorder:
    """A function that throws, with these words."""
    node = f"throw new Error({json.dumps(words)});" if language == "node" else ""
    return Recorder(server, f"raise Exception({words!r})", node, **configuration)


def pool_of(
    server: Serving, semantics: str = "keydesk", *, client: dict[str, Any] | None = None, **settings: Any
) -> Pool:
    """A pool under these semantics, with the confirmed user `ada`."""
    tags = {"UserPoolTags": {"keydesk:semantics": semantics}} if semantics != "keydesk" else {}
    pool = Pool(server, client=client, **tags, **settings)
    pool.user("ada", email="ada@example.com", email_verified="true")
    return pool


def admin_sign_in(pool: Pool, name: str = "ada", password: str = PASSWORD, **more: Any) -> Any:
    """AdminInitiateAuth with the password: the whole answer."""
    said = {"USERNAME": name, "PASSWORD": password}
    return pool.api.admin_initiate_auth(
        UserPoolId=pool.id, ClientId=pool.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=said, **more
    )


def new_password_session(pool: Pool, name: str = "eve", **more: Any) -> str:
    """The Session of a user who must replace a temporary password."""
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS", **more
    )
    asked = pool.sign_in(name)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    return str(asked["Session"])


def answer_new_password(pool: Pool, session: str, name: str = "eve", **more: Any) -> Any:
    """RespondToAuthChallenge with a new password: the whole answer."""
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": "Another-horse-8"},
        **more,
    )


def envelope(pool: Pool, source: str, user: dict[str, str], request: dict[str, Any], response: Any) -> dict[str, Any]:
    """The whole event, as section 2 of the specification has it."""
    return {
        "version": "1",
        "triggerSource": source,
        "region": REGION,
        "userPoolId": pool.id,
        "userName": "ada",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
        "request": {"userAttributes": user, **request},
        "response": response,
    }
