"""A directory that knows people whom the pool does not: the function that tells of them, and ways to be told of."""

import json
import secrets
from textwrap import indent
from typing import Any

from tests.serving import REGION, Pool, Serving
from tests.triggers.recorder import Recorder

OLD = "old"  # a password that no policy of a pool would allow
MAIL = {"email": "ada@example.com", "email_verified": "true"}
SILENT = {"userAttributes": MAIL, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}
METADATA = {"language": "nl"}
PREFILLED = {
    "userAttributes": None,
    "forceAliasCreation": None,
    "enableSMSMFA": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
}
FLOWS = [
    f"ALLOW_{flow}_AUTH"
    for flow in ("USER_PASSWORD", "ADMIN_USER_PASSWORD", "USER_SRP", "USER", "CUSTOM", "REFRESH_TOKEN")
]
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def knowing(server: Serving, answer: Any, before: str = "", **configuration: Any) -> Recorder:
    """A function for every trigger: asked to migrate it does `before`, then answers so; anything else it lets pass."""
    body = "if event['triggerSource'].startswith('UserMigration'):\n" + indent(before or "pass", "    ") + "\n"
    body += f"    event['response'] = json.loads({json.dumps(answer)!r})\nreturn event"
    return Recorder(server, body, **configuration)


class Quiet(Recorder):
    """A function that answers so and prints nothing; the event that it gives back has the password in it."""

    def __init__(self, server: Serving, answer: Any) -> None:
        self.server, self.name = server, "quiet-" + secrets.token_hex(6)
        code = (
            f"import json\ndef handler(event, context):\n    event['response'] = json.loads({json.dumps(answer)!r})\n"
        )
        self.arn = server.deploy(self.name, code + "    return event\n")
        self.permit()


class Moving:
    """A pool without users, and the function that migrates them. `also` names other triggers that it is set for."""

    def __init__(
        self,
        server: Serving,
        answer: Any = SILENT,
        semantics: str = "keydesk",
        *,
        hides: bool = False,
        also: tuple[str, ...] = ("PreSignUp",),
        function: Recorder | None = None,
        flows: list[str] | None = None,
        **settings: Any,
    ) -> None:
        said = {"UserPoolTags": {"keydesk:semantics": semantics}, **settings}
        existence = "ENABLED" if hides else "LEGACY"
        self.pool = Pool(
            server, client={"ExplicitAuthFlows": flows or FLOWS, "PreventUserExistenceErrors": existence}, **said
        )
        self.server, self.api, self.id, self.client = server, self.pool.api, self.pool.id, self.pool.client
        self.function = function or knowing(server, answer)
        self.pool.trigger(**dict.fromkeys(("UserMigration", *also), self.function.arn))

    def sign_in(self, name: str = "ada", password: str = OLD, **more: Any) -> Any:
        return self.pool.sign_in(name, password, **more)

    def forgot(self, name: str = "ada", **more: Any) -> Any:
        return self.api.forgot_password(ClientId=self.client, Username=name, **more)

    def refused(self, call: Any, *args: Any, **kwargs: Any) -> tuple[str, str]:
        return self.pool.refused(call, *args, **kwargs)

    def stored(self, name: str = "ada") -> dict[str, Any]:
        """AdminGetUser."""
        return dict(self.api.admin_get_user(UserPoolId=self.id, Username=name))

    def attributes(self, name: str = "ada") -> dict[str, str]:
        """What is stored of the user, but for the sub."""
        return {one["Name"]: one["Value"] for one in self.stored(name)["UserAttributes"] if one["Name"] != "sub"}

    def names(self) -> list[str]:
        """Everybody in the pool."""
        return sorted(user["Username"] for user in self.api.list_users(UserPoolId=self.id)["Users"])

    def event(self, source: str, name: str, request: dict[str, Any], response: Any, client: str = "") -> dict[str, Any]:
        """The whole event."""
        return {
            "version": "1",
            "triggerSource": source,
            "region": REGION,
            "userPoolId": self.id,
            "userName": name,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client or self.client},
            "request": request,
            "response": response,
        }

    def pre_sign_up(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """The event of pre sign-up that follows."""
        flags = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
        return self.event("PreSignUp_AdminCreateUser", name, request, flags, "CLIENT_ID_NOT_APPLICABLE")

    def choose(self, name: str = "ada", **said: str) -> Any:
        """InitiateAuth with USER_AUTH."""
        asked = {"USERNAME": name, **said}
        return self.api.initiate_auth(ClientId=self.client, AuthFlow="USER_AUTH", AuthParameters=asked)

    def respond(self, challenge: str, asked: Any, *, by_admin: bool = False, told: Any = None, **said: str) -> Any:
        """The answer to a challenge for ada."""
        call = self.api.admin_respond_to_auth_challenge if by_admin else self.api.respond_to_auth_challenge
        more = {"UserPoolId": self.id} if by_admin else {}
        if told:
            more["ClientMetadata"] = told
        return call(
            ClientId=self.client,
            ChallengeName=challenge,
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "ada", **said},
            **more,
        )
