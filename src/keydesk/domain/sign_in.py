"""A sign-in in progress: who, by which way, what was said, and which steps are behind it."""

from dataclasses import dataclass, field
from enum import Flag, auto

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Semantics, Watch
from keydesk.domain.session import Session
from keydesk.domain.token import Claims, Tokens
from keydesk.domain.user import User

Said = dict[str, str]


class Way(Flag):
    """A way in: a column of the sign-in table."""

    PASSWORD = auto()  # USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH
    SRP = auto()  # USER_SRP_AUTH
    CUSTOM = auto()  # CUSTOM_AUTH that begins with a function's own challenge
    CUSTOM_SRP = auto()  # CUSTOM_AUTH that begins with SRP_A
    CHOICE = auto()  # USER_AUTH, until the client has chosen; the step `chosen` moves it to another column
    CODE = auto()  # USER_AUTH by EMAIL_OTP or SMS_OTP
    PASSKEY = auto()  # USER_AUTH by WEB_AUTHN


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question to the client. `block` names the parameter, if any, that holds the Session in base64.

    `keeps_session`: it waits under the string of the answer before. amazon-cognito-identity-js answers DEVICE_SRP_AUTH
    behind a code with the Session that the code was asked with.
    """

    name: str
    parameters: dict[str, str]
    block: str = ""
    available: tuple[str, ...] = ()  # the first factors that are open, beside SELECT_CHALLENGE and any of them
    keeps_session: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """An SRP exchange that waits for the client's proof: A, the server's b and B, and the name that it told."""

    username: str
    client: bytes
    secret: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Round:
    """One challenge that is behind, as the functions of CUSTOM_AUTH see it in `session`."""

    name: str
    result: bool
    metadata: str | None = None


@dataclass(slots=True)
class Carried:
    """What steps keep from a question until its answer comes."""

    exchange: Exchange | None = None  # of the user's password, or of the device's
    rounds: list[Round] = field(default_factory=list)
    credential: bytes = b""  # a sealed credential to store in place of the old one
    private: Said = field(default_factory=dict)  # privateChallengeParameters: never shown to a client (SR-09)
    factor: str = ""  # the way or factor that was chosen: EMAIL_OTP, SMS_MFA, …
    code: bytes = b""  # keyed digest of the one-time code that was sent
    passkey: bytes = b""  # the random bytes that a passkey is to sign
    device: str = ""  # the key of the device that the client named, or that was handed to it
    new_device_group: str = ""  # with a key that was handed out
    device_spares: bool = False  # a device was proved that stands for the second factor
    address: str = ""  # that was given for a second factor: the user has it once its code was said
    had: tuple[str, ...] = ()  # the second factors from before the user gave attributes with a new password
    risk: str = ""  # how much it looks like somebody else's: Low, Medium, High
    second_wanted: bool = False  # …so that a second factor is asked for, whether or not the user switched one on
    set_up: bool = False  # the second factor that MFA_SETUP asked for was set up in this very sign-in


@dataclass(slots=True)
class SignIn:
    """Steps read and write this; everything they need was loaded before the first of them."""

    way: Way
    flow: str  # the AuthFlow as published
    client: Client
    pool: Pool
    semantics: Semantics
    user: User | None
    typed: str  # USERNAME as the client sent it
    said: Said
    event_id: str
    watch: Watch = Watch.OFF
    seen: int = 0  # `Turns.wrong` from before the user was read
    validation: Said | None = None  # ClientMetadata of the Initiate call, which triggers know as validationData
    metadata: Said | None = None  # ClientMetadata of the Respond call
    done: list[str] = field(default_factory=list)  # names of the steps behind, oldest first
    answering: str = ""  # the challenge that `said` answers
    session_said: str = ""  # the Session under which it was asked
    offered: tuple[str, ...] = ()  # the first factors that were open when one was chosen (USER_AUTH)
    carried: Carried = field(default_factory=Carried)
    session: Session | None = None  # made by `tokens`, stored by `kept`
    claims: Claims | None = None
    tokens: Tokens | None = None

    @property
    def known(self) -> User:
        """The user, where the steps behind have made sure that there is one."""
        if self.user is None:
            raise AssertionError("a step ran before `password`")
        return self.user


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is kept of a sign-in between two calls, sealed: no password and no token is in it."""

    way: int
    flow: str
    client: str
    username: str
    standing: bytes  # of the user when the question was asked: an answer counts only while nothing of it has changed;
    # empty where a name that nobody has was asked as if somebody had it
    typed: str
    challenge: str
    event_id: str
    validation: Said | None
    done: list[str]
    carried: Carried
