"""What tests of import jobs do again and again: send a file, wait for the job's end, read its log."""

import asyncio
import urllib.error
import urllib.request
from typing import Any

from tests.serving import Pool, Serving

ROLE = "arn:aws:iam::000000000000:role/logs"
KMS = {"x-amz-server-side-encryption": "aws:kms"}
HEADER = "cognito:username,email,email_verified,phone_number,phone_number_verified,birthdate,given_name"
ENDED = {"Succeeded", "Failed", "Stopped", "Expired"}


def importing(server: Serving, **settings: Any) -> Pool:
    """A pool that users can be imported into."""
    return Pool(server, AutoVerifiedAttributes=["email"], **settings)


def created(pool: Pool, **more: Any) -> dict[str, Any]:
    asked = {"UserPoolId": pool.id, "JobName": "the job", "CloudWatchLogsRoleArn": ROLE, **more}
    return dict(pool.api.create_user_import_job(**asked)["UserImportJob"])


def put(url: str, body: Any, method: str = "PUT", **headers: str) -> tuple[int, str]:
    """As curl sends a file: status and answer. `body` may come in pieces."""
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


def fed(pool: Pool, file: str | bytes, **more: Any) -> str:
    """A job with its file; gives its id."""
    job = created(pool, **more)
    assert put(job["PreSignedUrl"], file.encode() if isinstance(file, str) else file, **KMS) == (200, "")
    return str(job["JobId"])


def start(pool: Pool, id: str) -> dict[str, Any]:
    return dict(pool.api.start_user_import_job(UserPoolId=pool.id, JobId=id)["UserImportJob"])


def described(pool: Pool, id: str) -> dict[str, Any]:
    return dict(pool.api.describe_user_import_job(UserPoolId=pool.id, JobId=id)["UserImportJob"])


def ended(pool: Pool, id: str) -> dict[str, Any]:
    """The job when it has ended."""
    for _ in range(1500):
        job = described(pool, id)
        if job["Status"] in ENDED:
            return job
        pool.server.run(asyncio.sleep(0.02))
    raise AssertionError(f"{job} goes on and on")


def done(pool: Pool, *lines: str, header: str = HEADER, **more: Any) -> tuple[dict[str, Any], list[str]]:
    """Import these lines: the job at its end, and its log."""
    id = fed(pool, "\n".join([header, *lines]), **more)
    start(pool, id)
    return ended(pool, id), log(pool, id)


def log(pool: Pool, id: str) -> list[str]:
    group = f"/aws/cognito/userpools/{pool.id}/test"
    said = pool.server.client("logs").get_log_events(
        logGroupName=group, logStreamName=f"{id}/the job", startFromHead=True
    )
    return [event["message"] for event in said["events"]]


def counts(job: dict[str, Any]) -> tuple[int, int, int]:
    return job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]
