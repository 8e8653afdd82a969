"""Names and ARNs of functions, and who may invoke them."""

import pytest

from keydesk.domain.function import (
    Alias,
    Deployed,
    Reference,
    Statement,
    arn_like,
    by_arn,
    grant_id,
    granted,
    may_invoke,
    policy_document,
    reference,
)

HERE = "000000000000"
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abcdefghi"
COGNITO = "cognito-idp.amazonaws.com"
INVOKE = "lambda:InvokeFunction"


def deployed(*statements: Statement, qualifier: str = "") -> Deployed:
    return Deployed(
        name="f",
        region="us-east-1",
        account=HERE,
        runtime="python3.12",
        handler="index.handler",
        statements=statements,
        qualifier=qualifier,
    )


def allow(**more: str) -> Statement:
    return Statement(**({"id": "one", "action": INVOKE, "principal": COGNITO} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("f", Reference("us-east-1", HERE, "f")),
        ("f:1", Reference("us-east-1", HERE, "f", "1")),
        ("f:$LATEST", Reference("us-east-1", HERE, "f", "$LATEST")),
        ("function:f:live", Reference("us-east-1", HERE, "f", "live")),
        ("111111111111:function:f", Reference("us-east-1", "1" * 12, "f")),
        ("arn:aws:lambda:eu-west-1:111111111111:function:f:2", Reference("eu-west-1", "1" * 12, "f", "2")),
        ("arn:aws-us-gov:lambda:us-gov-west-1:111111111111:function:f", Reference("us-gov-west-1", "1" * 12, "f")),
        ("a b", None),
        ("f:1:2:3", None),
        ("", None),
        ("١١١١١١١١١١١١:function:f", None),
        ("arn:aws:s3:::bucket", None),
    ],
)
def test_a_name_in_any_form(said: str, found: Reference | None) -> None:
    assert reference(said, "us-east-1", HERE) == found


@pytest.mark.parametrize("qualifier", ["", "$LATEST", "12", "live"])
def test_an_arn_there_and_back(qualifier: str) -> None:
    ref = Reference("us-east-1", HERE, "f", qualifier)
    assert by_arn(ref.arn) == ref


@pytest.mark.parametrize(
    "said", ["f", "function:f", "arn:aws:lambda:us-east-1:1:function:f", "arn:aws:sns:us-east-1:000000000000:f"]
)
def test_only_a_whole_function_arn_is_one(said: str) -> None:
    assert by_arn(said) is None


@pytest.mark.parametrize(
    ("statement", "lets"),
    [
        (allow(), True),
        (allow(action="lambda:*"), True),
        (allow(action="*"), True),
        (allow(action="lambda:GetFunction"), False),
        (allow(principal="*"), True),
        (allow(principal="s3.amazonaws.com"), False),
        (allow(principal=HERE), False),
        (allow(source_arn=POOL), True),
        (allow(source_arn="arn:aws:cognito-idp:us-east-1:000000000000:userpool/*"), True),
        (allow(source_arn="arn:aws:cognito-idp:*:*:*"), True),
        (allow(source_arn="arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abcdefgh?"), True),
        (allow(source_arn="arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_other"), False),
        (allow(source_arn="arn:aws:cognito-idp:*:userpool/us-east-1_abcdefghi"), False),
        (allow(source_account=HERE), True),
        (allow(source_account="1" * 12), False),
        (allow(source_arn=POOL, source_account="1" * 12), False),
        (allow(qualifier="live"), False),
    ],
)
def test_who_may_invoke(statement: Statement, lets: bool) -> None:
    """Section 1.2 of the specification; T-067, T-069."""
    assert may_invoke(deployed(statement), source_arn=POOL, account=HERE) is lets


def test_nobody_may_invoke_without_a_statement() -> None:
    assert not may_invoke(deployed(), source_arn=POOL, account=HERE)


def test_conditions_that_a_pool_cannot_meet_are_never_met() -> None:
    strict = Statement(
        id="one", action=INVOKE, principal="*", unmet=(("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),)
    )
    assert not may_invoke(deployed(strict), source_arn=POOL, account=HERE)
    document = policy_document(deployed(strict), "")["Statement"][0]
    assert document["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


def test_a_permission_is_for_one_qualifier_alone() -> None:
    on_alias = deployed(allow(qualifier="live"), qualifier="live")
    assert may_invoke(on_alias, source_arn=POOL, account=HERE)
    assert not may_invoke(deployed(allow(), qualifier="live"), source_arn=POOL, account=HERE)


def test_a_grant_lets_the_pool_in_once() -> None:
    """C-14, T-068."""
    first = granted(deployed(), POOL, HERE, "PreSignUp")
    assert may_invoke(first, source_arn=POOL, account=HERE)
    assert not may_invoke(first, source_arn=POOL + "x", account=HERE)
    assert [one.id for one in first.statements] == ["keydesk-us-east-1_abcdefghi-PreSignUp"]
    assert first.statements[0].id == grant_id(POOL, "PreSignUp")
    assert granted(first, POOL, HERE, "PreSignUp") is first
    assert granted(first, POOL, HERE, "PostConfirmation") is first
    mine = deployed(allow(source_arn=POOL))
    assert granted(mine, POOL, HERE, "PreSignUp") is mine


def test_a_grant_replaces_one_of_its_own_that_lets_nobody_in() -> None:
    stale = allow(id=grant_id(POOL, "PreSignUp"), source_account="1" * 12)
    assert len(granted(deployed(stale), POOL, HERE, "PreSignUp").statements) == 1


@pytest.mark.parametrize(
    ("pattern", "arn", "like"),
    [
        ("*", "anything", True),
        ("arn:aws:s3:::b*d", "arn:aws:s3:::bread", True),
        ("arn:aws:s3:::b*d", "arn:aws:s3:::breads", False),
        ("arn:aws:s3:::a**b?c", "arn:aws:s3:::axxbyc", True),
        ("arn:aws:s3:::[a]", "arn:aws:s3:::a", False),
        ("arn:aws:lambda:*:f", "arn:aws:lambda:r:1:function:f", False),
        ("arn:aws:s3:::B", "arn:aws:s3:::b", False),
    ],
)
def test_arn_like(pattern: str, arn: str, like: bool) -> None:
    assert arn_like(pattern, arn) is like


def test_a_pattern_made_to_take_long_does_not() -> None:
    assert not arn_like("arn:aws:s3:::" + "*a" * 500 + "b", "arn:aws:s3:::" + "a" * 500)


def test_a_version_takes_over_what_belongs_to_the_function() -> None:
    function = deployed(allow(qualifier="1"))
    version = Deployed(name="f", region="us-east-1", account=HERE, runtime="x", handler="y", version="1", timeout=9)
    shown = function.as_version(version, "1")
    assert (shown.timeout, shown.arn.rsplit(":", 1)[1]) == (9, "1")
    assert may_invoke(shown, source_arn=POOL, account=HERE)
    assert Alias(name="a", version="1").weights == {}
