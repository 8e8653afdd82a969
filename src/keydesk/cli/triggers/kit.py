"""`keydesk triggers new` and `event`: a function to begin with, and an event to give it."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from keydesk.cli import beside
from keydesk.domain import names
from keydesk.domain.pool import Semantics
from keydesk.domain.user import User
from keydesk.flows.call import Desk
from keydesk.settings import SettingFault
from keydesk.store import users
from keydesk.triggers.catalog import AnyTrigger, Failure
from keydesk.triggers.event import attributes
from keydesk.triggers.payloads import GroupConfiguration
from keydesk.triggers.sample import event_for, trigger_named

TriggerName = Annotated[str, typer.Argument(help="PreSignUp, pre_sign_up or pre-sign-up; so with every trigger.")]

WHEN: Final = {
    "PreSignUp": "Runs before a user is made.",
    "PostConfirmation": "Runs after a user was confirmed, or has set a new password with a code.",
    "PreAuthentication": "Runs at sign-in, after the password was found right and before there are tokens.",
    "PostAuthentication": "Runs at sign-in, after the tokens were made; claims that it answers go into the ID token.",
    "DefineAuthChallenge": "Runs in CUSTOM_AUTH before each question and after each answer: what comes next?",
    "CreateAuthChallenge": "Runs in CUSTOM_AUTH: what is the question, and what its answer?",
    "VerifyAuthChallengeResponse": "Runs in CUSTOM_AUTH: is the answer right?",
    "PreTokenGeneration": "Runs before tokens are signed, also at each refresh.",
    "UserMigration": "Runs when nobody here has the name: who is it, and is the password right?",
    "CustomMessage": "Runs before a code or an invitation goes out, and words it. It must contain codeParameter.",
    "CustomEmailSender": "Runs in place of the mail server; the code in the event is sealed with the pool's KMS key.",
    "CustomSMSSender": "Runs in place of the text message; the code in the event is sealed with the pool's KMS key.",
}

PYTHON: Final = '''"""{when}

{throwing}
"""

from typing import Any

from aws_lambda_powertools.utilities.data_classes.cognito_user_pool_event import {name}TriggerEvent
from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    trigger = {name}TriggerEvent(event)
    print(trigger.trigger_source, trigger.user_name)
{answers}    return event
'''
NODE: Final = """// {when}
// {throwing}

/** @type {{import("aws-lambda").{name}TriggerHandler}} */
export const handler = async (event) => {{
  console.log(event.triggerSource, event.userName);
{answers}  return event;
}};
"""


def new(
    trigger: TriggerName,
    node: Annotated[bool, typer.Option("--node/--python", help="In which language.")] = False,
    to: Annotated[Path, typer.Option(help="Folder, or the file itself.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a typed function that changes nothing yet. In a watched folder its name makes it the trigger."""
    row = trigger_named(trigger)
    file = to if to.suffix and not to.is_dir() else to / f"{row.member}.{'mjs' if node else 'py'}"
    if file.exists() and not force:
        raise SettingFault(f"{file} is there already: say --force to replace it")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(skeleton(row, node=node), "utf-8")
    typer.echo(f"{file}  (try it: keydesk triggers test {file})")


def skeleton(trigger: AnyTrigger, *, node: bool) -> str:
    """The text of a function that leaves everything as it is, with what it may answer in comments."""
    members = trigger.response.__struct_encode_fields__
    line, sign, end = ("  ", "//", ";") if node else ("    ", "#", "")
    answers = "".join(f'{line}{sign} event["response"]["{member}"] = …{end}\n' for member in members)
    if node:
        answers = "".join(f"{line}{sign} event.response.{member} = …{end}\n" for member in members)
    text = NODE if node else PYTHON
    return text.format(name=trigger.name, when=WHEN[trigger.name], throwing=_throwing(trigger), answers=answers)


def event(
    trigger: TriggerName,
    *,
    user: beside.UserName = None,
    pool: beside.PoolId = None,
    source: Annotated[str, typer.Option(help="The triggerSource, or its suffix.")] = "",
    version: Annotated[str, typer.Option(help="LambdaVersion, as V2_0.")] = "",
    data: beside.Data = None,
) -> None:
    """Print an event as the trigger would get it: a made-up one, or of a pool and a user that are there."""
    row = trigger_named(trigger)
    if user or pool:
        made = beside.run(lambda desk: of_pool(desk, row, user, pool, source=source, version=version), data)
    else:
        made = event_for(row, source, version)
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


async def of_pool(
    desk: Desk, trigger: AnyTrigger, name: str | None, pool_id: str | None, *, source: str = "", version: str = ""
) -> dict[str, Any]:
    """The sample event with a real pool in it, and a user if one is named. Raises SettingFault, NoSuchTrigger."""
    pool = await beside.chosen(desk, pool_id)
    if name is None:
        return event_for(trigger, source, version, pool=pool)
    found = await desk.store.read(users.called, pool.id, names.folded("username", name, pool))
    if found is None:
        raise SettingFault(f"there is no user {name} in {pool.id}: without --user one is made up")
    members = {"user_attributes": attributes(pool, found), "group_configuration": _groups(found)}
    if trigger.name == "UserMigration":
        del members["user_attributes"]  # whom it is asked for has none here
    return event_for(trigger, source, version, pool=pool, username=found.username, members=members)


def _groups(user: User) -> GroupConfiguration:
    return GroupConfiguration(
        groups_to_override=list(user.groups),
        iam_roles_to_override=list(user.roles),
        preferred_role=user.preferred_role or None,
    )


def _throwing(trigger: AnyTrigger) -> str:
    if trigger.decides:
        return "What it throws refuses the call, and the client reads its words."
    if trigger.rules[Semantics.KEYDESK].failure is Failure.GO_ON:
        return "What it throws is written to its log, and the call goes on."
    return "What it throws fails the call."
