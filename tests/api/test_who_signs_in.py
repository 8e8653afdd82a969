"""Who may sign in, and under which name: standings, hidden existence, aliases, letter case, any password."""

import pytest
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import Recorder

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
HIDES = {"PreventUserExistenceErrors": "ENABLED"}
STANDINGS = {
    "disabled": ("NotAuthorizedException", "User is disabled."),
    "unconfirmed": ("UserNotConfirmedException", "User is not confirmed."),
    "reset": ("PasswordResetRequiredException", "Password reset required for the user"),
}


def in_standing(pool: Pool, standing: str) -> None:
    """A user `ada` who may not sign in, or who must choose a new password first."""
    if standing == "unconfirmed":
        pool.sign_up("ada", attributes={"email": "ada@example.com"})
        return
    pool.user("ada", email="ada@example.com", email_verified="true")
    who = {"UserPoolId": pool.id, "Username": "ada"}
    if standing == "disabled":
        pool.api.admin_disable_user(**who)
    elif standing == "reset":
        pool.api.admin_reset_user_password(**who)
    elif standing == "forced":
        pool.api.admin_set_user_password(**who, Password=PASSWORD, Permanent=False)


@pytest.mark.parametrize("hides", ["ENABLED", "LEGACY"])
@pytest.mark.parametrize("standing", STANDINGS)
def test_who_may_not_sign_in_learns_it_by_the_right_password_only(server: Serving, hides: str, standing: str) -> None:
    pool = Pool(server, client={"PreventUserExistenceErrors": hides})
    in_standing(pool, standing)
    code, _ = STANDINGS[standing]
    assert pool.refused(pool.sign_in)[0] == code
    if standing != "reset":  # of such a user no password is right any more
        assert pool.refused(pool.sign_in, "ada", "Wrong-horse-9") == WRONG


