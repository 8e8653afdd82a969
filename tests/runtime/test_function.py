from tests.runtime.room import function

from keydesk.runtime.workers import Workers


def test_a_function_knows_its_log_group():
    assert function("a.b", name="pre-sign-up").log_group == "/aws/lambda/pre-sign-up"


def test_workers_are_a_runtime():
    assert {"invoke", "close"} <= set(vars(Workers))
