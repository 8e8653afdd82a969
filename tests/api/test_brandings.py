"""Managed login styles through boto3: made, told with and without Cognito's own values, changed, deleted."""

import json
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.serving import Serving

from keydesk.domain.login_defaults import DEFAULTS

PNG = b"\x89PNG\r\n\x1a\n"
LOGO = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
FOOTER = {"Category": "PAGE_FOOTER_BACKGROUND", "ColorMode": "DARK", "Extension": "SVG", "Bytes": b"<svg/>"}
DARK = {"categories": {"global": {"colorSchemeMode": "DARK"}}}
ROUND = {"componentClasses": {"buttons": {"borderRadius": 4}}}
ONE_OF = (
    "InvalidParameterException",
    "useCognitoProvidedValues or settings should be specified (but not both)",
)
NOT_THERE = ("ResourceNotFoundException", "Managed login branding does not exist.")
TAKEN = ("ManagedLoginBrandingExistsException", "The app client has a managed login style already.")


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="branded")["UserPool"]["Id"])


@pytest.fixture
def at(cognito: Any, pool_id: str) -> dict[str, str]:
    """A pool and its client."""
    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]
    return {"UserPoolId": pool_id, "ClientId": client["ClientId"]}


def made(cognito: Any, **said: Any) -> dict[str, Any]:
    return dict(cognito.create_managed_login_branding(**said)["ManagedLoginBranding"])


def told(cognito: Any, at: dict[str, str], **more: Any) -> dict[str, Any]:
    return dict(cognito.describe_managed_login_branding_by_client(**at, **more)["ManagedLoginBranding"])


def parts(style: dict[str, Any]) -> tuple[Any, Any, Any]:
    return style["UseCognitoProvidedValues"], style.get("Settings"), style["Assets"]


