"""The resource policy of a function: who may invoke it. The pool's own grant is in `flows/functions.py`."""

import uuid

import msgspec

from keydesk.domain.function import LATEST, Deployed, Reference, Statement, policy_document
from keydesk.domain.function_refusals import Conflict, FunctionNotFound, InvalidValue, PolicyTooLong, PreconditionFailed
from keydesk.flows import functions
from keydesk.flows.call import Desk

POLICY_LIMIT = 20_480  # bytes of a policy as JSON


async def add(desk: Desk, ref: Reference, statement: Statement, *, revision: str) -> None:
    """Add a statement to the function, or to the version or alias of `ref`. Raises Conflict, PolicyTooLong."""
    if ref.qualifier == LATEST:
        raise InvalidValue("We currently do not support adding policies for $LATEST.")
    await functions.find(desk, ref)
    statement = msgspec.structs.replace(statement, qualifier=ref.qualifier)

    def edit(one: Deployed) -> Deployed:
        _current(one, ref.qualifier, revision)
        if any(other.id == statement.id for other in one.policy(ref.qualifier)):
            raise Conflict(
                f"The statement id ({statement.id}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
        changed = msgspec.structs.replace(one, statements=(*one.statements, statement))
        if len(msgspec.json.encode(policy_document(changed, ref.qualifier))) > POLICY_LIMIT:
            raise PolicyTooLong
        return _revised(changed, ref.qualifier)

    await functions.alter(desk, ref, edit)


async def remove(desk: Desk, ref: Reference, id: str, *, revision: str) -> None:
    """Remove a statement. A pool that it let in is refused from the next sign-in on. Raises FunctionNotFound."""
    await functions.find(desk, ref)

    def edit(one: Deployed) -> Deployed:
        _current(one, ref.qualifier, revision)
        kept = tuple(other for other in one.statements if (other.id, other.qualifier) != (id, ref.qualifier))
        if kept == one.statements:
            raise FunctionNotFound(f"Statement {id} is not found in resource policy.")
        return _revised(msgspec.structs.replace(one, statements=kept), ref.qualifier)

    await functions.alter(desk, ref, edit)


def revision_of(one: Deployed, qualifier: str) -> str:
    """The revision that a policy's readers see: the alias's where it is on an alias, else the function's."""
    alias = one.aliases.get(qualifier)
    return alias.revision if alias else one.revision


def _current(one: Deployed, qualifier: str, revision: str) -> None:
    if revision and revision != revision_of(one, qualifier):
        raise PreconditionFailed


def _revised(one: Deployed, qualifier: str) -> Deployed:
    fresh = str(uuid.uuid4())
    alias = one.aliases.get(qualifier)
    if alias is None:
        return msgspec.structs.replace(one, revision=fresh)
    return msgspec.structs.replace(
        one, aliases={**one.aliases, qualifier: msgspec.structs.replace(alias, revision=fresh)}
    )
