"""What happens to a user while a function of their sign-in runs: nobody gets in who is out by the time it ends."""

import threading
from collections.abc import Callable, Iterator
from textwrap import indent
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.meeting import WAITS, Meeting, let_go
from tests.serving import Pool, Serving

HANDLER = "import os\ndef handler(event, context):\n" + indent(WAITS, "    ") + "    return event\n"


class Held:
    """A sign-in that waits in its function."""

    def __init__(self, pool: Pool, meeting: Meeting) -> None:
        self.pool = pool
        self.told: Any = None
        self._thread = threading.Thread(target=self._sign_in)
        self._thread.start()
        self._come = meeting.one()

    def goes_on(self) -> Any:
        let_go(self._come)
        self._thread.join()
        return self.told

    def _sign_in(self) -> None:
        try:
            self.told = self.pool.tokens("ada")
        except ClientError as fault:
            self.told = fault.response["Error"]["Code"]


@pytest.fixture(params=["PreAuthentication", "PostAuthentication", "PreTokenGeneration"])
def held(server: Serving, request: pytest.FixtureRequest) -> Iterator[Held]:
    pool = Pool(server)
    pool.user("ada", email="ada@example.com", email_verified="true")
    with Meeting() as meeting:
        made = server.deploy(f"waits-{pool.id[-9:]}", HANDLER, Timeout=5, Environment=meeting.environment)
        pool.trigger(**{request.param: made})
        yield Held(pool, meeting)


def disabled(pool: Pool) -> None:
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")


def disabled_and_enabled(pool: Pool) -> None:
    disabled(pool)
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")


def signed_out(pool: Pool) -> None:
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")


def reset(pool: Pool) -> None:
    pool.api.admin_reset_user_password(UserPoolId=pool.id, Username="ada")


def deleted(pool: Pool) -> None:
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")


@pytest.mark.parametrize("meanwhile", [disabled, disabled_and_enabled, signed_out, reset, deleted])
def test_nobody_gets_in_who_is_out_when_the_function_ends(held: Held, meanwhile: Callable[[Pool], None]) -> None:
    """TK-07, TK-08."""
    meanwhile(held.pool)
    assert held.goes_on() in ("NotAuthorizedException", "UserNotFoundException")


def test_a_change_that_says_nothing_about_signing_in_does_not_stop_it(held: Held) -> None:
    attributes = [{"Name": "name", "Value": "Ada"}]
    held.pool.api.admin_update_user_attributes(UserPoolId=held.pool.id, Username="ada", UserAttributes=attributes)
    assert held.pool.api.get_user(AccessToken=held.goes_on()["AccessToken"])["Username"] == "ada"
