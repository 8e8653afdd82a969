"""Live pools: Cognito's own user pools, asked whether a password is right, and who somebody is.

Botocore blocks, so questions are asked on threads of their own; what it would send goes out by `reach`. No token that
a live pool gives is kept, and nothing is changed there.
"""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeVar

from keydesk.crypto import srp
from keydesk.domain import live_user, secret_hash
from keydesk.domain.live_user import LiveUser
from keydesk.runtime.channel import TooLarge
from keydesk.runtime.function import Throttled, TimedOut, Unreached
from keydesk.runtime.outward import OPTIONS, SLOW_DOWN, send_through
from keydesk.runtime.reach import Reach, Run, may_be_private
from keydesk.settings import Settings

T = TypeVar("T")
Tell = Callable[[str, str, float], None]  # the question, what came of it, and its seconds

WITHIN: Final = 5.0  # seconds, for all that one question takes
LINES: Final = 16  # questions at once
WAITING: Final = 500  # that may wait for a line
CLOSED: Final = "not enabled for this client"  # of a flow: then the other one is tried
FORBIDDEN: Final = "AccessDeniedException"  # by the policy of the credentials
CLOSED_TO_TOKEN: Final = "NotAuthorizedException"  # of a token a moment old: it lacks the scope
MOMENT: Final = "%a %b {} %H:%M:%S UTC %Y"  # as Cognito's clients write it: the day without a zero


class Place(NamedTuple):
    """A live pool, and the client by which it is asked; `secret` is empty for a public one."""

    pool: str
    client: str
    secret: str = ""

    @property
    def region(self) -> str:
        return self.pool.partition("_")[0]


class Proof(NamedTuple):
    """The password is right. Behind a challenge neither `user` nor `sub` is told: then there is no token.

    `sub` alone is told where the token does not open GetUser.
    """

    challenge: str = ""
    parameters: Mapping[str, str] = {}
    user: LiveUser | None = None
    sub: str = ""


class Refused(Exception):
    """The live pool's own refusal: its code and its sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class LivePools:
    """Asks them. `private`: whether they may be on this machine and in private networks."""

    def __init__(self, endpoint: str, tell: Tell, *, private: bool) -> None:
        self._endpoint = endpoint or None
        self._tell = tell
        self._private = private
        self._reach: Reach | None = None  # made at the first question: who asks nobody pays nothing for it
        self._making = threading.Lock()
        self._clients: dict[tuple[str, bool], Any] = {}  # by region, and whether they sign
        self._by_srp: set[tuple[str, str]] = set()  # clients that take no passwords
        self._threads = ThreadPoolExecutor(LINES, thread_name_prefix="live-pools")
        self._runs: set[Run] = set()

    @classmethod
    def of(cls, settings: Settings, tell: Tell, *, open: bool) -> "LivePools":
        """As the settings say; in development (`open`) private addresses are allowed unless they are refused."""
        return cls(settings["cognito_endpoint"], tell, private=may_be_private(settings, open=open))

    async def prove(self, place: Place, name: str, password: str) -> Proof:
        """The password is the user's. Raises Refused, TimedOut, Throttled, Unreached."""
        api = await self._client(place.region, signs=False)
        return await self._asked("password", lambda: self._proof(api, place, name, password))

    async def look_up(self, place: Place, name: str) -> LiveUser | None:
        """Who has this name, where credentials allow to ask (AdminGetUser); None where it may not. Raises alike."""
        api = await self._client(place.region, signs=True)
        return await self._asked("user", lambda: _user(api, place, name))

    async def close(self) -> None:
        """Give up what is under way, and let the threads end."""
        for run in tuple(self._runs):
            run.give_up()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        if self._reach is not None:
            self._reach.close()

    async def _asked(self, question: str, work: Callable[[], T]) -> T:
        began, outcome = time.monotonic(), "ok"
        try:
            return await self._answer(work)
        except (Refused, TimedOut, Throttled, Unreached) as fault:
            outcome = getattr(fault, "code", type(fault).__name__)
            raise
        finally:
            self._tell(question, outcome, time.monotonic() - began)

    async def _answer(self, work: Callable[[], T]) -> T:
        if len(self._runs) >= LINES + WAITING:
            raise Throttled
        run = Run(WITHIN)

        def answered() -> T:
            with run.under_way():
                run.left()
                return _translated(work)

        self._runs.add(run)
        try:
            async with asyncio.timeout(WITHIN):
                return await asyncio.wrap_future(self._threads.submit(answered))
        except TimeoutError:
            raise TimedOut from None
        finally:
            self._runs.discard(run)
            run.give_up()

    def _proof(self, api: Any, place: Place, name: str, password: str) -> Proof:
        said = self._signed_in(api, place, name, password)
        if challenge := said.get("ChallengeName"):
            return Proof(challenge, said.get("ChallengeParameters", {}))
        token = said["AuthenticationResult"]["AccessToken"]
        told = _told(token)
        return Proof(user=_by_token(api, token, told), sub=told["sub"])

    def _signed_in(self, api: Any, place: Place, name: str, password: str) -> dict[str, Any]:
        """What the sign-in ends with, by the flow that the client allows. Which one that is is remembered."""
        from botocore.exceptions import ClientError

        if (place.pool, place.client) in self._by_srp:
            return _by_srp(api, place, name, password)
        parameters = {"USERNAME": name, "PASSWORD": password, **_hash(place, name)}
        try:
            return dict(
                api.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=place.client, AuthParameters=parameters)
            )
        except ClientError as refusal:
            if CLOSED not in refusal.response["Error"].get("Message", ""):
                raise
        self._by_srp.add((place.pool, place.client))
        return _by_srp(api, place, name, password)

    async def _client(self, region: str, *, signs: bool) -> Any:
        """Made before any time is counted: to load botocore takes longer than a question may."""
        made = self._clients.get((region, signs))
        if made is None:
            made = await asyncio.wrap_future(self._threads.submit(self._made, region, signs))
        return made

    def _made(self, region: str, signs: bool) -> Any:
        """Credentials are looked for when one that signs is made, and renewed by botocore."""
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.session import Session

        with self._making:
            self._reach = self._reach or Reach(private=self._private)
            if (region, signs) not in self._clients:
                config = Config(**OPTIONS) if signs else Config(**OPTIONS, signature_version=UNSIGNED)
                client = Session().create_client(
                    "cognito-idp", region_name=region, endpoint_url=self._endpoint, config=config
                )
                send_through(client, self._reach)
                self._clients[region, signs] = client
            return self._clients[region, signs]


