"""Nobody fills a mailbox: changing an address sends only so many codes in an hour."""

from typing import Any

from tests.serving import Pool, Serving


def test_only_so_many_codes_go_out_for_changed_addresses(own_server: Serving) -> None:
    pool = Pool(own_server, AutoVerifiedAttributes=["email"])
    pool.user("ada", email="ada@example.com", email_verified="true")
    token = pool.tokens()["AccessToken"]

    def move(number: int) -> Any:
        to = [{"Name": "email", "Value": f"victim+{number}@example.com"}]
        return pool.api.update_user_attributes(AccessToken=token, UserAttributes=to)

    for number in range(10):
        assert move(number)["CodeDeliveryDetailsList"]
    assert pool.refused(move, 10)[0] == "TooManyRequestsException"
    assert not own_server.outbox("victim+10@example.com")
    silent = [{"Name": "nickname", "Value": "a"}]
    assert pool.api.update_user_attributes(AccessToken=token, UserAttributes=silent)["CodeDeliveryDetailsList"] == []
    own_server.clock.forward(seconds=3600)
    token = pool.tokens()["AccessToken"]
    assert move(11)["CodeDeliveryDetailsList"]
