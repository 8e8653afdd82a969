"""The tables of the code agree with the published model and with one another."""

import msgspec
from tests.house.tree import REPOSITORY
from tools.docs import all_refusals

from keydesk.domain.pool import Semantics
from keydesk.errors import Refusal
from keydesk.flows.sign_in import SIGN_IN
from keydesk.settings import SETTINGS
from keydesk.shapes import types
from keydesk.shapes.operations import EXCEPTIONS
from keydesk.triggers.catalog import CATALOG, UNFIRED

# Errors that every JSON service of AWS shares; the user-pool model lists none of them.
PROTOCOL = {
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "ServiceUnavailableException",
    "UnknownOperationException",
    "UnrecognizedClientException",
}
NOT_TRIGGERS = {"KMSKeyID", "PreTokenGenerationConfig"}


def test_the_catalog_and_lambda_config_agree() -> None:
    members = {field.encode_name for field in msgspec.structs.fields(types.LambdaConfigType)}
    fired = [trigger.name for trigger in CATALOG]
    assert len(set(fired)) == len(fired)
    assert set(fired) & UNFIRED.keys() == set()
    assert set(fired) | UNFIRED.keys() | NOT_TRIGGERS == members


def test_every_trigger_has_a_rule_for_every_semantics() -> None:
    assert all(set(trigger.rules) == set(Semantics) for trigger in CATALOG)


def test_refusals_of_the_user_pool_api_are_published() -> None:
    ours = {kind.code for kind in all_refusals() if kind.__module__ == Refusal.__module__}
    assert ours - EXCEPTIONS == PROTOCOL


def test_a_refusal_that_clients_read_says_something() -> None:
    said = [kind for kind in all_refusals() if kind.__module__ == Refusal.__module__]
    assert [kind.__name__ for kind in said if not kind.default] == []


def test_steps_of_one_name_are_one_step() -> None:
    """Resuming goes by name, so two steps of one name would pass for each other."""
    steps = {step.__name__: step for step, _, _ in SIGN_IN}
    assert all(steps[step.__name__] is step for step, _, _ in SIGN_IN)


def test_no_row_of_the_sign_in_table_is_taken_twice() -> None:
    rows = [(step.__name__, way, one) for step, ways, semantics in SIGN_IN for way in ways for one in semantics]
    assert len(set(rows)) == len(rows)


def test_settings_are_few_and_distinct() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names) <= 32


def test_migrations_form_one_line() -> None:
    """Two people who each added the next one find it out here."""
    folder = REPOSITORY / "src/keydesk/store/migrations/versions"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
