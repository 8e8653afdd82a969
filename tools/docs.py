"""The tables of docs/, made from the tables of the code. Cog calls these functions from the comments in the pages.

`make docs` writes the tables again; `make check` fails where a page and the code differ.
"""

import json
import pkgutil
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import keydesk
from keydesk.api.operation import SERVED
from keydesk.api.protocol import is_signed
from keydesk.api.unserved import UNSERVED
from keydesk.aws.kms import OPERATIONS as KMS_SERVED
from keydesk.aws.kms_unserved import UNSERVED as KMS_UNSERVED
from keydesk.aws.lambda_unserved import UNSERVED as LAMBDA_UNSERVED
from keydesk.domain.pool import Semantics
from keydesk.domain.request_limit import CATEGORIES
from keydesk.domain.risk import SIGNS
from keydesk.domain.sign_in import Way
from keydesk.errors import Refusal
from keydesk.flows.protection import STEPS
from keydesk.flows.sign_in import SIGN_IN
from keydesk.flows.stored_only import STORED_ONLY
from keydesk.settings import SETTINGS
from keydesk.shapes.operations import EXCEPTIONS
from keydesk.store import spread
from keydesk.store.portable import JSON, LEFT_OUT, PORTABLE
from keydesk.triggers.catalog import CATALOG, UNFIRED, AnyTrigger, Failure, Form, Reading

REPOSITORY: Final = Path(__file__).resolve().parent.parent
MEANS: Final = {
    Failure.REFUSE: "the call fails with the Lambda exceptions",
    Failure.DENY: "the call fails as `NotAuthorizedException`",
    Failure.GO_ON: "written to the function's log, the call goes on",
}
READS: Final = {Reading.STRICT: "the event must come back", Reading.LENIENT: "anything passes"}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [list(heads), ["---"] * len(list(heads)), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines) + "\n"


def modules() -> Iterator[Any]:
    """Every module of the package, imported; what cannot be imported here is a fault."""
    for found in pkgutil.walk_packages(keydesk.__path__, "keydesk."):
        if not found.name.startswith(("keydesk.store.migrations", "keydesk.runtime.python_worker")):
            yield import_module(found.name)


def code(*words: str) -> str:
    return ", ".join(f"`{word}`" for word in words)


def link(function: Callable[..., Any]) -> str:
    """A function's name, linked to its file from a page in docs/."""
    path = Path(function.__code__.co_filename).relative_to(REPOSITORY)
    return f"[`{function.__name__}`](../{path})"


def sentence(thing: object) -> str:
    """The first sentence of a docstring, on one line."""
    text = " ".join((thing.__doc__ or "").split("\n\n")[0].split())
    return text.removesuffix(".")


def rooms() -> str:
    """The rooms from top to bottom, as the contract in pyproject.toml has them, each with its own opening sentence."""
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [[room.strip() for room in re.split("[|:]", layer)] for layer in layers]
    rows = (
        (str(floor), _room(room), sentence(import_module(f"keydesk.{room}")))
        for floor, layer in enumerate(reversed(names))
        for room in layer
    )
    return table(("Floor", "Room", "What lives there"), reversed(list(rows)))


def _room(name: str) -> str:
    path = f"src/keydesk/{name}"
    return f"[`{name}`](../{path if (REPOSITORY / path).is_dir() else path + '.py'})"


def settings() -> str:
    rows = (
        (code(row.name), code(row.variable), code(row.default) if row.default else "", row.sentence) for row in SETTINGS
    )
    return table(("Name", "Environment", "Default", "Meaning"), rows)


def portable() -> str:
    """The tables of an export, each with its columns; a column of bytes that is a document is one here, too."""
    rows = ((code(one.name), code(*(_told(*pair) for pair in one.columns.items())), one.says) for one in PORTABLE)
    return table(("Table", "Members of a line", "What a line is"), rows)


def _told(name: str, is_bytes: bool) -> str:
    return name + (": object" if name in JSON else ": base64" if is_bytes else "")


def places() -> str:
    """Where tables lie on an engine that spreads rows over machines."""
    rows = ((one.name, code(*(table.name for table in tables)), one.why) for one, tables in spread.places().items())
    return table(("Rows lie", "Tables", "Why"), rows)


def citus() -> str:
    """The statements that tell Citus so."""
    told = []
    for place, tables in spread.places().items():
        for one in tables if place is not spread.ASIDE else ():
            by_column = f"create_distributed_table('{one.name}', '{place.column}')"
            whole = f"create_reference_table('{one.name}')"
            told.append(f"SELECT {by_column if place.column else whole};")
    return "\n".join(("```sql", *told, "```")) + "\n"


def left_out() -> str:
    return table(("Table", "Why"), ((code(name), why) for name, why in LEFT_OUT.items()))


def secret_settings() -> str:
    """The settings whose values are shown to nobody."""
    return code(*(row.name for row in SETTINGS if row.secret)) + "\n"


def served() -> str:
    for _ in modules():
        pass
    rows = (
        (
            code(name),
            "yes" if is_signed(name) else "no",
            link(SERVED[name]).replace(SERVED[name].__name__, "code"),
        )
        for name in sorted(SERVED)
    )
    return table(("Operation", "Signed", "Code"), rows)


