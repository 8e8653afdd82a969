"""Links somebody who comes from an outside provider to the user who is there already under the same verified address.

Otherwise they would become a second user with nothing of the first. Others sign up as ever.
"""

import json
import os

import boto3
from botocore.config import Config

# Whose word on an address is good: who signs in there has proved that it is theirs.
TRUSTED = {name.strip().lower() for name in os.environ.get("TRUSTED_PROVIDERS", "Google").split(",")}
SECONDS = float(os.environ.get("COGNITO_SECONDS", "1"))
cognito = boto3.client(
    "cognito-idp", config=Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
)


def handler(event, context):
    if event["triggerSource"] == "PreSignUp_ExternalProvider":
        pool, address = event["userPoolId"], event["request"]["userAttributes"].get("email", "")
        named, _, subject = event["userName"].partition("_")  # Google_1234, and from some providers google_1234
        owner = owner_of(pool, address) if address and named.lower() in TRUSTED else None
        if owner:
            link(pool, owner, provider(pool, named), subject)
    return event


def owner_of(pool, address):
    """The name of the one user who has proved that the address is theirs; None where there is none, or more."""
    found = cognito.list_users(UserPoolId=pool, Filter=f"email = {json.dumps(address, ensure_ascii=False)}")["Users"]
    own = [user for user in found if user["UserStatus"] != "EXTERNAL_PROVIDER" and verified(user)]
    return own[0]["Username"] if len(own) == 1 else None


def verified(user):
    return {"Name": "email_verified", "Value": "true"} in user["Attributes"]


def provider(pool, named):
    """The provider's name as the pool spells it."""
    listed = cognito.list_identity_providers(UserPoolId=pool, MaxResults=60)["Providers"]
    return next(one["ProviderName"] for one in listed if one["ProviderName"].lower() == named.lower())


def link(pool, owner, provider, subject):
    cognito.admin_link_provider_for_user(
        UserPoolId=pool,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": owner},
        SourceUser={
            "ProviderName": provider,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": subject,
        },
    )
    print(f"{provider} {subject} is linked to {owner}")
