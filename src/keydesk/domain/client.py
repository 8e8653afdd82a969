"""An app client: who may sign users in, by which flows, and how long its tokens last."""

from functools import lru_cache

import msgspec

from keydesk.shapes.types import ClientSSOSessionConfigType, RiskConfigurationType, UserPoolClientType

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}

# Names that AWS retired but still accepts, and what they are called now.
LEGACY_FLOWS = {
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY": "ALLOW_CUSTOM_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
}
DEFAULT_FLOWS = ("ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
MOST_SECRETS = 2
SRP_FLOWS = frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"})


class Secret(msgspec.Struct, frozen=True):
    """One secret of a client. `created` is in epoch milliseconds; `id` names it to administrators."""

    id: str
    sealed: bytes
    created: int


class Client(msgspec.Struct, kw_only=True):
    """A client as it is stored. `settings` is what DescribeUserPoolClient shows, but for the secret and times."""

    id: str
    pool: str
    name: str
    settings: UserPoolClientType
    secrets: tuple[Secret, ...] = ()  # in the order in which they were made; none for a public client
    secret: bytes = b""  # sealed; the only one of a client that was stored before it could have two
    sso_session: ClientSSOSessionConfigType | None = None  # what SetUserPoolClientSessionConfiguration said
    risk: RiskConfigurationType | None = None  # what SetRiskConfiguration said for this client, in place of the pool's
    created: int = 0  # epoch milliseconds
    modified: int = 0
    rev: int = 1

    def __post_init__(self) -> None:
        if self.secret:
            self.secrets = (Secret(secret_id(self.id, self.created), self.secret, self.created),)
            self.secret = b""

    @property
    def first_secret(self) -> Secret | None:
        """The one that the client was made with, while it has not been deleted."""
        return next((secret for secret in self.secrets if secret.created == self.created), None)

    @property
    def flows(self) -> frozenset[str]:
        """The `ALLOW_…` names of the flows that are open; legacy names count as today's."""
        return _flows(tuple(self.settings.explicit_auth_flows or ()), self.rotates)

    @property
    def allows_srp(self) -> bool:
        return bool(self.flows & SRP_FLOWS)

    @property
    def allows_choice(self) -> bool:
        """Whether users choose how to prove themselves (USER_AUTH)."""
        return "ALLOW_USER_AUTH" in self.flows

    @property
    def hides_existence(self) -> bool:
        """Whether the client is told the same for a missing user as for a wrong password."""
        return self.settings.prevent_user_existence_errors == "ENABLED"

    @property
    def revokes(self) -> bool:
        return bool(self.settings.enable_token_revocation)

    @property
    def rotates(self) -> bool:
        """Whether each refresh gives a new refresh token, and the old one goes."""
        said = self.settings.refresh_token_rotation
        return said is not None and said.feature == "ENABLED"

    @property
    def grace_seconds(self) -> int:
        """How long a refresh token that gave way is still good for a retry: 0 to 60."""
        said = self.settings.refresh_token_rotation
        return (said.retry_grace_period_seconds if said else None) or 0

    @property
    def id_seconds(self) -> int:
        return self._seconds("id_token", self.settings.id_token_validity, 3600)

    @property
    def access_seconds(self) -> int:
        return self._seconds("access_token", self.settings.access_token_validity, 3600)

    @property
    def refresh_seconds(self) -> int:
        return self._seconds("refresh_token", self.settings.refresh_token_validity, 30 * 86400)

    @property
    def auth_session_seconds(self) -> int:
        """How long a challenge waits for its answer: 3 to 15 minutes."""
        return (self.settings.auth_session_validity or 3) * 60

    def _seconds(self, token: str, validity: int | None, default: int) -> int:
        if not validity:
            return default
        units = self.settings.token_validity_units
        unit = getattr(units, token, None) if units else None
        return validity * SECONDS[unit or ("days" if token == "refresh_token" else "hours")]


def secret_id(client_id: str, created: int) -> str:
    """The published form: the client's id and the time (here in milliseconds)."""
    return f"{client_id}--{created}"


@lru_cache(maxsize=1000)
def _flows(said: tuple[str, ...], rotates: bool) -> frozenset[str]:
    """REFRESH_TOKEN_AUTH answers without a refresh token, so a client that rotates cannot use it."""
    flows = {LEGACY_FLOWS.get(flow, flow) for flow in said or DEFAULT_FLOWS}
    if any(flow in LEGACY_FLOWS for flow in said):  # a client of the old kind may always refresh and use SRP
        flows |= {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}
    return frozenset(flows - {"ALLOW_REFRESH_TOKEN_AUTH"} if rotates else flows)
