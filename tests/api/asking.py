"""What tests of pools ask for again and again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

STANDARD = [
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
    "phone_number_verified", "address", "updated_at", "identities",
]  # fmt: skip
ARN = "arn:aws:lambda:us-east-1:000000000000:function:{}"


def described(cognito: Any, pool_id: str) -> dict[str, Any]:
    return dict(cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"])


def refused(operation: Any, **asked: Any) -> tuple[str, str]:
    """The code and sentence of the refusal."""
    with pytest.raises(ClientError) as caught:
        operation(**asked)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def missing(pool_id: str) -> tuple[str, str]:
    return "ResourceNotFoundException", f"User pool {pool_id} does not exist."
