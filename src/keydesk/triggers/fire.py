"""Fire one trigger: send the event, read the answer, apply the failure rule. The only place that knows how."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
import structlog
from msgspec import Raw

from keydesk.domain import guard as guards
from keydesk.domain.function import Deployed, by_arn, may_invoke
from keydesk.domain.guard import Guard
from keydesk.domain.pool import Pool
from keydesk.domain.trace import Fired, readable
from keydesk.errors import InvalidLambdaResponse, NotAuthorized, Refusal, UnexpectedLambda, UserLambdaValidation
from keydesk.runtime.elsewhere import ELSEWHERE, Elsewhere
from keydesk.runtime.function import Answer, Throttled, TimedOut, Unreached
from keydesk.triggers.answer import Denied, WrongAnswer, read, thrown
from keydesk.triggers.breaker import Breakers
from keydesk.triggers.catalog import ATTEMPTS, AnyTrigger, Failure, Form, Rule, Trigger
from keydesk.triggers.event import Occasion, envelope
from keydesk.triggers.functions import Functions
from keydesk.triggers.journal import Journal
from keydesk.triggers.payloads import RequestT, ResponseT

NOT_HERE: Final = "no such function is deployed here"
NOT_LET_IN: Final = "the function's policy does not let the pool invoke it"
log = structlog.get_logger("keydesk.triggers")

OPEN: Final = "BreakerOpen"
SOCKET_TIMEOUT: Final = "Socket timeout while invoking Lambda function"
Observe = Callable[[str, str, float], None]  # trigger, outcome, seconds


@dataclass(frozen=True, slots=True)
class Triggers:
    """Fires the triggers that a pool names."""

    functions: Functions
    journal: Journal
    observe: Observe
    breakers: Breakers
    elsewhere: Elsewhere

    async def fire(
        self, trigger: Trigger[RequestT, ResponseT], suffix: str, occasion: Occasion, request: RequestT
    ) -> ResponseT:
        """Send the event and read the answer; where the pool sets no such trigger, the answer that changes nothing.

        Raises the Refusal that the failure column of the pool's semantics asks for (specification, sections 4 and 7),
        unless the pool's guard has an answer in advance for a function that is broken or out of reach.
        """
        pool = occasion.pool
        arn, version = configured(pool, trigger)
        if arn is None:
            return trigger.response()
        guard, form = guarded(pool, trigger.name), trigger.form(version)
        payload = envelope(trigger, suffix, occasion, request, version)
        fired = Fired(
            trigger=trigger.name, source=trigger.source(suffix), arn=arn, at=time.time() * 1000, event=Raw(payload)
        )
        occasion.fired.append(fired)
        started = time.perf_counter()
        try:
            if self.breakers.passes((pool.id, trigger.name), guard):
                return await self._let_in(trigger, form, fired, guard, occasion)
            return self._kept_out(trigger, fired, guard, occasion)
        finally:
            self._timed(fired, started)

    async def _let_in(
        self,
        trigger: Trigger[RequestT, ResponseT],
        form: Form[ResponseT],
        fired: Fired,
        guard: Guard,
        occasion: Occasion,
    ) -> ResponseT:
        """Run it; the breaker learns from what comes of it, and from nothing else."""
        rule, key = trigger.rules[occasion.semantics], (occasion.pool.id, trigger.name)
        try:
            answer = await self._invoke(trigger, fired, guard, occasion)
            outcome = read(form.response, answer.payload, rule.reading, reads=rule.reads)
        except (Refusal, Denied, WrongAnswer) as fault:
            fired.answer = readable(fired.answer)
            broken = not (trigger.decides and isinstance(fault, Denied))
            self.breakers.learn(key, guard, failed=broken)
            refusal = refusal_of(trigger, fault)
            fired.outcome, fired.sentence = refusal.code, refusal.sentence
            fired.detail = refusal.detail if isinstance(refusal, UnexpectedLambda) else ""
            if broken and guard.allows:
                return self._instead(trigger, fired, guard, occasion)
            return self._failed(trigger, rule, occasion, refusal)
        self.breakers.learn(key, guard, failed=False)
        return outcome

    def _kept_out(
        self, trigger: Trigger[RequestT, ResponseT], fired: Fired, guard: Guard, occasion: Occasion
    ) -> ResponseT:
        """The breaker is open: nothing runs."""
        refusal = unreachable(trigger, OPEN)
        fired.outcome, fired.sentence = OPEN, refusal.sentence
        if guard.allows:
            return self._instead(trigger, fired, guard, occasion)
        return self._failed(trigger, trigger.rules[occasion.semantics], occasion, refusal)

    def _instead(
        self, trigger: Trigger[RequestT, ResponseT], fired: Fired, guard: Guard, occasion: Occasion
    ) -> ResponseT:
        """The answer given in advance. It was held against the trigger's form when the tag was set."""
        log.warning("trigger answered by its guard", trigger=trigger.name, pool=occasion.pool.id, why=fired.outcome)
        fired.instead = True
        _, version = configured(occasion.pool, trigger)
        return msgspec.convert(guard.answer, trigger.form(version).response)

    def _timed(self, fired: Fired, started: float) -> None:
        seconds = time.perf_counter() - started
        fired.ms = round(seconds * 1000, 2)
        self.observe(fired.trigger, fired.outcome, seconds)

    async def _invoke(self, trigger: AnyTrigger, fired: Fired, guard: Guard, occasion: Occasion) -> Answer:
        run = self._run(trigger, fired, guard, occasion.pool)
        for attempt in range(1, ATTEMPTS[occasion.semantics] + 1):
            fired.attempts = attempt
            try:
                answer = await run()
            except (TimedOut, Throttled) as fault:
                log.warning(
                    "trigger unanswered", trigger=trigger.name, arn=fired.arn, attempt=attempt, why=type(fault).__name__
                )
                late = isinstance(fault, TimedOut)
                if isinstance(fault, TimedOut):
                    fired.log, fired.run = fault.log, fault.run
                continue
            except (Refusal, Unreached) as fault:  # the Lambda API's own, here: deleted since the pool was read
                raise unreachable(trigger, fault.code) from fault
            fired.answer, fired.log, fired.run = Raw(answer.payload.strip() or b"null"), answer.log, answer.request_id
            fired.version = f"{fired.version} {answer.version}".strip()
            if answer.error:
                raise Denied(thrown(answer.payload))
            return answer
        raise unreachable(trigger, SOCKET_TIMEOUT if late else "TooManyRequestsException")

    def _run(self, trigger: AnyTrigger, fired: Fired, guard: Guard, pool: Pool) -> Callable[[], Awaitable[Answer]]:
        """What runs the function once, wherever it lives. One that is here wins; its policy counts here alone."""
        arn, payload = fired.arn, bytes(fired.event)
        if arn not in pool.functions and self.elsewhere.reaches(arn):
            fired.version = ELSEWHERE
            return partial(self.elsewhere.invoke, arn, payload, within=guard.seconds)
        deployed = permitted(trigger, arn, pool)
        fired.version = deployed.version
        return partial(self.functions.invoke, deployed, payload, within=guard.seconds, arn=arn)

    def _failed(
        self, trigger: Trigger[RequestT, ResponseT], rule: Rule, occasion: Occasion, refusal: Refusal
    ) -> ResponseT:
        pool = occasion.pool
        arn, _ = configured(pool, trigger)
        log.warning("trigger failed", trigger=trigger.name, pool=pool.id, arn=arn, why=refusal.code)
        if told := consequence(rule, refusal):
            raise told
        self.note(trigger, pool, refusal)
        return trigger.response()

    def note(self, trigger: AnyTrigger, pool: Pool, refusal: Refusal) -> None:
        """A failure that the client never sees stands in the function's log (T-038, C-27)."""
        arn = configured(pool, trigger)[0] or ""
        deployed = pool.functions.get(arn) or (by_arn(arn) if self.elsewhere.reaches(arn) else None)
        if deployed:
            self.journal.note(deployed.region, f"/aws/lambda/{deployed.name}", f"[ERROR] {refusal.sentence}")


