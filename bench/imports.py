"""`python -m bench imports [users] [database]`: how fast a file of users is imported, and what sign-ins feel of it.

Sign-ins come at a steady pace, each with its time, before the import and while it runs.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

import boto3

from bench.floor import PASSWORD
from bench.load import Server, connect, running

USERS: Final = 100_000
EVERY: Final = 0.05  # seconds between two sign-ins
SECONDS: Final = 10.0  # of sign-ins before the import
HEADER: Final = "cognito:username,given_name,family_name,email,email_verified,phone_number,cognito:mfa_enabled"
ROLE: Final = "arn:aws:iam::000000000000:role/bench"


def main() -> None:
    users = int(sys.argv[2]) if len(sys.argv) > 2 else USERS
    database = {"database_url": sys.argv[3]} if len(sys.argv) > 3 else {}
    with (
        tempfile.TemporaryDirectory(prefix="keydesk-bench-") as data,
        running(Path(data), **database) as server,
    ):
        print(asyncio.run(_measured(server, users)))


async def _measured(server: Server, users: int) -> str:
    keys = {"aws_access_key_id": "keydesk", "aws_secret_access_key": "keydesk", "region_name": "us-east-1"}
    cognito = boto3.client("cognito-idp", endpoint_url=server.address, **keys)
    pool, client = await asyncio.to_thread(_pool, cognito)
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    ask = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": said}
    ended = asyncio.Event()
    asyncio.get_running_loop().call_later(SECONDS, ended.set)
    alone = await _paced(server, ask, ended)
    job, upload = await asyncio.to_thread(_fed, cognito, pool, users)
    cpu, ended, started = server.cpu_ms()[0], asyncio.Event(), time.perf_counter()
    signing_in = asyncio.create_task(_paced(server, ask, ended))
    done = await asyncio.to_thread(_run, cognito, pool, job)
    took, cpu = time.perf_counter() - started, server.cpu_ms()[0] - cpu
    ended.set()
    beside = await signing_in
    return "\n".join(
        [
            f"{done['ImportedUsers']:,} of {users:,} users imported in {took:.0f} s ({users / took:.0f} a second), "
            f"upload {upload:.1f} s; {cpu / users:.2f} CPU-ms for each, sign-ins included.",
            f"A sign-in took {_told(alone)} before, {_told(beside)} while it ran ({len(beside)} sign-ins).",
            f"Resident memory {server.memory_mb():.0f} MB.",
        ]
    )


def _pool(cognito: Any) -> tuple[str, str]:
    """A pool to import into, with one user and a client; their ids."""
    pool = cognito.create_user_pool(PoolName="bench", AutoVerifiedAttributes=["email"], AliasAttributes=["email"])
    id = pool["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=id, ClientName="bench", ExplicitAuthFlows=flows)
    cognito.admin_create_user(UserPoolId=id, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=id, Username="ada", Password=PASSWORD, Permanent=True)
    return id, made["UserPoolClient"]["ClientId"]


def _fed(cognito: Any, pool: str, users: int) -> tuple[str, float]:
    """A job with its file; its id, and the seconds that the upload took."""
    job = cognito.create_user_import_job(UserPoolId=pool, JobName="bench", CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
    lines = (
        f"user{number:06},Given{number},Family{number},user{number:06}@example.com,TRUE,+1555{number:07},FALSE"
        for number in range(users)
    )
    file = "\n".join([HEADER, *lines]).encode()
    sent = {"x-amz-server-side-encryption": "aws:kms"}
    began = time.perf_counter()
    urllib.request.urlopen(urllib.request.Request(job["PreSignedUrl"], file, sent, method="PUT")).close()
    return job["JobId"], time.perf_counter() - began


def _run(cognito: Any, pool: str, job: str) -> dict[str, Any]:
    """The job at its end. Its progress is printed."""
    at = {"UserPoolId": pool, "JobId": job}
    cognito.start_user_import_job(**at)
    while True:
        now: dict[str, Any] = cognito.describe_user_import_job(**at)["UserImportJob"]
        if "CompletionDate" in now:
            print(file=sys.stderr)
            return now
        print(f"\r{now['Status']} {now['ImportedUsers']:,}", end="", file=sys.stderr, flush=True)
        time.sleep(1)


async def _paced(server: Server, ask: dict[str, Any], ended: asyncio.Event) -> list[float]:
    """Milliseconds of each sign-in, from when it was due: a late one delays those behind it."""
    line, taken = await connect(server), []
    due = time.perf_counter()
    while not ended.is_set():
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await line.ask("InitiateAuth", ask)
        taken.append((time.perf_counter() - due) * 1000)
        due += EVERY
    line.close()
    return taken


def _told(taken: list[float]) -> str:
    cuts = statistics.quantiles(taken, n=100)
    return f"{cuts[49]:.1f} ms (p50) and {cuts[98]:.1f} ms (p99)"
