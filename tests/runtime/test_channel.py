import json
import struct

import pytest

from keydesk.runtime import channel
from keydesk.runtime.channel import Broken, Frames, Head, TooLarge

TOKEN = bytes(range(16))


def frame(verb, body=b"", token=TOKEN):
    return struct.pack(">Ic16s", 17 + len(body), verb, token) + body


def test_frames_come_out_however_they_are_cut():
    stream = frame(b"R", b"one") + frame(b"N") + frame(b"E", b"two" * 100)
    whole = [(channel.RESPONSE, TOKEN, b"one"), (channel.NEXT, TOKEN, b""), (channel.ERROR, TOKEN, b"two" * 100)]
    assert Frames().feed(stream) == whole
    for size in (1, 3, 7, 20, 21, 22):
        frames = Frames()
        cut = [each for at in range(0, len(stream), size) for each in frames.feed(stream[at : at + size])]
        assert cut == whole


@pytest.mark.parametrize("bad", [frame(b"X"), frame(b"C"), struct.pack(">I", 3), struct.pack(">Ic", 2**31, b"N")])
def test_what_no_worker_says_is_broken(bad):
    with pytest.raises(Broken):
        Frames().feed(bad + bytes(40))


def test_a_response_over_the_limit_is_known_by_its_first_bytes():
    with pytest.raises(TooLarge) as fault:
        Frames().feed(struct.pack(">Ic", 17 + channel.PAYLOAD_LIMIT + 1, b"R"))
    assert fault.value.args == (channel.PAYLOAD_LIMIT + 1,)


def test_a_call_tells_its_head_and_its_payload():
    said = channel.call(TOKEN, Head("id", 5, "arn", ""), b'{"a":1}')
    length, verb, token, head = struct.unpack(">Ic16sI", said[:25])
    assert (length, verb, token) == (len(said) - 4, b"C", TOKEN)
    assert json.loads(said[25 : 25 + head]) == {"id": "id", "deadline": 5, "arn": "arn", "context": ""}
    assert said[25 + head :] == b'{"a":1}'
