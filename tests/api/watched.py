"""A pool with threat protection, and sign-ins from wherever a test says."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.serving import PASSWORD, Pool, Serving

HOME, AWAY = "192.0.2.7", "198.51.100.7"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
MAIL = "ada@example.com"


class Watched(Pool):
    """`mode` is AdvancedSecurityMode; `risk` is what SetRiskConfiguration is told."""

    def __init__(
        self, server: Serving, mode: str = "ENFORCED", risk: dict[str, Any] | None = None, **settings: Any
    ) -> None:
        add_ons = settings.pop("UserPoolAddOns", {"AdvancedSecurityMode": mode})
        super().__init__(server, UserPoolTier="PLUS", UserPoolAddOns=add_ons, **settings)
        if risk:
            self.risk(**risk)

    def risk(self, **said: Any) -> dict[str, Any]:
        return dict(self.api.set_risk_configuration(UserPoolId=self.id, **said)["RiskConfiguration"])

    def came_from(
        self, address: str = HOME, agent: str = CHROME, name: str = "ada", password: str = PASSWORD, **more: Any
    ) -> dict[str, Any]:
        """AdminInitiateAuth of a server that says from where its user came."""
        headers = [{"headerName": "User-Agent", "headerValue": agent}]
        context = {"IpAddress": address, "ServerName": "app.example.com", "ServerPath": "/in", "HttpHeaders": headers}
        return dict(
            self.api.admin_initiate_auth(
                UserPoolId=self.id,
                ClientId=self.client,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": name, "PASSWORD": password},
                ContextData=context | more,
            )
        )

    def events(self, name: str = "ada") -> list[dict[str, Any]]:
        """All of a user's events, the newest first."""
        return list(self.api.admin_list_user_auth_events(UserPoolId=self.id, Username=name)["AuthEvents"])

    def levels(self, name: str = "ada") -> list[str]:
        """The risk of each sign-in, the oldest first."""
        signs = [event["EventRisk"] for event in reversed(self.events(name)) if event["EventType"] == "SignIn"]
        return [risk.get("RiskLevel", "") for risk in signs]


def collected(client_id: str, **said: Any) -> str:
    """What Cognito's libraries put into EncodedData."""
    payload = json.dumps({"contextData": said, "username": "ada", "userPoolId": "", "timestamp": "1"})
    signature = hmac.digest(client_id.encode(), b"JS20171115" + payload.encode(), hashlib.sha256)
    whole = {"payload": payload, "signature": base64.b64encode(signature).decode(), "version": "JS20171115"}
    return base64.b64encode(json.dumps(whole).encode()).decode()


def actions(notify: bool = False, **levels: str) -> dict[str, Any]:
    """SetRiskConfiguration's answers to risks: `Low="BLOCK"` and so on."""
    said = {f"{level}Action": {"Notify": notify, "EventAction": action} for level, action in levels.items()}
    return {"AccountTakeoverRiskConfiguration": {"Actions": said}}
