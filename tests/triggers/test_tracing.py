"""Traces of real calls: what they tell, and that nothing secret is in them."""

import re

import msgspec
import pytest
from tests.api.test_second_factor import with_factors
from tests.serving import PASSWORD, Pool, Serving
from tests.triggers.custom_challenge import FLOWS, answer, begin, riddles
from tests.triggers.recorder import Recorder, answering, pool_of

from keydesk.api.families import SERVED
from keydesk.store import traces
from keydesk.store.traces import Wanted
from keydesk.triggers.answer import NOT_JSON
from keydesk.triggers.catalog import CATALOG
from keydesk.triggers.fire import NOT_HERE, NOT_LET_IN

MIGRATES = """
print('migrating with', event['request'].get('password'))
event['response'] = {'userAttributes': {'email': 'new@example.com'}, 'finalUserStatus': 'CONFIRMED'}
return event
"""


def everything(server: Serving, pool: Pool) -> str:
    """All that the traces of a pool hold, as it is stored."""
    desk = server.house.desk
    server.run(desk.journal.flush())
    found = server.run(desk.store.read(traces.page, Wanted(pool=pool.id), 1000))
    assert found
    parts = [str(one) for one in found]
    for fired in (fired for one in found for fired in one.fired):
        parts += [bytes(fired.event).decode(), bytes(fired.answer).decode(), fired.log]
    return "\n".join(parts)


def test_a_trace_tells_the_steps_and_the_functions(server: Serving) -> None:
    pool = pool_of(server)
    seen = answering(server, {})
    pool.trigger(PreAuthentication=seen.arn, PostConfirmation=seen.arn)
    done = server.trace(pool.sign_in()["ResponseMetadata"]["RequestId"])
    assert (done.operation, done.outcome, done.username, done.pool) == ("InitiateAuth", "ok", "ada", pool.id)
    assert {"password", "pre_authentication", "tokens", "kept"} <= {step.name for step in done.steps}
    assert {step.outcome for step in done.steps} == {"passed"}
    (fired,) = done.fired
    assert (fired.source, fired.outcome, fired.attempts) == ("PreAuthentication_Authentication", "ok", 1)
    assert b'"userName":"ada"' in bytes(fired.event)
    assert done.idle == {"PostConfirmation": "nothing in this call asks for it"}


def test_a_trace_tells_which_step_asked_or_refused(server: Serving) -> None:
    pool = pool_of(server)
    passes = answering(server, {}).arn
    pool.trigger(PreAuthentication=passes, PreSignUp=passes, PreTokenGeneration=passes)
    with_factors(pool, "OPTIONAL", "mail")
    pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", EmailMfaSettings={"Enabled": True})
    asked = server.trace(pool.sign_in()["ResponseMetadata"]["RequestId"])
    assert (asked.steps[-1].name, asked.steps[-1].outcome) == ("second_factor", "asked EMAIL_OTP")
    wrong = server.trace(pool.refused_id(pool.sign_in, password="Wrong-horse-9"))
    assert (wrong.steps[-1].name, wrong.steps[-1].outcome) == ("password", "refused NotAuthorizedException")
    assert (wrong.outcome, wrong.sentence) == ("NotAuthorizedException", "Incorrect username or password.")
    unasked, early = "nothing in this call asks for it", "the call was refused before it"
    assert asked.idle == {"PreSignUp": unasked, "PreTokenGeneration": "the call ended with a question before it"}
    assert wrong.idle == {"PreSignUp": unasked, "PreAuthentication": early, "PreTokenGeneration": early}
    taken = pool.refused_id(pool.api.sign_up, ClientId=pool.client, Username="ada", Password=PASSWORD)
    none = {"PreAuthentication": unasked, "PreTokenGeneration": unasked}
    assert server.trace(taken).idle == {"PreSignUp": early} | none


def test_a_trace_tells_the_operator_why_a_function_was_not_reached(server: Serving) -> None:
    """C-14: the client reads AccessDeniedException of both. What goes on without the function tells it, too."""
    gone = "arn:aws:lambda:us-east-1:000000000000:function:gone"
    for semantics, arn, why in (("keydesk", gone, NOT_HERE), ("aws", Recorder(server, permit=False).arn, NOT_LET_IN)):
        pool = pool_of(server, semantics)
        pool.trigger(PreAuthentication=arn)
        sentence = "PreAuthentication invocation failed due to error AccessDeniedException."
        assert pool.refused(pool.sign_in)[1] == sentence
        (fired,) = server.trace(pool.refused_id(pool.sign_in)).fired
        assert (fired.sentence, fired.detail) == (sentence, why)
    pool = pool_of(server)
    pool.trigger(PostAuthentication=gone)
    (fired,) = server.trace(pool.sign_in()["ResponseMetadata"]["RequestId"]).fired
    assert (fired.outcome, fired.detail) == ("UnexpectedLambdaException", NOT_HERE)


