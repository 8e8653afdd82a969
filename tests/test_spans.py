"""A collector of OpenTelemetry is told of calls and of their triggers, under the caller's own trace."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.serving import PASSWORD, Pool, serving

from keydesk import spans
from keydesk.settings import SettingFault

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
DENY = """
def handler(event, context):
    raise Exception("not today")
"""


class Collector:
    """What takes OTLP over HTTP."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:
                self.bodies.append(handler.rfile.read(int(handler.headers["content-length"])))
                handler.send_response(200)
                handler.send_header("content-length", "0")
                handler.end_headers()

            def log_message(handler, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def test_a_call_and_its_triggers_are_spans(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    with serving(tmp_path) as server:
        pool = Pool(server)
        sub = pool.user("ada")
        pool.trigger(PreAuthentication=server.deploy("deny", DENY))
        pool.api.meta.events.register(
            "before-send.cognito-idp.InitiateAuth",
            lambda request, **_: request.headers.__setitem__("traceparent", f"00-{TRACE}-{PARENT}-01"),
        )
        id = pool.refused_id(pool.sign_in)
    # When the server has ended, everything was sent.
    told = {span.name: span for span in collector.spans()}
    call, trigger = told["InitiateAuth"], told["PreAuthentication_Authentication"]
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE, PARENT)
    assert (trigger.trace_id, trigger.parent_span_id) == (call.trace_id, call.span_id)
    assert call.start_time_unix_nano <= call.end_time_unix_nano
    assert trigger.start_time_unix_nano < trigger.end_time_unix_nano
    said = {one.key: one.value.string_value for one in call.attributes}
    assert (said["rpc.method"], said["keydesk.pool"], said["user.id"]) == ("InitiateAuth", pool.id, sub)
    assert (said["error.type"], said["aws.request_id"]) == ("NotAuthorizedException", id)
    assert call.status.message == "PreAuthentication failed with error not today."
    assert {one.key: one.value.string_value for one in trigger.attributes}["faas.invoked_name"] == "deny"
    assert "CreateUserPool" in told  # what leaves no trace here is told as well
    assert not any(PASSWORD.encode() in body for body in collector.bodies)


def test_without_the_extra_the_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'opentelemetry'")

    monkeypatch.setattr(spans, "_provider", absent)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    with (
        pytest.raises(
            SettingFault, match=r"OTEL_EXPORTER_OTLP_ENDPOINT needs the extra: pip install 'keydesk\[otel\]'"
        ),
        serving(tmp_path),
    ):
        pass
