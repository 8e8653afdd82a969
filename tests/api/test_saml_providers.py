"""SAML providers through boto3: what is read from their metadata, and the certificates that they are given."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from tests.api import saml_asked as asked
from tests.api.asking import missing, refused
from tests.serving import Serving, serving
from tests.site import site

pytestmark = pytest.mark.usefixtures("patient")
SIGN_IN = {"SSORedirectBindingURI": "https://idp.example.com/sign-in"}
SIGN_OUT = {"SLORedirectBindingURI": "https://idp.example.com/sign-out"}
CERTIFICATE = "ActiveEncryptionCertificate"
BAD = "InvalidParameterException"


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"])


def saml(cognito: Any, pool_id: str, name: str = "Corporate", **details: str) -> dict[str, Any]:
    said = {"UserPoolId": pool_id, "ProviderName": name, "ProviderType": "SAML"}
    return dict(cognito.create_identity_provider(**said, ProviderDetails=details)["IdentityProvider"])


def read(certificate: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True))


def test_a_file_says_where_browsers_are_sent(cognito: Any, pool_id: str) -> None:
    said = {"MetadataFile": asked.METADATA, "IDPSignout": "true", "EncryptedResponses": "false"}
    made = saml(cognito, pool_id, **said)
    details = made["ProviderDetails"]
    active = details.pop(CERTIFICATE)
    assert details == {**said, **SIGN_IN, **SIGN_OUT}
    assert (made["AttributeMapping"], made["IdpIdentifiers"]) == ({}, [])
    at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
    update = cognito.update_identity_provider
    again = update(**at, ProviderDetails={**details, CERTIFICATE: active})["IdentityProvider"]
    assert again["ProviderDetails"] == {**details, CERTIFICATE: active}
    bare = {"MetadataFile": asked.WITHOUT_SIGN_OUT, **SIGN_OUT}
    changed = update(**at, ProviderDetails=bare)["IdentityProvider"]["ProviderDetails"]
    assert changed == {"MetadataFile": asked.WITHOUT_SIGN_OUT, **SIGN_IN, CERTIFICATE: active}
    assert cognito.describe_identity_provider(**at)["IdentityProvider"]["ProviderDetails"] == changed


def test_each_provider_encrypts_for_a_key_of_its_own(cognito: Any, pool_id: str) -> None:
    told = [saml(cognito, pool_id, name, MetadataFile=asked.METADATA) for name in ("Corporate", "Other")]
    one, other = (read(each["ProviderDetails"][CERTIFICATE]) for each in told)
    assert one.public_key() != other.public_key()
    assert one.subject.rfc4514_string() == f"CN={pool_id}"
    one.verify_directly_issued_by(one)


def test_the_pools_own_certificate_is_made_once_and_kept(own_server: Serving) -> None:
    cognito = own_server.client()
    pools = [str(cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]) for _ in range(2)]
    with ThreadPoolExecutor(4) as threads:
        told = list(
            threads.map(lambda _: cognito.get_signing_certificate(UserPoolId=pools[0])["Certificate"], range(4))
        )
    own_server.clock.forward(seconds=3 * 365 * 86_400)
    other = cognito.get_signing_certificate(UserPoolId=pools[1])["Certificate"]
    assert {*told, cognito.get_signing_certificate(UserPoolId=pools[0])["Certificate"]} == {told[0]}
    assert other != told[0]
    certificate = read(told[0])
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == f"CN={pools[0]}"
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc > timedelta(days=3651)
    cognito.delete_user_pool(UserPoolId=pools[0])
    assert refused(cognito.get_signing_certificate, UserPoolId=pools[0]) == missing(pools[0])
    cognito.create_user_pool(PoolName="again", UserPoolTags={"keydesk:id": pools[0]})
    assert cognito.get_signing_certificate(UserPoolId=pools[0])["Certificate"] != told[0]


def test_what_is_no_metadata_is_refused(cognito: Any, pool_id: str) -> None:
    url = "https://idp.example.com"
    for details, sentence in (
        ({}, "At least one of the MetadataURL or MetadataFile should be provided."),
        ({"IDPSignout": "true"}, "At least one of the MetadataURL or MetadataFile should be provided."),
        (
            {"MetadataFile": asked.METADATA, "MetadataURL": url},
            "Only one of the MetadataURL or MetadataFile should be provided.",
        ),
        ({"MetadataFile": "<html></html>"}, "Unable to unmarshall metadata"),
        ({"MetadataFile": f"<!DOCTYPE x []>{asked.METADATA}"}, "Unable to unmarshall metadata"),
        (
            {"MetadataFile": asked.WITHOUT_REDIRECT},
            "No SingleSignOn Http redirect binding location found in metadata.",
        ),
    ):
        assert refused(saml, cognito=cognito, pool_id=pool_id, **details) == (BAD, sentence)
    assert cognito.list_identity_providers(UserPoolId=pool_id)["Providers"] == []


def test_metadata_at_an_address_is_got_from_there(cognito: Any, pool_id: str) -> None:
    with site() as there:
        url = f"{there.url}/metadata.xml"
        there.does = lambda asking: asking.says(asked.METADATA.encode())
        details = saml(cognito, pool_id, MetadataURL=url)["ProviderDetails"]
        assert details.pop(CERTIFICATE)
        assert (details, there.paths) == ({"MetadataURL": url, **SIGN_IN, **SIGN_OUT}, ["/metadata.xml"])
        at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
        cognito.update_identity_provider(**at, IdpIdentifiers=["corp"])
        assert there.paths == ["/metadata.xml"]
        there.does = lambda asking: asking.says(b"", 302, Location=f"{there.url}/elsewhere")
        assert refused(cognito.update_identity_provider, **at, ProviderDetails={"MetadataURL": url}) == (
            BAD,
            f"Non-ok status code 302 returned from remote metadata source {url}",
        )
        there.does = lambda asking: asking.says(b"<html/>")
        code = refused(cognito.update_identity_provider, **at, ProviderDetails={"MetadataURL": url})
        assert code == (BAD, "Unable to unmarshall metadata")
        there.does = lambda asking: asking.says(b"x" * 1_000_001)
        code = refused(cognito.update_identity_provider, **at, ProviderDetails={"MetadataURL": url})
        assert code == (BAD, f"Error retrieving metadata from {url}")
        assert "/elsewhere" not in there.paths
    assert cognito.describe_identity_provider(**at)["IdentityProvider"]["ProviderDetails"]["MetadataURL"] == url
    code = refused(cognito.update_identity_provider, **at, ProviderDetails={"MetadataURL": url})
    assert code == (BAD, f"Error retrieving metadata from {url}")


def test_a_server_that_is_no_workbench_speaks_to_no_private_address(tmp_path: Path) -> None:
    """WK-14: whatever an administrator names, the server's own network is not looked into."""
    with site() as there, serving(tmp_path, open=False, keys={"keydesk": "keydesk"}) as closed:
        cognito = closed.client()
        pool_id = cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]
        for url in (there.url, "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "nonsense"):
            said = {"cognito": cognito, "pool_id": pool_id, "MetadataURL": url}
            assert refused(saml, **said) == (BAD, f"Error retrieving metadata from {url}")
        assert there.connections == 0


def test_the_private_halves_are_sealed_and_told_to_nobody(own_server: Serving) -> None:
    """SE-05."""
    cognito = own_server.client()
    pool_id = cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]
    cognito.get_signing_certificate(UserPoolId=pool_id)
    details = saml(cognito, pool_id, MetadataFile=asked.METADATA)["ProviderDetails"]
    assert set(details) == {"MetadataFile", CERTIFICATE, *SIGN_IN, *SIGN_OUT}
    desk = own_server.house.desk
    (stored,) = own_server.run(desk.store.read(lambda db: db.exec_driver_sql("SELECT private FROM saml_keys").all()))
    with pytest.raises(ValueError):
        x509.load_der_x509_certificate(bytes(stored[0]))
    assert bytes(stored[0])[:2] != b"\x30\x82"  # how a key in the clear begins
