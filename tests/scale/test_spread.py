"""On tables that are spread over machines by pool, every call of a user's is answered by one machine (decision 20)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table
from tests import postgres
from tests.api.authenticator import code, set_up, with_factors
from tests.api.test_srp import sign_in as sign_in_by_srp
from tests.api.test_tokens import by_flow
from tests.device_client import Device
from tests.scale.laid_out import Plans, Recorder, Statement, lay_out
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.store import spread

NEXT = "Another-horse-10"
ROTATION = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
SETTINGS = {
    "UserPoolTier": "PLUS",
    "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False},
    "AutoVerifiedAttributes": ["email"],
}
NOT_TOUCHED = frozenset({"saml_keys", "passkeys"})  # they are as the others, and their calls long
SWEEPS = re.compile(r"DELETE FROM (\w+) WHERE .*\.(expires|since|at) < ", re.DOTALL)  # by time: on all machines


def test_what_lies_by_a_column_has_it_in_all_that_is_unique_and_refers_within_one_machine() -> None:
    for place, tables in spread.places().items():
        for table in tables:
            assert not place.column or all(place.column in names for names in _unique(table)), table.name
            for key in table.foreign_key_constraints:
                there = spread.place(key.referred_table)
                together = place is there and (place.column in key.column_keys or not place.column)
                assert together or there is spread.EVERYWHERE, (table.name, key.name)


def _unique(table: Table) -> Iterator[set[str]]:
    yield {column.name for column in table.primary_key}
    for found in (*table.indexes, *table.constraints):
        if getattr(found, "unique", False) or type(found).__name__ == "UniqueConstraint":
            yield {column.name for column in found.columns}


@pytest.fixture
def spread_out(tmp_path: Path) -> Iterator[tuple[Serving, Plans, Recorder]]:
    url, recorder = postgres.required_database(schema=False), Recorder()
    lay_out(url)
    plans = Plans(url)
    with recorder.recording(), serving(tmp_path, database_url=url) as server:
        yield server, plans, recorder
    plans.close()
    postgres.drop_database(url)


@pytest.mark.postgres
def test_every_statement_of_a_users_calls_is_one_machines(spread_out: tuple[Serving, Plans, Recorder]) -> None:
    """A user's life at two pools: every statement names the pool, so that its plan has parts of one number only, and a
    transaction is one pool's. But for the sweeper, which deletes what has had its time at any pool.
    """
    server, plans, recorder = spread_out
    for _ in range(2):
        life(server, recorder)
    server.run(server.house.desk.journal.flush())
    wide, together = set(), defaultdict(set)
    for told in recorder.statements:
        if told.text.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            parts = plans.machines(told)
            if len(parts) > 1 and not SWEEPS.match(told.text):
                wide.add((told.call, told.text))
            together[told.connection, told.transaction] |= set() if SWEEPS.match(told.text) else parts
    assert wide == set()
    assert {at for at, parts in together.items() if len(parts) > 1} == set()
    touched = set().union(*(_tables(told) for told in recorder.statements))
    assert touched >= {table.name for table in spread.places()[spread.BY_POOL]} - NOT_TOUCHED


def life(server: Serving, recorder: Recorder) -> None:
    """Calls of and about a user: nearly all there are."""
    pool = with_factors(Pool(server, **SETTINGS))
    api = pool.api
    api.meta.events.register("before-call", lambda model, **_: setattr(recorder, "call", model.name))
    at, me = {"UserPoolId": pool.id}, {"UserPoolId": pool.id, "Username": "ada"}
    api.create_group(GroupName="staff", **at)
    mail = f"ada@{pool.id[-9:].lower()}.example.com"
    pool.sign_up(attributes={"email": mail})
    api.resend_confirmation_code(ClientId=pool.client, Username="ada")
    api.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=server.code(mail))
    api.admin_add_user_to_group(GroupName="staff", **me)
    first = pool.tokens()
    pool.refused(pool.sign_in, password="Wrong-horse-9")
    pool.refused(pool.sign_in, name="nobody")
    token, device = first["AccessToken"], Device(first["NewDeviceMetadata"])
    device.confirm(pool, token)
    api.list_devices(AccessToken=token)
    sign_in_by_srp(pool)
    asked = by_flow(pool, first["RefreshToken"], DEVICE_KEY=device.key)
    api.get_user(AccessToken=asked["AccessToken"])
    api.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "name", "Value": "Ada"}])
    api.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    api.verify_user_attribute(AccessToken=token, AttributeName="email", Code=server.code(mail))
    api.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEXT)
    app = set_up(pool, token)
    pool.server.clock.forward(seconds=60)
    api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    said = {"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code(pool, app)}
    session = pool.sign_in(password=NEXT)["Session"]
    answered = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": session, "ChallengeResponses": said}
    api.respond_to_auth_challenge(ClientId=pool.client, **answered)
    api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": False})
    _rotates(pool)
    api.forgot_password(ClientId=pool.client, Username="ada")
    said = {"Username": "ada", "ConfirmationCode": server.code(mail), "Password": PASSWORD}
    api.confirm_forgot_password(ClientId=pool.client, **said)
    _administers(pool, at, me)


def _rotates(pool: Pool) -> None:
    pool.client, first = (
        pool.new_client(RefreshTokenRotation=ROTATION, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]),
        pool.client,
    )
    tokens = pool.tokens(password=NEXT)
    device = Device(tokens["NewDeviceMetadata"])
    device.confirm(pool, tokens["AccessToken"])
    spent = {"ClientId": pool.client, "RefreshToken": tokens["RefreshToken"], "DeviceKey": device.key}
    turned = pool.api.get_tokens_from_refresh_token(**spent)["AuthenticationResult"]
    pool.refused(pool.api.get_tokens_from_refresh_token, **spent)
    pool.api.revoke_token(ClientId=pool.client, Token=turned["RefreshToken"])
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)
    pool.client = first


def _administers(pool: Pool, at: dict[str, str], me: dict[str, str]) -> None:
    api = pool.api
    pool.user("grace")
    for filter in ("", 'email ^= "a"', 'status = "Enabled"'):
        api.list_users(Filter=filter, **at)
    api.list_users_in_group(GroupName="staff", **at)
    api.admin_list_groups_for_user(**me)
    api.admin_list_devices(**me)
    api.admin_list_user_auth_events(**me)
    api.admin_get_user(**me)
    api.admin_update_user_attributes(UserAttributes=[{"Name": "family_name", "Value": "Lovelace"}], **me)
    api.admin_remove_user_from_group(GroupName="staff", **me)
    api.admin_disable_user(**me)
    api.admin_enable_user(**me)
    api.global_sign_out(AccessToken=pool.tokens()["AccessToken"])
    api.admin_user_global_sign_out(**me)
    api.describe_user_pool(**at)
    api.create_resource_server(Identifier="https://api", Name="api", **at)
    details = {"client_id": "a", "client_secret": "b", "authorize_scopes": "email"}
    google = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details}
    api.create_identity_provider(IdpIdentifiers=["g"], **google, **at)
    from_there = {"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"}
    mine = {"ProviderName": "Cognito", "ProviderAttributeValue": "grace"}
    api.admin_link_provider_for_user(DestinationUser=mine, SourceUser=from_there, **at)
    api.admin_disable_provider_for_user(User=from_there, **at)
    api.admin_delete_user(**me)


def _tables(told: Statement) -> set[str]:
    return set(re.findall(r'(?:INTO|UPDATE|FROM|JOIN) "?(\w+)"?', told.text))
