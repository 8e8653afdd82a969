"""Terraform's AWS provider, unmodified: applies, sees no drift, updates in place, and destroys.

Terraform and the provider are no Python packages, and one run takes a minute and much memory. So this is run by who
asks for it: `terraform` on the path, and the provider as an unpacked plug-in folder where `KEYDESK_TERRAFORM_PLUGINS`
says.
"""

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.serving import Serving, serving

HERE = Path(__file__).with_name("terraform")
PROVIDER = "registry.terraform.io/hashicorp/aws"


class Terraform:
    """One working folder, and the commands that run in it."""

    def __init__(self, program: str, plugins: Path, folder: Path, server: Serving) -> None:
        self._program, self._folder = program, folder
        configuration = folder / "terraform.rc"
        configuration.write_text(f'provider_installation {{ filesystem_mirror {{ path = "{plugins}" }} }}\n')
        with zipfile.ZipFile(folder / "trigger.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("index.py"), "def handler(event, context):\n    return event\n")
        said = {"endpoint": server.url, "archive": str(folder / "trigger.zip")}
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configuration),
            **{f"TF_VAR_{name}": value for name, value in said.items()},
        }

    def run(self, *words: str, stage: int = 1, fails: bool = False) -> subprocess.CompletedProcess[str]:
        environment = self._environment | {"TF_VAR_stage": str(stage)}
        line = [self._program, *words]
        done = subprocess.run(line, cwd=self._folder, env=environment, capture_output=True, text=True, timeout=300)
        assert fails or done.returncode == 0, done.stdout + done.stderr
        return done

    def init(self) -> None:
        self.run("init", "-input=false", "-no-color")

    def apply(self, stage: int) -> None:
        self.run("apply", "-auto-approve", "-input=false", "-no-color", stage=stage)

    def apply_plan(self) -> None:
        self.run("apply", "-input=false", "-no-color", "plan")

    def planned(self, stage: int) -> dict[str, list[str]]:
        """What would be done to which resource; `apply_plan` does it."""
        self.run("plan", "-input=false", "-no-color", "-out=plan", stage=stage)
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        return {
            one["address"]: one["change"]["actions"]
            for one in plan.get("resource_changes", ())
            if one["change"]["actions"] != ["no-op"]
        }

    def drift(self, stage: int) -> str:
        """What a plan would change just after an apply: nothing, if all is as it was asked for."""
        done = self.run("plan", "-detailed-exitcode", "-input=false", "-no-color", stage=stage, fails=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def destroy(self, stage: int) -> None:
        self.run("destroy", "-auto-approve", "-input=false", "-no-color", stage=stage)


def plugins() -> Path | None:
    """The folder under which the provider lies unpacked."""
    said = os.environ.get("KEYDESK_TERRAFORM_PLUGINS")
    return Path(said) if said and list(Path(said).glob(f"{PROVIDER}/5.*/*/terraform-provider-aws*")) else None


@pytest.fixture
def terraform(tmp_path: Path) -> Iterator[Any]:
    program, folder = shutil.which("terraform"), plugins()
    if program is None or folder is None:
        missing = (
            "terraform on the path" if program is None else "KEYDESK_TERRAFORM_PLUGINS, a folder with its provider"
        )
        pytest.skip(f"Terraform was not run: it needs {missing}")
    with serving(tmp_path / "data") as server:
        home = tmp_path / "home"
        shutil.copytree(HERE, home)
        yield Terraform(program, folder, home, server)


def test_terraform_applies_updates_in_place_and_destroys(terraform: Terraform) -> None:
    terraform.init()
    terraform.apply(1)
    assert terraform.drift(1) == ""
    planned = terraform.planned(2)
    assert {address: done for address, done in planned.items() if done != ["update"]} == {}
    terraform.apply_plan()
    assert terraform.drift(2) == ""
    terraform.destroy(2)
