"""Pools, clients and people of every kind, for walks through sign-in that try what nobody would.

`World` makes them; `Question` is what waits for an answer; `right` is how its honest owner would answer.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import pyotp
from botocore.exceptions import ClientError
from tests.api.test_second_factor import with_factors
from tests.device_client import Device
from tests.passkey_authenticator import Authenticator
from tests.serving import PASSWORD, Pool, Serving
from tests.srp_client import Client
from tests.triggers.custom_challenge import riddles

WRONG, TEMPORARY, REPLACED = "Wrong-horse-9", "Temporary-horse-1", "Replaced-horse-2"
ALL = ("USER_PASSWORD", "ADMIN_USER_PASSWORD", "USER_SRP", "CUSTOM", "USER")
MODES = ("OFF", "OPTIONAL", "ON")
FACTORS = {"sms": "SMSMfaSettings", "mail": "EmailMfaSettings", "app": "SoftwareTokenMfaSettings"}
ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
CODES = {"EMAIL_OTP": "mail", "SMS_OTP": "number", "SMS_MFA": "number"}


@dataclass
class Person:
    name: str
    password: str = PASSWORD
    exists: bool = True
    enabled: bool = True
    confirmed: bool = True
    reset: bool = False  # an administrator wants the password forgotten
    temporary: bool = False  # the password has to be replaced
    second: str = ""  # the second factor that is switched on: sms, mail or app
    mail: str = ""
    number: str = ""
    app: pyotp.TOTP | None = None
    device: Device | None = None
    key: Authenticator | None = None
    often: int = 1  # how much more than others they are tried


@dataclass(frozen=True)
class App:
    """An app client."""

    id: str
    flows: frozenset[str]
    secret: str = ""

    def hash(self, name: str) -> str:
        digest = hmac.digest(self.secret.encode(), f"{name}{self.id}".encode(), hashlib.sha256)
        return base64.b64encode(digest).decode()


@dataclass(repr=False)
class Place:
    """One pool with its clients and people."""

    pool: Pool
    mode: str
    clients: list[App] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


@dataclass
class Chain:
    """One sign-in from its first call on, and what was truly shown in it."""

    place: Place
    client: App
    person: Person
    flow: str
    shown: frozenset[str] = frozenset()
    device: str = ""  # the key that was named with the first proof
    temporary: bool = False  # as it was when the sign-in began
    srp: Client | None = None

    def with_shown(self, *proofs: str, device: str = "") -> "Chain":
        made = Chain(**vars(self))
        made.shown, made.device = self.shown | set(proofs), device or self.device
        return made


@dataclass
class Question:
    chain: Chain
    challenge: str
    session: str
    told: dict[str, str]
    available: list[str]
    code: str = ""  # that was sent for it


class World:
    def __init__(self, server: Serving) -> None:
        self.server = server
        self.places = [self._place(mode) for mode in MODES]

    def _place(self, mode: str) -> Place:
        first = ["PASSWORD", "WEB_AUTHN", *(["EMAIL_OTP", "SMS_OTP"] if mode != "ON" else [])]
        devices = {"DeviceConfiguration": ALWAYS} if mode != "ON" else {}
        policies = {"SignInPolicy": {"AllowedFirstAuthFactors": first}}
        tags = {"keydesk:semantics": "aws" if mode == "OPTIONAL" else "keydesk"}
        settings = {"AutoVerifiedAttributes": ["email"], "UserPoolTags": tags, **devices}
        pool = Pool(self.server, Policies=policies, **settings)
        riddles(self.server, pool)
        place = Place(pool, mode)
        place.clients = [
            self._app(pool, ALL),
            self._app(pool, ALL, GenerateSecret=True, PreventUserExistenceErrors="ENABLED"),
            self._app(pool, ("USER_SRP",)),
        ]
        pool.client = place.clients[0].id
        self._people(place)
        return place

    def _app(self, pool: Pool, flows: tuple[str, ...], **more: Any) -> App:
        names = frozenset(f"ALLOW_{flow}_AUTH" for flow in flows)
        id = pool.new_client(ExplicitAuthFlows=[*names, "ALLOW_REFRESH_TOKEN_AUTH"], **more)
        about = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=id)["UserPoolClient"]
        return App(id, names, about.get("ClientSecret", ""))

    def _people(self, place: Place) -> None:
        pool, people = place.pool, place.people
        for name in ("plain", "owner", "disabled", "reset", "temporary", *(FACTORS if place.mode != "OFF" else ())):
            people.append(self._reached(place, name))
        by_name = {one.name: one for one in people}
        who = {"UserPoolId": pool.id}
        self._owns(place, by_name["owner"])
        pool.api.admin_reset_user_password(**who, Username="reset")
        by_name["reset"].reset = True
        if place.mode != "OFF":
            self._factors(place, by_name)
        pool.api.admin_disable_user(**who, Username="disabled")
        by_name["disabled"].enabled = False
        pool.sign_up("unconfirmed")
        people.append(Person("unconfirmed", confirmed=False))
        pool.user("bare")
        people += [Person("bare", often=2), Person("nobody", exists=False)]
        if place.mode != "ON":
            made = self._reached(place, "passwordless", password="")
            people.append(made)
        self.mend(place)

    def _reached(self, place: Place, name: str, password: str = PASSWORD) -> Person:
        """Somebody with a verified address and number."""
        mail = f"{name}@{place.pool.client}.example.com".lower()
        number = f"+1206{secrets.randbelow(10_000_000):07}"
        told = {"email": mail, "email_verified": "true", "phone_number": number, "phone_number_verified": "true"}
        attributes = [{"Name": key, "Value": value} for key, value in told.items()]
        if password:
            place.pool.user(name, **told)
        else:
            place.pool.api.admin_create_user(
                UserPoolId=place.pool.id, Username=name, MessageAction="SUPPRESS", UserAttributes=attributes
            )
        return Person(name, password=password, mail=mail, number=number)

    def _owns(self, place: Place, owner: Person) -> None:
        """A passkey, and a device where the pool tracks them."""
        tokens, api, owner.often = place.pool.tokens(owner.name), place.pool.api, 4
        owner.key = Authenticator()
        options = api.start_web_authn_registration(AccessToken=tokens["AccessToken"])["CredentialCreationOptions"]
        credential = owner.key.register(options)
        api.complete_web_authn_registration(AccessToken=tokens["AccessToken"], Credential=credential)
        if "NewDeviceMetadata" in tokens:
            owner.device = Device(tokens["NewDeviceMetadata"])
            owner.device.confirm(place.pool, tokens["AccessToken"])

    def _factors(self, place: Place, by_name: dict[str, Person]) -> None:
        api = place.pool.api
        with_factors(place.pool)  # OPTIONAL first: an app is set up with an access token
        token = place.pool.tokens("app")["AccessToken"]
        app = pyotp.TOTP(api.associate_software_token(AccessToken=token)["SecretCode"])
        api.verify_software_token(AccessToken=token, UserCode=app.at(self.server.clock() // 1000))
        by_name["app"].app = app
        for name, setting in FACTORS.items():
            chosen = {setting: {"Enabled": True, "PreferredMfa": True}}
            api.admin_set_user_mfa_preference(UserPoolId=place.pool.id, Username=name, **chosen)
            by_name[name].second = name
        if place.mode == "OPTIONAL":  # somebody who is known by a device, and has a second factor for it to stand for
            chosen = {"EmailMfaSettings": {"Enabled": True}}
            api.admin_set_user_mfa_preference(UserPoolId=place.pool.id, Username="owner", **chosen)
            by_name["owner"].second = "mail"
        else:
            config = api.get_user_pool_mfa_config(UserPoolId=place.pool.id)
            del config["ResponseMetadata"]
            config["WebAuthnConfiguration"] = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
            api.set_user_pool_mfa_config(UserPoolId=place.pool.id, **config | {"MfaConfiguration": "ON"})

    def mend(self, place: Place) -> None:
        """Who had a temporary password has one again, and who had no second factor none."""
        for one in place.people:
            who = {"UserPoolId": place.pool.id, "Username": one.name}
            if one.name == "temporary" and not one.temporary:
                place.pool.api.admin_set_user_password(**who, Password=TEMPORARY, Permanent=False)
                one.password, one.temporary = TEMPORARY, True
            if one.name == "bare" and one.app:
                place.pool.api.admin_delete_software_token(**who)
                one.app = None

    def call(self, operation: str, place: Place, **said: Any) -> tuple[str, Any]:
        """The refusal's code, or what was answered. A fault of the server is raised."""
        try:
            return "", getattr(place.pool.api, operation)(**said)
        except ClientError as refusal:
            if refusal.response["ResponseMetadata"]["HTTPStatusCode"] != 400:
                raise
            return refusal.response["Error"]["Code"], None

    def code(self, person: Person, challenge: str) -> str:
        """The newest code that went out for it."""
        sent = self.server.outbox(getattr(person, CODES[challenge]) or "nobody")
        return str(sent[-1]["code"]) if sent else "00000000"

    def proof(self, question: Question, client: Client, **instead: str) -> dict[str, str]:
        return client.answer(question.told | instead, self.server.clock() / 1000)

    def set_up(self, question: Question) -> str:
        """An app, set up on the Session of MFA_SETUP; gives the Session to go on with, or nothing."""
        api, person = question.chain.place.pool.api, question.chain.person
        try:
            offered = api.associate_software_token(Session=question.session)
            app = pyotp.TOTP(offered["SecretCode"])
            code = app.at(self.server.clock() // 1000)
            session = api.verify_software_token(Session=offered["Session"], UserCode=code)["Session"]
        except ClientError:
            return ""
        person.app = app
        return str(session)

    def passkey(self, question: Question, key: Authenticator) -> dict[str, str]:
        options = json.loads(question.told["CREDENTIAL_REQUEST_OPTIONS"])
        return {"CREDENTIAL": json.dumps(key.sign(options))}
