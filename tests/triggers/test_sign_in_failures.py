"""What goes wrong between a sign-in and its function, where live AWS is strict: answers, crashes, permissions.

Section 4.2 and C-06, C-07 of the specification. Five seconds are waited for in `test_sign_in_timing.py`.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.meeting import WAITS, Meeting, let_go
from tests.serving import Serving
from tests.triggers.recorder import SEMANTICS, Recorder, event_only, pool_of

NOT_JSON = ("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON")
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
STRICT = [("aws", "PreAuthentication"), ("aws", "PostAuthentication"), ("keydesk", "PreTokenGeneration")]
strictly = pytest.mark.parametrize(("semantics", "trigger"), STRICT)

WRONG_ANSWERS = [
    ("return None", NOT_JSON),
    ("return ''", UNRECOGNIZABLE),
    ("return 'allowed'", UNRECOGNIZABLE),
    ("return [event]", UNRECOGNIZABLE),
    ("return True", UNRECOGNIZABLE),
    ("return {}", UNRECOGNIZABLE),
    ("return {'errorMessage': 'no'}", UNRECOGNIZABLE),  # C-06: only what is thrown is an error
    ("del event['callerContext']\nreturn event", UNRECOGNIZABLE),
    ("return {**event, 'callerContext': 'app'}", UNRECOGNIZABLE),
    ("return {**event, 'userName': {}}", UNRECOGNIZABLE),
    ("return {**event, 'response': []}", UNRECOGNIZABLE),
    ("del event['version']\nreturn event", UNRECOGNIZABLE),
    ("del event['response']\nreturn event", UNRECOGNIZABLE),
    ("return {key[:1].upper() + key[1:]: value for key, value in event.items()}", UNRECOGNIZABLE),
]


@strictly
def test_c06_c07_an_answer_that_is_not_the_event_fails_the_sign_in(
    server: Serving, semantics: str, trigger: str
) -> None:
    pool = pool_of(server, semantics)
    for body, expected in WRONG_ANSWERS:
        pool.trigger(**{trigger: Recorder(server, body).arn})
        assert pool.refused(pool.sign_in) == expected, body
    pool.trigger(**{trigger: event_only(server).arn})
    assert pool.tokens()


@strictly
def test_explicit_nulls_and_members_of_its_own_are_no_fault(server: Serving, semantics: str, trigger: str) -> None:
    """Section 10, point 12: be lenient."""
    pool = pool_of(server, semantics)
    body = "event['request']['clientMetadata'] = None\nevent['response'] = None\nevent['mine'] = 1\nreturn event"
    pool.trigger(**{trigger: Recorder(server, body).arn})
    assert pool.tokens()


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize(
    ("python", "node", "part"),
    [
        ("os._exit(3)", "", "exit status 3"),
        ("", "process.exit(4);", "exit status 4"),
        ("import nowhere_to_be_found", "", "No module named 'nowhere_to_be_found'"),
    ],
)
def test_c05_a_crash_is_told_in_one_sentence_and_harms_no_later_sign_in(
    server: Serving, semantics: str, python: str, node: str, part: str
) -> None:
    pool = pool_of(server, semantics)
    pool.trigger(PreAuthentication=Recorder(server, python, node).arn)
    code, sentence = pool.refused(pool.sign_in)
    assert code == {"keydesk": "NotAuthorizedException", "aws": "UserLambdaValidationException"}[semantics]
    assert sentence.startswith("PreAuthentication failed with error ")
    assert part in sentence
    assert "Traceback" not in sentence
    pool.trigger(PreAuthentication=event_only(server).arn)
    assert pool.tokens()


@pytest.mark.parametrize(
    "conditions",
    [
        {"SourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Elsewhere"},
        {"SourceArn": "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/*"},
        {"SourceAccount": "111111111111"},
    ],
)
def test_t067_a_permission_for_somebody_else_is_none(server: Serving, conditions: dict[str, str]) -> None:
    pool = pool_of(server, "aws")
    function = Recorder(server, permit=False)
    function.permit(**conditions)
    pool.trigger(PreAuthentication=function.arn)
    closed = "PreAuthentication invocation failed due to error AccessDeniedException."
    assert pool.refused(pool.sign_in) == ("UnexpectedLambdaException", closed)
    assert function.events() == []


def test_a_function_that_is_deleted_while_a_sign_in_runs_is_an_invoke_error(server: Serving, meeting: Meeting) -> None:
    """Section 4.2: every refusal to run is the user pool's own error, none is the Lambda API's."""
    pool = pool_of(server)
    waits = Recorder(server, WAITS + "return event", Environment=meeting.environment)
    deleted = Recorder(server, "'code of its own, so that it is not kept for another'\nreturn event")
    pool.trigger(PreAuthentication=waits.arn, PreTokenGeneration=deleted.arn)
    with ThreadPoolExecutor(1) as thread:
        signing_in = thread.submit(pool.refused, pool.sign_in)
        come = meeting.one()
        server.client("lambda").delete_function(FunctionName=deleted.name)
        let_go(come)
        refused = signing_in.result()
    sentence = "PreTokenGeneration invocation failed due to error ResourceNotFoundException."
    assert refused == ("UnexpectedLambdaException", sentence)
