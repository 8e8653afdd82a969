"""One run of a trigger's function outside of any flow, and what the server would have made of its answer.

No user, no breaker, no metric and no trace knows of it. What the function prints stands in its log, as after any run.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from msgspec import Raw

from keydesk.domain.pool import Semantics
from keydesk.domain.trace import NO_JSON, readable
from keydesk.errors import Refusal
from keydesk.runtime.function import Answer, Throttled, TimedOut, Unreached
from keydesk.triggers.answer import Denied, WrongAnswer, read, thrown, unread
from keydesk.triggers.catalog import AnyTrigger, Rule
from keydesk.triggers.fire import SOCKET_TIMEOUT, consequence, refusal_of, unreachable
from keydesk.triggers.payloads import Nothing

Run = Callable[[bytes], Awaitable[Answer]]
Judge = Callable[[AnyTrigger, dict[str, Any], Any, Semantics], None]  # of the event, and the response that was read
NOTHING: Final = Raw(b"null")


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `outcome` is `ok`, or the code of what went wrong; `refused` what a client would have read."""

    event: Raw
    answer: Raw = NOTHING
    log: str = ""
    ms: float = 0.0
    outcome: str = "ok"
    sentence: str = ""
    refused: str = ""  # code and sentence; empty where the call would have gone on
    ignored: tuple[str, ...] = ()  # members of the response that nobody reads

    @property
    def verdict(self) -> str:
        """In a sentence."""
        if self.refused:
            return f"The call is refused: {self.refused}"
        if self.outcome != "ok":
            return f"The call goes on without the answer ({self.sentence})"
        return "The call goes on."


async def rehearse(
    trigger: AnyTrigger, event: dict[str, Any], semantics: Semantics, run: Run, judge: Judge
) -> Rehearsed:
    """Run the function with an event, and judge its answer: the form as section 4 of the specification does, the rest
    as `judge`, which raises a Refusal."""
    rule, payload = trigger.rules[semantics], msgspec.json.encode(event)
    started = time.perf_counter()
    answer: Answer | None = None
    refusal: Refusal | None = None
    printed = ""
    try:
        answer = await run(payload)
        printed = answer.log
        if answer.error:
            raise Denied(thrown(answer.payload))
        said = read(trigger.form(_version(event)).response, answer.payload, rule.reading, reads=rule.reads)
        judge(trigger, event, said, semantics)
    except TimedOut as fault:
        refusal, printed = unreachable(trigger, SOCKET_TIMEOUT), fault.log
    except Throttled:
        refusal = unreachable(trigger, "TooManyRequestsException")
    except Unreached as fault:
        refusal = unreachable(trigger, fault.code)
    except (Refusal, Denied, WrongAnswer) as fault:
        refusal = refusal_of(trigger, fault)
    told = consequence(rule, refusal) if refusal else None
    return Rehearsed(
        event=Raw(payload),
        answer=readable(Raw(answer.payload or b"null")) if answer else NOTHING,
        log=printed,
        ms=round((time.perf_counter() - started) * 1000, 2),
        outcome=refusal.code if refusal else "ok",
        sentence=refusal.sentence if refusal else "",
        refused=f"{told.code}: {told.sentence}" if told else "",
        ignored=_ignored(trigger, rule, event, answer) if answer and not refusal else (),
    )


def _ignored(trigger: AnyTrigger, rule: Rule, event: dict[str, Any], answer: Answer) -> tuple[str, ...]:
    """What the function put into its response for nobody: members that the specification does not know."""
    try:
        document = msgspec.json.decode(answer.payload or b"null")
    except NO_JSON:
        return ()
    response = document.get("response") if isinstance(document, dict) else None
    if not isinstance(response, dict):
        return ()
    return unread(response, trigger.form(_version(event)).response if rule.reads else Nothing)


def _version(event: dict[str, Any]) -> str:
    return str(event.get("version", "1"))
