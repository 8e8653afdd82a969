"""Logs of a pool: where they go, and that they arrive, read as anybody reads logs."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.api.watched import HOME, MAIL, Watched
from tests.serving import PASSWORD, Pool, Serving, claims, serving

BUCKET = {"BucketArn": "arn:aws:s3:::activity"}
STREAM = {"StreamArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/activity"}


def arn(name: str, region: str = "us-east-1", account: str = "000000000000") -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def to(source: str, name: str, level: str = "") -> dict[str, Any]:
    return {
        "EventSource": source,
        "LogLevel": level or {"userNotification": "ERROR", "userAuthEvents": "INFO"}[source],
        "CloudWatchLogsConfiguration": {"LogGroupArn": arn(name)},
    }


def group(pool: Pool) -> str:
    """A log group of this pool's own."""
    name = f"/keydesk/{pool.id}"
    pool.server.client("logs").create_log_group(logGroupName=name)
    return name


def entries(server: Serving, name: str) -> list[dict[str, Any]]:
    found = server.client("logs").filter_log_events(logGroupName=name)["events"]
    return [json.loads(event["message"]) for event in found]


def test_what_is_set_is_kept_and_an_empty_list_takes_it_back(server: Serving) -> None:
    pool = Watched(server, "OFF")
    name, of = group(pool), {"UserPoolId": pool.id}
    assert pool.api.get_log_delivery_configuration(**of)["LogDeliveryConfiguration"] == of | {"LogConfigurations": []}
    said = [to("userNotification", name), to("userAuthEvents", name)]
    answer = pool.api.set_log_delivery_configuration(**of, LogConfigurations=said)
    assert answer["LogDeliveryConfiguration"] == of | {"LogConfigurations": said}
    again = pool.api.get_log_delivery_configuration(**of)["LogDeliveryConfiguration"]
    assert again == answer["LogDeliveryConfiguration"]
    pool.api.set_log_delivery_configuration(**of, LogConfigurations=[])
    assert pool.api.get_log_delivery_configuration(**of)["LogDeliveryConfiguration"]["LogConfigurations"] == []


def test_what_cannot_be_delivered_is_refused(server: Serving) -> None:
    pool, plain = Watched(server, "OFF"), Pool(server)
    name = group(pool)
    both = to("userAuthEvents", name) | {"S3Configuration": BUCKET}
    bare = {"EventSource": "userAuthEvents", "LogLevel": "INFO"}
    invalid = (
        [to("userNotification", name, "INFO")],
        [to("userAuthEvents", name, "ERROR")],
        [to("userNotification", name), to("userNotification", name)],
        [both],
        [bare],
        [{"EventSource": "userNotification", "LogLevel": "ERROR", "S3Configuration": BUCKET}],
    )
    ask = pool.api.set_log_delivery_configuration
    for said in invalid:
        assert refused(ask, UserPoolId=pool.id, LogConfigurations=said)[0] == "InvalidParameterException", said
    for elsewhere in (arn("nobody"), arn(name, region="eu-west-1"), arn(name, account="111111111111")):
        said = [bare | {"CloudWatchLogsConfiguration": {"LogGroupArn": elsewhere}}]
        assert refused(ask, UserPoolId=pool.id, LogConfigurations=said) == (
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        )
    code, sentence = refused(ask, UserPoolId=plain.id, LogConfigurations=[to("userAuthEvents", name)])
    assert code == "FeatureUnavailableInTierException"
    assert "ESSENTIALS pricing tier" in sentence
    pool.api.set_log_delivery_configuration(UserPoolId=plain.id, LogConfigurations=[to("userNotification", name)])
    nobody = missing("us-east-1_Nobody")
    assert refused(ask, UserPoolId="us-east-1_Nobody", LogConfigurations=[]) == nobody
    assert refused(pool.api.get_log_delivery_configuration, UserPoolId="us-east-1_Nobody") == nobody


