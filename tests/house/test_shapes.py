"""The generated shapes are fresh, and agree with the model they come from in every name."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.loaders import Loader

from keydesk.shapes import EXCEPTIONS, MODEL, OPERATIONS, types

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED: dict[str, Any] = Loader().load_service_model("cognito-idp", "service-2")
STRUCTS = {name: kind for name, kind in vars(types).items() if isinstance(kind, type) and issubclass(kind, types.Shape)}
WITHOUT_OUTPUT = [name for name, operation in PUBLISHED["operations"].items() if "output" not in operation]


def test_shapes_are_fresh() -> None:
    answer = subprocess.run(
        [sys.executable, "tools/shapes.py", "--check"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_operation_and_exception_is_there() -> None:
    assert set(OPERATIONS) == set(PUBLISHED["operations"])
    assert {name for name, shape in PUBLISHED["shapes"].items() if shape.get("exception")} == EXCEPTIONS
    assert all(set(operation.errors) <= EXCEPTIONS for operation in OPERATIONS.values())
    assert MODEL.startswith("botocore ")


@pytest.mark.parametrize(("operation", "signed"), [("InitiateAuth", False), ("GetUser", False), ("AdminGetUser", True)])
def test_signed_is_what_the_model_says(operation: str, signed: bool) -> None:
    assert OPERATIONS[operation].signed is signed


def test_an_operation_without_output_has_an_empty_response() -> None:
    assert WITHOUT_OUTPUT
    assert all(msgspec.json.encode(OPERATIONS[name].response()) == b"{}" for name in WITHOUT_OUTPUT)


@pytest.mark.parametrize("name", sorted(STRUCTS.keys() & PUBLISHED["shapes"].keys()))
def test_wire_names_and_required_members_are_the_models(name: str) -> None:
    published = PUBLISHED["shapes"][name]
    ours = msgspec.structs.fields(STRUCTS[name])
    assert [field.encode_name for field in ours] == list(published["members"])
    assert {field.encode_name for field in ours if field.required} == set(published.get("required", ()))


def test_absent_members_are_not_written_and_blobs_are_base64() -> None:
    response = types.SetUICustomizationRequest(user_pool_id="eu_1", image_file=b"\x00\xff")
    assert msgspec.json.encode(response) == b'{"UserPoolId":"eu_1","ImageFile":"AP8="}'


def test_a_secret_is_not_in_the_printed_form() -> None:
    printed = repr(types.SignUpRequest(client_id="c", username="u", password="correct horse"))
    assert "correct horse" not in printed
    assert "password=***" in printed
