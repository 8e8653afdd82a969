"""Advice of the specification that needs no system beside this server, done as a person would do it."""

from typing import Any

import pytest
from tests.serving import Serving
from tests.triggers.recorder import SEMANTICS, Recorder, pool_of

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
DENIAL = {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}

SUSPENDING = """
if event['request']['userAttributes'].get('custom:standing') == 'suspended':
    raise Exception('Your account is suspended')
return event
"""
# What a person writes who has not the user's attributes in a table of their own.
NOTING = """
import boto3
api = boto3.client('cognito-idp', region_name=event['region'])
who = {'UserPoolId': event['userPoolId'], 'Username': event['userName']}
now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
api.admin_update_user_attributes(**who, UserAttributes=[{'Name': 'custom:seen', 'Value': now}])
print('TENANT', event['userPoolId'], now)
return event
"""


def custom(*names: str) -> dict[str, Any]:
    return {"Schema": [{"Name": name, "AttributeDataType": "String", "Mutable": True} for name in names]}


@both_semantics
def test_t027_a_suspended_account_is_refused(server: Serving, semantics: str) -> None:
    """T-027: from the moment it is marked until the mark is gone, with no change to the function."""
    pool = pool_of(server, semantics, **custom("standing"))
    pool.trigger(PreAuthentication=Recorder(server, SUSPENDING).arn)
    mark = {"UserPoolId": pool.id, "Username": "ada"}
    for standing in ("good", "suspended", "good"):
        pool.api.admin_update_user_attributes(**mark, UserAttributes=[{"Name": "custom:standing", "Value": standing}])
        if standing == "suspended":
            denied = "PreAuthentication failed with error Your account is suspended."
            assert pool.refused(pool.sign_in) == (DENIAL[semantics], denied)
        else:
            assert pool.tokens()


@both_semantics
def test_t028_attempts_can_be_recorded(server: Serving, semantics: str) -> None:
    """T-028: the log counts them; under aws those with a wrong password, too, since it runs before (C-01)."""
    pool = pool_of(server, semantics)
    function = Recorder(server, "print('ATTEMPT', event['userName'])\nreturn event")
    pool.trigger(PreAuthentication=function.arn)
    pool.sign_in()
    pool.refused(pool.sign_in, "ada", "Wrong-horse-9")
    pool.sign_in()
    attempts = [line.split()[1:] for line in function.lines() if line.startswith("ATTEMPT")]
    assert attempts == [["ada"]] * {"keydesk": 2, "aws": 3}[semantics]


@both_semantics
def test_t047_t086_the_last_sign_in_is_kept_and_logged(server: Serving, semantics: str) -> None:
    """T-047 an attribute of the user, written from inside the sign-in; T-086 tenant and time stand in the log."""
    pool = pool_of(server, semantics, **custom("seen"))
    function = Recorder(server, NOTING, Timeout=30).warmed()
    pool.trigger(PostAuthentication=function.arn)
    assert pool.tokens()
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    seen = next(one["Value"] for one in user["UserAttributes"] if one["Name"] == "custom:seen")
    logged = [line.split()[1:] for line in function.lines() if line.startswith("TENANT")]
    assert logged == [[pool.id, seen]]
