"""GetDerivedToken through boto3: a token for a service behind, in exchange for the one that its caller showed."""

import base64
import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from tests.api.asking import refused
from tests.serving import PASSWORD, REGION, Pool, Serving, claims
from tests.triggers.recorder import Recorder

from keydesk.crypto import jwt

FLOWS = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION", "ALLOW_USER_PASSWORD_AUTH"]
SCOPES = """
exchange = event["triggerSource"] == "TokenGeneration_TokenExchange"
event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": {
    "scopesToAdd": [] if exchange else ["orders/read", "orders/write"],
    "claimsToAddOrOverride": {"tenant": "t1", "aud": event["callerContext"]["clientId"]}}}
if exchange:
    event["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"]["act"] = {}
return event
"""
USERS_OWN = "aws.cognito.signin.user.admin"


class Exchanging(Pool):
    """A pool with the user ada, a resource server, and a service that may exchange tokens, and has one of its own."""

    def __init__(self, server: Serving, **settings: Any) -> None:
        super().__init__(server, **settings)
        self.user()
        scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
        self.api.create_resource_server(UserPoolId=self.id, Identifier="orders", Name="orders", Scopes=scopes)
        self.service, self.secret = self.machine()
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        self.unsigned = boto3.client("cognito-idp", region_name=REGION, endpoint_url=server.url, config=config)

    def machine(self, **settings: Any) -> tuple[str, str]:
        """A service's client; its id and secret."""
        made = self.api.create_user_pool_client(
            **{
                "UserPoolId": self.id,
                "ClientName": "service",
                "GenerateSecret": True,
                "ExplicitAuthFlows": FLOWS,
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["orders/read"],
                **settings,
            }
        )["UserPoolClient"]
        return made["ClientId"], made["ClientSecret"]

    def own_token(self, id: str = "", secret: str = "") -> str:
        """A service's own access token."""
        made = self.api.get_client_token(ClientId=id or self.service, Secret=secret or self.secret)
        return str(made["ClientAuthenticationResult"]["AccessToken"])

    def asked(self, token: str, **more: Any) -> dict[str, Any]:
        said = {"ClientId": self.service, "ClientSecret": self.secret, "SubjectToken": token}
        asked = said | {"SubjectTokenType": "ACCESS_TOKEN"} | more
        return {name: value for name, value in asked.items() if value is not None}

    def derived(self, token: str, **more: Any) -> dict[str, Any]:
        return dict(self.unsigned.get_derived_token(**self.asked(token, **more)))

    def refusal(self, token: str, **more: Any) -> tuple[str, str]:
        return refused(self.unsigned.get_derived_token, **self.asked(token, **more))


@pytest.fixture
def pool(server: Serving) -> Exchanging:
    return Exchanging(server)


def by(token: str) -> dict[str, str]:
    return {"ActorToken": token, "ActorTokenType": "ACCESS_TOKEN"}


def test_the_new_token_stands_for_the_user_and_is_bound_to_a_service(pool: Exchanging) -> None:
    held = pool.tokens()
    before = claims(held["AccessToken"])
    made = pool.derived(held["AccessToken"], Resources=["orders"])
    assert (made["IssuedTokenType"], made["TokenType"], made["Scopes"]) == ("ACCESS_TOKEN", "Bearer", [USERS_OWN])
    keys = pool.server.run(pool.server.house.desk.keyring.public(pool.id))
    told = jwt.verify(made["IssuedToken"], keys)
    same = ("sub", "iss", "username", "auth_time", "event_id", "origin_jti", "scope", "token_use")
    assert {name: told[name] for name in same} == {name: before[name] for name in same}
    assert (told["client_id"], told["aud"], "act" in told) == (pool.service, "orders", False)
    assert told["jti"] != before["jti"]
    assert 0 < made["ExpiresIn"] == told["exp"] - told["iat"] <= before["exp"] - told["iat"]
    by_id = pool.derived(held["IdToken"], SubjectTokenType="ID_TOKEN", RequestedTokenType="ID_TOKEN")
    told = jwt.verify(by_id["IssuedToken"], keys)
    assert (by_id["TokenType"], told["token_use"], told["aud"]) == ("N_A", "id", pool.service)
    assert (told["sub"], told["cognito:username"]) == (before["sub"], "ada")


@pytest.mark.parametrize("act", ["somebody", [1], 7])
def test_whatever_a_function_put_into_the_token_at_the_sign_in(pool: Exchanging, act: object) -> None:
    """RQ-03."""
    change = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": {"act": act}}}}
    code = f"def handler(event, context):\n    event['response'] = {change!r}\n    return event\n"
    arn = pool.server.deploy(f"acts-{pool.id[-9:]}", code)
    pool.trigger(PreTokenGenerationConfig={"LambdaArn": arn, "LambdaVersion": "V2_0"})
    held = pool.tokens()["AccessToken"]
    assert claims(held)["act"] == act
    assert "act" not in claims(pool.derived(held)["IssuedToken"])
    made = pool.derived(held, **by(pool.own_token()))
    assert claims(made["IssuedToken"])["act"] == {"sub": pool.service}


