"""The files in deploy/ speak of settings and paths that exist, and pin what the project pins."""

import re

from tests.house.tree import REPOSITORY

from keydesk.settings import SETTINGS

DEPLOY = REPOSITORY / "deploy"
OF_COMPOSE = {
    "KEYDESK_ADDRESS",
    "KEYDESK_DATABASE_PASSWORD",
    "KEYDESK_SEALING_KEY",
}  # what its user sets for the file itself


def test_every_variable_is_a_setting() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name for path in files for name in re.findall(r"KEYDESK_[A-Z_]+", path.read_text("utf-8"))}
    assert {"KEYDESK_ADMIN_KEYS", "KEYDESK_DRAIN"} <= named
    assert named - OF_COMPOSE <= {setting.variable for setting in SETTINGS}


def test_the_cluster_adds_no_variables_of_our_name() -> None:
    """Of a service that is called keydesk Kubernetes tells each pod `KEYDESK_PORT=tcp://…`, and none starts."""
    said = (DEPLOY / "kubernetes" / "keydesk.yaml").read_text("utf-8")
    assert "kind: Service\nmetadata:\n  name: keydesk\n" in said
    assert "      enableServiceLinks: false" in said


def test_the_image_has_what_the_project_pins() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+(?:\[.*])?==[^ ]+)", (REPOSITORY / name).read_text("utf-8"), re.M))

    image, project = pinned("deploy/requirements.lock"), pinned("requirements.lock")
    assert {line.partition("==")[0] for line in image - project} <= {
        "colorama"
    }  # Windows', which the tests bring anyway
    assert any(line.startswith("sqlalchemy==") for line in image)
    assert any(line.startswith("opentelemetry-sdk==") for line in image)  # OTEL_EXPORTER_OTLP_ENDPOINT may be set there
    assert not any(line.startswith("pytest==") for line in image)
