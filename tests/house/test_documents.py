"""What is written down agrees with the code: links, rule numbers, tasks. The tables are for `make check` to compare."""

import re
from pathlib import Path

from tests.house.tree import REPOSITORY, hand_written, name, tracked

PAGES = [path for path in tracked() if path.suffix == ".md"]
MADE = sorted((REPOSITORY / "docs").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
NUMBERED = re.compile(r"\b(?:T-[0-9]{3}|(?:C|AU|SR|PK|CO|EN|TK|OA|HP|RQ|SE|WK|LG|DU)-[0-9]{2})\b")
COUNTED = re.compile(r"\b(?:[0-9]{2,}|a hundred[a-z -]*) (?:[a-z-]+ )?operations\b", re.IGNORECASE)


def test_links_lead_somewhere() -> None:
    broken: list[tuple[str, str]] = []
    for page in PAGES:
        for target, anchor in LINK.findall(page.read_text("utf-8")):
            path = (page.parent / target).resolve() if target else page
            if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
                broken.append((name(page), f"{target}#{anchor}"))
    assert broken == []


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_rule_that_the_code_names_is_written_down() -> None:
    known: set[str] = set()
    for page in ("triggers.md", "security.md"):
        known |= set(
            re.findall(r"^\| ([A-Z]{1,2}-[0-9]{2,3}) \|", (REPOSITORY / "docs" / page).read_text("utf-8"), re.MULTILINE)
        )
    named = {rule: name(path) for path in hand_written() for rule in NUMBERED.findall(path.read_text("utf-8"))}
    assert {rule: where for rule, where in named.items() if rule not in known} == {}


def test_nobody_counts_operations() -> None:
    """The number changes with each model; the table in docs/operations.md does not need it."""
    found = [
        (name(path), hit)
        for path in (*PAGES, *hand_written("src", "tools"))
        for hit in COUNTED.findall(path.read_text("utf-8"))
    ]
    assert found == []


def test_the_tasks_and_the_pages_are_named_in_the_readme() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")
    assert [page.name for page in MADE if f"docs/{page.name}" not in text] == []
    tasks = re.findall(r"^([a-z]+):.*## ", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"install", "check", "test", "demo", "bench", "shapes", "docs", "serve", "lock"} <= set(tasks)


# Rules that no test names yet, each with what it waits for; the one who serves it takes it out.
LATER = {
    "T-105": "federation",
}


def test_every_rule_is_named_by_a_test_or_waits_for_something() -> None:
    text = (REPOSITORY / "docs" / "triggers.md").read_text("utf-8")
    written = set(re.findall(r"^\| (T-[0-9]{3}) \| ", text, re.MULTILINE))
    assert written == {f"T-{number:03}" for number in range(1, 170)}
    named = {rule for path in proofs() for rule in rules(path.read_text("utf-8"))}
    assert sorted(written - named - LATER.keys()) == []
    assert sorted(LATER.keys() & named) == [], "a test names it: it waits no more"


def test_every_promise_is_named_by_a_test() -> None:
    text = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
    promised = set(re.findall(r"^\| ([A-Z]{2}-[0-9]{2}) \| ", text, re.MULTILINE))
    named = {promise for path in proofs() for promise in promises(path.read_text("utf-8"))}
    assert sorted(promised - named) == []


def test_advice_is_shown_where_the_page_says() -> None:
    """A page or a test that names the rule; of an example, its tests name it too."""
    text = (REPOSITORY / "docs" / "triggers.md").read_text("utf-8")
    advice = set(re.findall(r"^\| (T-[0-9]{3}) \| .* \| [BK] \+ \|$", text, re.MULTILINE))
    section = text.partition("### 9.8 ")[2].partition("\n## ")[0]
    shown: set[str] = set()
    for target, told in re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \| (.+) \|$", section, re.MULTILINE):
        place = (REPOSITORY / "docs" / target).resolve()
        tests = [path for path in proofs() if path.is_relative_to(place.parent)] if place.suffix == ".md" else [place]
        within = {rule for path in tests for rule in rules(path.read_text("utf-8"))}
        assert sorted(rules(told) - (within & rules(place.read_text("utf-8")))) == [], name(place)
        shown |= rules(told)
    assert sorted(advice ^ (shown | (LATER.keys() & advice))) == []
    assert sorted(shown & LATER.keys()) == []


def proofs() -> list[Path]:
    own = REPOSITORY / "tests" / "house"
    return [path for path in hand_written("tests", "examples", "bench") if not path.is_relative_to(own)]


def promises(text: str) -> set[str]:
    """Those that a text names: `SE-07`, or `test_se_07_…`."""
    return set(NUMBERED.findall(text)) | {
        f"{room.upper()}-{number}" for room, number in re.findall(r"_([a-z]{2})_?([0-9]{2})_", text)
    }


def rules(text: str) -> set[str]:
    """The rules that a text names: `T-104`, `T-104 to T-108`, or `test_t104_…`."""
    spans = re.findall(r"\bT-([0-9]{3}) to T-([0-9]{3})\b", text)
    within = {f"T-{number:03}" for first, last in spans for number in range(int(first), int(last) + 1)}
    return within | {f"T-{number}" for number in re.findall(r"(?:\bT-|_t)([0-9]{3})(?![0-9])", text)}
