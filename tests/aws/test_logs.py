"""CloudWatch Logs through an unmodified boto3, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.aws.calling import NOW, Bench
from tests.aws.lines import ARN, GROUP, ONE, TWO, refused, said, write

from keydesk.store import logs as store_logs
from keydesk.store.logs import DAY


@pytest.fixture
def client(bench: Bench) -> Any:
    return bench.client("logs")


# Groups and streams


def test_a_function_s_group_is_there_with_its_first_line(bench: Bench, client: Any) -> None:
    assert client.describe_log_groups()["logGroups"] == []
    write(bench, "one", "größer")
    [group] = client.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert group == {
        "logGroupName": GROUP, "creationTime": NOW, "metricFilterCount": 0, "arn": ARN + ":*", "logGroupArn": ARN,
        "storedBytes": len("onegrößer".encode()) + 2 * 26, "logGroupClass": "STANDARD",
    }  # fmt: skip


def test_groups_are_listed_by_name_in_pages(bench: Bench, client: Any) -> None:
    names = [f"/aws/lambda/f{number:02}" for number in range(7)] + ["/Aws/%", "zoo"]
    for name in names:
        write(bench, "x", group=name)
    pages = client.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    listed = [[group["logGroupName"] for group in page["logGroups"]] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 2, 2, 1]
    assert [name for page in listed for name in page] == sorted(names)


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"logGroupNamePrefix": "/aws"}, ["/aws/a", "/aws/b"]),
        ({"logGroupNamePrefix": "/AWS"}, []),
        ({"logGroupNamePattern": "ws/"}, ["/aws/a", "/aws/b"]),
        ({"logGroupNamePattern": "WS/"}, []),
        ({"logGroupNamePattern": "_"}, ["x_y"]),
        ({"logGroupClass": "INFREQUENT_ACCESS"}, []),
        ({"logGroupClass": "STANDARD", "logGroupNamePrefix": "x"}, ["x_y"]),
    ],
)
def test_groups_are_found_by_prefix_or_part(
    bench: Bench, client: Any, members: dict[str, str], found: list[str]
) -> None:
    for name in ("/aws/a", "/aws/b", "x_y"):
        write(bench, "x", group=name)
    assert [group["logGroupName"] for group in client.describe_log_groups(**members)["logGroups"]] == found


def test_streams_by_name_and_by_their_last_line(bench: Bench, client: Any) -> None:
    for number, stream in enumerate(("b", "c", "a")):
        write(bench, "x", "y", stream=stream, at=NOW + number * 10)
    ask = {"logGroupName": GROUP}

    def names(**more: Any) -> list[str]:
        pages = client.get_paginator("describe_log_streams").paginate(**ask, **more, PaginationConfig={"PageSize": 2})
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    assert names() == ["a", "b", "c"]
    assert names(descending=True) == ["c", "b", "a"]
    assert names(orderBy="LastEventTime") == ["b", "c", "a"]
    assert names(orderBy="LastEventTime", descending=True) == ["a", "c", "b"]
    assert names(logStreamNamePrefix="c") == ["c"]
    [stream] = client.describe_log_streams(**ask, logStreamNamePrefix="c")["logStreams"]
    assert stream == {
        "logStreamName": "c", "creationTime": NOW, "firstEventTimestamp": NOW + 10, "lastEventTimestamp": NOW + 11,
        "lastIngestionTime": NOW, "arn": f"{ARN}:log-stream:c", "storedBytes": 0,
    }  # fmt: skip
    code, sentence = refused(client.describe_log_streams, **ask, orderBy="LastEventTime", logStreamNamePrefix="c")
    assert (code, sentence) == (
        "InvalidParameterException",
        "Cannot order by LastEventTime with a logStreamNamePrefix.",
    )


# Reading one stream


def test_the_newest_lines_come_first_unless_asked_from_the_head(bench: Bench, client: Any) -> None:
    write(bench, *"abcde")
    ask = {"logGroupName": GROUP, "logStreamName": ONE, "limit": 2}
    assert said(client.get_log_events(**ask)) == ["d", "e"]
    assert said(client.get_log_events(**ask, startFromHead=True)) == ["a", "b"]


def test_tokens_lead_both_ways_and_stay_the_same_at_the_end(bench: Bench, client: Any) -> None:
    write(bench, *"abcde", step=0)  # in one and the same millisecond
    ask = {"logGroupName": GROUP, "logStreamName": ONE, "limit": 2}
    page = client.get_log_events(**ask, startFromHead=True)
    seen = said(page)
    while True:
        token = page["nextForwardToken"]
        page = client.get_log_events(**ask, nextToken=token)
        seen += said(page)
        if page["nextForwardToken"] == token:
            break
    assert seen == list("abcde")
    write(bench, "f", at=NOW + 9)
    assert said(client.get_log_events(**ask, nextToken=token)) == ["f"]
    back: list[str] = []
    page = client.get_log_events(**ask, nextToken=page["nextBackwardToken"])
    while said(page):
        back = said(page) + back
        token = page["nextBackwardToken"]
        page = client.get_log_events(**ask, nextToken=token)
    assert back == list("abcde")
    assert page["nextBackwardToken"] == token
    assert said(client.get_log_events(**ask, nextToken=page["nextForwardToken"])) == ["a", "b"]


def test_a_stream_without_lines_in_the_window_gives_tokens_that_find_later_ones(bench: Bench, client: Any) -> None:
    write(bench, "early")
    ask = {"logGroupName": GROUP, "logStreamName": ONE, "startTime": NOW + 5}
    page = client.get_log_events(**ask)
    assert said(page) == []
    write(bench, "late", at=NOW + 6)
    assert said(client.get_log_events(**ask, nextToken=page["nextForwardToken"])) == ["late"]


def test_the_end_of_the_time_is_left_out_here_and_kept_in_a_filter(bench: Bench, client: Any) -> None:
    write(bench, *"abcde")
    span = {"logGroupName": GROUP, "startTime": NOW + 1, "endTime": NOW + 3}
    assert said(client.get_log_events(**span, logStreamName=ONE)) == ["b", "c"]
    assert said(client.filter_log_events(**span)) == ["b", "c", "d"]


def test_a_page_has_no_more_than_a_mebibyte(bench: Bench, client: Any) -> None:
    write(bench, *("x" * 250_000 for _ in range(9)))
    ask = {"logGroupName": GROUP, "logStreamName": ONE, "startFromHead": True}
    first = client.get_log_events(**ask)
    assert len(first["events"]) == 4
    assert len(client.get_log_events(**ask, nextToken=first["nextForwardToken"])["events"]) == 4
    pages = list(client.get_paginator("filter_log_events").paginate(logGroupName=GROUP))
    assert [len(page["events"]) for page in pages] == [4, 4, 1]


# Searching a group


def test_lines_of_all_streams_come_in_the_order_of_time(bench: Bench, client: Any) -> None:
    write(bench, *"ace", step=2)
    write(bench, *"bd", step=2, at=NOW + 1, stream=TWO)
    page = client.filter_log_events(logGroupName=GROUP, interleaved=True)
    assert said(page) == list("abcde")
    assert [event["logStreamName"] for event in page["events"]] == [ONE, TWO, ONE, TWO, ONE]
    assert len({event["eventId"] for event in page["events"]}) == 5
    assert "nextToken" not in page
    assert said(client.filter_log_events(logGroupName=GROUP, logStreamNames=[TWO])) == ["b", "d"]
    assert said(client.filter_log_events(logGroupName=GROUP, logStreamNames=[TWO, ONE])) == list("abcde")
    assert said(client.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="2025/06/15/[1]")) == ["a", "c", "e"]
    assert said(client.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="none")) == []
    assert said(client.filter_log_events(logGroupIdentifier=ARN)) == list("abcde")
    assert said(client.filter_log_events(logGroupIdentifier=GROUP)) == list("abcde")


@pytest.mark.parametrize("from_head", [True, False])
def test_a_search_goes_on_by_its_token(bench: Bench, client: Any, from_head: bool) -> None:
    write(bench, *"abcdefg", step=0)
    pages = list(
        client.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, startFromHead=from_head, PaginationConfig={"PageSize": 3}
        )
    )
    assert [len(page["events"]) for page in pages] == [3, 3, 1]
    assert "".join("".join(said(page)) for page in pages) == ("abcdefg" if from_head else "gfedcba")


def test_a_pattern_is_followed(bench: Bench, client: Any) -> None:
    write(bench, "START x", "[ERROR] no user", "[WARN] two words", "END x")

    def found(pattern: str) -> list[str]:
        return said(client.filter_log_events(logGroupName=GROUP, filterPattern=pattern))

    assert found("ERROR") == ["[ERROR] no user"]
    assert found("?ERROR ?WARN") == ["[ERROR] no user", "[WARN] two words"]
    assert found('"two words"') == ["[WARN] two words"]
    assert found("-START -END") == ["[ERROR] no user", "[WARN] two words"]
    code, sentence = refused(client.filter_log_events, logGroupName=GROUP, filterPattern="{ $.a = 1 }")
    assert code == "InvalidParameterException"
    assert sentence.startswith("Keydesk does not serve JSON filter patterns")


def test_a_long_search_that_finds_little_goes_on_over_empty_pages(
    bench: Bench, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_logs, "SCAN", 600)
    write(bench, *(f"line {number}" for number in range(1500)), "needle")
    pages = list(client.get_paginator("filter_log_events").paginate(logGroupName=GROUP, filterPattern="needle"))
    assert [said(page) for page in pages] == [[], [], ["needle"]]


def tail(client: Any, since: int) -> Iterator[str]:
    """`aws logs tail --follow`: searches by start time, follows tokens, and passes over what it has shown."""
    ask: dict[str, Any] = {"logGroupName": GROUP, "interleaved": True, "startTime": since}
    shown: set[str] = set()
    latest = since
    while True:
        page = client.filter_log_events(**ask)
        for event in page["events"]:
            latest = max(latest, event["timestamp"])
            if event["eventId"] not in shown:
                shown.add(event["eventId"])
                yield event["message"]
        if "nextToken" in page:
            ask["nextToken"] = page["nextToken"]
        else:
            ask.pop("nextToken", None)
            ask["startTime"] = latest
            yield ""


def test_what_is_written_while_somebody_follows_is_shown_once(bench: Bench, client: Any) -> None:
    write(bench, "a", "b", step=0)
    following = tail(client, NOW - 1000)
    assert [next(following) for _ in range(3)] == ["a", "b", ""]
    assert next(following) == ""
    write(bench, "c", step=0)  # in the same millisecond
    write(bench, "d", at=NOW + 1)
    assert [next(following) for _ in range(3)] == ["c", "d", ""]


# Keeping groups


def test_a_group_is_made_tagged_kept_and_deleted_as_terraform_does(bench: Bench, client: Any) -> None:
    client.create_log_group(logGroupName=GROUP, tags={"team": "a"})
    assert refused(client.create_log_group, logGroupName=GROUP)[0] == "ResourceAlreadyExistsException"
    client.put_retention_policy(logGroupName=GROUP, retentionInDays=14)
    assert client.describe_log_groups()["logGroups"][0]["retentionInDays"] == 14
    client.tag_resource(resourceArn=ARN, tags={"team": "b", "x": ""})
    client.untag_resource(resourceArn=ARN, tagKeys=["x", "none"])
    assert client.list_tags_for_resource(resourceArn=ARN)["tags"] == {"team": "b"}
    assert client.list_tags_log_group(logGroupName=GROUP)["tags"] == {"team": "b"}
    client.delete_retention_policy(logGroupName=GROUP)
    assert "retentionInDays" not in client.describe_log_groups()["logGroups"][0]
    write(bench, *"abc")
    client.delete_log_group(logGroupName=GROUP)
    assert client.describe_log_groups()["logGroups"] == []
    write(bench, "new")
    assert said(client.filter_log_events(logGroupName=GROUP)) == ["new"]


def test_tags_have_a_limit(client: Any) -> None:
    client.create_log_group(logGroupName=GROUP, tags={str(number): "x" for number in range(50)})
    code, _ = refused(client.tag_resource, resourceArn=ARN, tags={"one more": "x"})
    assert code == "TooManyTagsException"


def expired(bench: Bench, now: int) -> int:
    return bench.run(bench.store.write(store_logs.expire, now, 7, 1000))


def test_a_retention_is_kept_and_the_server_s_own_holds_elsewhere(bench: Bench, client: Any) -> None:
    for group in ("short", "default", "long"):
        write(bench, "old", group=group)
        write(bench, "young", group=group, at=NOW + 20 * DAY)
    client.put_retention_policy(logGroupName="short", retentionInDays=1)
    client.put_retention_policy(logGroupName="long", retentionInDays=30)

    def left() -> dict[str, list[str]]:
        return {name: said(client.filter_log_events(logGroupName=name)) for name in ("short", "default", "long")}

    assert expired(bench, NOW + DAY) == 0
    assert expired(bench, NOW + 2 * DAY) == 1
    assert left() == {"short": ["young"], "default": ["old", "young"], "long": ["old", "young"]}
    assert expired(bench, NOW + 8 * DAY) == 1
    assert left()["default"] == ["young"]
    assert expired(bench, NOW + 31 * DAY) == 3
    assert left() == {"short": [], "default": [], "long": ["young"]}
    assert client.describe_log_groups(logGroupNamePrefix="long")["logGroups"][0]["storedBytes"] == len("young") + 26


def test_streams_that_have_run_dry_go_and_the_group_stays(bench: Bench, client: Any) -> None:
    write(bench, "x", stream="gone")
    assert len(client.describe_log_streams(logGroupName=GROUP)["logStreams"]) == 1
    bench.now = NOW + 9 * DAY
    write(bench, "y", stream="kept", at=bench.now)
    client.describe_log_groups()
    assert expired(bench, bench.now) == 1
    assert [stream["logStreamName"] for stream in client.describe_log_streams(logGroupName=GROUP)["logStreams"]] == [
        "kept"
    ]


def test_deletion_goes_in_bites(bench: Bench) -> None:
    write(bench, *(str(number) for number in range(25)))
    bench.run(bench.journal.flush())
    gone = [bench.run(bench.store.write(store_logs.expire, NOW + 9 * DAY, 7, 10)) for _ in range(4)]
    assert gone == [10, 10, 5, 0]
