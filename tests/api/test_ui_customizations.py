"""The classic style through boto3: set, told, taken away; and the logo fetched from its address."""

import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.serving import Serving

PNG = b"\x89PNG\r\n\x1a\nlogo"
JPEG = b"\xff\xd8\xff\xe0logo"
CSS = ".label-customizable {font-weight: 400;}"


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    """Of a pool with a domain."""
    id = str(cognito.create_user_pool(PoolName="styled")["UserPool"]["Id"])
    cognito.create_user_pool_domain(UserPoolId=id, Domain="styled-" + id.partition("_")[2].lower())
    return id


@pytest.fixture
def client_id(cognito: Any, pool_id: str) -> str:
    return str(cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]["ClientId"])


def told(cognito: Any, pool_id: str, **more: str) -> dict[str, Any]:
    return dict(cognito.get_ui_customization(UserPoolId=pool_id, **more)["UICustomization"])


def fetched(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read()


def test_a_style_is_set_and_told_and_the_logo_is_at_its_address(
    server: Serving, cognito: Any, pool_id: str, client_id: str
) -> None:
    at = {"UserPoolId": pool_id, "ClientId": "ALL"}
    assert [told(cognito, pool_id, **said) for said in ({}, {"ClientId": "ALL"}, {"ClientId": client_id})] == [{}] * 3
    made = cognito.set_ui_customization(UserPoolId=pool_id, CSS=CSS, ImageFile=PNG)["UICustomization"]
    assert [told(cognito, pool_id, **said) for said in ({}, {"ClientId": "ALL"}, {"ClientId": client_id})] == [made] * 3
    version = made["CSSVersion"]
    assert (len(version), version.isdigit()) == (14, True)
    assert made.pop("CreationDate") == made.pop("LastModifiedDate")
    assert made == {
        **at,
        "CSS": CSS,
        "CSSVersion": version,
        "ImageUrl": f"{server.url}/{pool_id}/ALL/{version}/assets/images/image.jpg",
    }
    status, headers, image = fetched(made["ImageUrl"])
    assert (status, headers["content-type"], image) == (200, "image/png", PNG)
    assert (headers["x-content-type-options"], headers["content-security-policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    own = cognito.set_ui_customization(UserPoolId=pool_id, ClientId=client_id, ImageFile=JPEG)["UICustomization"]
    assert ("CSS" in own, own["ClientId"]) == (False, client_id)
    assert told(cognito, pool_id, ClientId=client_id) == own
    assert fetched(own["ImageUrl"])[1:] != fetched(made["ImageUrl"])[1:]
    assert fetched(own["ImageUrl"])[1]["content-type"] == "image/jpeg"


def test_a_style_is_replaced_whole_and_taken_away(own_server: Serving) -> None:
    cognito, put = own_server.client(), own_server.client().set_ui_customization
    own_server.clock.stop()
    pool = cognito.create_user_pool(PoolName="styled")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain="styled")
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    made, own = (put(UserPoolId=pool, ClientId=id, CSS=CSS, ImageFile=PNG)["UICustomization"] for id in ("ALL", client))
    own_server.clock.forward(seconds=1)
    for _ in range(2):  # both parts are set together: what is left out goes
        changed = put(UserPoolId=pool, CSS=CSS)["UICustomization"]
    assert told(cognito, pool) == changed
    assert ("ImageUrl" in changed, changed["CSSVersion"] > made["CSSVersion"]) == (False, True)
    assert changed["CreationDate"] == made["CreationDate"] < changed["LastModifiedDate"]
    assert fetched(made["ImageUrl"])[0] == 404
    for _ in range(2):
        assert put(UserPoolId=pool, ClientId=client)["UICustomization"] == {}
    assert told(cognito, pool, ClientId=client) == changed
    assert fetched(own["ImageUrl"])[0] == 404
    put(UserPoolId=pool, CSS="")
    assert told(cognito, pool) == {}


def test_a_style_needs_a_domain(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="bare")["UserPool"]["Id"]
    get, put = cognito.get_ui_customization, cognito.set_ui_customization
    wanted = "InvalidParameterException", "A domain must be associated with this user pool."
    nothing = "InvalidParameterException", "There has to be an existing domain associated with this user pool"
    assert (refused(put, UserPoolId=pool, CSS=CSS), refused(get, UserPoolId=pool)) == (wanted, nothing)
    name = f"auth.{pool.partition('_')[2].lower()}.example.com"
    custom = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/one"}
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=name, CustomDomainConfig=custom)
    put(UserPoolId=pool, CSS=CSS)
    cognito.delete_user_pool_domain(UserPoolId=pool, Domain=name)
    assert refused(get, UserPoolId=pool) == nothing
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=name, CustomDomainConfig=custom)
    assert told(cognito, pool)["CSS"] == CSS


def test_what_is_refused(cognito: Any, pool_id: str, client_id: str) -> None:
    put = cognito.set_ui_customization
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    stranger = cognito.create_user_pool_client(UserPoolId=other, ClientName="c")["UserPoolClient"]["ClientId"]
    for said, sentence in (
        ({"CSS": ".other {}"}, "The CSS class other is not in the list of allowed classes."),
        ({"CSS": "@import 'x';"}, "The CSS must not contain the statement @import."),
        ({"ImageFile": b"GIF89a"}, "The uploaded image must be a PNG or JPEG file of at most 100 KB."),
    ):
        assert refused(put, UserPoolId=pool_id, **said) == ("InvalidParameterException", sentence)
    assert told(cognito, pool_id) == {}
    for act in (put, cognito.get_ui_customization):
        assert refused(act, UserPoolId="us-east-1_nowhere") == missing("us-east-1_nowhere")
        assert refused(act, UserPoolId=pool_id, ClientId=stranger) == (
            "ResourceNotFoundException",
            f"User pool client {stranger} does not exist.",
        )


def test_a_client_takes_its_style_along(server: Serving, cognito: Any, pool_id: str, client_id: str) -> None:
    at = {"UserPoolId": pool_id, "ClientId": client_id}
    url = cognito.set_ui_customization(**at, ImageFile=PNG)["UICustomization"]["ImageUrl"]
    cognito.delete_user_pool_client(**at)
    assert fetched(url)[0] == 404
    assert fetched(f"{server.url}/{pool_id}/ALL/1/assets/images/image.jpg")[0] == 404
