"""Both clients answer custom challenges that a real function asks, with and without SRP before them."""

import pytest
from tests.clients.scenario import Scenario
from tests.serving import Pool, Serving
from tests.triggers.custom_challenge import CREATE, DEFINE, FLOWS, VERIFY, riddles

RIDDLE = {"USERNAME": "ada", "riddle": "what is six by nine"}
TWO_ANSWERS = [DEFINE, CREATE, VERIFY, DEFINE, CREATE, VERIFY, DEFINE]


@pytest.mark.parametrize("srp", [False, True])
def test_identity(server: Serving, scenario: Scenario, srp: bool) -> None:
    pool = Pool(server, client=FLOWS)
    sub = pool.user()
    asks = riddles(server, pool)
    found = scenario("identity/custom.mjs", pool, srp=srp)
    assert found["asked"] == found["wrong"] == {"event": "customChallenge", "seen": [RIDDLE]}
    assert (found["event"], found["access"]["sub"]) == ("onSuccess", sub)
    assert asks.sources() == [DEFINE] * srp + TWO_ANSWERS
    assert asks.events()[-1]["request"]["clientMetadata"] == {"said": "42"}


@pytest.mark.parametrize("srp", [False, True])
def test_amplify(server: Serving, scenario: Scenario, srp: bool) -> None:
    pool = Pool(server, client=FLOWS)
    sub = pool.user()
    asks = riddles(server, pool)
    found = scenario("amplify/custom.mjs", pool, srp=srp)
    step = {"signInStep": "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE", "additionalInfo": RIDDLE}
    assert found["asked"] == found["wrong"] == {"isSignedIn": False, "nextStep": step}
    assert found["done"] == {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}
    assert found["access"]["sub"] == sub
    assert asks.sources() == [DEFINE] * srp + TWO_ANSWERS
    assert asks.events()[-1]["request"]["clientMetadata"] == {"said": "42"}
