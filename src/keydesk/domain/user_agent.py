"""What a User-Agent header says of the device behind it, in a few words. A claim of the caller's, never a proof."""

import re
from typing import Final

UNKNOWN: Final = "unknown"

# The first that is found counts: browsers name those that they descend from as well.
_SYSTEMS: Final = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("macOS", "macOS"),
    ("os/darwin", "macOS"),
    ("Linux", "Linux"),
    ("linux", "Linux"),
)
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_PRODUCT: Final = re.compile(r"([A-Za-z0-9._+-]{1,64})/")


def device_type(agent: str) -> str:
    """Operating system and browser, or the app that calls; `unknown` where the header names neither."""
    system = _first(_SYSTEMS, agent)
    browser = _first(_BROWSERS, agent)
    product = _PRODUCT.match(agent)
    if not browser and product and product[1] != "Mozilla":
        browser = product[1]
    return ", ".join(part for part in (system, browser) if part) or UNKNOWN


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((told for name, told in names if name in agent), "")
