"""Advice of the specification that needs no system beside this server, done as a person would do it."""

from typing import Any

import pytest
from tests.serving import Serving, claims
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
LOOKING_UP = """
import sqlite3
with sqlite3.connect(':memory:') as database:
    database.execute('CREATE TABLE staff (name TEXT PRIMARY KEY, number TEXT)')
    database.execute("INSERT INTO staff VALUES ('ada', 'P-1815')")
    [number] = database.execute('SELECT number FROM staff WHERE name = ?', [event['userName']]).fetchone()
event['response']['claimsOverrideDetails'] = {'claimsToAddOrOverride': {'custom:physicianId': number}}
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
    function = Recorder(server, NOTING, Timeout=5)
    pool.trigger(PostAuthentication=function.arn)
    assert pool.tokens()
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    seen = next(one["Value"] for one in user["UserAttributes"] if one["Name"] == "custom:seen")
    logged = [line.split()[1:] for line in function.lines() if line.startswith("TENANT")]
    assert logged == [[pool.id, seen]]


def test_t095_t096_t097_a_looked_up_number_is_a_claim_of_the_same_answer(server: Serving) -> None:
    """T-095 from a relational database, T-096 within three seconds, T-097 in the very answer of the sign-in."""
    pool = pool_of(server)
    pool.trigger(PostAuthentication=Recorder(server, LOOKING_UP, Timeout=3).arn)
    answer = pool.sign_in()["AuthenticationResult"]
    assert claims(answer["IdToken"])["custom:physicianId"] == "P-1815"
    assert "custom:physicianId" not in claims(answer["AccessToken"])