def test_cognitos_own_style(cognito: Any, at: dict[str, str]) -> None:
    style = made(cognito, **at, UseCognitoProvidedValues=True)
    assert set(style) == {
        "ManagedLoginBrandingId", "UserPoolId", "UseCognitoProvidedValues", "Assets", "CreationDate", "LastModifiedDate"
    }  # fmt: skip
    assert parts(style) == (True, None, [])
    assert (style["UserPoolId"], style["CreationDate"]) == (at["UserPoolId"], style["LastModifiedDate"])
    by_id = {"UserPoolId": at["UserPoolId"], "ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}
    assert cognito.describe_managed_login_branding(**by_id)["ManagedLoginBranding"] == told(cognito, at) == style
    whole = cognito.describe_managed_login_branding(**by_id, ReturnMergedResources=True)["ManagedLoginBranding"]
    assert whole == told(cognito, at, ReturnMergedResources=True) == {**style, "Settings": DEFAULTS}
    assert refused(cognito.create_managed_login_branding, **at, UseCognitoProvidedValues=True) == TAKEN
    cognito.delete_managed_login_branding(**by_id)
    for name in ("describe_managed_login_branding", "update_managed_login_branding", "delete_managed_login_branding"):
        assert (name, refused(getattr(cognito, name), **by_id)) == (name, NOT_THERE)
    assert refused(cognito.describe_managed_login_branding_by_client, **at) == NOT_THERE


def test_a_change_leaves_alone_what_it_does_not_name(cognito: Any, at: dict[str, str]) -> None:
    style = made(cognito, **at, Settings={}, Assets=[LOGO])
    assert parts(style) == (False, {}, [LOGO])
    by_id = {"UserPoolId": at["UserPoolId"], "ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}

    def changed(**said: Any) -> tuple[Any, Any, Any]:
        answer = cognito.update_managed_login_branding(**by_id, **said)["ManagedLoginBranding"]
        assert answer == told(cognito, at)
        return parts(answer)

    for _ in range(2):
        assert changed(Settings=DARK) == (False, DARK, [LOGO])
    assert changed(Settings=ROUND, Assets=[]) == (False, DARK | ROUND, [LOGO])
    assert changed(Assets=[FOOTER]) == (False, DARK | ROUND, [LOGO, FOOTER])
    newer = LOGO | {"Bytes": PNG + b"newer"}
    assert changed(Assets=[newer], UseCognitoProvidedValues=False) == (False, DARK | ROUND, [newer, FOOTER])
    merged = told(cognito, at, ReturnMergedResources=True)
    assert merged["Settings"]["categories"]["global"]["colorSchemeMode"] == "DARK"
    assert merged["Settings"]["components"] == DEFAULTS["components"]
    assert changed(UseCognitoProvidedValues=True, Assets=[LOGO]) == (True, None, [LOGO])
    assert changed(UseCognitoProvidedValues=True) == (True, None, [])
    assert changed(Settings=ROUND) == (False, ROUND, [])


def test_what_is_refused(server: Serving, cognito: Any, at: dict[str, str]) -> None:
    create = cognito.create_managed_login_branding
    assert refused(create, **at) == refused(create, **at, UseCognitoProvidedValues=False) == ONE_OF
    assert refused(create, **at, UseCognitoProvidedValues=True, Settings={}) == ONE_OF
    for said, sentence in (
        ({"Settings": {"components": 1}}, "Settings: components must be an object."),
        ({"Settings": {}, "Assets": [LOGO | {"Extension": "JPEG"}]}, "is not of the kind JPEG."),
    ):
        code, words = refused(create, **at, **said)
        assert (code, words.endswith(sentence)) == ("InvalidParameterException", True), words
    by_id = {
        "UserPoolId": at["UserPoolId"],
        "ManagedLoginBrandingId": made(cognito, **at, Settings={})["ManagedLoginBrandingId"],
    }
    update = cognito.update_managed_login_branding
    assert refused(update, **by_id, UseCognitoProvidedValues=True, Settings={}) == ONE_OF
    for member in by_id:
        here = member[0].lower() + member[1:]
        code, words = refused(update, **{key: value for key, value in by_id.items() if key != member})
        assert (code, f"Value null at '{here}'" in words) == ("InvalidParameterException", True)
    text = json.dumps(by_id | {"Settings": "text"}).encode()
    signed = (
        "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"
    )
    answer = server.raw("AWSCognitoIdentityProviderService.UpdateManagedLoginBranding", text, Authorization=signed)
    assert (answer[0], b"Settings must be an object." in answer[2]) == (400, True)


def test_a_style_is_of_one_pool_and_client(cognito: Any, at: dict[str, str]) -> None:
    id = made(cognito, **at, UseCognitoProvidedValues=True)["ManagedLoginBrandingId"]
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    stranger = ("ResourceNotFoundException", f"User pool client {at['ClientId']} does not exist.")
    assert refused(cognito.create_managed_login_branding, **at | {"UserPoolId": other}, Settings={}) == stranger
    assert refused(cognito.describe_managed_login_branding_by_client, **at | {"UserPoolId": other}) == stranger
    for name in ("describe_managed_login_branding", "update_managed_login_branding", "delete_managed_login_branding"):
        act = getattr(cognito, name)
        assert refused(act, UserPoolId=other, ManagedLoginBrandingId=id) == NOT_THERE
        nowhere = refused(act, UserPoolId="us-east-1_nowhere", ManagedLoginBrandingId=id)
        assert nowhere == missing("us-east-1_nowhere")
    cognito.delete_user_pool_client(**at)
    by_id = {"UserPoolId": at["UserPoolId"], "ManagedLoginBrandingId": id}
    assert refused(cognito.describe_managed_login_branding, **by_id) == NOT_THERE


def test_an_image_of_a_megabyte(cognito: Any, at: dict[str, str]) -> None:
    """More than other requests may bring."""
    large = LOGO | {"Bytes": PNG.ljust(1_000_000, b"0")}
    assert parts(made(cognito, **at, Settings={}, Assets=[large])) == (False, {}, [large])
    assert told(cognito, at)["Assets"] == [large]
