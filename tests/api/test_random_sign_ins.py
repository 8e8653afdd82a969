"""Walks through sign-in that try what nobody would: no path yields tokens without every proof that its column asks.

A model that knows nothing of the server keeps, for each chain of calls, what was truly shown in it, and decides from
the pool, the client and the person alone whether tokens may come. The walks are many and the same every time.
"""

import base64
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.api.sign_in_world import CODES, REPLACED, WRONG, App, Chain, Question, World
from tests.device_client import Device
from tests.passkey_authenticator import Authenticator
from tests.serving import claims, serving
from tests.srp_client import Client

WALKS, STEPS = 130, 14
# By the name of a flow here: AuthFlow, and what the client must allow.
FLOWS = {
    "password": ("USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"),
    "admin": ("ADMIN_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    "srp": ("USER_SRP_AUTH", "ALLOW_USER_SRP_AUTH"),
    "custom": ("CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH"),
    "custom srp": ("CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH"),
    "choice": ("USER_AUTH", "ALLOW_USER_AUTH"),
}
CHOICES = ["", "PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
# What a refusal may be; of the first kind the same Session may be answered again.
AGAIN = {"InvalidParameterException", "InvalidPasswordException", "CodeMismatchException", "ResourceNotFoundException"}
FINAL = {
    "NotAuthorizedException",
    "UserNotFoundException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
    "LimitExceededException",
}
# With what the walks must have come to tokens, or they prove nothing.
REACHED = [
    *({"password"}, {"srp"}, {"riddle"}, {"srp", "riddle"}, {"address"}, {"passkey"}),
    *({"password", "second"}, {"srp", "second"}, {"srp", "riddle", "second"}),
    *({"set up"}, {"device"}, {"new password"}),
]


def allowed(chain: Chain) -> bool:
    """Whether tokens may come of this chain."""
    person, shown = chain.person, chain.shown
    if not (person.exists and person.enabled and person.confirmed) or person.reset:
        return False
    if FLOWS[chain.flow][1] not in chain.client.flows:
        return False
    if chain.flow == "custom":
        return "riddle" in shown
    due = chain.place.mode == "ON" or (chain.place.mode == "OPTIONAL" and bool(person.second))
    by_password = shown & {"password", "srp"}
    if not by_password:
        alone = {"passkey"} if chain.place.mode == "ON" else {"address", "passkey"} if not due else set()
        return chain.flow == "choice" and bool(shown & alone)
    if chain.flow == "custom srp" and not {"srp", "riddle"} <= shown:
        return False
    if chain.device and "device" not in shown:
        return False
    if chain.temporary and "new password" not in shown:
        return False
    return not due or bool(shown & {"second", "set up"}) or ("device" in shown and chain.place.mode == "OPTIONAL")


class Walk:
    def __init__(self, world: World, chance: Random, reached: Counter[frozenset[str]]) -> None:
        self.world, self.chance, self.reached = world, chance, reached
        self.open: dict[str, Question] = {}
        self.used: list[Question] = []
        self.trace: list[str] = []

    def step(self) -> None:
        if (self.open and self.often(0.8)) or (self.used and self.often(0.1)):
            self.answer()
        else:
            self.begin()

    def often(self, share: float = 0.94) -> bool:
        return self.chance.random() < share

    # --- the first call ---

    def begin(self) -> None:
        place = self.chance.choice(self.world.places)
        client = self.chance.choices(place.clients, (6, 3, 1))[0]
        person = self.chance.choices(place.people, [one.often for one in place.people])[0]
        flow, session = self.chance.choices(list(FLOWS), (2, 1, 2, 1, 2, 4))[0], ""
        if self.open and not self.often(0.9):  # only who has just signed up begins with a Session, and by choice
            session, question = self.open.popitem()
            self.used.append(question)
            place, client, person, flow = question.chain.place, question.chain.client, question.chain.person, "choice"
        chain = Chain(place, client, person, flow, temporary=person.temporary)
        said = {"USERNAME": person.name}
        shown, device = self.first(chain, said, flow, self.often(0.85))
        sound = self.signed(client, said, person.name)
        if not self.often(0.96):
            dropped = self.chance.choice(list(said))
            del said[dropped]
            sound = sound and dropped != "USERNAME" and not (client.secret and dropped == "SECRET_HASH")
            shown, device = (shown, "") if dropped == "DEVICE_KEY" else (set(), device)
            if dropped == "CHALLENGE_NAME":
                chain.flow = "custom"
        more: dict[str, Any] = {"AuthFlow": FLOWS[flow][0], "AuthParameters": said, "ClientId": client.id}
        if session:
            more["Session"], sound = session, False
        operation, sound = self.operation("initiate_auth", chain, more, sound, admin=flow == "admin")
        self.judge(operation, chain.with_shown(*shown, device=device), more, sound)

    def first(self, chain: Chain, said: dict[str, str], flow: str, right: bool) -> tuple[set[str], str]:
        """Says what the flow begins with; gives what is shown with it, and the device that is named."""
        password = chain.person.password if right else WRONG
        if flow == "choice":
            preferred = self.chance.choice(CHOICES)
            if preferred:
                said["PREFERRED_CHALLENGE"] = preferred
            return self.chosen(chain, said, preferred, password)
        if flow in ("password", "admin"):
            return self.chosen(chain, said, "PASSWORD", password)
        if flow == "custom srp":
            said["CHALLENGE_NAME"] = "SRP_A"
        if flow != "custom":
            self.chosen(chain, said, "PASSWORD_SRP", password)
        return set(), ""

    def chosen(self, chain: Chain, said: dict[str, str], way: str, password: str) -> tuple[set[str], str]:
        if way == "PASSWORD":
            said["PASSWORD"] = password or WRONG
            right = bool(password) and chain.person.exists and password == chain.person.password
            return {"password"} if right else set(), self.name_device(chain, said)
        if way == "PASSWORD_SRP":
            chain.srp = Client(chain.place.pool.id, password or WRONG)
            said["SRP_A"] = f"{chain.srp.public:x}"
        return set(), ""

    def name_device(self, chain: Chain, said: dict[str, str]) -> str:
        owners = [one.device for one in chain.place.people if one.device]
        if owners and self.often(0.5 if chain.person.device else 0.05):
            said["DEVICE_KEY"] = owners[0].key
        return said.get("DEVICE_KEY", "")

    # --- an answer ---

    def answer(self) -> None:
        stock = self.used if self.used and (not self.open or not self.often(0.85)) else list(self.open.values())
        question = self.chance.choice(stock)
        question = self.open.get(question.session, question)
        sound = question.session in self.open
        asked = question.chain
        chain = asked.with_shown()
        kind = self.chance.choices(("right", "wrong", "missing"), (8, 1, 1))[0]
        said, shown, device = self.content(question, chain, kind if sound else "wrong")
        name, client, challenge = asked.person.name, asked.client, question.challenge
        if not self.often():
            name = self.chance.choice([one.name for one in asked.place.people if one is not asked.person])
            sound = False
        if not self.often():
            client = self.chance.choice([one for at in self.world.places for one in at.clients if one is not client])
            sound = False
        if not self.often():
            challenge = self.chance.choice(
                [one for one in (*CODES, "CUSTOM_CHALLENGE", "MFA_SETUP") if one != challenge]
            )
            sound = False
        said |= {"USERNAME": name}
        sound = self.signed(client, said, name) and sound
        more: dict[str, Any] = {"ChallengeName": challenge, "ChallengeResponses": said, "ClientId": client.id}
        more["Session"] = question.session
        operation, sound = self.operation("respond_to_auth_challenge", chain, more, sound)
        self.open.pop(question.session, None)
        self.used.append(question)
        refusal = self.judge(operation, chain.with_shown(*shown, device=device), more, sound)
        if sound and refusal in AGAIN:
            self.open[question.session] = question

    def content(self, question: Question, chain: Chain, kind: str) -> tuple[dict[str, str], set[str], str]:
        """What is said, what is shown with it, and the device that is named."""
        if kind == "missing":
            return {}, set(), ""
        right = kind == "right"
        if question.challenge in CODES:
            return self.code(question, right)
        return getattr(self, question.challenge.lower())(question, chain, right)  # type: ignore[no-any-return]

    def code(self, question: Question, right: bool) -> tuple[dict[str, str], set[str], str]:
        known = question.code.strip("0") != ""
        code = (
            question.code if right else f"{(int(question.code) + 1) % 10 ** len(question.code):0{len(question.code)}}"
        )
        alone = question.chain.flow == "choice" and not question.chain.shown
        shown = {"address" if alone else "second"} if right and known else set()
        return {f"{question.challenge}_CODE": code}, shown, ""

    def password_verifier(self, question: Question, chain: Chain, right: bool) -> Any:
        client, person = chain.srp, chain.person
        if client is None:
            return {}, set(), ""
        said = self.world.proof(question, client)
        if not right:
            said["PASSWORD_CLAIM_SIGNATURE"] = base64.b64encode(secrets.token_bytes(32)).decode()
        proved = right and person.exists and bool(person.password) and client.password == person.password
        return said, {"srp"} if proved else set(), self.name_device(chain, said)

    def software_token_mfa(self, question: Question, chain: Chain, right: bool) -> Any:
        app = chain.person.app
        if app is None or not right:
            return {"SOFTWARE_TOKEN_MFA_CODE": "000000"}, set(), ""
        self.world.server.clock.forward(seconds=31)  # a code counts once
        return {"SOFTWARE_TOKEN_MFA_CODE": app.at(self.world.server.clock() // 1000)}, {"second"}, ""

    def select_mfa_type(self, question: Question, chain: Chain, right: bool) -> Any:
        offered = json.loads(question.told["MFAS_CAN_CHOOSE"])
        return {"ANSWER": self.chance.choice(offered) if right else "NONSENSE"}, set(), ""

    def mfa_setup(self, question: Question, chain: Chain, right: bool) -> Any:
        session = self.world.set_up(question) if right else ""
        if session:
            self.open[session] = self.open.pop(question.session)
            question.session = session
        return {}, {"set up"} if session else set(), ""

    def select_challenge(self, question: Question, chain: Chain, right: bool) -> Any:
        way = self.chance.choice(question.available if right else CHOICES[1:])
        said = {"ANSWER": way}
        shown, device = self.chosen(chain, said, way, chain.person.password if self.often(0.8) else WRONG)
        return said, shown, device

    def password(self, question: Question, chain: Chain, right: bool) -> Any:
        said: dict[str, str] = {}
        return said, *self.chosen(chain, said, "PASSWORD", chain.person.password if right else WRONG)

    def password_srp(self, question: Question, chain: Chain, right: bool) -> Any:
        said: dict[str, str] = {}
        return said, *self.chosen(chain, said, "PASSWORD_SRP", chain.person.password if right else WRONG)

    def custom_challenge(self, question: Question, chain: Chain, right: bool) -> Any:
        return {"ANSWER": "42" if right else "54"}, {"riddle"} if right else set(), ""

    def new_password_required(self, question: Question, chain: Chain, right: bool) -> Any:
        return {"NEW_PASSWORD": REPLACED if right else "short"}, {"new password"} if right else set(), ""

    def device_srp_auth(self, question: Question, chain: Chain, right: bool) -> Any:
        device = chain.person.device
        if device is None:
            return {}, set(), ""
        thief = Device({"DeviceKey": device.key, "DeviceGroupKey": device.group})
        chain.srp = (device if right else thief).exchange()
        return {"DEVICE_KEY": device.key, "SRP_A": f"{chain.srp.public:x}"}, set(), ""

    def device_password_verifier(self, question: Question, chain: Chain, right: bool) -> Any:
        device, client = chain.person.device, chain.srp
        if device is None or client is None:
            return {}, set(), ""
        said = self.world.proof(question, client, USER_ID_FOR_SRP=device.key)
        if not right:
            said["PASSWORD_CLAIM_SIGNATURE"] = base64.b64encode(secrets.token_bytes(32)).decode()
        return said, {"device"} if right and client.password == device.password else set(), ""

    def web_authn(self, question: Question, chain: Chain, right: bool) -> Any:
        key = chain.person.key
        if key is None:
            return {}, set(), ""
        thief = Authenticator(id=key.id, handle=key.handle, count=key.count)
        return self.world.passkey(question, key if right else thief), {"passkey"} if right else set(), ""

    # --- of both ---

    def signed(self, client: App, said: dict[str, str], name: str) -> bool:
        """Holds the client's secret, mostly; whether what is said of it is right."""
        right = self.often(0.96)
        if client.secret and right:
            said["SECRET_HASH"] = client.hash(name)
        elif client.secret and self.often(0.5):
            said["SECRET_HASH"] = base64.b64encode(secrets.token_bytes(32)).decode()
        return right or not client.secret

    def operation(
        self, name: str, chain: Chain, more: dict[str, Any], sound: bool, *, admin: bool = False
    ) -> tuple[str, bool]:
        """The public operation or the administrators'; now and then the wrong one, or with another pool."""
        if admin and not self.often(0.96):
            return name, False
        if not admin and self.often(0.8):
            return name, sound
        place = chain.place if self.often(0.96) else self.chance.choice(self.world.places)
        more["UserPoolId"] = place.pool.id
        return f"admin_{name}", sound and place is chain.place

    def judge(self, operation: str, chain: Chain, said: dict[str, Any], sound: bool) -> str:
        """Holds what came of a call against the model; gives the refusal's code."""
        refusal, answer = self.world.call(operation, chain.place, **said)
        asked = said.get("AuthFlow") or said["ChallengeName"]
        came = refusal or answer.get("ChallengeName") or "tokens"
        who = f"{chain.person.name} of {chain.place.mode} by {chain.flow}"
        self.trace.append(f"{who}: {asked}, {'' if sound else 'un'}sound, shown {sorted(chain.shown)} -> {came}")
        if refusal:
            assert refusal in AGAIN | FINAL, self.trace
            return refusal
        assert sound, self.trace
        if "AuthenticationResult" in answer:
            assert allowed(chain), self.trace
            self.done(chain, answer["AuthenticationResult"])
        else:
            name = answer["ChallengeName"]
            question = Question(
                chain, name, answer["Session"], answer["ChallengeParameters"], answer.get("AvailableChallenges", [])
            )
            if name in CODES:
                question.code = self.world.code(chain.person, name)
            self.open[question.session] = question
        return ""

    def done(self, chain: Chain, tokens: dict[str, Any]) -> None:
        told = claims(tokens["IdToken"])
        assert (told["cognito:username"], told["aud"]) == (chain.person.name, chain.client.id), self.trace
        self.reached[chain.shown] += 1
        if "new password" in chain.shown:
            chain.person.password, chain.person.temporary = REPLACED, False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with serving(tmp_path_factory.mktemp("walks")) as running:
        yield World(running)


def test_no_path_yields_tokens_without_every_proof_of_its_column(world: World) -> None:
    """T-004, SR-07: nor an answer under another name, client, pool or Session, or under one that was used."""
    reached: Counter[frozenset[str]] = Counter()

    @settings(max_examples=WALKS, derandomize=True, database=None, phases=[Phase.generate], deadline=None)
    @given(st.randoms(use_true_random=True))
    def walk(chance: Random) -> None:
        world.server.clock.forward(seconds=16 * 60)  # nobody is locked any more
        for place in world.places:
            world.mend(place)
        at = Walk(world, chance, reached)
        for _ in range(STEPS):
            at.step()

    walk()
    assert [proofs for proofs in REACHED if not any(proofs <= shown for shown in reached)] == []
