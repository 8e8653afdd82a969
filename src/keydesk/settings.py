"""SETTINGS: every setting of the server, once. Environment over `keydesk.toml` over default."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


class SettingFault(Exception):
    """A setting that cannot be read; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: the name in `keydesk.toml`; `KEYDESK_` and the name in capitals in the environment."""

    name: str
    default: str
    sentence: str
    secret: bool = False

    @property
    def variable(self) -> str:
        return "KEYDESK_" + self.name.upper()


SETTINGS: Final = (
    Setting("host", "127.0.0.1", "Address to listen on. Beyond loopback `admin_keys` must be set."),
    Setting("port", "9229", "Port to listen on; 0 takes a free one."),
    Setting("data", ".keydesk", "Folder for the embedded database, the sealing key and unpacked functions."),
    Setting("database_url", "", "PostgreSQL to use instead of SQLite: `postgresql://user:password@host/name`.", True),
    Setting("key_file", "", "File of the sealing key; empty means `sealing.key` in the data folder."),
    Setting("admin_keys", "", "Access keys that may administer, as `id:secret`, separated by commas.", True),
    Setting("account", "000000000000", "Twelve-digit account id in ARNs."),
    Setting("region", "us-east-1", "Region of what is made without a signature."),
    Setting("semantics", "keydesk", "Trigger rules: `keydesk` or `aws`; a pool's tag `keydesk:semantics` wins."),
    Setting("issuer", "", "Template of the tokens' issuer, as `https://login.example.com/{pool}`; empty: own address."),
    Setting("argon2id", "false", "Keep an argon2id hash beside the SRP verifier, and check both."),
    Setting("smtp_url", "", "Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`.", True),
    Setting("mail_from", "no-reply@localhost", "Sender of codes and invitations where the pool names none."),
    Setting("worker_limit", "10", "Most worker processes for one function."),
    Setting("worker_idle", "300", "Seconds after which an idle worker process is retired."),
    Setting("log_level", "info", "Least level that is logged: `debug`, `info`, `warning`, `error`."),
    Setting("log_days", "7", "Days that function logs and sign-in events are kept."),
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
        """The value as a whole number. Raises SettingFault."""
        try:
            return int(self.values[name])
        except ValueError:
            raise SettingFault(f"{name} must be a whole number, not {self.values[name]!r}") from None

    def flag(self, name: str) -> bool:
        """The value as true or false. Raises SettingFault."""
        said = self.values[name].lower()
        if said not in {"true", "false", "1", "0", "yes", "no"}:
            raise SettingFault(f"{name} must be true or false, not {self.values[name]!r}")
        return said in {"true", "1", "yes"}


def load(environment: Mapping[str, str] = os.environ, *, file: Path | None = None, **line: str | None) -> Settings:
    """Settings: the command line (`line`) over the environment over `keydesk.toml` (or `file`) over the defaults.

    Raises SettingFault for an unknown name in the file, in the environment, or a file that is not TOML.
    """
    path = file or Path("keydesk.toml")
    written = _written(path)
    _no_strangers(environment, written, path)
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        said = line.get(setting.name)
        for value, origin in (
            (said, "command line"),
            (environment.get(setting.variable), "environment"),
            (written.get(setting.name), str(path)),
            (setting.default, "default"),
        ):
            if value is not None:
                values[setting.name], origins[setting.name] = value, origin
                break
    return Settings(values, origins)


def _written(path: Path) -> dict[str, str]:
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingFault(f"{path}: {fault}") from None
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in document.items()}


def _no_strangers(environment: Mapping[str, str], written: Mapping[str, str], path: Path) -> None:
    """A setting with no effect is refused, never silently ignored."""
    known = {setting.variable for setting in SETTINGS}
    for variable in environment:
        if variable.startswith("KEYDESK_") and variable not in known:
            raise SettingFault(f"the environment variable {variable} is not a setting of Keydesk")
    for name in written:
        if name not in _BY_NAME:
            raise SettingFault(f"{path}: {name} is not a setting of Keydesk")
