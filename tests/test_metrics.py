"""What Prometheus reads of a server."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from keydesk.metrics import LABELS, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def test_calls_are_counted_by_operation_and_outcome() -> None:
    metrics = Metrics()
    metrics.call("InitiateAuth", "ok", 0.003)
    metrics.call("InitiateAuth", "ok", 0.004)
    metrics.call("InitiateAuth", "NotAuthorizedException", 0.03)
    found = samples(metrics)
    assert found["keydesk_calls_total", "InitiateAuth", "ok"] == 2
    assert found["keydesk_calls_total", "InitiateAuth", "NotAuthorizedException"] == 1
    assert found["keydesk_call_seconds_count", "InitiateAuth"] == 3
    assert found["keydesk_call_seconds_sum", "InitiateAuth"] == pytest.approx(0.037)
    assert found["keydesk_call_seconds_bucket", "0.005", "InitiateAuth"] == 2
    assert found["keydesk_call_seconds_bucket", "0.05", "InitiateAuth"] == 3


def test_triggers_are_counted_apart() -> None:
    metrics = Metrics()
    metrics.trigger("PreSignUp", "ok", 0.2)
    found = samples(metrics)
    assert found["keydesk_triggers_total", "ok", "PreSignUp"] == 1
    assert found["keydesk_trigger_seconds_count", "PreSignUp"] == 1
    assert not [key for key in found if key[0].startswith("keydesk_call")]


def test_a_gauge_is_asked_each_time() -> None:
    metrics = Metrics()
    workers: list[str] = []
    metrics.watch("keydesk_workers", "Live worker processes.", lambda: len(workers))
    assert samples(metrics)[("keydesk_workers",)] == 0
    workers.append("one")
    assert samples(metrics)[("keydesk_workers",)] == 1


def test_a_breaker_is_open_or_not_and_there_are_not_too_many() -> None:
    metrics = Metrics()
    assert not [key for key in samples(metrics) if key[0] == "keydesk_breaker_open"]
    metrics.breaker(("eu_1", "PreSignUp"), True)
    assert samples(metrics)["keydesk_breaker_open", "eu_1", "PreSignUp"] == 1
    for number in range(LABELS):
        metrics.breaker((f"eu_{number}", "PostConfirmation"), True)
    metrics.breaker(("eu_1", "PreSignUp"), False)
    found = {key: value for key, value in samples(metrics).items() if key[0] == "keydesk_breaker_open"}
    assert found["keydesk_breaker_open", "eu_1", "PreSignUp"] == 0
    assert len(found) == LABELS


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.call("SignUp", "ok", 0.1)
    assert ("keydesk_calls_total", "SignUp", "ok") not in samples(other)


def test_every_line_is_a_count_or_a_time() -> None:
    metrics = Metrics()
    metrics.call("SignUp", "ok", 0.1)
    assert b"_created" not in metrics.render()


def test_strange_labels_are_bounded_and_still_counted() -> None:
    metrics = Metrics()
    for number in range(LABELS + 50):
        metrics.call(f'Name"{number}\n', "ok", 0.1)
    found = {key: value for key, value in samples(metrics).items() if key[0] == "keydesk_calls_total"}
    assert len(found) == LABELS + 1
    assert sum(found.values()) == LABELS + 50
    assert found["keydesk_calls_total", "other", "other"] == 50