def unserved() -> str:
    reasons: dict[str, list[str]] = {}
    for name, why in UNSERVED.items():
        reasons.setdefault(why, []).append(name)
    return table(("Reason", "Operations"), ((why, code(*sorted(names))) for why, names in reasons.items()))


def lambda_unserved() -> str:
    return _refused((name, why) for name, _, _, why in LAMBDA_UNSERVED)


def kms_served() -> str:
    return code(*KMS_SERVED) + "\n"


def kms_unserved() -> str:
    return _refused(KMS_UNSERVED.items())


def _refused(operations: Iterable[tuple[str, str]]) -> str:
    reasons: dict[str, list[str]] = {}
    for name, why in operations:
        reasons.setdefault(why, []).append(name)
    return table(("Reason", "Operations"), ((why, code(*sorted(names))) for why, names in reasons.items()))


def stored_only() -> str:
    return table(("Of", "Member", "Why"), ((code(row.of), code(row.member), row.why) for row in STORED_ONLY))


def refusals() -> str:
    rows = ((code(kind.code), str(kind.status), kind.default, _place(kind)) for kind in all_refusals())
    return table(("Code", "Status", "Sentence, unless a call says more", "Said by"), rows)


def all_refusals() -> list[type[Refusal]]:
    """Every kind of refusal in the package, by code and name."""
    for _ in modules():
        pass
    return sorted(_below(Refusal), key=lambda kind: (kind.code, kind.__name__))


def _below(kind: type[Refusal]) -> set[type[Refusal]]:
    children = set(kind.__subclasses__())
    return children.union(*(_below(child) for child in children))


def _place(kind: type[Refusal]) -> str:
    """Whoever says it. A flow's own kind of a refusal of the user-pool API is of that API, too."""
    narrowed = kind.__module__.startswith("keydesk.flows.") and kind.__base__ is not Refusal
    if kind.__module__ != Refusal.__module__ and not narrowed:
        return "the Lambda, log, event and key APIs"
    return "the user-pool API" if kind.code in EXCEPTIONS else "the protocol"


def request_limits() -> str:
    return table(("Category", "Operations"), ((code(name), code(*sorted(of))) for name, of in CATEGORIES.items()))


def risk_signs() -> str:
    return table(("Points", "Sign"), ((str(sign.points), sign.says) for sign in SIGNS))


def sign_in() -> str:
    """One row for each row of SIGN_IN; a column for each way in, one for each semantics. `*`: threat protection's."""
    ways = list(Way)
    heads = ("Step", *(_title(way.name) for way in ways), *(f"`{semantics}`" for semantics in Semantics), "Establishes")
    rows = (
        (
            link(step) + (r" \*" if step in STEPS else ""),
            *("x" if way in taken else "" for way in ways),
            *("x" if semantics in under else "" for semantics in Semantics),
            sentence(step),
        )
        for step, taken, under in SIGN_IN
    )
    return table(heads, rows)


def _title(name: str | None) -> str:
    return (name or "").lower().replace("_", " ").capitalize().replace("srp", "SRP").replace("Srp", "SRP")


def triggers() -> str:
    rows = ((code(row.name), code(*(row.source(suffix) for suffix in row.sources)), _versions(row)) for row in CATALOG)
    return table(("LambdaConfig member", "`triggerSource`", "Event versions"), rows)


def _versions(trigger: AnyTrigger) -> str:
    return ", ".join(f"`{asked}` sends `{sent}`" for asked, sent in trigger.versions.items())


def trigger_rules() -> str:
    """What failure means, and how an answer is read, under each semantics."""
    rows = (
        (
            code(row.name),
            code(semantics),
            MEANS[rule.failure],
            READS[rule.reading],
            (rule.reads and code(*(name for form in _forms(row).values() for name in members(form.response))))
            or "nothing",
        )
        for row in CATALOG
        for semantics, rule in row.rules.items()
    )
    return table(("Trigger", "Semantics", "On failure", "Answer", "Read from `response`"), rows)


def payloads() -> str:
    rows = ((code(row.name), code(*members(row.request)), _prefilled(row)) for row in CATALOG)
    return table(("Trigger", "`request`", "`response` as sent"), rows)


def _prefilled(trigger: AnyTrigger) -> str:
    forms = _forms(trigger)
    if len(forms) == 1:
        return _sent(trigger.form("1"))
    return ", ".join(f"{_sent(form)} in version {version}" for version, form in forms.items())


def _sent(form: Form[Any]) -> str:
    return "absent" if form.prefilled is None else f"`{json.dumps(form.prefilled)}`"


def _forms(trigger: AnyTrigger) -> dict[str, Form[Any]]:
    """The different forms of a response, each by the versions that have it: `2 and 3`."""
    found: list[tuple[Form[Any], list[str]]] = []
    for version in trigger.versions.values():
        form = trigger.form(version)
        same = next((versions for one, versions in found if one == form), None)
        if same is None:
            found.append((form, [version]))
        else:
            same.append(version)
    return {" and ".join(versions): form for form, versions in found}


def members(payload: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = payload.__struct_encode_fields__
    return names


def unfired() -> str:
    return table(("LambdaConfig member", "Meanwhile"), ((code(name), why) for name, why in UNFIRED.items()))
