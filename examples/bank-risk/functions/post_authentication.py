"""Marks a user's newest try in the activity table as done, with the time. The score is that of the try."""

from _activity import Away, now, table
from boto3.dynamodb.conditions import Attr, Key


def handler(event, context):
    user = event["request"]["userAttributes"]["sub"]
    try:
        newest = table.query(
            KeyConditionExpression=Key("user").eq(user), ScanIndexForward=False, Limit=1, ConsistentRead=True
        )["Items"][0]
        table.update_item(
            Key={"user": user, "at": newest["at"]},
            UpdateExpression="SET #state = :state, signed_in = :now",
            ConditionExpression=Attr("state").eq("let pass"),
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": "signed in", ":now": now()},
        )
        print(f"{event['userName']} signed in with a score of {newest['score']}")
    except (*Away, IndexError) as fault:
        print(f"ERROR the sign-in is not written down: {type(fault).__name__}: {fault}")
    return event
