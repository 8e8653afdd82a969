"""The physician's id in the token, out of a real PostgreSQL: there, gone, slow, and back again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from tests import postgres

from keydesk.testing.keydesk import Keydesk
from keydesk.testing.pool import claims

HERE = Path(__file__).parent
HANDLER = HERE / "functions" / "post_authentication.py"
CLAIM = "custom:physicianId"

pytestmark = pytest.mark.postgres


@pytest.fixture
def clinic() -> Iterator[str]:
    """The URL of a database with the example's table."""
    url = postgres.required_database()
    with psycopg.connect(url) as database:
        database.execute((HERE / "schema.sql").read_bytes())
    yield url
    postgres.drop_database(url)


def treats(clinic: str, physician: str, patient: str) -> None:
    with psycopg.connect(clinic) as database:
        database.execute("INSERT INTO patients VALUES (%s, %s)", (patient, physician))


def signed_in(keydesk: Keydesk, name: str = "ada") -> dict[str, Any]:
    """What the ID token says."""
    return claims(keydesk.sign_in(name)["AuthenticationResult"]["IdToken"])


def logged(keydesk: Keydesk, arn: str) -> list[str]:
    group = f"/aws/lambda/{arn.rpartition(':')[2]}"
    events = keydesk.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"].strip() for event in events]


def test_the_id_token_of_the_same_answer_has_the_physician(keydesk: Keydesk, clinic: str) -> None:
    """T-044, T-095, T-097; T-096 with the three seconds that a function has unless told. One connection serves both."""
    arn = keydesk.trigger("post_authentication", HANDLER, environment={"PATIENTS_DATABASE": clinic})
    treats(clinic, "P-1815", keydesk.user("ada"))
    keydesk.user("bob")
    answer = keydesk.sign_in("ada")["AuthenticationResult"]
    assert claims(answer["IdToken"])[CLAIM] == "P-1815"
    assert CLAIM not in claims(answer["AccessToken"])
    assert CLAIM not in signed_in(keydesk, "bob"), "no patient"
    assert logged(keydesk, arn).count("connecting") == 1


def test_who_signs_in_does_so_without_the_claim_while_the_database_is_down(keydesk: Keydesk, clinic: str) -> None:
    """The warm connection breaks twice: with the database still there, and with it gone. The failure is logged."""
    arn = keydesk.trigger("post_authentication", HANDLER, environment={"PATIENTS_DATABASE": clinic})
    sub = keydesk.user("ada")
    treats(clinic, "P-1815", sub)
    assert signed_in(keydesk)[CLAIM] == "P-1815"

    name = clinic.rpartition("/")[2]
    with psycopg.connect(clinic) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (name,),
        )
    assert signed_in(keydesk)[CLAIM] == "P-1815"
    assert logged(keydesk, arn).count("connecting") == 2

    postgres.drop_database(clinic)
    assert CLAIM not in signed_in(keydesk)
    told = "\n".join(logged(keydesk, arn))
    assert "ERROR no physician for ada: OperationalError" in told
    assert f'database "{name}" does not exist' in told
    assert "Your physician could not be looked up" in told


def test_a_query_that_takes_too_long_is_given_up(keydesk: Keydesk, clinic: str) -> None:
    """PostgreSQL ends it, so that the function still says why; the connection serves the next call."""
    arn = keydesk.trigger(
        "post_authentication", HANDLER, environment={"PATIENTS_DATABASE": clinic, "QUERY_SECONDS": "1"}
    )
    treats(clinic, "P-1815", keydesk.user("ada"))
    with psycopg.connect(clinic) as database:
        database.execute("LOCK TABLE patients IN ACCESS EXCLUSIVE MODE")
        assert CLAIM not in signed_in(keydesk)
    assert signed_in(keydesk)[CLAIM] == "P-1815"
    assert "canceling statement due to statement timeout" in "\n".join(logged(keydesk, arn))
    assert logged(keydesk, arn).count("connecting") == 1


def test_one_function_serves_both_triggers(keydesk: Keydesk, clinic: str) -> None:
    """T-060: the claim of the sign-in, and of each refresh, which post authentication is not asked about."""
    arn = keydesk.trigger("post_authentication", HANDLER, environment={"PATIENTS_DATABASE": clinic})
    treats(clinic, "P-1815", keydesk.user("ada"))
    token = keydesk.sign_in()["AuthenticationResult"]["RefreshToken"]
    assert CLAIM not in refreshed(keydesk, token)

    both = {"PostAuthentication": arn, "PreTokenGeneration": arn}
    keydesk.api.update_user_pool(UserPoolId=keydesk.pool_id, LambdaConfig=both)
    assert signed_in(keydesk)[CLAIM] == "P-1815"
    assert refreshed(keydesk, token)[CLAIM] == "P-1815"
    sources = [event["triggerSource"] for event in keydesk.events()]
    assert sources == [
        "PostAuthentication_Authentication",
        "TokenGeneration_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_RefreshTokens",
    ]


def refreshed(keydesk: Keydesk, token: str) -> dict[str, Any]:
    answer = keydesk.api.initiate_auth(
        ClientId=keydesk.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token}
    )
    return claims(answer["AuthenticationResult"]["IdToken"])


def test_on_live_aws_pre_token_generation_does_it_and_its_failure_refuses(keydesk: Keydesk, clinic: str) -> None:
    """Under `aws` post authentication changes no token. The client reads nothing of the database."""
    keydesk.pool(UserPoolTags={"keydesk:semantics": "aws"})
    treats(clinic, "P-1815", keydesk.user("ada"))
    keydesk.trigger("post_authentication", HANDLER, environment={"PATIENTS_DATABASE": clinic})
    assert CLAIM not in signed_in(keydesk)
    keydesk.api.update_user_pool(UserPoolId=keydesk.pool_id, LambdaConfig={})
    keydesk.trigger("pre_token_generation", HANDLER, environment={"PATIENTS_DATABASE": clinic})
    assert signed_in(keydesk)[CLAIM] == "P-1815"
    postgres.drop_database(clinic)
    with pytest.raises(ClientError) as refusal:
        keydesk.sign_in()
    words = "PreTokenGeneration failed with error Your physician could not be looked up. Try again later."
    assert refusal.value.response["Error"]["Message"] == words


def test_the_query_goes_by_an_index(clinic: str) -> None:
    query = next(line for line in HANDLER.read_text("utf-8").splitlines() if line.startswith("QUERY = "))
    with psycopg.connect(clinic) as database:
        database.execute("INSERT INTO patients SELECT n::text, 'P-1' FROM generate_series(1, 5000) AS n")
        database.execute("ANALYZE patients")
        asked = query.split('"')[1].encode().replace(b"%s", b"'4000'")
        plan = "\n".join(row[0] for row in database.execute(b"EXPLAIN " + asked))
    assert "Index Scan using patients_pkey" in plan
