"""A trigger goes back to what it ran before: the next sign-in shows it, and what was replaced is not lost."""

import hashlib
import io
import zipfile

import pytest
from tests.serving import Pool, Serving, claims

from keydesk.domain.function_refusals import Conflict, FunctionNotFound
from keydesk.flows.rollback import RolledBack, roll_back
from keydesk.store import functions, pools
from keydesk.triggers.sample import trigger_named

POST = trigger_named("PostAuthentication")
CODE = """def handler(event, context):
    event["response"]["claimsOverrideDetails"] = {{"claimsToAddOrOverride": {{"build": "{}"}}}}
    return event
"""


def zipped(build: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), CODE.format(build))
    return packed.getvalue()


class Scene:
    """A pool with a user and one function, given new code as often as a test likes."""

    def __init__(self, server: Serving, name: str) -> None:
        self.server, self.name, self.api = server, name, server.client("lambda")
        self.pool = Pool(server)
        self.pool.user("ada")
        self.arn = server.deploy(name, CODE.format("one"))
        self.pool.trigger(PostAuthentication=self.arn)

    def code(self, *builds: str) -> None:
        for build in builds:
            self.api.update_function_code(FunctionName=self.name, ZipFile=zipped(build))

    def back(self, to: str = "") -> RolledBack:
        desk = self.server.house.desk
        pool = self.server.run(desk.store.read(pools.named, self.pool.id))
        return self.server.run(roll_back(desk, pool, POST, to))

    def runs(self) -> str:
        return str(claims(self.pool.sign_in()["AuthenticationResult"]["IdToken"])["build"])


def test_the_next_sign_in_runs_the_code_of_before(server: Serving) -> None:
    scene = Scene(server, "back-and-forth")
    scene.code("two")
    assert scene.runs() == "two"
    done = scene.back()
    assert scene.runs() == "one"
    assert scene.back() == RolledBack("back-and-forth", was=done.now, now=done.was)
    assert scene.runs() == "two"


def test_ten_former_codes_are_kept_and_each_can_be_chosen(server: Serving) -> None:
    scene = Scene(server, "many-codes")
    scene.code(*(f"build {number}" for number in range(2, 14)))
    desk = server.house.desk
    held = server.run(desk.store.read(functions.formers, "us-east-1", "many-codes"))
    wanted = [hashlib.sha256(zipped(f"build {number}")).hexdigest() for number in range(12, 2, -1)]
    assert [one.digest for one in held] == wanted
    scene.back(wanted[4][:8])
    assert scene.runs() == "build 8"
    gone = hashlib.sha256(zipped("build 2")).hexdigest()
    assert server.run(desk.store.read(functions.archive, gone)) is None
    with pytest.raises(Conflict, match=f"No former code of many-codes is kept that begins with {gone[:8]}"):
        scene.back(gone[:8])
    listed = scene.api.list_versions_by_function(FunctionName="many-codes")["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST"]
    scene.api.delete_function(FunctionName="many-codes")
    assert server.run(desk.store.read(functions.archive, wanted[0])) is None


def test_an_alias_goes_to_the_version_before(server: Serving) -> None:
    scene = Scene(server, "by-alias")
    for build in ("first", "second"):
        scene.api.update_function_code(FunctionName="by-alias", ZipFile=zipped(build), Publish=True)
    live = scene.api.create_alias(FunctionName="by-alias", Name="live", FunctionVersion="2")["AliasArn"]
    scene.pool.trigger(PostAuthentication=live)
    assert scene.runs() == "second"
    assert scene.back() == RolledBack("by-alias:live", "2", "1")
    assert scene.runs() == "first"
    with pytest.raises(Conflict, match="no version of by-alias before 1"):
        scene.back()


def test_a_trigger_that_names_a_version_is_set_to_the_one_before(server: Serving) -> None:
    scene = Scene(server, "by-version")
    for build in ("first", "second"):
        scene.api.update_function_code(FunctionName="by-version", ZipFile=zipped(build), Publish=True)
    scene.pool.trigger(PostAuthentication=f"{scene.arn}:2")
    assert scene.back() == RolledBack("by-version", "2", "1")
    assert scene.runs() == "first"


def test_what_has_no_way_back_says_so(server: Serving) -> None:
    scene = Scene(server, "only-one")
    with pytest.raises(Conflict, match="No former code of only-one is kept"):
        scene.back()
    scene.api.delete_function(FunctionName="only-one")
    with pytest.raises(FunctionNotFound):
        scene.back()
    desk, bare = server.house.desk, Pool(server)
    pool = server.run(desk.store.read(pools.named, bare.id))
    with pytest.raises(Conflict, match="sets no PostAuthentication"):
        server.run(roll_back(desk, pool, POST))
