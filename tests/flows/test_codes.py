"""Tries at codes: a budget for each user, which nothing that the user does renews."""

from tests.serving import Pool, Serving

TRIES = 15


def test_being_right_with_an_address_of_ones_own_buys_no_tries_at_somebody_elses(server: Serving) -> None:
    """CO-01, CO-03."""
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    pool.user("mallory")
    token = pool.tokens("mallory")["AccessToken"]

    def told(address: str) -> None:
        attributes = [{"Name": "email", "Value": address}]
        pool.api.update_user_attributes(AccessToken=token, UserAttributes=attributes)

    def tried(code: str) -> str:
        said = {"AccessToken": token, "AttributeName": "email", "Code": code}
        return pool.refused(pool.api.verify_user_attribute, **said)[0]

    own, victims = f"own@{pool.id[-9:]}.example.com", f"victim@{pool.id[-9:]}.example.com"
    told(victims)
    wrong = f"{(int(server.code(victims)) + 1) % 1_000_000:06}"
    assert {tried(wrong) for _ in range(TRIES - 1)} == {"CodeMismatchException"}
    told(own)
    pool.api.verify_user_attribute(AccessToken=token, AttributeName="email", Code=server.code(own))
    told(victims)
    assert tried(server.code(victims)) == "LimitExceededException"
