"""The Lambda API: the resource policy."""

import re

import msgspec

from keydesk.aws import lambda_forms as forms
from keydesk.aws.lambda_ask import Ask, answer, empty
from keydesk.aws.lambda_limits import check
from keydesk.domain.function import Statement, policy_document, statement_document
from keydesk.domain.function_refusals import FunctionNotFound, InvalidValue
from keydesk.flows import functions, permissions
from keydesk.wire.request import Answer


async def add_permission(ask: Ask) -> Answer:
    ref = ask.reference()
    form = ask.body(forms.Permission)
    said = {"StatementId": form.statement_id, "Action": form.action, "Principal": form.principal}
    check(said, needed=tuple(said))
    statement = Statement(
        id=form.statement_id or "",
        action=form.action or "",
        principal=_principal(form.principal or ""),
        source_arn=form.source_arn,
        source_account=form.source_account,
        unmet=_unmet(form),
    )
    await permissions.add(ask.desk, ref, statement, revision=form.revision_id or "")
    return answer({"Statement": msgspec.json.encode(statement_document(statement, ref.arn)).decode()}, 201)


async def remove_permission(ask: Ask) -> Answer:
    ref = ask.reference()
    id = ask.path["StatementId"]
    check({"StatementId": id})
    await permissions.remove(ask.desk, ref, id, revision=ask.query.get("RevisionId", ""))
    return empty()


async def read_policy(ask: Ask) -> Answer:
    ref = ask.reference()
    found = await functions.find(ask.desk, ref)
    if not found.policy(ref.qualifier):
        raise FunctionNotFound
    policy = msgspec.json.encode(policy_document(found, ref.qualifier)).decode()
    return answer({"Policy": policy, "RevisionId": permissions.revision_of(found, ref.qualifier)})


def _principal(said: str) -> str:
    """A service, an account, an ARN of one, or everybody."""
    if said == "*" or said.startswith("arn:") or "." in said or re.fullmatch("[0-9]{12}", said):
        return said
    raise InvalidValue("The provided principal was invalid. Please check the principal and try again.")


def _unmet(form: forms.Permission) -> tuple[tuple[str, str, str], ...]:
    """Conditions on what a user pool never sends: kept and shown as given, never met by a trigger."""
    rows = (
        ("StringEquals", "lambda:EventSourceToken", form.event_source_token),
        ("StringEquals", "aws:PrincipalOrgID", form.principal_org_id),
        ("StringEquals", "lambda:FunctionUrlAuthType", form.function_url_auth_type),
        ("Bool", "lambda:InvokedViaFunctionUrl", "true" if form.invoked_via_function_url else ""),
    )
    return tuple(row for row in rows if row[2])
