"""Users out of a CSV file, through boto3 and a PUT: what a line becomes, why one is not taken, who may send a file."""

from typing import Any

import pytest
from tests.api.asking import STANDARD, missing
from tests.api.importing import (
    HEADER,
    KMS,
    ROLE,
    counts,
    created,
    described,
    done,
    ended,
    fed,
    importing,
    log,
    put,
    start,
)
from tests.serving import Pool, Serving
from tests.triggers.recorder import Recorder

from keydesk.domain import import_file

ADA = "ada,ada@example.com,TRUE,,,,Ada"
SUCCEEDED = "Import Job Completed Successfully."
TOO_MANY = "Too many users have failed or been skipped during the import."
RESET = ("PasswordResetRequiredException", "Password reset required for the user")
DAY = 86_400
NEW = "Battery-staple-7"


@pytest.fixture
def pool(server: Serving) -> Pool:
    return importing(server)


def user(pool: Pool, name: str = "ada") -> dict[str, Any]:
    """Status and attributes, but for the sub."""
    found = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    told = {one["Name"]: one["Value"] for one in found["UserAttributes"] if one["Name"] != "sub"}
    return {"status": found["UserStatus"], **told}


def test_a_file_becomes_users_and_a_log(server: Serving) -> None:
    pool = importing(server, Schema=[{"Name": "staff_id", "AttributeDataType": "String", "Mutable": False}])
    columns = [*STANDARD[1:-1], "custom:staff_id", "cognito:mfa_enabled", "cognito:username", "password_hash"]
    assert pool.api.get_csv_header(UserPoolId=pool.id)["CSVHeader"] == columns
    job = created(pool)
    assert (job["Status"], counts(job), job["CloudWatchLogsRoleArn"]) == ("Created", (0, 0, 0), ROLE)
    assert not {"StartDate", "CompletionDate", "CompletionMessage", "PasswordHashingAlgorithm"} & job.keys()
    header = (
        "cognito:username,email,email_verified,birthdate,given_name,family_name,custom:staff_id,cognito:mfa_enabled"
    )
    line = 'ada,ada@example.com,True,02/01/1985,"Ada, née", Byron\\, Augusta , 17 ,'
    job, told = done(pool, line, header=header)
    assert (job["Status"], counts(job), job["CompletionMessage"]) == ("Succeeded", (1, 0, 0), SUCCEEDED)
    assert job["CreationDate"] <= job["StartDate"] <= job["CompletionDate"]
    assert told == ["[SUCCEEDED] Line Number 2 - The import succeeded."]
    assert user(pool) == {
        "status": "RESET_REQUIRED",
        "email": "ada@example.com",
        "email_verified": "true",
        "birthdate": "1985-02-01",
        "given_name": "Ada, née",
        "family_name": "Byron, Augusta",
        "custom:staff_id": "17",
    }
    change = [{"Name": "custom:staff_id", "Value": "18"}]
    assert pool.refused(
        pool.api.admin_update_user_attributes, UserPoolId=pool.id, Username="ada", UserAttributes=change
    ) == ("InvalidParameterException", "user.custom:staff_id: Attribute cannot be updated.\n")


