"""What threat protection costs, and that it tells nobody who exists (EN-01, EN-02)."""

from typing import Any

import pytest
from tests.api.watched import AWAY, FIREFOX, HOME, Watched, actions
from tests.serving import Serving

BLOCKS = {level: "BLOCK" for level in ("Low", "Medium", "High")}


def work(pool: Watched, statements: list[str]) -> list[str]:
    """What a sign-in asks of the database, once the connection is warm."""
    pool.user()
    for _ in range(2):
        statements.clear()
        pool.came_from(HOME)
    return list(statements)


def test_one_read_and_one_row_more_and_nothing_where_it_is_off(server: Serving, statements: list[str]) -> None:
    off = work(Watched(server, "OFF"), statements)
    assert not [one for one in off if "auth_events" in one]
    on = work(Watched(server, "ENFORCED", actions(**BLOCKS)), statements)
    assert sorted(one.split()[0] for one in on if "auth_events" in one) == ["INSERT", "SELECT"]
    assert len(on) == len(off) + 2, on


def answer(pool: Watched, call: str, **said: Any) -> tuple[str, str]:
    try:
        getattr(pool.api, call)(ClientId=pool.client, **said)
    except pool.api.exceptions.ClientError as fault:
        return fault.response["Error"]["Code"], fault.response["Error"]["Message"]
    return "", ""


@pytest.mark.parametrize(
    "call", ["initiate_auth", "forgot_password", "confirm_forgot_password", "resend_confirmation_code"]
)
def test_who_is_watched_is_no_secret_of_the_answer(server: Serving, statements: list[str], call: str) -> None:
    """A user whose every sign-in from here is a risk, and nobody, are told the same for the same work."""
    pool = Watched(
        server,
        risk=actions(**BLOCKS) | {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}},
        client={"PreventUserExistenceErrors": "ENABLED"},
        AutoVerifiedAttributes=["email"],
    )
    pool.user(email="ada@example.com", email_verified="true")
    pool.came_from(HOME)
    pool.refused(pool.came_from, AWAY, FIREFOX)

    def said(name: str) -> dict[str, Any]:
        if call == "initiate_auth":
            return {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": name, "PASSWORD": "Wrong-horse-9"}}
        more = {"ConfirmationCode": "000000", "Password": "Password1!"} if call.startswith("confirm") else {}
        return {"Username": name, **more}

    told, asked = {}, {}
    for name in ("ada", "nobody", "ada", "nobody"):  # what is made at the first call of a connection is made
        statements.clear()
        told[name] = answer(pool, call, **said(name))
        asked[name] = list(statements)
    assert told["ada"] == told["nobody"]
    assert abs(len(asked["ada"]) - len(asked["nobody"])) <= 1, asked