def guarded(pool: Pool, trigger: str) -> Guard:
    """The guard of a trigger; none where the pool sets none, or a tag from before was never one."""
    try:
        return guards.of(pool.settings.user_pool_tags, trigger)
    except guards.GuardFault:
        return guards.UNGUARDED


def sets(pool: Pool, trigger: AnyTrigger) -> bool:
    """Whether firing the trigger would run anything; asked before its request is put together."""
    return configured(pool, trigger)[0] is not None


def event_version(pool: Pool, trigger: AnyTrigger) -> str:
    """The version of the events that the pool asks for."""
    return configured(pool, trigger)[1]


def configured(pool: Pool, trigger: AnyTrigger) -> tuple[str | None, str]:
    """The ARN that the pool sets for a trigger, and the event version it asks for; no ARN for a version not served."""
    config = pool.settings.lambda_config
    if config is None:
        return None, "1"
    versioned = getattr(config, f"{trigger.member}_config", None) or getattr(config, trigger.member)
    if versioned is None or isinstance(versioned, str):
        return versioned, "1"
    version = trigger.versions.get(versioned.lambda_version)
    return (versioned.lambda_arn if version else None), version or "1"


def permitted(trigger: AnyTrigger, arn: str, pool: Pool) -> Deployed:
    """The function behind an ARN, if it is here and lets Cognito in (T-067, T-069). Raises UnexpectedLambda."""
    deployed = pool.functions.get(arn)
    if deployed is None or not may_invoke(deployed, source_arn=pool.arn, account=pool.account):
        raise unreachable(trigger, "AccessDeniedException", NOT_LET_IN if deployed else NOT_HERE)
    return deployed


def unreachable(trigger: AnyTrigger, why: str, detail: str = "") -> UnexpectedLambda:
    """The function did not run, or did not end."""
    return UnexpectedLambda(f"{trigger.name} invocation failed due to error {why}.", detail=detail)


def consequence(rule: Rule, refusal: Refusal) -> Refusal | None:
    """What the client is refused with when a trigger failed; None where the call goes on."""
    if rule.failure is Failure.GO_ON:
        return None
    if rule.failure is Failure.DENY:
        generic = isinstance(refusal, UserLambdaValidation) and not refusal.detail
        return NotAuthorized("" if generic else refusal.sentence, detail=refusal.code)
    return refusal


def refusal_of(trigger: AnyTrigger, fault: Refusal | Denied | WrongAnswer) -> Refusal:
    """What the client reads. `detail` tells a function's own words from none (T-022)."""
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, WrongAnswer):
        return InvalidLambdaResponse(str(fault))
    return UserLambdaValidation(f"{trigger.name} failed with error {fault}.", detail=str(fault))