def test_the_new_token_never_outlives_the_old_one(own_server: Serving) -> None:
    pool = Exchanging(own_server)
    held = pool.tokens()["AccessToken"]
    own_server.clock.stop()
    own_server.clock.forward(seconds=3000)
    first = pool.derived(held)
    assert claims(first["IssuedToken"])["exp"] == claims(held)["exp"]
    own_server.clock.forward(seconds=601)
    for token in (held, first["IssuedToken"]):
        assert pool.refusal(token) == ("NotAuthorizedException", "The subject token has expired")


def test_it_has_no_scope_that_was_not_there_and_none_that_the_client_may_not_have(server: Serving) -> None:
    recorder = Recorder(server, SCOPES)
    pool = Exchanging(server)
    pool.trigger(PreTokenGenerationConfig={"LambdaArn": recorder.arn, "LambdaVersion": "V2_0"})
    held = pool.tokens()["AccessToken"]
    assert claims(held)["scope"].split() == [USERS_OWN, "orders/read", "orders/write"]
    asked = ["orders/read", "orders/write", "openid"]
    made = pool.derived(held, Scopes=asked, Audiences=["order-service"], **by(pool.own_token()))
    told = claims(made["IssuedToken"])
    assert (made["Scopes"], told["scope"]) == (["orders/read"], "orders/read")
    assert pool.derived(held)["Scopes"] == [USERS_OWN, "orders/read", "orders/write"]
    nothing = pool.derived(held, Scopes=["openid"])
    assert (nothing.get("Scopes", []), "scope" in claims(nothing["IssuedToken"])) == ([], False)
    # The function adds claims, but says neither who acts nor for whom the token is.
    assert (told["act"], told["aud"], told["tenant"]) == ({"sub": pool.service}, "order-service", "t1")
    events = [json.loads(line.removeprefix("EVENT ")) for line in recorder.lines() if line.startswith("EVENT")]
    assert [event["triggerSource"] for event in events][1] == "TokenGeneration_TokenExchange"
    assert events[1]["request"]["scopes"] == ["orders/read"]
    assert events[1]["callerContext"]["clientId"] == pool.service


def test_who_acts_stands_in_the_token_and_stays_there(pool: Exchanging) -> None:
    held = pool.tokens()["AccessToken"]
    first = pool.derived(held, **by(pool.own_token()))["IssuedToken"]
    assert claims(first)["act"] == {"sub": pool.service}
    next_one = pool.machine()
    second = pool.derived(first, **by(pool.own_token(*next_one)))["IssuedToken"]
    chain = {"sub": next_one[0], "act": {"sub": pool.service}}
    assert claims(second)["act"] == chain
    assert claims(pool.derived(second)["IssuedToken"])["act"] == chain, "nobody takes the names out again"
    pool.user("eve")
    by_user = pool.derived(held, **by(pool.tokens("eve")["AccessToken"]))["IssuedToken"]
    assert claims(by_user)["act"] == {"sub": claims(pool.tokens("eve")["IdToken"])["sub"]}


def test_tk_06_when_the_session_ends_nothing_comes_out_of_its_tokens(pool: Exchanging) -> None:
    gone = ("NotAuthorizedException", "The subject token has been revoked")

    def fresh() -> tuple[dict[str, Any], list[str]]:
        held = pool.tokens()
        return held, [held["AccessToken"], pool.derived(held["AccessToken"])["IssuedToken"]]

    other = pool.tokens()["AccessToken"]
    held, shown = fresh()
    pool.api.revoke_token(Token=held["RefreshToken"], ClientId=pool.client)
    assert [pool.refusal(token) for token in shown] == [gone, gone]
    assert pool.derived(other)["IssuedToken"], "another session's"
    pool.user("eve")
    actor = by(pool.tokens("eve")["AccessToken"])
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="eve")
    assert pool.refusal(other, **actor) == ("NotAuthorizedException", "The actor token has been revoked")
    id, secret = pool.machine()
    actor = by(pool.own_token(id, secret))
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=id)
    assert pool.refusal(other, **actor) == ("NotAuthorizedException", "The actor token has been revoked")
    held, shown = fresh()
    pool.api.global_sign_out(AccessToken=held["AccessToken"])
    assert [pool.refusal(token) for token in shown] == [gone, gone]
    _, shown = fresh()
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")
    assert {pool.refusal(token)[0] for token in shown} == {"NotAuthorizedException"}
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    _, shown = fresh()
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")
    assert [pool.refusal(token) for token in shown] == [gone, gone]


