"""Calls for OpenTelemetry: each is a span, and each trigger that ran in it a span below, as the call's trace tells.

OpenTelemetry's own SDK sends them in the background to a collector that takes OTLP over HTTP. It is an extra of the
package (`pip install keydesk[otel]`), set up by its own variables, which its users know; `ENDPOINTS` switch it on.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from keydesk import __version__
from keydesk.domain.trace import Fired, Trace
from keydesk.settings import SettingFault

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SERVICE: Final = "CognitoIdentityProvider"
NANOS: Final = 1_000_000  # in a millisecond


class Spans(NamedTuple):
    """What tells a collector. `export` is None where there is none."""

    export: Callable[[Trace], None] | None
    close: Callable[[], None]

    @classmethod
    def wanted(cls, environment: Mapping[str, str]) -> Self:
        """To the collector that the variables name, if any. Raises SettingFault where the extra is not installed."""
        named = [variable for variable in ENDPOINTS if environment.get(variable)]
        if not named:
            return cls(None, lambda: None)
        try:
            provider = _provider()
        except ImportError as fault:
            raise SettingFault(f"{named[0]} needs the extra: pip install 'keydesk[otel]' ({fault})") from None
        tracer = provider.get_tracer("keydesk", __version__)
        return cls(lambda trace: _told(trace, tracer), provider.shutdown)


def _provider() -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({"service.name": "keydesk", "service.version": __version__}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _told(trace: Trace, tracer: "Tracer") -> None:
    from opentelemetry.trace import SpanKind, set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    end = trace.at * NANOS
    above = TraceContextTextMapPropagator().extract({"traceparent": trace.parent})
    begin, named = end - int(trace.ms * NANOS), _of_call(trace)
    span = tracer.start_span(trace.operation, above, SpanKind.SERVER, attributes=named, start_time=begin)
    _judged(span, trace.outcome, trace.sentence)
    for fired in trace.fired:
        start = int(fired.at * NANOS)
        below = tracer.start_span(
            fired.source, set_span_in_context(span), SpanKind.CLIENT, attributes=_of_trigger(fired), start_time=start
        )
        _judged(below, fired.outcome, fired.sentence)
        below.end(start + int(fired.ms * NANOS))
    span.end(end)


def _judged(span: "Span", outcome: str, sentence: str) -> None:
    from opentelemetry.trace import StatusCode

    if outcome != "ok":
        span.set_attribute("error.type", outcome)
        span.set_status(StatusCode.ERROR, sentence)


def _of_call(trace: Trace) -> dict[str, Any]:
    """By the semantic conventions where those have a name. Who signs in is told by `sub`, never by name."""
    said = {
        "rpc.system": "aws-api",
        "rpc.service": SERVICE,
        "rpc.method": trace.operation,
        "aws.request_id": trace.id,
        "cloud.region": trace.region,
        "keydesk.pool": trace.pool,
        "keydesk.client": trace.client,
        "user.id": trace.sub,
    }
    steps = [f"{step.name}: {step.outcome}" for step in trace.steps]
    return {name: value for name, value in said.items() if value} | ({"keydesk.steps": steps} if steps else {})


def _of_trigger(fired: Fired) -> dict[str, Any]:
    return {
        "faas.invoked_name": fired.arn.rpartition(":")[2],
        "faas.invoked_provider": "aws",
        "aws.lambda.invoked_arn": fired.arn,
        "keydesk.trigger": fired.trigger,
        "keydesk.attempts": fired.attempts,
        "keydesk.answered_in_advance": fired.instead,
    }
