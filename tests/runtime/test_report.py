import json
import signal

import pytest

from keydesk.runtime import report
from keydesk.runtime.report import Failure, Run


def test_the_report_line():
    run = Run("id", 1.234, 128, 40 * 1024 * 1024)
    assert report.line(run) == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t"
    )


def test_a_cold_start_and_a_fault_are_told_in_it():
    run = Run("id", 1.0, 128, 1, 30.5, Failure("Runtime.ExitError", "…"))
    assert report.line(run).endswith(
        "\tMax Memory Used: 1 MB\tInit Duration: 30.50 ms\tStatus: error\tError Type: Runtime.ExitError\t"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (129, "Runtime exited with error: exit status 129"),
        (-signal.SIGKILL, "Runtime exited with error: signal: killed"),
        (-signal.SIGABRT, "Runtime exited with error: signal: aborted"),
        (-signal.SIGUSR1, "Runtime exited with error: signal: SIGUSR1"),
        (0, "Runtime exited without providing a reason"),
    ],
)
def test_exits_have_lambdas_words(status, words):
    assert json.loads(report.exited("id", status).payload()) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: id Error: {words}",
    }


def test_a_timeout_is_dated_in_milliseconds():
    assert report.timed_out("id", 3.0, 1_700_000_000.25).message == (
        "2023-11-14T22:13:20.250Z id Task timed out after 3.00 seconds"
    )


def test_a_workers_own_words_are_passed_on():
    body = b'{"errorType":"Runtime.ImportModuleError","errorMessage":"no","trace":[]}'
    failure = report.said_at_start(body)
    assert (failure.kind, failure.message, failure.payload()) == ("Runtime.ImportModuleError", "no", body)
    assert report.said_at_start(b"rubbish").kind == "Runtime.Unknown"


def test_streams_are_named_by_day_and_version():
    assert report.stream_name(1_700_000_000.0, "$LATEST", "ab") == "2023/11/14/[$LATEST]ab"
