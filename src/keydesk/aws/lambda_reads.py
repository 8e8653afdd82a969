"""The Lambda API: tags, reserved concurrency, and the settings that provisioning tools read back.

Some of those cannot be set here; they answer as AWS does for a function where nobody set them.
"""

import msgspec

from keydesk.aws import lambda_forms as forms
from keydesk.aws.lambda_ask import Ask, answer, empty
from keydesk.aws.lambda_members import tagged
from keydesk.domain.function import Deployed, Reference, by_arn
from keydesk.domain.function_refusals import FunctionNotFound, InvalidValue, NoProvisionedConcurrency
from keydesk.flows import functions
from keydesk.wire.request import Answer


async def list_tags(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, _resource(ask))
    return answer({"Tags": found.tags})


async def tag_resource(ask: Ask) -> Answer:
    ref = _resource(ask)
    more = ask.body(forms.Tags).tags

    def edit(one: Deployed) -> Deployed:
        return msgspec.structs.replace(one, tags=tagged({**one.tags, **more}))

    await functions.alter(ask.desk, ref, edit)
    return empty()


async def untag_resource(ask: Ask) -> Answer:
    ref = _resource(ask)
    keys = set(ask.several("tagKeys"))

    def edit(one: Deployed) -> Deployed:
        return msgspec.structs.replace(one, tags={key: value for key, value in one.tags.items() if key not in keys})

    await functions.alter(ask.desk, ref, edit)
    return empty()


async def put_concurrency(ask: Ask) -> Answer:
    """Most runs of the function at once, on each node; 0 stops it."""
    ref = ask.whole()
    most = ask.body(forms.Concurrency).reserved_concurrent_executions

    def edit(one: Deployed) -> Deployed:
        return msgspec.structs.replace(one, concurrency=most)

    await functions.alter(ask.desk, ref, edit)
    return answer({"ReservedConcurrentExecutions": most})


async def read_concurrency(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.whole())
    return answer({} if found.concurrency is None else {"ReservedConcurrentExecutions": found.concurrency})


async def delete_concurrency(ask: Ask) -> Answer:
    def edit(one: Deployed) -> Deployed:
        return msgspec.structs.replace(one, concurrency=None)

    await functions.alter(ask.desk, ask.whole(), edit)
    return empty()


async def read_code_signing(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.whole())
    return answer({"FunctionName": found.name})


async def read_runtime_management(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.reference())
    return answer({"UpdateRuntimeOn": "Auto", "FunctionArn": found.arn})


async def put_runtime_management(ask: Ask) -> Answer:
    """Workers always run what the machine has, which is what Auto says."""
    found = await functions.find(ask.desk, ask.reference())
    if ask.body(forms.Updates).update_runtime_on != "Auto":
        raise InvalidValue("Only UpdateRuntimeOn Auto is served: runtimes are those of this machine.")
    return answer({"UpdateRuntimeOn": "Auto", "FunctionArn": found.arn})


async def read_recursion(ask: Ask) -> Answer:
    await functions.find(ask.desk, ask.whole())
    return answer({"RecursiveLoop": "Terminate"})


async def read_event_invoke(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.reference())
    raise FunctionNotFound(f"The function {found.arn} doesn't have an EventInvokeConfig")


async def read_url(ask: Ask) -> Answer:
    await functions.find(ask.desk, ask.reference())
    raise FunctionNotFound


async def list_provisioned(ask: Ask) -> Answer:
    await functions.find(ask.desk, ask.whole())
    return answer({"ProvisionedConcurrencyConfigs": []})


async def read_provisioned(ask: Ask) -> Answer:
    await functions.find(ask.desk, ask.reference())
    raise NoProvisionedConcurrency


def _resource(ask: Ask) -> Reference:
    """The function whose ARN the path names. Raises InvalidValue for anything else."""
    said = ask.path["Resource"]
    found = by_arn(said)
    if found is None or found.qualifier:
        raise InvalidValue("Tags belong to functions: the resource must be a function's ARN without a qualifier.")
    if found.region != ask.region:
        raise FunctionNotFound(f"Function not found: {said}")
    return found
