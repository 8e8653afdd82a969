"""What names a live pool, and what does not."""

import pytest

from keydesk.domain import takeover
from keydesk.domain.takeover import Takeover, TakeoverFault


def test_a_tag_names_what_differs() -> None:
    assert takeover.of(None) is takeover.of({"team": "shop"}) is None
    assert takeover.of({"keydesk:takeover": "{}"}) == Takeover()
    said = '{"pool": "us-gov-west-1_Ab1", "client": "1example23456789"}'
    assert takeover.of({"keydesk:takeover": said}) == Takeover(pool="us-gov-west-1_Ab1", client="1example23456789")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "us-east-1_Ab1",
        '{"pool": 1}',
        '{"secret": "s"}',
        '{"pool": "evil.example.com/_a"}',
        '{"pool": "us-east-1.evil_a"}',
        '{"client": "a b"}',
    ],
)
def test_anything_else_is_told_at_once(said: str) -> None:
    """The region in a pool's id becomes the name of the host that is spoken to."""
    with pytest.raises(TakeoverFault):
        takeover.parse(said)
