"""The door of the Lambda API: every published operation served or refused by name, and no input makes it fail."""

import http.client
import json
import re
from typing import Any

import botocore.session
import pytest
from tests.aws.lambda_server import create, lam, refusal, send, server
from tests.serving import Serving

from keydesk.aws.lambda_api import ROUTES
from keydesk.aws.lambda_unserved import UNSERVED

__all__ = ["lam", "server"]
FUNCTIONS = "/2015-03-31/functions"


def test_every_published_operation_is_served_or_refused_with_a_reason() -> None:
    model = botocore.session.get_session().get_service_model("lambda")
    published = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        published[name] = (http["method"], re.sub(r"\{\w+\}", "{}", http["requestUri"].partition("?")[0]))
    rows = [(route.name, route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES]
    rows += [(name, method, path.partition("?")[0]) for name, method, path, reason in UNSERVED if reason]
    assert len(rows) == len({name for name, *_ in rows})
    assert {name: (method, path) for name, method, path in rows} == published


def test_an_operation_that_is_not_served_says_why(lam: Any) -> None:
    with pytest.raises(lam.exceptions.ClientError) as fault:
        lam.list_layers()
    code, status, sentence = refusal(fault)
    assert (code, status) == ("UnknownOperationException", 404)
    assert sentence.startswith("ListLayers is not served by Keydesk: there are no layers")


def test_a_path_that_is_none_of_lambdas_is_refused(server: Serving) -> None:
    for method, path in (
        ("GET", "/2015-03-31/nothing"),
        ("PATCH", FUNCTIONS),
        ("GET", "/2015-03-31/functions/a/b/c/d"),
    ):
        status, headers, body = send(server, method, path)
        assert status == 404
        assert headers["x-amzn-errortype"] == "UnknownOperationException"
        assert "Lambda has no operation" in json.loads(body)["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", FUNCTIONS, b"{", "InvalidRequestContentException"),
        ("POST", FUNCTIONS, b"[" * 50_000, "InvalidRequestContentException"),
        ("POST", FUNCTIONS, b"[]", "SerializationException"),
        ("POST", FUNCTIONS, b'{"FunctionName": 7}', "SerializationException"),
        ("POST", FUNCTIONS, b'{"FunctionName": "x", "Code": {"ZipFile": "*"}}', "SerializationException"),
        ("POST", FUNCTIONS, b"{}", "ValidationException"),
        ("POST", FUNCTIONS, b'{"FunctionName": "\\u0000", "Role": "r", "Code": {}}', "ValidationException"),
        ("GET", FUNCTIONS + "/%00", b"", "ValidationException"),
        ("GET", FUNCTIONS + "/%ff%fe", b"", "ValidationException"),
        ("GET", FUNCTIONS + "/a%2F..%2Fb", b"", "ValidationException"),
        ("GET", FUNCTIONS + "/" + "a" * 5000, b"", "ValidationException"),
        ("GET", FUNCTIONS + "/a?Qualifier=%20", b"", "ValidationException"),
        ("GET", FUNCTIONS + "/a?Qualifier=99999999999999999999", b"", "ResourceNotFoundException"),
        ("GET", FUNCTIONS + "/a?Qualifier=%D9%A1", b"", "ValidationException"),
        ("GET", FUNCTIONS + "?MaxItems=x", b"", "SerializationException"),
        ("GET", FUNCTIONS + "?MaxItems=0", b"", "ValidationException"),
        ("GET", FUNCTIONS + "?FunctionVersion=x", b"", "InvalidParameterValueException"),
        ("PUT", FUNCTIONS + "/none/code", b'{"ZipFile": ""}', "InvalidParameterValueException"),
        ("PUT", FUNCTIONS + "/none/configuration", b'{"Timeout": 99999999999999999999}', "ValidationException"),
        ("PUT", FUNCTIONS + "/none/configuration", b'{"Timeout": 901, "MemorySize": 1}', "ValidationException"),
        ("GET", "/2017-03-31/tags/x", b"", "InvalidParameterValueException"),
        ("GET", FUNCTIONS + "/none/versions?Marker=%00", b"", "ResourceNotFoundException"),
        ("POST", FUNCTIONS + "/none/aliases", b'{"Name": "a", "FunctionVersion": "1"}', "ResourceNotFoundException"),
        ("DELETE", FUNCTIONS + "/none/policy/%20", b"", "ValidationException"),
        ("PUT", "/2017-10-31/functions/none/concurrency", b"{}", "SerializationException"),
    ],
)
def test_bad_input_gives_a_modelled_error(server: Serving, method: str, path: str, body: bytes, code: str) -> None:
    status, headers, said = send(server, method, path, body)
    assert headers["x-amzn-errortype"] == code, said
    assert 400 <= status < 500
    assert json.loads(said)["Type"] == "User"
    assert json.loads(said)["message"]


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(server: Serving) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", FUNCTIONS)
    connection.putheader("Content-Length", str((70 << 20) + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert answer.headers["x-amzn-errortype"] == "RequestEntityTooLargeException"
    assert b"73400320 bytes" in answer.read()
    connection.close()


def test_what_provisioning_tools_read_back(lam: Any) -> None:
    arn = create(lam, "tool")["FunctionArn"]
    signing = lam.get_function_code_signing_config(FunctionName="tool")
    assert (signing["FunctionName"], signing.get("CodeSigningConfigArn", "")) == ("tool", "")
    updates = lam.get_runtime_management_config(FunctionName="tool")
    assert (updates["UpdateRuntimeOn"], updates["FunctionArn"]) == ("Auto", arn)
    lam.put_runtime_management_config(FunctionName="tool", UpdateRuntimeOn="Auto")
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.put_runtime_management_config(FunctionName="tool", UpdateRuntimeOn="FunctionUpdate")
    assert lam.get_function_recursion_config(FunctionName="tool")["RecursiveLoop"] == "Terminate"
    assert lam.list_provisioned_concurrency_configs(FunctionName="tool")["ProvisionedConcurrencyConfigs"] == []
    for read, code in (
        (lam.get_function_event_invoke_config, "ResourceNotFoundException"),
        (lam.get_function_url_config, "ResourceNotFoundException"),
        (lambda **said: lam.get_provisioned_concurrency_config(Qualifier="1", **said), "ResourceNotFoundException"),
    ):
        with pytest.raises(lam.exceptions.ClientError) as fault:
            read(FunctionName="tool")
        assert refusal(fault)[:2] == (code, 404)


def test_tags_come_and_go(lam: Any) -> None:
    arn = create(lam, "tagged", Tags={"a": "1"})["FunctionArn"]
    lam.tag_resource(Resource=arn, Tags={"b": "2", "c": ""})
    assert lam.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2", "c": ""}
    lam.untag_resource(Resource=arn, TagKeys=["a", "c"])
    assert lam.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.tag_resource(Resource=arn, Tags={str(number): "" for number in range(51)})
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.list_tags(Resource=arn + "s")
