"""How an identity shows: as an attribute, with truths and numbers; as a claim, with texts."""

from msgspec import structs

from keydesk.domain import identity
from keydesk.domain.identity import Identity
from keydesk.domain.provider import facebook
from keydesk.domain.user import Status, User

ONE = Identity(provider="Corporate", kind="SAML", value="a", issuer="https://idp.example.com", primary=True, created=5)


def test_an_attribute_is_json_and_a_claim_is_texts() -> None:
    assert identity.attribute([ONE]) == (
        '[{"userId":"a","providerName":"Corporate","providerType":"SAML","issuer":"https://idp.example.com",'
        '"primary":true,"dateCreated":5}]'
    )
    assert identity.claim([ONE]) == [
        {
            "userId": "a",
            "providerName": "Corporate",
            "providerType": "SAML",
            "issuer": "https://idp.example.com",
            "primary": "true",
            "dateCreated": "5",
        }
    ]


def test_who_has_none_has_no_such_attribute() -> None:
    user = User(sub="s", pool="p", username="u", status=Status.CONFIRMED, attributes={"email": "a@example.com"})
    assert user.told() == {"sub": "s", "email": "a@example.com"}
    user.identities = (ONE,)
    assert list(user.told()) == ["sub", "identities", "email"]


def test_facebooks_addresses_hold_the_version() -> None:
    assert facebook(None) == {
        "attributes_url": "https://graph.facebook.com/me?fields=",
        "authorize_url": "https://www.facebook.com/v2.9/dialog/oauth",
        "token_url": "https://graph.facebook.com/v2.9/oauth/access_token",
    }
    assert facebook("v17.0")["token_url"] == "https://graph.facebook.com/v17.0/oauth/access_token"


def test_what_an_attribute_tells_is_read_back() -> None:
    assert identity.told(identity.attribute([ONE])) == (ONE,)
    texts = '[{"userId":"a","providerName":"Corporate","providerType":"SAML","primary":"true","dateCreated":"5"}]'
    assert identity.told(texts) == (structs.replace(ONE, issuer=None),)
