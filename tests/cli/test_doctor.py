"""`keydesk doctor`: each setting with its origin, no secret, and what is set in vain."""

from pathlib import Path

from tests.api.providers_asked import google
from tests.cli.running import command, running

from keydesk.settings import SETTINGS

BUCKET = "arn:aws:s3:::activity"


def rows(out: str) -> dict[str, list[str]]:
    """The table by setting: value, origin and variable. No value in these tests has a blank beside another."""
    return {line.split()[0]: line.split()[1:] for line in out.splitlines() if "KEYDESK_" in line}


def test_each_setting_has_one_origin(tmp_path: Path) -> None:
    """The command line over the environment over the file over the default."""
    (tmp_path / "keydesk.toml").write_text('region = "eu-west-1"\nport = 1\ndata = "written"\nargon2id = true\n')
    done = command(tmp_path, "doctor", "--data", "said", KEYDESK_PORT="2", KEYDESK_DATA="variable")
    assert done.returncode == 0, done
    found = rows(done.stdout)
    assert list(found) == [setting.name for setting in SETTINGS]
    assert found["data"] == ["said", "command", "line", "KEYDESK_DATA"]
    assert found["port"] == ["2", "environment", "KEYDESK_PORT"]
    assert found["region"] == ["eu-west-1", "keydesk.toml", "KEYDESK_REGION"]
    assert found["argon2id"] == ["true", "keydesk.toml", "KEYDESK_ARGON2ID"]
    assert found["host"] == ["127.0.0.1", "default", "KEYDESK_HOST"]
    assert found["issuer"] == ["(empty)", "default", "KEYDESK_ISSUER"]
    assert not (tmp_path / "said").exists()


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Nor is the database with its password asked where there is none to reach."""
    said = {
        "KEYDESK_ADMIN_KEYS": "KDADMIN:canary-canary-canary",
        "KEYDESK_SMTP_URL": "smtp://me:canary-canary@localhost:25",
        "KEYDESK_DATABASE_URL": "postgresql://me:canary-canary@127.0.0.1:1/x",
    }
    done = command(tmp_path, "doctor", **said)
    assert (done.returncode, "canary" in done.stdout + done.stderr) == (2, False)
    found = rows(done.stdout)
    assert [" ".join(found[name]) for name in ("admin_keys", "smtp_url", "database_url")] == [
        f"(set, not shown) environment {variable}" for variable in said
    ]


def test_a_value_is_shown_whole_and_as_it_is(tmp_path: Path) -> None:
    """Not cut at the terminal's edge, and no markup in it counts."""
    issuer = f"https://{'long.' * 40}example.com/{{pool}}"
    done = command(tmp_path, "doctor", KEYDESK_ISSUER=issuer, KEYDESK_KEY_FILE="[/x]:smile:[bold]", COLUMNS="40")
    assert done.returncode == 0, done
    assert rows(done.stdout)["issuer"][0] == issuer
    assert rows(done.stdout)["key_file"][0] == "[/x]:smile:[bold]"


def test_what_is_set_in_vain_is_named(tmp_path: Path) -> None:
    with running(tmp_path, "dev", "--data", "d") as server:
        api = server.client()
        key = {"KeyType": "CUSTOMER_MANAGED_KEY"}
        pool = api.create_user_pool(PoolName="p", KeyConfiguration=key, UserPoolTier="PLUS")["UserPool"]["Id"]
        logs = {"LogLevel": "INFO", "EventSource": "userAuthEvents", "S3Configuration": {"BucketArn": BUCKET}}
        api.set_log_delivery_configuration(UserPoolId=pool, LogConfigurations=[logs])
        notify = {"SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/desk@example.com"}
        takeover = {"Actions": {}, "NotifyConfiguration": notify}
        api.set_risk_configuration(UserPoolId=pool, AccountTakeoverRiskConfiguration=takeover)
        client = api.create_user_pool_client(UserPoolId=pool, ClientName="c", CallbackURLs=["https://example.com/a"])
        api.create_user_pool_domain(UserPoolId=pool, Domain="demo")
        api.set_ui_customization(UserPoolId=pool, CSS=".label-customizable {color: red}")
        google(api, pool)
        assert server.stop() == 0
    lines = command(tmp_path, "doctor", "--data", "d").stdout.splitlines()
    idle = [line.split("  ")[1] for line in lines if line.startswith("no effect yet")]
    assert idle == [
        f"{pool}: KeyConfiguration.KeyType (every key at rest is sealed with the server's own sealing key)",
        f"{pool}: S3Configuration (activity is written to log groups of this server, and sent nowhere else)",
        f"{pool}: SourceArn (mail goes out by the server's own SMTP server)",
        f"{client['UserPoolClient']['ClientId']}: CallbackURLs "
        "(the hosted sign-in pages and OAuth endpoints are not served yet)",
        f"{pool}, demo: Domain (the hosted sign-in pages and OAuth endpoints are not served yet)",
        f"{pool}, ALL: CSS (the hosted sign-in pages and OAuth endpoints are not served yet)",
        *(
            f"{pool}, Google: {member} (sign-in through a provider is on the hosted pages, which are not served yet)"
            for member in ("ProviderDetails", "AttributeMapping")
        ),
    ]
    assert lines[-1] == "Settings without effect yet: 8."


def test_where_nothing_is_in_vain_it_says_so(tmp_path: Path) -> None:
    assert command(tmp_path, "doctor").stdout.splitlines()[-1] == "Nothing is set that has no effect."


def test_triggers_that_will_not_run_are_named_with_the_reason(tmp_path: Path) -> None:
    """Looked up in the database, with the server stopped: functions, clients and keys."""
    with running(tmp_path, "dev", "--data", "d") as server:
        api = server.client()
        trio = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
        nowhere = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
        sender = {"LambdaVersion": "V1_0", "LambdaArn": nowhere}
        key = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000"
        config = dict.fromkeys(trio[:2], nowhere) | {"CustomEmailSender": sender, "KMSKeyID": key}
        pool = api.create_user_pool(PoolName="p", LambdaConfig=config)["UserPool"]["Id"]
        fine = api.create_user_pool(PoolName="fine")["UserPool"]["Id"]
        assert server.stop() == 0
    lines = command(tmp_path, "doctor", "--data", "d").stdout.splitlines()
    idle = [line.split("  ")[1] for line in lines if line.startswith("will not run")]
    gone, no_flow = "no such function is deployed here", "no client allows ALLOW_CUSTOM_AUTH"
    part = "a custom challenge needs VerifyAuthChallengeResponse as well"
    assert sorted(idle) == sorted(
        [f"{pool}: {trigger} ({why})" for trigger in trio[:2] for why in (gone, part, no_flow)]
        + [f"{pool}: CustomEmailSender ({why})" for why in (gone, "the key that KMSKeyID names is not here")]
    )
    assert lines[-2:] == [
        "Reasons for which a trigger that is set will not run: 8.",
        "Nothing is set that has no effect.",
    ]
    assert fine not in " ".join(lines)
