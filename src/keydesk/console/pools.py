"""Pools, and what is in them: users, groups, clients, triggers."""

from typing import Any, Final, NamedTuple

from starlette.responses import Response

from keydesk.console.page import Here, away
from keydesk.domain.function import by_arn
from keydesk.domain.guard import UNGUARDED
from keydesk.errors import InvalidParameter
from keydesk.flows import idle_triggers
from keydesk.store import pools as stored
from keydesk.store import traces
from keydesk.store.traces import Wanted
from keydesk.triggers.catalog import CATALOG
from keydesk.triggers.fire import guarded

FEW: Final = 10  # traces on a page that is about something else
PAGE: Final = 60


class Act(NamedTuple):
    """A button of a user's page: the operation, what it says, and the members that its form asks for."""

    operation: str
    label: str
    asks: tuple[str, ...] = ()
    more: tuple[tuple[str, Any], ...] = ()
    sure: bool = False  # a person has to tick that they mean it


ACTS: Final = {
    "disable": Act("AdminDisableUser", "Disable"),
    "enable": Act("AdminEnableUser", "Enable"),
    "confirm": Act("AdminConfirmSignUp", "Confirm"),
    "sign-out": Act("AdminUserGlobalSignOut", "Sign out everywhere"),
    "reset": Act("AdminResetUserPassword", "Reset password"),
    "password": Act("AdminSetUserPassword", "Set password", ("Password",), (("Permanent", True),)),
    "join": Act("AdminAddUserToGroup", "Add to group", ("GroupName",)),
    "leave": Act("AdminRemoveUserFromGroup", "Remove from group", ("GroupName",)),
    "delete": Act("AdminDeleteUser", "Delete", sure=True),
}


def region(pool: str) -> str:
    """The region that a pool's id begins with."""
    return pool.partition("_")[0]


async def pools(here: Here) -> Response:
    """Every pool of every region."""
    regions = sorted({pool.region for pool in await here.desk.store.read(stored.every)})
    found = []
    for one in regions:
        said: dict[str, Any] = {"MaxResults": PAGE}
        while True:
            answer = await here.asks.pool("ListUserPools", one, **said)
            found += answer["UserPools"]
            if "NextToken" not in answer:
                break
            said["NextToken"] = answer["NextToken"]
    return here.show("pools.html", pools=found)


async def pool(here: Here) -> Response:
    """One pool: its settings, triggers, clients and groups."""
    name = here.part("pool")
    said = (await here.asks.pool("DescribeUserPool", region(name), UserPoolId=name))["UserPool"]
    clients = await here.asks.pool("ListUserPoolClients", region(name), UserPoolId=name, MaxResults=PAGE)
    groups = await here.asks.pool("ListGroups", region(name), UserPoolId=name, Limit=PAGE)
    kept = await here.desk.store.glance(stored.named, name)
    semantics = kept.semantics(here.desk.semantics).value if kept else ""
    return here.show(
        "pool.html",
        pool=said,
        attributes=said.pop("SchemaAttributes", []),
        semantics=semantics,
        clients=clients["UserPoolClients"],
        groups=groups["Groups"],
        triggers=await _triggers(here, name),
    )


async def _triggers(here: Here, name: str) -> list[dict[str, Any]]:
    """What is set, how it is guarded, and how it does."""
    desk = here.desk
    setup = await idle_triggers.setup(desk.store, name, desk.clock(), reaches=desk.triggers.elsewhere.reaches)
    if setup is None:
        return []
    idle, rows, open_now = idle_triggers.idle(setup), {row.name for row in CATALOG}, desk.triggers.breakers.open()
    found = []
    for trigger, arn in setup.triggers.items():
        guard = guarded(setup.pool, trigger) if trigger in rows else UNGUARDED
        failures = await desk.store.read(traces.page, Wanted(pool=name, trigger=trigger, failed=True), 1)
        found.append(
            {
                "name": trigger,
                "arn": arn,
                "function": ref if (ref := by_arn(arn)) and arn in setup.pool.functions else None,
                "guard": None if guard == UNGUARDED else guard,
                "open": (name, trigger) in open_now,
                "idle": [one.why for one in idle if one.trigger == trigger],
                "failure": failures[0] if failures else None,
            }
        )
    return found


async def users(here: Here) -> Response:
    """A page of users, with ListUsers' own filter."""
    name = here.part("pool")
    said: dict[str, Any] = {"UserPoolId": name, "Limit": PAGE}
    if here.said("filter"):
        said["Filter"] = _filter(here.said("filter"))
    if here.said("after"):
        said["PaginationToken"] = here.said("after")
    answer = await here.asks.pool("ListUsers", region(name), **said)
    more = answer.get("PaginationToken", "")
    return here.show("users.html", pool=name, users=answer["Users"], filter=here.said("filter"), more=more)


