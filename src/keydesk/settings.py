"""SETTINGS: every setting of the server, once. Environment over `keydesk.toml` over default."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias


class SettingFault(Exception):
    """A setting that cannot be read; the sentence says which and why."""


class Form(NamedTuple):
    """What a value must be, in words, and whether one is."""

    words: str
    fits: Callable[[str], bool]


def _like(words: str, pattern: str) -> Form:
    return Form(words, lambda value: re.fullmatch(pattern, value, re.ASCII) is not None)


def _one_of(*values: str) -> Form:
    return Form(f"one of {', '.join(values)}", values.__contains__)


def _from(least: int, most: int) -> Form:
    words = f"a whole number from {least} to {most}"
    return Form(words, lambda value: re.fullmatch("[0-9]{1,9}", value) is not None and least <= int(value) <= most)


Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_CLOTHED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


def network(said: str) -> Network:
    """Raises ValueError; also for one in which nobody is, since an IPv4 address is never told as one of IPv6."""
    meant = ipaddress.ip_network(said)
    if isinstance(meant, ipaddress.IPv6Network) and meant.subnet_of(_CLOTHED):
        raise ValueError(f"{said} is a network of IPv4: write it as one")
    return meant


def _are_networks(value: str) -> bool:
    try:
        return all(network(one.strip()) for one in value.split(",")) if value else True
    except ValueError:
        return False


TRUTHS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_KMS_KEY: Final = _like(
    "empty, or the ARN, id or alias of a KMS key, with @https://… behind it where the service is another",
    r"((arn:[\w-]+:kms:[\w:/-]+|alias/[\w/-]+|[\w-]+)(@https?://[^/\s@]+/?)?)?",
)
_DAYS: Final = _from(1, 36_500)
_FLAG: Final = Form("true or false", lambda value: value.lower() in TRUTHS)
_ACCOUNT: Final = _like("twelve digits", "[0-9]{12}")
_REGION: Final = _like("a region such as us-east-1", "[a-z][a-z0-9-]{0,39}")
_ISSUER: Final = _like(
    "empty or an address with https:// or http://, with {pool} and {region} in braces and nothing else",
    r"(https?://([!-z|~]|\{pool}|\{region})+)?",
)
_PLACE: Final = r"https?://([^/\s@:]+|\[[0-9a-fA-F:.]+])(:[0-9]{1,5})?/?"
_LAMBDA: Final = _like("empty, `aws`, or an address with https:// or http://", f"(aws|{_PLACE})?")
_ENDPOINT: Final = _like("empty or an address with https:// or http://", f"({_PLACE})?")
_HOST: Final = _like("an IP address or a name of this machine", r"[\w.:%-]+")
_FOLDER: Final = Form("a folder", bool)
_MAIL: Final = _like(
    "an address, as a@example.com or A <a@example.com>", r"[^\s@<>,]+@[^\s@<>,]+|[^\r\n<>]*<[^\s@<>,]+@[^\s@<>,]+>"
)
_NETWORKS: Final = Form("addresses or networks, separated by commas", lambda value: _are_networks(value))
_MAYBE: Final = Form("true, false or empty", lambda value: not value or value.lower() in TRUTHS)
_DATABASE: Final = _like(
    "postgresql://… or empty", r"(postgresql(\+psycopg)?://(.*@)?(\[[^]]+]|[^:/?@]*)(:[0-9]+)?([/?].*)?|sqlite:///.+)?"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: the name in `keydesk.toml`; `KEYDESK_` and the name in capitals in the environment."""

    name: str
    default: str
    sentence: str
    secret: bool = False
    form: Form | None = None

    @property
    def variable(self) -> str:
        return "KEYDESK_" + self.name.upper()