def test_an_imported_user_sets_a_password(server: Serving) -> None:
    """No function runs for the import; post confirmation does for the first password, as for anybody's (EN-01)."""
    recorder = Recorder(server)
    pool = importing(server)
    hiding = pool.new_client(PreventUserExistenceErrors="ENABLED")
    pool.trigger(PreSignUp=recorder.arn, PostConfirmation=recorder.arn)
    to = f"ada.{pool.id[-9:].lower()}@example.com"
    done(pool, f"ada,{to},TRUE,,,,Ada")
    said = {"USERNAME": "ada", "PASSWORD": "anything"}
    for client, told in ((pool.client, RESET), (hiding, ("NotAuthorizedException", "Incorrect username or password."))):
        asked = {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": said}
        assert pool.refused(pool.api.initiate_auth, **asked) == told
    assert recorder.lines() == []
    assert server.outbox(to) == []
    pool.api.forgot_password(ClientId=pool.client, Username="ada")
    pool.api.confirm_forgot_password(
        ClientId=pool.client, Username="ada", ConfirmationCode=server.code(to), Password=NEW
    )
    assert pool.tokens("ada", NEW)["AccessToken"]
    [event] = [line for line in recorder.lines() if line.startswith("EVENT")]
    assert "PostConfirmation_ConfirmForgotPassword" in event


# Lines of HEADER, and what the log says of each.
FAULTY = {
    "no-proof,no@example.com,FALSE,,,,": import_file.NONE_VERIFIED,
    "no-flag,no@example.com,,,,,": import_file.NONE_VERIFIED,
    "no-address,,TRUE,,,,": "email_verified is true, but email has no value.",
    "wrong-flag,no@example.com,yes,,,,": "email_verified must be TRUE or FALSE.",
    "wrong-address,no-address,TRUE,,,,": "Invalid email address format.",
    "wrong-number,a@example.com,TRUE,12345,,,": "Invalid phone number format.",
    "wrong-day,a@example.com,TRUE,,,1985-02-01,": "birthdate must be a day as mm/dd/yyyy.",
    "no-such-day,a@example.com,TRUE,,,02/30/1985,": "birthdate must be a day as mm/dd/yyyy.",
    ",a@example.com,TRUE,,,,": "cognito:username is missing, too long, or holds a blank or a character "
    "that no user name has.",
    "a blank,a@example.com,TRUE,,,,": "cognito:username is missing, too long, or holds a blank or a character "
    "that no user name has.",
    "too,few": "The line has 2 columns, the header 7.",
    'open,a@example.com,TRUE,,,,"A': "The line is no CSV: a quotation mark or a backslash is left open.",
    "long,a@example.com,TRUE,,,," + "x" * 16_000: "The line is longer than 16000 characters.",
    "nul,a@example.com,TRUE,,,,\0": "The line holds the character U+0000.",
    "name,a@example.com,TRUE,,,," + "x" * 2049: "Attributes did not conform to the schema: given_name: "
    "String must be no longer than 2048 characters",
}


def test_each_line_that_is_not_taken_says_why_and_the_others_are(server: Serving) -> None:
    pool = importing(server, AliasAttributes=["email"])
    pool.user("old", email="old@example.com", email_verified="true")
    good = [f"good{number},good{number}@example.com,true,,,,Ada\r" for number in range(20)]
    latin = "latin,é@example.com,TRUE,,,,".encode("latin-1")
    lines = [
        *(line.encode() for line in (HEADER + "\r", *good, *FAULTY, "", "old,new@example.com,TRUE,,,,")),
        *(line.encode() for line in ("other,old@example.com,TRUE,,,,", "good1,again@example.com,TRUE,,,,", "   ")),
        latin,
    ]
    id = fed(pool, b"\xef\xbb\xbf" + b"\n".join(lines))
    start(pool, id)
    job = ended(pool, id)
    told = [f"[SUCCEEDED] Line Number {number} - The import succeeded." for number in range(2, 22)]
    told += [f"[FAILED] Line Number {number} - {why}" for number, why in enumerate(FAULTY.values(), 22)]
    told += [
        "[SKIPPED] Line Number 38 - The user already exists.",
        "[FAILED] Line Number 39 - An account with the email already exists.",
        "[SKIPPED] Line Number 40 - The user already exists.",
        "[FAILED] Line Number 42 - The line is not UTF-8.",
    ]
    assert log(pool, id) == told
    assert (job["Status"], counts(job)) == ("Succeeded", (20, 2, len(FAULTY) + 2))
    again, _ = done(pool, *good, "one,one@example.com,TRUE,,,,")
    assert (again["Status"], counts(again), again["CompletionMessage"]) == ("Failed", (1, 20, 0), TOO_MANY)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER + ",custom:nobody", "The header is wrong: the user pool has nothing that column 8 is named after."),
        (HEADER + ",email", "The header is wrong: column 8 is there twice."),
        ("email,email_verified", "The header is wrong: the column cognito:username is missing."),
        ("sub," + HEADER, "The header is wrong: the user pool has nothing that column 1 is named after."),
        (HEADER.encode("utf-16").decode("latin-1"), "The line holds the character U+0000."),
        ('"' + HEADER, "The line is no CSV: a quotation mark or a backslash is left open."),
        ("", "The header is wrong: the column cognito:username is missing."),
    ],
)
def test_a_wrong_header_fails_the_job(pool: Pool, header: str, message: str) -> None:
    job, told = done(pool, ADA, header=header)
    assert (job["Status"], counts(job), job["CompletionMessage"]) == ("Failed", (0, 0, 0), message)
    assert told == [f"[FAILED] Line Number 1 - {message}"]