def _as(token: str, **changes: Any) -> str:
    """The token with its header or claims changed, under its old signature."""
    head, payload, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(told | changes).encode()).decode().rstrip("=")
    return f"{head}.{forged}.{signature}"


def test_tk_01_only_the_pools_own_tokens_are_taken(pool: Exchanging) -> None:
    held = pool.tokens()
    other = Exchanging(pool.server)
    bare = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    invalid = ("NotAuthorizedException", "Invalid subject token")
    for wrong in (
        _as(held["AccessToken"], sub="somebody"),
        other.tokens()["AccessToken"],
        f"{bare}.{held['AccessToken'].split('.')[1]}.",
        held["RefreshToken"],
        "no.to.ken",
    ):
        assert pool.refusal(wrong) == invalid
        assert pool.refusal(held["AccessToken"], **by(wrong)) == ("NotAuthorizedException", "Invalid actor token")
    assert pool.refusal(held["IdToken"]) == invalid
    assert pool.refusal(held["AccessToken"], SubjectTokenType="ID_TOKEN") == invalid
    assert pool.refusal(pool.own_token())[1].endswith("there is no user whom it stands for.")
    for more in ({"SubjectTokenType": "SAML2"}, {"SubjectTokenProviderName": "Google"}):
        assert pool.refusal(held["AccessToken"], **more) == (
            "InvalidParameterException",
            "The subject token must be an access or ID token of the user pool itself.",
        )


def test_who_may_exchange(pool: Exchanging) -> None:
    """The client by its secret, or an administrator for it; each of the two flows for itself."""
    held = pool.tokens()["AccessToken"]
    wrong = ("NotAuthorizedException", f"Unable to verify secret for client {pool.service}")
    assert pool.refusal(held, ClientSecret=None) == wrong
    assert pool.refusal(held, ClientSecret="x" * 30) == wrong
    assert refused(pool.api.get_derived_token, **pool.asked(held, ClientSecret="x" * 30)) == wrong
    vouched = pool.api.get_derived_token(**pool.asked(held, ClientSecret=None))
    assert claims(vouched["IssuedToken"])["client_id"] == pool.service
    away = pool.server.client(region="eu-west-1")
    missing = ("ResourceNotFoundException", f"User pool client {pool.service} does not exist.")
    assert refused(away.get_derived_token, **pool.asked(held, ClientSecret=None)) == missing
    assert pool.refusal(held, ClientId="nobody")[0] == "ResourceNotFoundException"
    closed = "{} is not enabled for client {}"
    for flow, more in ((FLOWS[0], {}), (FLOWS[1], by(pool.own_token()))):
        id, secret = pool.machine(ExplicitAuthFlows=[one for one in FLOWS if one != flow])
        asked = {"ClientId": id, "ClientSecret": secret}
        assert pool.refusal(held, **asked, **more) == ("NotAuthorizedException", closed.format(flow, id))
    assert pool.refusal(held, ClientId=pool.client, ClientSecret=None)[0] == "NotAuthorizedException"
    public = pool.new_client(ExplicitAuthFlows=FLOWS)
    assert pool.derived(held, ClientId=public, ClientSecret=None)["IssuedToken"]
    pool.api.update_user_pool(UserPoolId=pool.id, UserPoolTier="LITE")
    assert pool.refusal(held)[0] == "OperationNotEnabledException"


def test_for_whom_a_token_can_be(pool: Exchanging) -> None:
    """One that is bound to a service is not the user's own any more; and no app signs in at another by one."""
    held = pool.tokens()["AccessToken"]
    both = pool.refusal(held, Audiences=["a"], Resources=["orders"])
    assert both == ("InvalidParameterException", "Only one of Audiences and Resources can be requested.")
    assert pool.refusal(held, Resources=["none"]) == (
        "ResourceNotFoundException",
        "Resource server none does not exist.",
    )
    to_app = {"Audiences": [pool.client], "RequestedTokenType": "ID_TOKEN"}
    assert pool.refusal(held, **to_app) == (
        "InvalidParameterException",
        "An ID token cannot be issued to another app client.",
    )
    for missing in ({"ActorToken": held}, {"ActorTokenType": "ACCESS_TOKEN"}):
        assert pool.refusal(held, **missing)[0] == "InvalidParameterException"
    own = pool.new_client(ExplicitAuthFlows=FLOWS)
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    signed_in = pool.api.initiate_auth(ClientId=own, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    mine = signed_in["AuthenticationResult"]["AccessToken"]
    asked = {"ClientId": own, "ClientSecret": None}
    assert pool.api.get_user(AccessToken=pool.derived(mine, **asked)["IssuedToken"])["Username"] == "ada"
    bound = pool.derived(mine, **asked, Audiences=["elsewhere"])["IssuedToken"]
    for token in (bound, pool.derived(held)["IssuedToken"]):
        assert refused(pool.api.get_user, AccessToken=token) == ("NotAuthorizedException", "Invalid Access Token")
