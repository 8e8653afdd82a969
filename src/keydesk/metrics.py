"""Counts and times for Prometheus: calls by operation, trigger runs by trigger, and gauges read when asked for.

One observation costs about a microsecond: the label look-ups are kept. No more than `LABELS` different ones are, so
that nothing a client sends can make the memory grow. Processes of one server (`SHARED`) count in files, and each of
them tells the sum.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

# The variable by which prometheus_client learns, when it is imported, that counts are kept in files of this folder.
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"

MEDIA: Final = CONTENT_TYPE_PLAIN_0_0_4
LABELS: Final = 2000  # pairs of name and outcome
OTHER: Final = "other"
ROOM: Final = 1 << 19  # bytes of a file of counts: enough for some two hundred operations and triggers
disable_created_metrics()  # type: ignore[no-untyped-call]  # lines on how old each count is: half the page
# Seconds: from a refusal at once to a trigger that takes its five.
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Tell = tuple[Callable[[], None], Callable[[float], None]]  # one more, and so many seconds


_FAMILIES: Final = {"call": "operation", "trigger": "trigger"}


class Counted(NamedTuple):
    """Calls, how many of them did not end well, and the seconds that they took."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0

    def plus(self, outcome: str | None, value: float) -> "Counted":
        """One sample more: a count by its outcome, or a time."""
        if outcome is None:
            return self._replace(seconds=self.seconds + value)
        return self._replace(calls=self.calls + int(value), failed=self.failed + (outcome != "ok") * int(value))


class Metrics:
    """What one server counts. Each has its own registry, so that several may live in one process."""

    def __init__(self) -> None:
        if SHARED in os.environ:
            _take_room(Path(os.environ[SHARED]))
        self._registry = CollectorRegistry()
        self._gauges: list[tuple[Gauge, Callable[[], float]]] = []
        self._calls = self._observer("keydesk_call", "operation", "API calls")
        self._triggers = self._observer("keydesk_trigger", "trigger", "Trigger runs")
        self._live_pools = self._observer("keydesk_live_pool", "question", "Questions to live pools")
        self._rules = Counter(
            "keydesk_rules", "Requests that met a rule, by what it did.", ["rule", "verdict"], registry=self._registry
        )
        told, labels = "Whether a trigger's breaker is open on this node.", ("pool", "trigger")
        self._breakers = Gauge(
            "keydesk_breaker_open", told, labels, registry=self._registry, multiprocess_mode="livesum"
        )
        self._known_breakers: set[tuple[str, str]] = set()

    def call(self, operation: str, outcome: str, seconds: float) -> None:
        """One API call: the operation's published name, and `ok` or the code of the error that was answered."""
        self._calls(operation, outcome, seconds)

    def trigger(self, trigger: str, outcome: str, seconds: float) -> None:
        """One run of a trigger: its name, and `ok` or the code of the error it caused."""
        self._triggers(trigger, outcome, seconds)

    def live_pool(self, question: str, outcome: str, seconds: float) -> None:
        """A question to a live pool, `password` or `user`: `ok`, the code of its refusal, or why there is no answer."""
        self._live_pools(question, outcome, seconds)

    def breaker(self, which: tuple[str, str], open: bool) -> None:
        """A breaker, by pool and trigger, has opened or closed. No more than `LABELS` are told."""
        if which in self._known_breakers or len(self._known_breakers) < LABELS:
            self._known_breakers.add(which)
            self._breakers.labels(*which).set(open)

    def rule(self, rule: str, verdict: str) -> None:
        """A request that met a rule: the rule's name, and what it did."""
        self._rules.labels(rule, verdict).inc()

    def watch(self, name: str, sentence: str, value: Callable[[], float]) -> None:
        """A gauge, such as the live workers: `value` is asked whenever somebody looks. Raises ValueError for a name in
        use."""
        gauge = Gauge(name, sentence, registry=self._registry, multiprocess_mode="livesum")
        self._gauges.append((gauge, value))

    def counted(self) -> dict[tuple[str, str], Counted]:
        """What was counted since the start, by family (`call`, `trigger`) and name."""
        found: dict[tuple[str, str], Counted] = {}
        registry = self._whole()
        for family, label in _FAMILIES.items():
            for metric in registry.collect():
                for sample in metric.samples:
                    if sample.name in (f"keydesk_{family}s_total", f"keydesk_{family}_seconds_sum"):
                        key = (family, sample.labels[label])
                        found[key] = found.get(key, Counted()).plus(sample.labels.get("outcome"), sample.value)
        return found

    def render(self) -> bytes:
        """Everything in Prometheus' text form; its media type is `MEDIA`."""
        return generate_latest(self._whole())

    def _whole(self) -> CollectorRegistry:
        """Everything that was counted, gauges as they are now: of this process, or of all that share the counting."""
        for gauge, value in self._gauges:
            gauge.set(value())
        if SHARED not in os.environ:
            return self._registry
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry

    def _observer(self, name: str, label: str, what: str) -> Callable[[str, str, float], None]:
        count = Counter(f"{name}s", f"{what}, by outcome.", [label, "outcome"], registry=self._registry)
        times = Histogram(f"{name}_seconds", f"{what}: their time.", [label], registry=self._registry, buckets=BUCKETS)
        known: dict[tuple[str, str], Tell] = {}

        def observe(one: str, outcome: str, seconds: float) -> None:
            tell = known.get((one, outcome))
            if tell is None:
                if len(known) >= LABELS:
                    one = outcome = OTHER
                tell = known[one, outcome] = count.labels(one, outcome).inc, times.labels(one).observe
            tell[0]()
            tell[1](seconds)

        return observe


def _take_room(folder: Path) -> None:
    """The files of this process, as prometheus_client names them, with their blocks on the disk. It would leave them
    holes, and a count that falls into one while the disk is full ends the process (SIGBUS). Raises OSError."""
    for kind in ("counter", "histogram", "gauge_livesum"):
        file = folder / f"{kind}_{os.getpid()}.db"
        if not file.exists():
            made = file.with_suffix(".new")
            made.write_bytes(bytes(ROOM))
            made.rename(file)  # there whole or not at all: whoever renders the counts meanwhile reads it


def forget(folder: Path, process: int) -> None:
    """A process that shared its counting in this folder has ended: its gauges end with it, its counts stay."""
    multiprocess.mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
