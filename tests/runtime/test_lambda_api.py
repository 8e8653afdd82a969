"""A Lambda API elsewhere: how it is asked, and what its refusals become."""

import base64
from pathlib import Path

import pytest
from tests.runtime.away import ARN, EVENT, asked, unreached, within
from tests.site import Asked, Site

from keydesk.runtime import lambda_api
from keydesk.runtime.channel import PAYLOAD_LIMIT
from keydesk.runtime.elsewhere import Elsewhere
from keydesk.runtime.function import Throttled, TimedOut, Unreached
from keydesk.runtime.lambda_api import AWS, LambdaApi
from keydesk.runtime.reach import Reach, Reached, Run

pytestmark = pytest.mark.usefixtures("credentials")


def test_the_lambda_api_is_asked_signed_and_for_the_log(there: Site) -> None:
    tail = base64.b64encode(b"START\nprinted\nEND").decode()
    there.does = lambda one: one.says(one.body, X_Amz_Log_Result=tail, X_Amz_Executed_Version="7", x_amzn_RequestId="i")
    answer = within(asked(), endpoint=there.url)
    assert (answer.payload, answer.log, answer.version) == (EVENT, "START\nprinted\nEND", "7")
    assert (answer.request_id, answer.error) == ("i", "")
    assert there.paths[0].startswith("/2015-03-31/functions/arn")
    assert there.heads[0]["x-amz-log-type"] == "Tail"
    assert "Credential=key/" in there.heads[0]["authorization"]
    assert "/eu-west-1/lambda/aws4_request" in there.heads[0]["authorization"], "the region is the function's"


def test_what_is_thrown_there(there: Site) -> None:
    there.does = lambda one: one.says({"errorMessage": "no"}, X_Amz_Function_Error="Handled")
    answer = within(asked(), endpoint=there.url)
    assert (answer.payload, answer.error) == (b'{"errorMessage": "no"}', "Handled")


def test_a_server_that_knows_no_log_type_is_asked_without(there: Site) -> None:
    """As `sam local start-lambda`, which answers before it runs anything; it is remembered."""

    def strict(one: Asked) -> None:
        if one.headers["X-Amz-Log-Type"] != "None":
            one.says({"Type": "LocalService", "Message": "log-type"}, 501, x_amzn_errortype="NotImplemented")
        else:
            one.says(one.body)

    there.does = strict

    async def twice(elsewhere: Elsewhere) -> bytes:
        await elsewhere.invoke(ARN, EVENT, within=30)
        return (await elsewhere.invoke(ARN, EVENT, within=30)).payload

    assert within(twice, endpoint=there.url) == EVENT
    assert [head["x-amz-log-type"] for head in there.heads] == ["Tail", "None", "None"]


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDeniedException"), (404, "ResourceNotFoundException"), (500, "ServiceException")]
)
def test_the_services_code_is_told_and_nothing_is_tried_again(there: Site, status: int, code: str) -> None:
    there.does = lambda one: one.says({"Message": "no"}, status, x_amzn_ErrorType=code)
    assert unreached(endpoint=there.url) == code
    assert len(there.bodies) == 1


def test_the_service_throttles(there: Site) -> None:
    there.does = lambda one: one.says({"Message": "slow"}, 429, x_amzn_ErrorType="TooManyRequestsException")
    with pytest.raises(Throttled):
        within(asked(), endpoint=there.url)
    assert len(there.bodies) == 1


def test_a_late_lambda_api(there: Site) -> None:
    there.does = there.dripping
    with pytest.raises(TimedOut):
        within(asked(0.5), endpoint=there.url)


def test_an_answer_of_the_lambda_api_beyond_the_limit(there: Site) -> None:
    there.does = lambda one: one.says(b"1" * (PAYLOAD_LIMIT + 1))
    assert b"Function.ResponseSizeTooLarge" in within(asked(), endpoint=there.url).payload


def test_something_that_is_no_lambda_api(there: Site) -> None:
    there.does = lambda one: one.says(b"<html>", 404)
    assert unreached(endpoint=there.url) == "404"


def test_without_credentials(there: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    async def until_they_come(elsewhere: Elsewhere) -> bytes:
        """They are not looked for at every call, but may come later than the server."""
        with pytest.raises(Unreached, match="NoCredentials"):
            await elsewhere.invoke(ARN, EVENT, within=30)
        (tmp_path / "none").write_text("[default]\naws_access_key_id = key\naws_secret_access_key = secret\n")
        with pytest.raises(Unreached, match="NoCredentials"):
            await elsewhere.invoke(ARN, EVENT, within=30)
        monkeypatch.setattr(lambda_api, "AGAIN", 0)
        with pytest.raises(Unreached, match="NoCredentials"):
            await elsewhere.invoke(ARN, EVENT, within=30)
        assert there.bodies == []
        return (await elsewhere.invoke(ARN, EVENT, within=30)).payload

    assert within(until_they_come, endpoint=there.url) == EVENT


def test_amazons_own_is_asked_in_the_functions_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever endpoints the environment has for tools: those lead here."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9229")
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9229")
    sent: list[str] = []

    def post(reach: Reach, url: str, body: bytes, headers: object) -> Reached:
        sent.append(url)
        return Reached(200, {}, body)

    monkeypatch.setattr(Reach, "post", post)
    with Run(30).under_way():
        assert LambdaApi(AWS, Reach(private=False)).invoke(ARN, EVENT).body == EVENT
    assert sent[0].startswith("https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn")
