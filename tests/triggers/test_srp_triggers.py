"""The triggers of USER_SRP_AUTH, in order, under both semantics (specification, section 6.2)."""

import pytest
from tests.api.test_srp import answer, ask
from tests.serving import PASSWORD, Serving
from tests.srp_client import Client
from tests.triggers.recorder import Recorder, event_only, pool_of, raising

PRE, POST, TOKENS = (
    "PreAuthentication_Authentication",
    "PostAuthentication_Authentication",
    "TokenGeneration_Authentication",
)
# What has run once the question is asked, and in all.
ORDER = {"keydesk": ([], [PRE, TOKENS, POST]), "aws": ([PRE], [PRE, POST, TOKENS])}


@pytest.mark.parametrize("semantics", ORDER)
def test_t053_srp_has_its_proof_and_then_the_same_order(server: Serving, semantics: str) -> None:
    """T-053; C-29: they run in whichever call ends the sign-in; validationData is that of the first call."""
    pool = pool_of(server, semantics)
    seen = event_only(server)
    pool.trigger(PreAuthentication=seen.arn, PostAuthentication=seen.arn, PreTokenGeneration=seen.arn)
    client = Client(pool.id, PASSWORD)
    asked = ask(pool, "ada", client, ClientMetadata={"ip": "192.0.2.7"})
    first, all_of_them = ORDER[semantics]
    assert seen.sources() == first
    assert answer(pool, asked, client)["AuthenticationResult"]
    assert seen.sources() == all_of_them
    before = next(event for event in seen.events() if event["triggerSource"] == PRE)
    assert before["request"]["validationData"] == {"ip": "192.0.2.7"}


@pytest.mark.parametrize("semantics", ORDER)
def test_t005_a_wrong_proof_meets_the_function_only_on_live_aws(server: Serving, semantics: str) -> None:
    pool = pool_of(server, semantics)
    seen = event_only(server)
    pool.trigger(PreAuthentication=seen.arn)
    client = Client(pool.id, "Wrong-horse-9")
    assert pool.refused(answer, pool, ask(pool, "ada", client), client)[0] == "NotAuthorizedException"
    assert seen.sources() == ORDER[semantics][0]


def test_t007_a_denial_stops_a_right_proof(server: Serving) -> None:
    """T-007 to T-010, by this way in."""
    pool = pool_of(server)
    denies: Recorder = raising(server, "closed today")
    pool.trigger(PreAuthentication=denies.arn)
    client = Client(pool.id, PASSWORD)
    refused = pool.refused(answer, pool, ask(pool, "ada", client), client)
    assert refused == ("NotAuthorizedException", "PreAuthentication failed with error closed today.")
