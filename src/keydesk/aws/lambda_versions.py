"""The Lambda API: published versions, and aliases for them."""

import re
from typing import Any

from keydesk.aws import lambda_forms as forms
from keydesk.aws import lambda_show as show
from keydesk.aws.lambda_ask import Ask, answer, empty
from keydesk.aws.lambda_limits import check
from keydesk.domain.function import Alias
from keydesk.flows import aliases, functions
from keydesk.store import functions as stored
from keydesk.wire.request import Answer


async def publish_version(ask: Ask) -> Answer:
    form = ask.body(forms.Publish)
    made = await functions.publish_version(
        ask.desk,
        ask.whole(),
        code=form.code_sha256 or "",
        description=form.description or None,
        revision=form.revision_id or "",
    )
    return answer(show.configuration(made, ask.desk), 201)


async def list_versions(ask: Ask) -> Answer:
    """`$LATEST`, then the published ones, oldest first."""
    latest = await functions.find(ask.desk, ask.whole())
    most, marker = ask.most(), ask.marker()
    after = int(marker) if re.fullmatch("[0-9]{1,9}", marker) else 0
    found = await ask.desk.store.read(stored.versions, latest.region, latest.name, after, most + 1)
    entries = found if marker else [latest, *found]
    document: dict[str, Any] = {"Versions": [show.version(one, ask.desk) for one in entries[:most]]}
    if len(entries) > most:
        document["NextMarker"] = "0" if entries[most - 1] is latest else entries[most - 1].version
    return answer(document)


async def create_alias(ask: Ask) -> Answer:
    ref = ask.whole()
    form = ask.body(forms.SetAlias)
    said = {"Name": form.name, "FunctionVersion": form.function_version}
    check(said, needed=tuple(said))
    alias = Alias(
        name=form.name or "",
        version=form.function_version or "",
        description=form.description or "",
        weights=form.routing_config.additional_version_weights if form.routing_config else {},
    )
    changed = await aliases.create(ask.desk, ref, alias)
    return answer(show.alias(changed, changed.aliases[alias.name]), 201)


async def read_alias(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.whole())
    return answer(show.alias(found, aliases.named(found, ask.path["Name"])))


async def update_alias(ask: Ask) -> Answer:
    ref, name = ask.whole(), ask.path["Name"]
    form = ask.body(forms.SetAlias)
    said: dict[str, str | dict[str, float]] = {}
    if form.function_version is not None:
        said["version"] = form.function_version
    if form.description is not None:
        said["description"] = form.description
    if form.routing_config is not None:
        said["weights"] = form.routing_config.additional_version_weights
    changed = await aliases.change(ask.desk, ref, name, said, revision=form.revision_id or "")
    return answer(show.alias(changed, changed.aliases[name]))


async def delete_alias(ask: Ask) -> Answer:
    await aliases.remove(ask.desk, ask.whole(), ask.path["Name"])
    return empty()


async def list_aliases(ask: Ask) -> Answer:
    found = await functions.find(ask.desk, ask.whole())
    version = ask.query.get("FunctionVersion", "")
    named = sorted(
        (one for one in found.aliases.values() if not version or version in (one.version, *one.weights)),
        key=lambda one: one.name,
    )
    most, marker = ask.most(), ask.marker()
    entries = [one for one in named if one.name > marker]
    document: dict[str, Any] = {"Aliases": [show.alias(found, one) for one in entries[:most]]}
    if len(entries) > most:
        document["NextMarker"] = entries[most - 1].name
    return answer(document)