@pytest.mark.parametrize("standing", ["confirmed", "disabled", "unconfirmed", "forced"])
def test_hidden_existence_makes_all_who_do_not_know_the_password_equal(server: Serving, standing: str) -> None:
    """EN-01: missing, wrong, unconfirmed with a wrong password, forced; by either operation."""
    pool = Pool(server, client=HIDES)
    in_standing(pool, standing)
    said = {"UserPoolId": pool.id, "ClientId": pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
    for name in ("ada", "nobody"):
        assert pool.refused(pool.sign_in, name, "Wrong-horse-9") == WRONG
        parameters = {"USERNAME": name, "PASSWORD": "Wrong-horse-9"}
        assert pool.refused(pool.api.admin_initiate_auth, **said, AuthParameters=parameters) == WRONG


def test_an_open_client_is_told_that_there_is_nobody(server: Serving) -> None:
    """EN-05: the setting means something; the API's default is to tell."""
    for client in ({}, {"PreventUserExistenceErrors": "LEGACY"}):
        pool = Pool(server, client=client)
        assert pool.refused(pool.sign_in, "nobody") == NOBODY


def test_enabling_lets_a_disabled_user_in_again(server: Serving) -> None:
    pool = Pool(server)
    in_standing(pool, "disabled")
    pool.refused(pool.sign_in)
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")
    assert pool.tokens()


def test_the_password_of_before_is_wrong(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password="Another-horse-8", Permanent=True)
    assert pool.refused(pool.sign_in) == WRONG
    assert pool.tokens("ada", "Another-horse-8")


def test_the_user_of_another_pool_is_nobody_here(server: Serving) -> None:
    here, there = Pool(server), Pool(server)
    there.user("ada")
    assert here.refused(here.sign_in) == NOBODY
    here.user("ada", "Another-horse-8")
    assert here.refused(here.sign_in, "ada", PASSWORD) == WRONG


def test_names_that_stand_in_for_the_user_name(server: Serving) -> None:
    """A proved e-mail address is an alias, an unproved one is not; the token names the lasting user name."""
    pool = Pool(server, AliasAttributes=["email", "preferred_username"])
    pool.user("ada", email="ada@example.com", email_verified="true", preferred_username="countess")
    pool.user("eve", email="eve@example.com")
    for name in ("ada", "ada@example.com", "countess"):
        assert claims(pool.tokens(name)["IdToken"])["cognito:username"] == "ada"
    assert pool.refused(pool.sign_in, "eve@example.com") == NOBODY


@pytest.mark.parametrize("sensitive", [True, False])
def test_letter_case(server: Serving, sensitive: bool) -> None:
    pool = Pool(server, UsernameConfiguration={"CaseSensitive": sensitive})
    pool.user("Ada")
    assert pool.tokens("Ada")
    if sensitive:
        assert pool.refused(pool.sign_in, "aDA") == NOBODY
    else:
        one, other = (claims(pool.tokens(name)["AccessToken"])["username"] for name in ("Ada", "aDA"))
        assert one == other


def test_where_case_does_not_count_names_are_told_in_small_letters(server: Serving) -> None:
    """In answers, tokens and events, as in the live service; whoever answers a challenge may type them otherwise."""
    pool = Pool(server, AliasAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    function = Recorder(server, "event['response'].update(autoConfirmUser=True, autoVerifyEmail=True)\nreturn event")
    pool.trigger(PreSignUp=function.arn)
    said = {"email": "Ada@Example.com", "preferred_username": "Countess", "name": "Ada"}
    pool.sign_up("Ada", attributes=said)
    kept = {"email": "ada@example.com", "preferred_username": "countess", "name": "Ada"}
    [event] = function.events()
    assert (event["userName"], event["request"]["userAttributes"]) == ("ada", kept)
    tokens = pool.tokens("ADA@example.com")
    told = claims(tokens["IdToken"])
    assert told["cognito:username"] == "ada"
    assert {name: told[name] for name in kept} == kept
    email = [{"Name": "email", "Value": "New@Example.com"}]
    pool.api.update_user_attributes(AccessToken=tokens["AccessToken"], UserAttributes=email)
    [user] = pool.api.list_users(UserPoolId=pool.id)["Users"]
    assert (user["Username"], user["Attributes"][1]) == ("ada", {"Name": "email", "Value": "new@example.com"})
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ADA", Password="Temp-horse-9", Permanent=False)
    answered = pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=pool.sign_in("Ada", "Temp-horse-9")["Session"],
        ChallengeResponses={"USERNAME": "aDA", "NEW_PASSWORD": PASSWORD},
    )
    assert answered["AuthenticationResult"]


PASSWORDS = ["Zoë´s-9a-pass", "Größe-Ω-漢字-9a-🐎", "A1!" + "x" * 253, "A1!" + "x" * 100, "A1a-'\"\\;--%00"]


@pytest.mark.parametrize("srp", [True, False])
def test_any_password_is_taken_as_it_is_sent(server: Serving, srp: bool) -> None:
    """AU-10: up to 256 characters, nothing cut or folded; by the verifier and by argon2id."""
    flows = ["ALLOW_USER_PASSWORD_AUTH"] + ["ALLOW_USER_SRP_AUTH"] * srp
    pool = Pool(server, client={"ExplicitAuthFlows": flows})
    for number, password in enumerate(PASSWORDS):
        name = f"user{number}"
        pool.user(name, password)
        assert pool.tokens(name, password)
        for near in (password[:-1], password[:72] + "y" + password[73:], password.swapcase()):
            if near != password:
                assert pool.refused(pool.sign_in, name, near) == WRONG


def test_a_pool_that_starts_to_allow_srp_keeps_its_passwords(server: Serving) -> None:
    """The credential is converted by the first right password, whoever asks next."""
    pool = Pool(server, client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})
    pool.user("ada")
    assert pool.tokens()
    pool.client = pool.new_client()
    for _ in range(2):
        assert pool.tokens()
        assert pool.refused(pool.sign_in, "ada", "Wrong-horse-9") == WRONG
