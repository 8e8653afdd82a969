"""The Lambda API: functions made, read, changed, listed, removed, and their code handed out."""

from typing import Any

import structlog

from keydesk.aws import lambda_archive
from keydesk.aws import lambda_forms as forms
from keydesk.aws import lambda_show as show
from keydesk.aws.lambda_ask import Ask, answer, empty
from keydesk.aws.lambda_limits import check
from keydesk.aws.lambda_members import NO_EFFECT, changes, served_runtime, tagged, variables, zipped
from keydesk.domain.function import Deployed, reference
from keydesk.domain.function_refusals import InvalidValue
from keydesk.flows import functions
from keydesk.store import functions as stored
from keydesk.wire.request import Answer

log = structlog.get_logger("keydesk.lambda")


async def create_function(ask: Ask) -> Answer:
    form = ask.body(forms.Create)
    check(
        {"FunctionName": form.function_name, "Role": form.role, "Code": form.code},
        needed=("FunctionName", "Role", "Code"),
    )
    ref = reference(form.function_name or "", ask.region, ask.desk.account)
    if (
        ref is None
        or ref.qualifier
        or (ref.region, ref.account) != (ask.region, ask.desk.account)
        or len(ref.name) > 64
    ):
        raise InvalidValue(
            "The function name must be a name of at most 64 characters, or an ARN of this account and region."
        )
    if form.package_type != "Zip":
        raise InvalidValue("Keydesk runs functions from zip archives only: package type Image is not served.")
    if not form.runtime or not form.handler:
        raise InvalidValue(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    code = zipped(form.code or forms.Code())
    draft = Deployed(
        name=ref.name,
        region=ask.region,
        account=ask.desk.account,
        **{"runtime": served_runtime(form.runtime), "handler": form.handler, **changes(form)},
        architecture=_architecture(form.architectures),
        tags=tagged(form.tags),
    )
    _warn(draft.name, form)
    made = await functions.create(ask.desk, draft, code, variables(form) or {}, publish=form.publish)
    return answer(show.configuration(made, ask.desk), 201)


async def get_function(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.reference())
    shown: dict[str, Any] = {"Configuration": show.configuration(found, ask.desk)}
    if found.digest:
        shown["Code"] = {"RepositoryType": "S3", "Location": lambda_archive.address(ask.desk, found.digest)}
    if found.tags:
        shown["Tags"] = found.tags
    if found.concurrency is not None:
        shown["Concurrency"] = {"ReservedConcurrentExecutions": found.concurrency}
    return answer(shown)


async def get_function_configuration(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.reference())
    return answer(show.configuration(found, ask.desk))


async def update_function_code(ask: Ask) -> Answer:
    ref = ask.whole()
    form = ask.body(forms.UpdateCode)
    code = zipped(form)
    revision = form.revision_id or ""
    if form.dry_run:
        would = await functions.dry_run(ask.desk, ref, code, revision=revision)
        return answer(show.configuration(would, ask.desk))
    said = {"architecture": _architecture(form.architectures)} if form.architectures else {}
    made = await functions.recode(ask.desk, ref, code, said, revision=revision, publish=form.publish)
    return answer(show.configuration(made, ask.desk))


async def update_function_configuration(ask: Ask) -> Answer:
    ref = ask.whole()
    form = ask.body(forms.Configuration)
    said = changes(form)
    _warn(ref.name, form)
    made = await functions.configure(ask.desk, ref, said, variables(form), revision=form.revision_id or "")
    return answer(show.configuration(made, ask.desk))


async def delete_function(ask: Ask) -> Answer:
    await functions.remove(ask.desk, ask.reference())
    return empty()


async def list_functions(ask: Ask) -> Answer:
    which = ask.query.get("FunctionVersion", "")
    if which not in ("", "ALL"):
        raise InvalidValue("FunctionVersion must be ALL, or be left out.")
    most = ask.most()
    found = await ask.desk.store.read(stored.page, ask.region, ask.marker(), most + 1)
    shown: list[dict[str, Any]] = []
    for one in found[:most]:
        shown.append(show.configuration(one, ask.desk) if not which else show.version(one, ask.desk))
        if which:
            published = await ask.desk.store.read(stored.versions, ask.region, one.name)
            shown += [show.version(version, ask.desk) for version in published]
    document: dict[str, Any] = {"Functions": shown}
    if len(found) > most:
        document["NextMarker"] = found[most - 1].name
    return answer(document)


def _architecture(said: list[str] | None) -> str:
    """Noted and shown; the code runs on whatever machine this is."""
    named = said or ["x86_64"]
    if len(named) != 1 or named[0] not in ("x86_64", "arm64"):
        raise InvalidValue("Architectures must be one of x86_64 and arm64.")
    return named[0]


def _warn(name: str, form: forms.Configuration) -> None:
    idle = [shown for member, shown in NO_EFFECT.items() if getattr(form, member)]
    if idle:
        log.warning("function settings without effect here", function=name, members=idle)