def _translated(work: Callable[[], T]) -> T:
    """Botocore's exceptions as ours. Their texts hold no value of a parameter."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return work()
    except ClientError as refusal:
        code = str(refusal.response["Error"].get("Code"))
        if code in SLOW_DOWN:
            raise Throttled from None
        raise Refused(code, str(refusal.response["Error"].get("Message", ""))) from None
    except BotoCoreError as fault:
        raise Unreached(type(fault).__name__.removesuffix("Error")) from None
    except (TimedOut, Throttled, Unreached):
        raise
    except (TooLarge, srp.Refused, KeyError, ValueError) as fault:  # an answer that is none of a user pool's
        raise Unreached("NoAnswerOfAUserPool", type(fault).__name__) from None


def _by_token(api: Any, token: str, told: Mapping[str, Any]) -> LiveUser | None:
    """Whom the access token is of; None where a function of the live pool took the scope for that out of it."""
    from botocore.exceptions import ClientError

    try:
        return live_user.read(api.get_user(AccessToken=token), groups=told.get("cognito:groups", ()))
    except ClientError as refusal:
        if refusal.response["Error"].get("Code") != CLOSED_TO_TOKEN:
            raise
        return None


def _user(api: Any, place: Place, name: str) -> LiveUser | None:
    from botocore.exceptions import ClientError, NoCredentialsError

    asked = {"UserPoolId": place.pool, "Username": name}
    try:
        said = api.admin_get_user(**asked)
        pages = api.get_paginator("admin_list_groups_for_user").paginate(**asked)
        groups = [one for page in pages for one in page["Groups"]]
    except NoCredentialsError:
        return None
    except ClientError as refusal:
        if refusal.response["Error"].get("Code") != FORBIDDEN:
            raise
        return None
    return live_user.read(said, groups=[one["GroupName"] for one in groups])


def _by_srp(api: Any, place: Place, name: str, password: str) -> dict[str, Any]:
    """The password is proved and not sent."""
    mine = srp.ask()
    parameters = {"USERNAME": name, "SRP_A": mine.public.hex().lstrip("0"), **_hash(place, name)}
    asked = api.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=place.client, AuthParameters=parameters)
    told = asked["ChallengeParameters"]
    return dict(
        api.respond_to_auth_challenge(
            ClientId=place.client,
            ChallengeName=asked["ChallengeName"],
            ChallengeResponses=_responses(place, told, mine, password),
            **({"Session": asked["Session"]} if asked.get("Session") else {}),
        )
    )


def _responses(place: Place, told: Mapping[str, str], mine: srp.Offer, password: str) -> dict[str, str]:
    pool_name, identity = place.pool.partition("_")[2], told["USER_ID_FOR_SRP"]
    exponent = srp.secret_exponent(_bytes(told["SALT"]), pool_name, identity, password)
    key = srp.client_key(mine, _bytes(told["SRP_B"]), exponent)
    now = time.gmtime()
    moment = time.strftime(MOMENT.format(now.tm_mday), now)
    proof = srp.proof(key, pool_name, identity, base64.b64decode(told["SECRET_BLOCK"]), moment)
    username = told.get("USERNAME", identity)
    return {
        "USERNAME": username,
        "PASSWORD_CLAIM_SECRET_BLOCK": told["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(proof).decode(),
        "TIMESTAMP": moment,
        **_hash(place, username),
    }


def _bytes(digits: str) -> bytes:
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")


def _hash(place: Place, name: str) -> dict[str, str]:
    return {"SECRET_HASH": secret_hash.of(place.secret, name, place.client)} if place.secret else {}


def _told(token: str) -> dict[str, Any]:
    """The claims of the access token, which came from the live pool this moment."""
    claims = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))
