"""`make demo`: a server, three handlers, a user who signs up, in and out, and one who may not. Real from end to end.

Then what developers and operators see: a sign-in as a timeline, its replay against changed code, a breaker that opens.
"""

import base64
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from rich.console import Console
from rich.panel import Panel

HERE = Path(__file__).parent
KEYDESK = Path(sys.executable).with_name("keydesk")
PASSWORD = "Correct-horse-9"
PYTHON = f"python3.{sys.version_info.minor}"
HANDLERS = {
    "PreSignUp": ("pre_sign_up.py", PYTHON),
    "PreAuthentication": ("pre_authentication.py", PYTHON),
    "PostAuthentication": ("post_authentication.mjs", "nodejs22.x"),
}
say = Console(soft_wrap=True, highlight=False).print


@contextmanager
def running(data: str) -> Iterator[tuple[str, str, str]]:
    """`keydesk dev` on a free port: its address, and the ids of the pool and the client it begins with."""
    command = [str(KEYDESK), "dev", "--port", "0", "--data", data]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        block = ""
        for line in server.stdout:
            block += line
            if "_keydesk/outbox" in line:
                break
        found = [re.search(rf"{word}\s+(\S+)", block) for word in ("ready at", "user pool", "client")]
        if not all(found):
            raise SystemExit(f"keydesk dev did not start:\n{block}")
        try:
            yield tuple(match[1] for match in found if match)  # type: ignore[misc]
        finally:
            server.terminate()
        if server.wait(20) != 0:
            raise SystemExit(f"keydesk dev ended with {server.returncode}")


