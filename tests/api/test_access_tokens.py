"""Every operation that takes an access token, against everything that is signed by the pool and is none of a user's."""

from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from tests.api.test_client_token import MACHINE, NEEDED, WITHOUT_SCOPE
from tests.serving import Pool, Serving
from tests.triggers.recorder import answering

from keydesk.api.families import SERVED
from keydesk.shapes import OPERATIONS

SCOPE = "aws.cognito.signin.user.admin"
INVALID = ("NotAuthorizedException", "Invalid Access Token")
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")
DISABLED = ("NotAuthorizedException", "User is disabled.")
GONE = ("UserNotFoundException", "User does not exist.")


def operations(pool: Pool) -> list[tuple[Any, dict[str, Any]]]:
    """Each operation of the model that takes an access token and is served, with what else it must be told."""
    found = []
    for name in sorted(SERVED):
        shape = pool.api.meta.service_model.operation_model(name).input_shape
        if "AccessToken" in shape.members:
            needed = {member: NEEDED[member] for member in shape.required_members if member != "AccessToken"}
            found.append((getattr(pool.api, xform_name(name)), needed))
    assert len(found) > 20
    return found


def scopes(pool: Pool, **said: Any) -> None:
    """From now on the pool's function does this to the scopes of access tokens."""
    function = answering(pool.server, {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": said}})
    pool.trigger(PreTokenGenerationConfig={"LambdaVersion": "V3_0", "LambdaArn": function.arn})


def of_nobody(pool: Pool) -> dict[str, tuple[str, tuple[str, str]]]:
    """Tokens that open nothing, and what is told to who brings one."""
    said = {"ClientName": "machine", "UserPoolId": pool.id, **MACHINE}
    machine = pool.api.create_user_pool_client(**said)["UserPoolClient"]
    kept = pool.tokens()
    for name in ("disabled", "deleted"):
        pool.user(name)
    disabled, deleted = (pool.tokens(name)["AccessToken"] for name in ("disabled", "deleted"))
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="disabled")
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="deleted")
    scopes(pool, scopesToAdd=["api/read"], scopesToSuppress=[SCOPE])
    narrow = pool.tokens()["AccessToken"]
    scopes(pool, scopesToAdd=[SCOPE])
    proof = {"ClientId": machine["ClientId"], "Secret": machine["ClientSecret"]}
    own = pool.api.get_client_token(**proof)["ClientAuthenticationResult"]["AccessToken"]
    lasting, pool.client = pool.client, pool.new_client()
    orphan = pool.tokens()["AccessToken"]
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)
    pool.client = lasting
    return {
        "a machine's, with the scope of users": (own, WITHOUT_SCOPE),
        "a user's, without that scope": (narrow, WITHOUT_SCOPE),
        "an ID token": (kept["IdToken"], INVALID),
        "a refresh token": (kept["RefreshToken"], INVALID),
        "of a client that was deleted": (orphan, REVOKED),
        "of a user who was disabled": (disabled, DISABLED),
        "of a user who was deleted": (deleted, GONE),
    }


def answered(operation: Any, **said: Any) -> str:
    """The sentence of the refusal, if it is one."""
    try:
        operation(**said)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Message"])
    return ""


def test_no_operation_of_users_takes_what_is_none_of_a_users(server: Serving) -> None:
    """TK-03, TK-04, TK-08: one gate for all of them. A good token passes it, whatever else is wrong then."""
    pool = Pool(server)
    pool.user()
    tokens = of_nobody(pool)
    for place, (operation, needed) in enumerate(operations(pool)):
        may_tell = GONE[0] in OPERATIONS[pool.api.meta.method_to_api_mapping[operation.__name__]].errors
        for name, (token, told) in tokens.items():
            told = REVOKED if told == GONE and not may_tell else told
            assert pool.refused(operation, AccessToken=token, **needed) == told, (operation.__name__, name)
        pool.user(f"user{place}")
        good = pool.tokens(f"user{place}")["AccessToken"]
        assert "Access Token" not in answered(operation, AccessToken=good, **needed), operation.__name__
