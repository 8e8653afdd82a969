"""Sample events are those of the catalog: whole, decodable, and with what the specification lists (T-075, T-076)."""

from typing import Any

import msgspec
import pytest

from keydesk.triggers.answer import ENVELOPE
from keydesk.triggers.catalog import CATALOG, AnyTrigger
from keydesk.triggers.sample import NoSuchTrigger, event_for, laid_over, trigger_named

EACH = [
    pytest.param(trigger, source, version, id=f"{trigger.name} {source} {version}")
    for trigger in CATALOG
    for source in trigger.sources
    for version in trigger.versions
]


@pytest.mark.parametrize(("trigger", "source", "version"), EACH)
def test_every_source_and_version_of_every_trigger_has_a_sample(trigger: AnyTrigger, source: str, version: str) -> None:
    event = event_for(trigger, source, version)
    assert event["triggerSource"] == trigger.source(source)
    assert event["version"] == trigger.versions[version]
    assert ENVELOPE - event.keys() <= {"response"}
    request = msgspec.convert(event["request"], trigger.request)
    assert msgspec.to_builtins(request) == event["request"]


def test_a_post_authentication_sample_tells_of_the_device() -> None:  # T-076
    assert event_for(trigger_named("post-authentication"))["request"]["newDeviceUsed"] is False


def test_sources_tell_their_own() -> None:
    said = {
        name: event_for(trigger_named(name), source)["request"]
        for name, source in (
            ("UserMigration", "ForgotPassword"),
            ("CustomMessage", "CustomMessage_AdminCreateUser"),
            ("CustomSMSSender", ""),
        )
    }
    assert "password" not in said["UserMigration"]
    assert said["CustomMessage"]["usernameParameter"] == "{username}"
    assert said["CustomSMSSender"]["type"] == "customSMSSenderRequestV1"
    assert "scopes" not in event_for(trigger_named("PreTokenGeneration"))["request"]
    assert event_for(trigger_named("PreTokenGeneration"), version="V2_0")["request"]["scopes"]


@pytest.mark.parametrize("name", ["PreSignUp", "pre_sign_up", "pre-sign-up", "presignup"])
def test_a_trigger_is_known_by_any_spelling(name: str) -> None:
    assert trigger_named(name).name == "PreSignUp"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("Postman", "", ""), "Postman is no trigger. There are PreSignUp, PostConfirmation"),
        (("PreSignUp", "Nothing", ""), "PreSignUp has no source Nothing. It has SignUp, AdminCreateUser"),
        (("PreSignUp", "", "V2_0"), "PreSignUp has no version V2_0. It has V1_0."),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(said: tuple[str, str, str], told: str) -> None:
    name, source, version = said
    with pytest.raises(NoSuchTrigger, match=told):
        event_for(trigger_named(name), source, version)


@pytest.mark.parametrize(
    ("partial", "whole"),
    [
        ({}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"a": {"b": 9}}, {"a": {"b": 9, "c": 2}, "d": 3}),
        ({"a": None, "e": {"f": 1}}, {"a": None, "d": 3, "e": {"f": 1}}),
    ],
)
def test_a_part_of_an_event_is_enough(partial: dict[str, Any], whole: dict[str, Any]) -> None:
    assert laid_over({"a": {"b": 1, "c": 2}, "d": 3}, partial) == whole


def test_a_clients_own_token_has_no_user() -> None:
    event = event_for(trigger_named("PreTokenGeneration"), "ClientCredentials", "V3_0")
    assert event["userName"] == event["callerContext"]["clientId"]
    assert (event["request"]["userAttributes"], event["request"]["scopes"]) == ({}, ["orders/read"])