class Demo:
    """The story, told through boto3 as anybody would use it, and through the commands of `keydesk`."""

    def __init__(self, data: str, address: str, pool: str, client: str) -> None:
        self.data, self.address, self.pool, self.client = data, address, pool, client
        keys = {"aws_access_key_id": "keydesk", "aws_secret_access_key": "keydesk", "region_name": "us-east-1"}
        self.cognito, self.functions, self.logs = (
            boto3.client(name, endpoint_url=address, **keys) for name in ("cognito-idp", "lambda", "logs")
        )

    def tell(self) -> None:
        self.deploy()
        say(Panel("1. Sign up: the pre-sign-up function decides"))
        self.refused("sign-up of stranger@elsewhere.example", self.sign_up, "stranger", "stranger@elsewhere.example")
        for name in ("ada", "banned"):
            said = self.sign_up(name, f"{name}@example.com")
            say(f"  {name} signed up; confirmed at once: [green]{said['UserConfirmed']}[/green]")
        say(Panel("2. Sign in: the pre-authentication function may stop it, and says why"))
        self.refused("wrong password (no function runs)", self.sign_in, "ada", "Wrong-horse-9")
        failed = self.refused("banned, whose password is right", self.sign_in, "banned")
        tokens = self.sign_in("ada")["AuthenticationResult"]
        say("  ada is in")
        say(Panel("3. The ID token, with the claim that the post-authentication function added"))
        for name, value in claims_of(tokens).items():
            style = "bold green" if name == "custom:greeting" else "dim"
            say(f"  [{style}]{name}: {json.dumps(value)}[/{style}]")
        say(Panel("4. What the functions did: their logs, as `aws logs tail` shows them"))
        self.show_logs()
        say(Panel("5. Why banned was refused: the trace of that call, by its request id"))
        self.keydesk("trace", failed)
        say(Panel("6. The function is changed, and the recorded call replayed against it"))
        self.replay(failed)
        say(Panel("7. A function breaks: its breaker opens, an answer in advance is taken"))
        self.break_down()
        say(Panel("8. Sign out: the tokens are dead at once"))
        self.cognito.global_sign_out(AccessToken=tokens["AccessToken"])
        self.refused("GetUser after the sign-out", self.cognito.get_user, AccessToken=tokens["AccessToken"])

    def deploy(self) -> None:
        say(Panel("0. Three functions, deployed and set as triggers"))
        arns = {}
        for trigger, (file, runtime) in HANDLERS.items():
            arns[trigger] = self.functions.create_function(
                FunctionName=Path(file).stem,
                Runtime=runtime,
                Handler=f"{Path(file).stem}.handler",
                Role="arn:aws:iam::000000000000:role/lambda",
                Code={"ZipFile": zipped(HERE / "handlers" / file)},
            )["FunctionArn"]
            say(f"  {trigger:20} {arns[trigger]}  ({runtime})")
        self.cognito.update_user_pool(UserPoolId=self.pool, AutoVerifiedAttributes=["email"], LambdaConfig=arns)

    def sign_up(self, name: str, email: str) -> Any:
        attributes = [{"Name": "email", "Value": email}]
        return self.cognito.sign_up(ClientId=self.client, Username=name, Password=PASSWORD, UserAttributes=attributes)

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        return self.cognito.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
            ClientMetadata={"ip": "192.0.2.7"},
        )

    def refused(self, what: str, call: Any, *args: Any, **kwargs: Any) -> str:
        """The id of the request that was refused, under which its trace is found."""
        try:
            call(*args, **kwargs)
        except ClientError as refusal:
            error = refusal.response["Error"]
            say(f"  {what}: [red]{error['Code']}[/red]: {error['Message']}")
            return str(refusal.response["ResponseMetadata"]["RequestId"])
        raise SystemExit(f"{what} was not refused")

    def keydesk(self, *words: str) -> None:
        """A command of `keydesk`, beside the running server, as it looks in the terminal."""
        say(f"  [bold]$ keydesk {' '.join(words)}[/bold]")
        if subprocess.run([str(KEYDESK), *words, "--data", self.data], check=False).returncode > 1:
            raise SystemExit(f"keydesk {words[0]} failed")

    def replay(self, failed: str) -> None:
        """Nobody is suspended any more, says the new code; what would have come of the call?"""
        was = (HERE / "handlers" / "pre_authentication.py").read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / "pre_authentication.py"
            changed.write_text(was.replace('{"banned"}', "set()"), "utf-8")
            self.functions.update_function_code(FunctionName="pre_authentication", ZipFile=zipped(changed))
        self.keydesk("replay", failed)

    def break_down(self) -> None:
        """A guard on post authentication: two failures, then thirty seconds in which it is not asked."""
        arn = self.cognito.describe_user_pool(UserPoolId=self.pool)["UserPool"]["Arn"]
        instead = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"custom:degraded": "true"}}}
        guard = {"failures": 2, "pause": 30, "then": "allow", "answer": instead}
        tags = {"keydesk:guard:PostAuthentication": json.dumps(guard)}
        self.cognito.tag_resource(ResourceArn=arn, Tags=tags)
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder) / "post_authentication.mjs"
            broken.write_text('export const handler = async () => { throw new Error("database is down"); };', "utf-8")
            self.functions.update_function_code(FunctionName="post_authentication", ZipFile=zipped(broken))
        for turn in (1, 2, 3):
            claims = claims_of(self.sign_in("ada")["AuthenticationResult"])
            say(f"  sign-in {turn}: ada is in; custom:degraded: [green]{claims.get('custom:degraded')}[/green]")
        self.keydesk("traces", "--user", "ada", "--trigger", "PostAuthentication", "--limit", "4")

    def show_logs(self) -> None:
        for file, _ in HANDLERS.values():
            group = f"/aws/lambda/{Path(file).stem}"
            for event in self.logs.filter_log_events(logGroupName=group)["events"]:
                text = event["message"].partition("\n")[0].rstrip()
                style = "dim" if text.startswith(("START", "END", "REPORT", "INIT_START")) else "cyan"
                say(f"  {group}  ", end="")
                say(text[:110], style=style, markup=False)

    def by_hand(self) -> None:
        say(Panel("The same by hand"))
        say(
            f"""  keydesk dev --functions {HERE.name}/handlers   (in another terminal; it prints its ids)
  export AWS_ENDPOINT_URL=http://127.0.0.1:9229
  export AWS_ACCESS_KEY_ID=keydesk AWS_SECRET_ACCESS_KEY=keydesk AWS_DEFAULT_REGION=us-east-1
  aws cognito-idp sign-up --client-id CLIENT --username ada --password '{PASSWORD}' \\
      --user-attributes Name=email,Value=ada@example.com
  aws cognito-idp initiate-auth --client-id CLIENT --auth-flow USER_PASSWORD_AUTH \\
      --auth-parameters USERNAME=ada,PASSWORD={PASSWORD}
  aws logs filter-log-events --log-group-name /aws/lambda/pre_authentication --query "events[].message"

  This demo's server has stopped and its data is gone. To keep one running: .venv/bin/keydesk dev
  (or `make serve`). Edit a file in {HERE.name}/handlers, sign in again, and the new code runs.""",
            markup=False,
        )


def claims_of(tokens: Any) -> Any:
    payload = tokens["IdToken"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def zipped(file: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(file, file.name)
    return packed.getvalue()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="keydesk-demo-") as data, running(data) as (address, pool, client):
        say(f"[bold]keydesk dev[/bold] runs at {address} with embedded storage; pool {pool}")
        demo = Demo(data, address, pool, client)
        demo.tell()
        demo.by_hand()


if __name__ == "__main__":
    main()