@pytest.mark.parametrize("destination", [{"S3Configuration": BUCKET}, {"FirehoseConfiguration": STREAM}])
def test_other_destinations_are_kept_and_said_to_do_nothing(
    server: Serving, destination: dict[str, Any], warned: Callable[[], list[dict[str, Any]]]
) -> None:
    pool = Watched(server, "AUDIT")
    said = [{"EventSource": "userAuthEvents", "LogLevel": "INFO", **destination}]
    pool.api.set_log_delivery_configuration(UserPoolId=pool.id, LogConfigurations=said)
    kept = pool.api.get_log_delivery_configuration(UserPoolId=pool.id)["LogDeliveryConfiguration"]
    assert kept["LogConfigurations"] == said
    assert [(line["of"], line["member"]) for line in warned()] == [("LogConfiguration", next(iter(destination)))]


def test_what_users_do_arrives_in_the_log_group(server: Serving) -> None:
    pool = Watched(server, "AUDIT", AutoVerifiedAttributes=["email"])
    name = group(pool)
    pool.api.set_log_delivery_configuration(UserPoolId=pool.id, LogConfigurations=[to("userAuthEvents", name)])
    sub = pool.user()
    pool.refused(pool.came_from, HOME, password="Wrong-horse-9")
    answer = pool.came_from(HOME)
    failed, passed = entries(server, name)
    assert failed["message"]["eventResponse"] == "Fail"
    message = passed["message"]
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}", message.pop("creationDate"))
    assert message == {
        "version": "1",
        "eventId": claims(answer["AuthenticationResult"]["IdToken"])["event_id"],
        "eventType": "SignIn",
        "userSub": sub,
        "userName": "ada",
        "userPoolId": pool.id,
        "clientId": pool.client,
        "eventResponse": "Pass",
        "riskLevel": "",
        "riskDecision": "PASS",
        "challenges": ["Password:Success"],
        "deviceName": "Windows, Chrome",
        "ipAddress": HOME,
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "idpName": "",
        "compromisedCredentialDetected": "false",
        "city": "",
        "country": "",
        "eventFeedbackValue": "",
        "eventFeedbackDate": "",
        "eventFeedbackProvider": "",
        "hasContextData": "true",
    }
    assert (passed["eventSource"], passed["logLevel"]) == ("USER_ACTIVITY", "INFO")
    assert passed["logSourceId"] == {"userPoolId": pool.id}
    assert abs(int(passed["eventTimestamp"]) - server.clock()) < 60_000


def test_feedback_arrives_as_the_event_once_more(server: Serving) -> None:
    pool = Watched(server, "AUDIT")
    name = group(pool)
    pool.api.set_log_delivery_configuration(UserPoolId=pool.id, LogConfigurations=[to("userAuthEvents", name)])
    pool.user()
    pool.came_from(HOME)
    of = {"UserPoolId": pool.id, "Username": "ada", "EventId": pool.events()[0]["EventId"]}
    pool.api.admin_update_auth_event_feedback(**of, FeedbackValue="Valid")
    passed, judged = (entry["message"] for entry in entries(server, name))
    assert {name for name, value in judged.items() if value != passed[name]} == {
        "eventFeedbackValue",
        "eventFeedbackDate",
        "eventFeedbackProvider",
    }
    assert (judged["eventFeedbackValue"], judged["eventFeedbackProvider"]) == ("Valid", "Admin")


def test_messages_that_could_not_be_sent_are_in_the_log_group(tmp_path: Any) -> None:
    """Without a mail server, and without the outbox of development. The address is masked, and no code is told."""
    with serving(tmp_path, open=False, keys={"keydesk": "keydesk"}) as server:
        pool = Pool(server, AutoVerifiedAttributes=["email"])
        name = group(pool)
        said = [to("userNotification", name)]
        pool.api.set_log_delivery_configuration(UserPoolId=pool.id, LogConfigurations=said)
        refusal = pool.refused(pool.sign_up, "ada", PASSWORD, {"email": MAIL})
        assert refusal[0] == "CodeDeliveryFailureException"
        (entry,) = entries(server, name)
        details = entry["message"]["details"]
        assert details.startswith("The EMAIL message to a***@e*** was not sent: no mail server")
        assert MAIL not in json.dumps(entry)
        assert (entry["eventSource"], entry["logLevel"]) == ("USER_NOTIFICATION", "ERROR")
        assert entry["logSourceId"] == {"userPoolId": pool.id}