def test_an_empty_file_fails_the_job(pool: Pool) -> None:
    id = fed(pool, b"")
    start(pool, id)
    assert ended(pool, id)["CompletionMessage"] == "The CSV file is empty."


def test_users_of_a_pool_with_e_mail_addresses_for_names(server: Serving) -> None:
    pool = importing(server, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    _, told = done(
        pool,
        "ada@example.com,,TRUE,,,,Ada",
        "ADA@example.com,ADA@example.com,TRUE,,,,Ada",
        "eve@example.com,EVE@example.com,TRUE,,,,",
        "eva@example.com,eve@example.com,TRUE,,,,",
        "nobody,eve@example.com,TRUE,,,,",
    )
    assert [line.split(" - ")[1] for line in told] == [
        "email_verified is true, but email has no value.",
        "The import succeeded.",
        "The import succeeded.",
        "User email should be empty or same as username, since username attribute is email.",
        "Username should be an email.",
    ]
    assert user(pool, "ada@EXAMPLE.com")["status"] == "RESET_REQUIRED"


def test_second_factors_and_codes_that_sign_in(server: Serving) -> None:
    """`cognito:mfa_enabled` says what the pool says, or what the user can do; who signs in by codes is confirmed."""
    columns = "cognito:username,email,email_verified,cognito:mfa_enabled"
    rows = [f"u{number},u{number}@example.com,TRUE,{said}" for number, said in enumerate(("", "true", "FALSE", "on"))]
    _, off = done(importing(server), *rows, header=columns)
    assert [line.split("]")[0] for line in off] == ["[SUCCEEDED", "[FAILED", "[SUCCEEDED", "[FAILED"]
    pool = importing(server)
    pool.api.set_user_pool_mfa_config(
        UserPoolId=pool.id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    _, unable = done(pool, rows[1], header=columns)
    assert unable[0].endswith("the user has nothing that could be a second factor in this user pool.")
    pool.api.set_user_pool_mfa_config(
        UserPoolId=pool.id,
        MfaConfiguration="OPTIONAL",
        EmailMfaConfiguration={"Message": "{####}", "Subject": "code"},
    )
    done(pool, *rows[1:3], header=columns)
    on, without = (pool.api.admin_get_user(UserPoolId=pool.id, Username=name) for name in ("u1", "u2"))
    assert (on["UserMFASettingList"], without.get("UserMFASettingList")) == (["EMAIL_OTP"], None)
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    by_codes = importing(server, Policies=policies)
    done(by_codes, rows[0], header=columns)
    assert user(by_codes, "u0")["status"] == "CONFIRMED"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may have 1000 bytes, and their parts 100."""
    monkeypatch.setattr(import_file, "LARGEST", 1000)
    monkeypatch.setattr("keydesk.aws.import_upload.LARGEST", 1000)
    monkeypatch.setattr("keydesk.flows.imports.PART", 100)


@pytest.mark.usefixtures("small")
def test_who_may_send_a_file_and_which(own_server: Serving) -> None:
    """The address is signed, lives for fifteen minutes, and takes files of so many bytes, in one piece or in many."""
    pool = importing(own_server)
    job, other = created(pool), created(pool)
    url, id = job["PreSignedUrl"], job["JobId"]
    assert url.startswith(own_server.url)
    forged = url.replace(id, other["JobId"])
    longer = url.replace("Expires=1", "Expires=2")
    for wrong in (forged, longer, url[:-1] + "g", url.partition("?")[0], url.replace("Signature", "signature")):
        status, answer = put(wrong, b"x", **KMS)
        assert (status, "<Code>SignatureDoesNotMatch</Code>" in answer) == (403, True)
    assert put(url, b"x")[0] == put(url, b"x", **{"x-amz-server-side-encryption": "AES256"})[0] == 403
    assert put(url, None, method="GET")[0] == 405
    assert "<Code>EntityTooLarge</Code>" in put(url, b"x" * 1001, **KMS)[1]
    assert put(url, iter([b"x" * 600] * 2), **KMS)[0] == 400
    assert pool.refused(start, pool, id) == ("PreconditionNotMetException", f"No csv file was uploaded for {id}")
    lines = "\n".join([HEADER, *(f"u{number},u{number}@example.com,TRUE,,,," for number in range(20))])
    assert put(url, lines[:500].encode(), **KMS) == (200, "")
    pieces = (lines[at : at + 7].encode() for at in range(0, len(lines), 7))
    assert put(url, pieces, **KMS) == (200, ""), "the newest whole file counts"
    start(pool, id)
    assert counts(ended(pool, id)) == (20, 0, 0)
    assert "takes no file any more" in put(url, b"x", **KMS)[1]
    own_server.clock.forward(seconds=901)
    assert "Request has expired" in put(other["PreSignedUrl"], b"x", **KMS)[1]


def test_what_can_be_done_with_a_job_in_which_state(own_server: Serving) -> None:
    pool, other = importing(own_server), importing(own_server)
    at = {"UserPoolId": pool.id}
    first = fed(pool, HEADER + "\n" + ADA)
    own_server.clock.forward(seconds=1)
    second = created(pool)["JobId"]
    page = pool.api.list_user_import_jobs(**at, MaxResults=1)
    assert [job["JobId"] for job in page["UserImportJobs"]] == [second]
    rest = pool.api.list_user_import_jobs(**at, MaxResults=9, PaginationToken=page["PaginationToken"])
    assert rest["UserImportJobs"] == [described(pool, first)]
    assert "PaginationToken" not in rest
    not_met = "PreconditionNotMetException"
    stop = pool.api.stop_user_import_job
    assert pool.refused(stop, **at, JobId=first) == (not_met, f"{first} cannot be stopped, for its status is Created.")
    assert start(pool, first)["Status"] == "Pending"
    assert ended(pool, first)["Status"] == "Succeeded"
    told = f"{first} cannot be started, for its status is Succeeded."
    assert pool.refused(start, pool, first) == (not_met, told)
    own_server.clock.forward(seconds=DAY)
    assert described(pool, second)["CompletionMessage"] == "The user import job has expired."
    assert pool.refused(start, pool, second)[1] == f"{second} cannot be started, for its status is Expired."
    unknown = ("ResourceNotFoundException", f"User import job {first} does not exist.")
    for name in ("describe_user_import_job", "start_user_import_job", "stop_user_import_job"):
        asked = {"UserPoolId": other.id, "JobId": first}
        assert pool.refused(getattr(pool.api, name), **asked) == unknown
        assert pool.refused(getattr(pool.api, name), **asked | {"UserPoolId": "us-east-1_none"}) == missing(
            "us-east-1_none"
        )
    plain = Pool(own_server)
    assert pool.refused(start, plain, fed(plain, HEADER))[0] == not_met
