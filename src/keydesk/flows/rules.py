"""Rules held against a public request before anything is done with it. Without any, this costs nothing.

A rate is counted in the database, so that it holds over all nodes; each node takes tries from there a tenth of the rate
at a time, and refuses by itself what is left of a window when there are no more.
"""

from base64 import b64encode
from typing import Final

import structlog

from keydesk.crypto import work
from keydesk.domain.rule import Action, Request, Rule, network_of
from keydesk.domain.trace import StepTaken
from keydesk.domain.user import UserKey
from keydesk.errors import Forbidden, Refusal, TooManyRequests
from keydesk.flows.call import Call
from keydesk.flows.gate import REMEMBERED, Held
from keydesk.store import budgets

log = structlog.get_logger("keydesk.rules")

PURPOSE: Final = "rule"
SHARES: Final = 10  # in which a window's tries are taken
PUZZLE, PROOF = "x-keydesk-challenge", "x-keydesk-proof"  # headers: of the answer, and of the next request
CHALLENGED: Final = "The request needs a proof of work: see the header x-keydesk-challenge."


async def judge(asked: Request, call: Call) -> None:
    """Raises Forbidden, or TooManyRequests, where a rule wants it. What a dry run would have done is told as well."""
    gate = call.desk.gate
    for rule in gate.book.rule:
        if not rule.about(asked) or (rule.limit and await _within(rule, asked, call)):
            continue
        refusal = await _refusal(rule, asked, call)
        if refusal is None and rule.action is Action.CHALLENGE:
            continue
        dry = rule.dry_run or gate.book.dry_run
        gate.observe(rule.name, f"would {rule.action}" if dry else rule.action)
        call.trail.steps.append(StepTaken(f"rule {rule.name}", _told(refusal, dry=dry)))
        if dry:
            continue
        if refusal is None:
            return
        log.warning("refused by a rule", rule=rule.name, operation=asked.operation, ip=asked.ip)
        raise refusal


async def _refusal(rule: Rule, asked: Request, call: Call) -> Refusal | None:
    """What the rule answers; None where it lets through."""
    if rule.action is Action.ALLOW:
        return None
    if rule.action is Action.DENY:
        return TooManyRequests() if rule.limit else Forbidden()
    secret = call.desk.sealer.code_digest("proof of work", PURPOSE).hex()  # the same on all nodes
    here, now, book = network_of(asked.ip), call.now(), call.desk.gate.book
    proven: bool = await call.think(work.solved, asked.proof, here, now, secret) if asked.proof else False
    if proven:
        return None
    puzzle = work.puzzle(here, now + book.proof_seconds * 1000, book.difficulty, secret)
    return Forbidden(CHALLENGED, headers={PUZZLE: b64encode(puzzle.encode()).decode()})


async def _within(rule: Rule, asked: Request, call: Call) -> bool:
    """Whether the rate lets one more through."""
    key, now = f"{rule.name} {rule.subject(asked)}", call.now()
    held = call.desk.gate.held.get(key)
    if held is None or held.until <= now or not (held.left or held.dry):
        held = await _more(rule, key, call)
    if not held.left:
        return False
    held.left -= 1
    return True


async def _more(rule: Rule, key: str, call: Call) -> Held:
    """A share of the window's tries, added to what another request has taken meanwhile."""
    share, now = max(1, rule.limit // SHARES), call.now()
    whose = UserKey("", call.desk.sealer.code_digest(key, PURPOSE).hex())
    said = {"count": share, "limit": rule.limit, "window": rule.window, "now": now}
    taken = await call.store.write(budgets.take, whose, PURPOSE, **said)
    known = call.desk.gate.held
    beside = known.pop(key, None)
    left = taken.left + (beside.left if beside and beside.until == taken.until else 0)
    known[key] = held = Held(left, taken.until, dry=taken.left < share)
    if len(known) > REMEMBERED:
        known.popitem(last=False)
    return held


def _told(refusal: Refusal | None, *, dry: bool) -> str:
    said = "allowed" if refusal is None else f"refused {refusal.code}"
    return f"dry run: {said}" if dry else said
