"""SETTINGS: what cannot be a setting's value is told at the start, before anything is opened with it."""

from pathlib import Path

import pytest

from keydesk.settings import SETTINGS, SettingFault, load

NOWHERE = Path("no-such-file.toml")
WRONG = {
    "host": ("", "a b", "ä.example", "127.0.0.1/8"),
    "port": ("", "-1", "65536", "1.5", " 1", "١", "9" * 10),
    "data": ("",),
    "database_url": ("mysql://x", "postgresql://h:abc/x", "sqlite:///"),
    "kms_key": ("alias/", "a key", "alias/x@ftp://h"),
    "account": ("1", "١" * 12),
    "region": ("", "US", "us east"),
    "semantics": ("", "AWS"),
    "issuer": ("ftp://x", "https://x/{poool}", "https://x y"),
    "argon2id": ("", "maybe"),
    "mail_from": ("", "ada", "a@b\nBcc: c@d", "a@b, c@d", "Ada <a@b> x"),
    "workers": ("0", "257"),
    "drain": ("-1", "301"),
    "worker_limit": ("0", "1001"),
    "worker_idle": ("0", "86401"),
    "isolation": ("", "on"),
    "lambda_endpoint": ("AWS", "h:1", "http://h:abc", "http://u@h", "http://[::1"),
    "cognito_endpoint": ("aws", "https://", "http://h:abc", "http://h/x"),
    "allow_private_functions": ("maybe",),
    "log_level": ("", "trace", "INFO"),
    "trusted_proxies": ("x", ",", "10.0.0.1/8", "*", "::ffff:10.0.0.1"),
    "log_days": ("0", "x"),
    "auth_event_days": ("0", "36501"),
    "trace_days": ("-1", "36501"),
    "trace_megabytes": ("0", "1e3"),
}
RIGHT = {
    "host": ("localhost", "::1", "fe80::1%eth0", "my_host.example"),
    "mail_from": ("no-reply@localhost", "Ada L. <a.l+x@example.com>", "<a@b>"),
    "lambda_endpoint": ("", "aws", "http://[::1]:9001", "https://lambda.example/"),
    "cognito_endpoint": ("http://127.0.0.1:9229", "https://h"),
}


def test_what_cannot_be_is_refused_by_its_name() -> None:
    for name, values in WRONG.items():
        for value in values:
            with pytest.raises(SettingFault, match=rf"\A{name} must be ") as refusal:
                load({f"KEYDESK_{name.upper()}": value}, file=NOWHERE)
            assert "\n" not in str(refusal.value)
    for name, values in RIGHT.items():
        for value in values:
            assert load({f"KEYDESK_{name.upper()}": value}, file=NOWHERE)[name] == value


def test_no_setting_takes_what_ends_a_text_elsewhere(tmp_path: Path) -> None:
    """A file can say it: paths and addresses would be cut, or fail where nobody looks for a setting."""
    for setting in SETTINGS:
        file = tmp_path / f"{setting.name}.toml"
        file.write_text(f'{setting.name} = "a\\u0000b"\n')
        with pytest.raises(SettingFault, match=rf"\A{setting.name} must not contain the character U\+0000\Z"):
            load({}, file=file)
