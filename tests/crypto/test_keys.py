import pytest
from joserfc.jwk import ECKey

from keydesk.crypto.keys import SigningKey


def test_a_key_survives_being_stored() -> None:
    key = SigningKey.generate()
    again = SigningKey.from_der(key.to_der())
    assert again.kid == key.kid
    assert again.public() == key.public()
    assert again.to_der() == key.to_der()


def test_tk_13_the_public_half_is_public() -> None:
    public = SigningKey.generate().public()
    assert sorted(public) == ["alg", "e", "kid", "kty", "n", "use"]
    assert (public["alg"], public["use"], public["kty"], public["e"]) == ("RS256", "sig", "RSA", "AQAB")
    assert len(public["n"]) == 342  # 2048 bits


def test_every_pair_is_its_own() -> None:
    assert SigningKey.generate().kid != SigningKey.generate().kid


def test_another_kind_of_key_is_refused() -> None:
    with pytest.raises(ValueError):
        SigningKey.from_der(ECKey.generate_key("P-256").as_der(private=True))
    with pytest.raises(ValueError):
        SigningKey.from_der(b"junk")
