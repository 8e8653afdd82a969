"""Managed login styles: how settings are laid over one another, and which settings and images may be."""

import json
from typing import Any

import pytest

from keydesk.domain.login_defaults import DEFAULTS
from keydesk.domain.login_style import check_assets, check_settings, laid_over, merged, with_assets
from keydesk.errors import InvalidParameter
from keydesk.shapes.types import AssetType

PNG = b"\x89PNG\r\n\x1a\n"


def asset(category: str = "FORM_LOGO", mode: str = "LIGHT", extension: str = "PNG", **more: Any) -> AssetType:
    return AssetType(category=category, color_mode=mode, extension=extension, **{"bytes_": PNG, **more})


def test_the_defaults_are_of_the_published_size() -> None:
    written = json.dumps(DEFAULTS, indent=2)
    assert (len(written.splitlines()), len(written) + 1) == (450, 10_208)


def test_settings_are_laid_over_what_is_below() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}
    above = {"a": {"c": [3], "new": {"g": 1}}, "d": 2, "f": {"h": 1}}
    assert laid_over(above, below) == {"a": {"b": 1, "c": [3], "new": {"g": 1}}, "d": 2, "f": {"h": 1}}
    assert (below["a"], merged(None), merged({})) == ({"b": 1, "c": [1, 2]}, DEFAULTS, DEFAULTS)
    dark = merged({"categories": {"global": {"colorSchemeMode": "DARK"}}})
    assert dark["categories"]["global"] == {**DEFAULTS["categories"]["global"], "colorSchemeMode": "DARK"}
    assert dark["components"] == DEFAULTS["components"]


@pytest.mark.parametrize("said", [{}, {"later": {"a": [None]}}, {"componentClasses": {"buttons": {"borderRadius": 4}}}])
def test_settings_that_may_be(said: dict[str, Any]) -> None:
    assert check_settings(said) is said


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([], "Settings must be an object."),
        ("text", "Settings must be an object."),
        ({"components": []}, "Settings: components must be an object."),
        (
            {"components": {"form": {"borderRadius": "8"}}},
            "Settings: components.form.borderRadius must be a number.",
        ),
        (
            {"components": {"form": {"logo": {"enabled": 1}}}},
            "Settings: components.form.logo.enabled must be true or false.",
        ),
        (
            {"categories": {"auth": {"authMethodOrder": {}}}},
            "Settings: categories.auth.authMethodOrder must be a list.",
        ),
        (
            {"categories": {"global": {"colorSchemeMode": None}}},
            "Settings: categories.global.colorSchemeMode must be a text.",
        ),
        (json.loads('{"a":' * 32 + "1" + "}" * 32), "Settings must not be nested deeper than 32 levels."),
    ],
)
def test_settings_that_may_not_be(said: object, sentence: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_settings(said)
    assert caught.value.sentence == sentence


def test_images_take_the_place_of_those_for_the_same_use() -> None:
    light, dark = asset(), asset(mode="DARK")
    icon, other = (asset("IDP_BUTTON_ICON", extension="SVG", resource_id=name) for name in "ab")
    newer = asset(bytes_=PNG + b"newer")
    assert with_assets([newer, other], [light, dark, icon]) == [newer, dark, icon, other]
    many = [asset(resource_id=str(number)) for number in range(40)]
    assert with_assets([asset(resource_id="0")], many) == many
    with pytest.raises(InvalidParameter, match="at most 40 assets"):
        with_assets([light], many)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([asset(extension="ICO")], "must have one of the extensions PNG, SVG, JPEG, WEBP"),
        ([asset("FAVICON_ICO")], "FAVICON_ICO of the color mode LIGHT must have one of the extensions ICO"),
        ([asset("IDP_BUTTON_ICON")], "must have one of the extensions ICO, SVG"),
        ([asset(extension="JPEG")], "is not of the kind JPEG"),
        ([asset(bytes_=None)], "has no bytes"),
        ([asset(extension="SVG")], "cannot be read as XML"),
        ([asset(), asset()], "two assets of one category, color mode and resource id"),
    ],
)
def test_images_that_may_not_be(said: list[AssetType], sentence: str) -> None:
    with pytest.raises(InvalidParameter, match=sentence):
        check_assets(said)


def test_images_that_may_be() -> None:
    icon = b"\x00\x00\x01\x00"
    check_assets(
        [
            asset(),
            asset(mode="DARK", extension="SVG", bytes_=b"<svg/>"),
            asset("FAVICON_ICO", extension="ICO", bytes_=icon),
            asset("IDP_BUTTON_ICON", extension="ICO", bytes_=icon, resource_id="a"),
            asset("PAGE_BACKGROUND", extension="WEBP", bytes_=b"RIFF\0\0\0\0WEBP"),
        ]
    )