def test_the_catalog_names_operations_that_are_served() -> None:
    assert {name for trigger in CATALOG for name in trigger.calls} <= SERVED.keys()


def test_who_was_made_or_turned_away_is_found_by_pool_and_name(server: Serving) -> None:
    pool = Pool(server)
    pool.trigger(PreSignUp=Recorder(server, "assert event['userName'] != 'eve'\nreturn event").arn)
    sub = pool.api.admin_create_user(UserPoolId=pool.id, Username="ada")["User"]["Attributes"][0]["Value"]
    assert pool.refused(pool.api.admin_create_user, UserPoolId=pool.id, Username="eve")
    assert pool.refused(pool.api.sign_up, ClientId=pool.client, Username="eve", Password=PASSWORD)
    desk = server.house.desk
    server.run(desk.journal.flush())
    found = [server.run(desk.store.read(traces.page, Wanted(pool=pool.id, user=name), 9)) for name in ("ada", "eve")]
    told = [[(one.operation, one.outcome, one.sub) for one in each] for each in found]
    refused = "UserLambdaValidationException"
    assert told == [[("AdminCreateUser", "ok", sub)], [("SignUp", refused, ""), ("AdminCreateUser", refused, "")]]


def test_no_password_and_no_code_is_in_a_trace(server: Serving) -> None:
    """A migrated password, which the function prints; a code by mail; a one-time code that was mistyped."""
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    pool.trigger(UserMigration=Recorder(server, MIGRATES).arn)
    pool.sign_in("new", PASSWORD + "-typed")
    pool.sign_up("ada", PASSWORD, {"email": f"{pool.client}@example.com"})
    code = server.code(f"{pool.client}@example.com")
    pool.api.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=code)
    tokens = pool.tokens("ada")
    text = everything(server, pool)
    assert "HIDDEN_DUE_TO_SECURITY_REASONS" in text
    for secret in (PASSWORD, tokens["AccessToken"], tokens["RefreshToken"], tokens["IdToken"]):
        assert secret not in text
    assert not re.search(rf"\b{code}\b", text)  # within a time any six digits may stand


@pytest.mark.parametrize("said", ['b\'{"a": "\\xe9"}\'', "b'<html>'", "{**event, 'response': {'x': float('nan')}}"])
def test_an_answer_that_is_no_json_is_kept_as_text_and_harms_no_other_trace(server: Serving, said: str) -> None:
    """Bytes that a Python handler returns are its answer as they are."""
    pool = pool_of(server, "aws")
    pool.trigger(PreAuthentication=Recorder(server, f"return {said}").arn)
    assert pool.refused(pool.sign_in) == ("InvalidLambdaResponseException", NOT_JSON)
    pool.trigger(PreAuthentication=Recorder(server, "raise Exception('no')").arn)
    assert pool.refused(pool.sign_in)[0] == "UserLambdaValidationException"
    server.run(server.house.desk.journal.flush())
    refused, before, *_ = server.run(server.house.desk.store.read(traces.page, Wanted(pool=pool.id), 1000))
    assert b'"errorMessage"' in bytes(refused.fired[0].answer)
    assert isinstance(msgspec.json.decode(before.fired[0].answer), str)


PRINTS = {
    "python": """
print(event, json.dumps(event), json.dumps(event, ensure_ascii=False, indent=2), event['request']['password'])
return event
""",
    "node": "console.log(event, JSON.stringify(event, null, 2), event.request.password);",
}


@pytest.mark.parametrize("language", PRINTS)
def test_a_password_is_in_no_trace_however_the_event_is_printed(server: Serving, language: str) -> None:
    pool = Pool(server)
    pool.trigger(UserMigration=Recorder(server, **{language: PRINTS[language]}).arn)
    pool.refused(pool.sign_in, "new", "typed-1\"typed-\u00fc\\typed-3'typed-4")
    text = everything(server, pool)
    assert text.count("HIDDEN_DUE_TO_SECURITY_REASONS") >= 4
    assert "typed-" not in text


@pytest.mark.parametrize("said", ["my-secret-answer", "42"])
def test_no_answer_and_no_private_parameter_is_in_a_trace(server: Serving, said: str) -> None:
    pool = pool_of(server, client=FLOWS)
    riddles(server, pool)
    asked = begin(pool)
    answer(pool, asked, said)
    text = everything(server, pool)
    assert f'"{said}"' not in text
    assert '"answer":"42"' not in text
    assert asked["Session"] not in text
