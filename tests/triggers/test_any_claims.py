"""Whatever a function answers, of any form: no protected claim changes; through post authentication no access token.

What the function is to answer reaches it as ClientMetadata, so that each example is one call of a real sign-in.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.domain.test_claims import IN_BOTH, OF_ACCESS, both_tokens, names, overrides
from tests.serving import Pool, Serving, claims, serving
from tests.triggers.recorder import Recorder, pool_of

ANSWERING = """
told = event['request'].get('clientMetadata') or event['request'].get('validationData') or {}
if 'said' in told:
    event['response'] = json.loads(told['said'])
return event
"""
PROTECTED = {"id": IN_BOTH, "access": IN_BOTH | OF_ACCESS - {"scope"}}
OWN_MEMBERS = {"cognito:groups", "cognito:roles", "cognito:preferred_role"}  # of the answer
TIMES, IDS = {"iat", "exp", "auth_time"}, {"jti", "origin_jti", "event_id"}  # what no two sign-ins share
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REFUSED = {"InvalidLambdaResponseException", "InvalidParameterException"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
first = st.fixed_dictionaries({"claimsOverrideDetails": overrides | anything})
later = st.fixed_dictionaries({"claimsAndScopeOverrideDetails": both_tokens | anything})
# All of them at once, set and taken out.
EVERY = sorted(IN_BOTH | OF_ACCESS | {"cognito:username", "cognito:other"})
FORGED = [{"claimsToAddOrOverride": dict.fromkeys(EVERY, "forged")}, {"claimsToSuppress": EVERY}]


def examples(test: Any) -> Any:
    """As many as come, and the forgeries, in the form of either version."""
    for edits in FORGED:
        both = {"idTokenGeneration": edits, "accessTokenGeneration": edits}
        test = example({"claimsOverrideDetails": edits, "claimsAndScopeOverrideDetails": both})(test)
    return settings(max_examples=100)(test)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("claims")) as made:
        yield made


@pytest.fixture(scope="module")
def function(running: Serving) -> Recorder:
    return Recorder(running, ANSWERING)


def with_groups(server: Serving) -> Pool:
    pool = pool_of(server)
    pool.api.create_group(UserPoolId=pool.id, GroupName="staff")
    pool.api.admin_add_user_to_group(UserPoolId=pool.id, Username="ada", GroupName="staff")
    return pool


def lasting(token: str) -> dict[str, Any]:
    """The claims that every token of this user and client has; what each has of its own is held to its form."""
    said = claims(token)
    for name in IDS & said.keys() - ({"event_id"} if said["token_use"] == "id" else set()):  # there it is nobody's
        assert UUID.fullmatch(said[name])
    times = [said[name] for name in sorted(TIMES)]
    assert all(isinstance(one, int) for one in times)
    assert said["exp"] - said["iat"] == 3600
    return {name: value for name, value in said.items() if name not in TIMES | IDS}


def protected(said: dict[str, Any]) -> dict[str, Any]:
    kind = said["token_use"]
    free = OWN_MEMBERS | ({"aud"} if kind == "access" else set())
    return {n: v for n, v in said.items() if (n in PROTECTED[kind] or n.startswith("cognito:")) and n not in free}


def test_of_post_authentication(running: Serving, function: Recorder) -> None:
    """T-034, T-041 to T-043, T-101: it never stops a sign-in, either."""
    pool = with_groups(running)
    pool.trigger(PostAuthentication=function.arn)
    plain = pool.tokens()
    identity, access = lasting(plain["IdToken"]), lasting(plain["AccessToken"])

    @examples
    @given(first | later | anything)
    def answers(said: Any) -> None:
        made = pool.tokens(ClientMetadata={"said": json.dumps(said)})
        assert lasting(made["AccessToken"]) == access
        assert protected(lasting(made["IdToken"])) == protected(identity)
        assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"

    answers()


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_of_pre_token_generation(running: Serving, function: Recorder, version: str) -> None:
    """TK-14; what has no known form is refused."""
    pool = with_groups(running)
    pool.trigger(PreTokenGenerationConfig={"LambdaVersion": version, "LambdaArn": function.arn})
    plain = pool.tokens()
    identity, access = lasting(plain["IdToken"]), lasting(plain["AccessToken"])
    reached: Counter[str] = Counter()

    @examples
    @given((first if version == "V1_0" else later) | anything)
    def answers(said: Any) -> None:
        told = {"RefreshToken": plain["RefreshToken"], "ClientMetadata": {"said": json.dumps(said)}}
        try:
            made = pool.api.get_tokens_from_refresh_token(ClientId=pool.client, **told)["AuthenticationResult"]
        except ClientError as refusal:
            reached[refusal.response["Error"]["Code"]] += 1
            return
        reached["tokens"] += 1
        its_id, its_access = lasting(made["IdToken"]), lasting(made["AccessToken"])
        assert protected(its_id) == protected(identity)
        assert protected(its_access) == protected(access)
        assert its_access.get("aud") in (None, pool.client)
        if version == "V1_0":
            assert its_access | {"cognito:groups": None} == access | {"cognito:groups": None}

    answers()
    assert reached.keys() <= REFUSED | {"tokens"}
    assert reached["tokens"] > 20