SETTINGS: Final = (
    Setting("host", "127.0.0.1", "Address to listen on. Beyond loopback `admin_keys` must be set.", form=_HOST),
    Setting("port", "9229", "Port to listen on; 0 takes a free one.", form=_from(0, 65_535)),
    Setting(
        "data", ".keydesk", "Folder for the embedded database, the sealing key and unpacked functions.", form=_FOLDER
    ),
    Setting(
        "database_url",
        "",
        "PostgreSQL to use instead of SQLite: `postgresql://user:password@host/name`;"
        " with `?pgbouncer=true` behind PgBouncer.",
        True,
        form=_DATABASE,
    ),
    Setting("key_file", "", "File of the key-encryption key; empty means `sealing.key` in the data folder."),
    Setting(
        "kms_key",
        "",
        "In place of `key_file` a key of AWS KMS: ARN, id or alias; `@https://…` behind it for a service like KMS.",
        form=_KMS_KEY,
    ),
    Setting("admin_keys", "", "Access keys that may administer, as `id:secret`, separated by commas.", True),
    Setting("account", "000000000000", "Twelve-digit account id in ARNs.", form=_ACCOUNT),
    Setting("region", "us-east-1", "Region of what is made without a signature.", form=_REGION),
    Setting(
        "semantics",
        "keydesk",
        "Trigger rules: `keydesk` or `aws`; a pool's tag `keydesk:semantics` wins.",
        form=_one_of("keydesk", "aws"),
    ),
    Setting(
        "issuer",
        "",
        "Template of the tokens' issuer, as `https://login.example.com/{pool}`; empty: own address. Under `serve` "
        "links, and where the keys are, begin with the same.",
        form=_ISSUER,
    ),
    Setting(
        "argon2id",
        "false",
        "Keep an argon2id hash beside the SRP verifier; a password that is sent must match both.",
        form=_FLAG,
    ),
    Setting("smtp_url", "", "Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`.", True),
    Setting(
        "mail_from", "no-reply@localhost", "Sender of codes and invitations where the pool names none.", form=_MAIL
    ),
    Setting(
        "workers",
        "1",
        "Server processes of `keydesk serve` behind one socket; about one for each core.",
        form=_from(1, 256),
    ),
    Setting(
        "drain",
        "0",
        "Seconds from the signal to stop until no more requests are taken; `/_keydesk/ready` answers 503 meanwhile.",
        form=_from(0, 300),
    ),
    Setting(
        "worker_limit", "10", "Most worker processes for one function, in each server process.", form=_from(1, 1000)
    ),
    Setting("worker_idle", "300", "Seconds after which an idle worker process is retired.", form=_from(1, 86_400)),
    Setting(
        "isolation",
        "auto",
        "Keeps functions from the server: `auto`, as far as the machine allows; `require`, or no start; `off`.",
        form=_one_of("auto", "require", "off"),
    ),
    Setting(
        "lambda_endpoint",
        "",
        "Lambda API that runs functions which are not here: an address, or `aws` for Amazon's own.",
        form=_LAMBDA,
    ),
    Setting("function_urls", "", "Functions at addresses of their own: `arn=https://…`, separated by blanks.", True),
    Setting(
        "cognito_endpoint",
        "",
        "User-pool API that pools with the tag `keydesk:takeover` ask for users; empty: Amazon's own.",
        form=_ENDPOINT,
    ),
    Setting(
        "allow_private_functions",
        "",
        "Whether all three, and identity providers, may be at loopback, private and link-local addresses; empty: in "
        "development alone.",
        form=_MAYBE,
    ),
    Setting(
        "log_level",
        "info",
        "Least level that is logged: `debug`, `info`, `warning`, `error`.",
        form=_one_of("debug", "info", "warning", "error"),
    ),
    Setting("rules", "", "File of the rules in front of the public operations; empty: none. See docs/rules.md."),
    Setting(
        "trusted_proxies",
        "",
        "Addresses and networks whose `X-Forwarded-For` is believed, separated by commas; else it is the connection's.",
        form=_NETWORKS,
    ),
    Setting("log_days", "7", "Days that function logs and sign-in events are kept.", form=_DAYS),
    Setting("auth_event_days", "730", "Days that threat protection's events of users are kept.", form=_DAYS),
    Setting("trace_days", "7", "Days that traces of calls are kept; 0 keeps none.", form=_from(0, 36_500)),
    Setting("trace_megabytes", "500", "Size that all traces may have; the oldest go first.", form=_from(1, 1_000_000)),
)
_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force, each with its origin (`environment`, a file's name, `command line` or `default`)."""

    values: Mapping[str, str]
    origins: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def whole(self, name: str) -> int:
        """The value as a whole number."""
        return int(self.values[name])

    def flag(self, name: str) -> bool:
        """The value as true or false."""
        return TRUTHS[self.values[name].lower()]

    @property
    def database(self) -> str | Path:
        """Where the database is: a URL where one is set, else a file in the data folder."""
        return self["database_url"] or Path(self["data"]).absolute() / "keydesk.db"


def load(
    environment: Mapping[str, str] = os.environ, *, file: Path | None = None, **line: str | int | None
) -> Settings:
    """Settings: the command line (`line`) over the environment over `keydesk.toml` (or `file`) over the defaults.

    Raises SettingFault for an unknown name, a value that cannot be its setting's, or a file that is not TOML.
    """
    path = file or Path("keydesk.toml")
    _no_strangers(environment)
    written, typed = _said(_written(path), f"{path}: "), _said(line, "")
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        said = typed.get(setting.name)
        for value, origin in (
            (said, "command line"),
            (environment.get(setting.variable), "environment"),
            (written.get(setting.name), str(path)),
            (setting.default, "default"),
        ):
            if value is not None:
                values[setting.name], origins[setting.name] = _checked(setting, value), origin
                break
    return Settings(values, origins)


def _checked(setting: Setting, value: str) -> str:
    if "\0" in value:  # TOML can say it; no path, address or header can
        raise SettingFault(f"{setting.name} must not contain the character U+0000")
    if setting.form is not None and not setting.form.fits(value):
        said = "" if setting.secret else f", not {value!r}"
        raise SettingFault(f"{setting.name} must be {setting.form.words}{said}")
    return value


def _written(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingFault(f"{path}: {fault}") from None


def _said(members: Mapping[str, object], origin: str) -> dict[str, str]:
    """What one place says, as the environment would say it. `origin` begins the sentences of the faults.

    A setting with no effect is refused, never silently ignored; so is a list, which would be read as one strange text.
    """
    for name, value in members.items():
        if name not in _BY_NAME:
            raise SettingFault(f"{origin}{name} is not a setting of Keydesk")
        if not isinstance(value, str | int | None):
            raise SettingFault(f"{origin}{name} must be a text, a whole number, true or false")
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in members.items()
        if value is not None
    }


def _no_strangers(environment: Mapping[str, str]) -> None:
    """As in `_said`: a variable of our name that is none of ours is refused."""
    known = {setting.variable for setting in SETTINGS}
    for variable in environment:
        if variable.startswith("KEYDESK_") and variable not in known:
            raise SettingFault(f"the environment variable {variable} is not a setting of Keydesk")