def _filter(said: str) -> str:
    """A filter as ListUsers takes it; a plain word finds user names that begin with it."""
    if "=" in said:
        return said
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'username ^= "{quoted}"'


async def new_user(here: Here) -> Response:
    """AdminCreateUser, from the form below the list."""
    name = here.part("pool")
    email = here.form.get("email", "")
    said: dict[str, Any] = {"UserPoolId": name, "Username": here.form.get("username", "")}
    if email:
        said["UserAttributes"] = [{"Name": "email", "Value": email}]
    if here.form.get("quiet"):
        said["MessageAction"] = "SUPPRESS"
    made = await here.asks.pool("AdminCreateUser", region(name), **said)
    return away("pools", name, "users", made["User"]["Username"], done="AdminCreateUser")


async def user(here: Here) -> Response:
    """One user: attributes, groups, devices, and what happened lately."""
    name, who = here.part("pool"), here.part("user")
    said = {"UserPoolId": name, "Username": who}
    found = await here.asks.pool("AdminGetUser", region(name), **said)
    groups = await here.asks.pool("AdminListGroupsForUser", region(name), **said)
    all_groups = await here.asks.pool("ListGroups", region(name), UserPoolId=name, Limit=PAGE)
    devices = await here.asks.pool("AdminListDevices", region(name), **said)
    await here.desk.journal.flush()
    lately = await here.desk.store.read(traces.page, Wanted(user=found["Username"], pool=name), FEW)
    joined = {group["GroupName"] for group in groups["Groups"]}
    return here.show(
        "user.html",
        pool=name,
        user=found,
        groups=sorted(joined),
        others=[one["GroupName"] for one in all_groups["Groups"] if one["GroupName"] not in joined],
        devices=devices.get("Devices", []),
        traces=lately,
        acts=ACTS,
    )


async def act(here: Here) -> Response:
    """One button of a user's page. Raises InvalidParameter for what is none."""
    name, who = here.part("pool"), here.part("user")
    wanted = ACTS.get(here.part("act"))
    if wanted is None:
        raise InvalidParameter("There is no such action.")
    if wanted.sure and not here.form.get("sure"):
        raise InvalidParameter("Tick the box to say that you mean it.")
    said = {member: here.form.get(member, "") for member in wanted.asks} | dict(wanted.more)
    await here.asks.pool(wanted.operation, region(name), UserPoolId=name, Username=who, **said)
    if wanted.operation == "AdminDeleteUser":
        return away("pools", name, "users", done=wanted.operation)
    return away("pools", name, "users", who, done=wanted.operation)


async def group(here: Here) -> Response:
    """One group and its members."""
    name, which = here.part("pool"), here.part("group")
    said = {"UserPoolId": name, "GroupName": which}
    found = await here.asks.pool("GetGroup", region(name), **said)
    members = await here.asks.pool("ListUsersInGroup", region(name), **said, Limit=PAGE)
    return here.show("group.html", pool=name, group=found["Group"], users=members["Users"])


async def new_group(here: Here) -> Response:
    """CreateGroup."""
    name, which = here.part("pool"), here.form.get("name", "")
    said = {"Description": here.form["description"]} if here.form.get("description") else {}
    await here.asks.pool("CreateGroup", region(name), UserPoolId=name, GroupName=which, **said)
    return away("pools", name, "groups", which, done="CreateGroup")


async def delete_group(here: Here) -> Response:
    """DeleteGroup."""
    name = here.part("pool")
    if not here.form.get("sure"):
        raise InvalidParameter("Tick the box to say that you mean it.")
    await here.asks.pool("DeleteGroup", region(name), UserPoolId=name, GroupName=here.part("group"))
    return away("pools", name, done="DeleteGroup")


async def client(here: Here) -> Response:
    """One app client; its secret only where somebody asks for it."""
    name = here.part("pool")
    said = {"UserPoolId": name, "ClientId": here.part("client")}
    found = (await here.asks.pool("DescribeUserPoolClient", region(name), **said))["UserPoolClient"]
    secret = found.pop("ClientSecret", "")
    return here.show("client.html", pool=name, client=found, has_secret=bool(secret), secret=_asked(here, secret))


def _asked(here: Here, secret: str) -> str:
    return secret if here.request.method == "POST" else ""
