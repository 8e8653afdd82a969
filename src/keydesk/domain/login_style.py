"""Rules of a managed login style: which settings and images it may have, and how a change is laid over what is there.

Settings that Cognito's own style does not know are kept as they are: a later page may.
"""

from collections.abc import Iterable
from typing import Any, Final

from keydesk.domain import svg
from keydesk.domain.image import kind
from keydesk.domain.login_defaults import DEFAULTS
from keydesk.errors import InvalidParameter
from keydesk.shapes.types import AssetType

Settings = dict[str, Any]

MOST_ASSETS: Final = 40
DEEPEST: Final = 32  # objects inside one another; Cognito's own style has six
_PICTURE: Final = ("PNG", "SVG", "JPEG", "WEBP")
_ICONS: Final = {"FAVICON_ICO": ("ICO",), "FAVICON_SVG": ("SVG",), "IDP_BUTTON_ICON": ("ICO", "SVG")}
_WORDS: Final = {bool: "true or false", float: "a number", str: "a text", list: "a list", dict: "an object"}


def laid_over(settings: Settings, below: Settings) -> Settings:
    """Objects member by member; anything else in place of what is below."""
    both = {key: laid_over(said, below[key]) for key, said in settings.items() if _are_objects(said, below.get(key))}
    return {**below, **settings, **both}


def merged(settings: Settings | None) -> Settings:
    """The settings with Cognito's own where they leave something open."""
    return laid_over(settings or {}, DEFAULTS)


def check_settings(said: object) -> Settings:
    """The settings, where each known one is of its kind. Raises InvalidParameter."""
    if _too_deep(said):
        raise InvalidParameter(f"Settings must not be nested deeper than {DEEPEST} levels.")
    if not isinstance(said, dict):
        raise InvalidParameter("Settings must be an object.")
    _check_kinds(said, DEFAULTS, "")
    return said


def check_assets(said: list[AssetType]) -> None:
    """Raises InvalidParameter for images that are not of their category or extension, or twice for one use."""
    for asset in said:
        _check_asset(asset)
    if len({_use(asset) for asset in said}) < len(said):
        raise InvalidParameter("There are two assets of one category, color mode and resource id.")


def with_assets(said: Iterable[AssetType], before: Iterable[AssetType]) -> list[AssetType]:
    """The images, each in place of the one before for the same use. Raises InvalidParameter if there are too many."""
    all = {_use(asset): asset for asset in (*before, *said)}
    if len(all) > MOST_ASSETS:
        raise InvalidParameter(f"A style has at most {MOST_ASSETS} assets.")
    return list(all.values())


def _are_objects(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _too_deep(said: object) -> bool:
    level = [said]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_kinds(said: Settings, known: Settings, place: str) -> None:
    for key, value in said.items():
        if key not in known:
            continue
        wanted, here = known[key], f"{place}.{key}" if place else key
        if _kind(value) is not _kind(wanted):
            raise InvalidParameter(f"Settings: {here} must be {_WORDS[_kind(wanted)]}.")
        if isinstance(wanted, dict):
            _check_kinds(value, wanted, here)


def _kind(value: object) -> type:
    return float if type(value) is int else type(value)


def _use(asset: AssetType) -> tuple[str, ...]:
    return asset.category, asset.color_mode, asset.resource_id or ""


def _called(asset: AssetType) -> str:
    return f"The asset {asset.category} of the color mode {asset.color_mode}"


def _check_asset(asset: AssetType) -> None:
    allowed = _ICONS.get(asset.category, _PICTURE)
    if asset.extension not in allowed:
        raise InvalidParameter(f"{_called(asset)} must have one of the extensions {', '.join(allowed)}.")
    if not asset.bytes_:
        raise InvalidParameter(f"{_called(asset)} has no bytes.")
    if asset.extension == "SVG":
        svg.check(asset.bytes_)
    elif kind(asset.bytes_) != asset.extension:
        raise InvalidParameter(f"{_called(asset)} is not of the kind {asset.extension}.")
