"""What the flow behind a trigger would say of an answer whose form is right, for whoever tries a function out.

The rules are the flows' own. What hangs on a pool's settings or its users, the flow alone tells.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from keydesk.domain.pool import Semantics
from keydesk.errors import InvalidLambdaResponse
from keydesk.flows import letters, sign_up
from keydesk.flows.custom_auth import WANTED
from keydesk.messages import wording
from keydesk.messages.compose import Words, compose
from keydesk.messages.message import Medium
from keydesk.triggers.answer import UNRECOGNIZABLE
from keydesk.triggers.catalog import CUSTOM_MESSAGE, DEFINE_AUTH_CHALLENGE, PRE_SIGN_UP, AnyTrigger
from keydesk.triggers.payloads import CustomMessageResponse, DefineAuthChallengeResponse, PreSignUpResponse
from keydesk.triggers.sample import POOL

Event = Mapping[str, Any]


def judge(trigger: AnyTrigger, event: Event, said: Any, semantics: Semantics) -> None:
    """Raises the Refusal by which the call would end that was answered so."""
    if rule := _RULES.get(trigger.name):
        rule(event, said, semantics)


def _flags(event: Event, said: PreSignUpResponse, semantics: Semantics) -> None:
    if not str(event.get("triggerSource")).endswith("_SignUp"):
        return  # the flags mean nothing
    request = event.get("request")
    given = request.get("userAttributes") if isinstance(request, Mapping) else None
    sign_up.marked(given if isinstance(given, Mapping) else {}, said, semantics)


def _words(event: Event, said: CustomMessageResponse, _: Semantics) -> None:
    source = str(event.get("triggerSource")).rpartition("_")[2]
    kind = next((kind for kind, name in letters.SOURCES.items() if name == source), None)
    if kind is None:
        return
    words = Words(said.email_subject or "", said.email_message or "", said.sms_message or "")
    for medium in Medium:
        message = compose(kind, POOL, (medium, ""), str(event.get("userName")), "123456", said=words)
        wording.check(kind, words, message)


def _decision(_: Event, said: DefineAuthChallengeResponse, __: Semantics) -> None:
    if not (said.issue_tokens or said.fail_authentication or said.challenge_name in WANTED):
        raise InvalidLambdaResponse(UNRECOGNIZABLE)


_RULES: Final[Mapping[str, Callable[[Event, Any, Semantics], None]]] = {
    PRE_SIGN_UP.name: _flags,
    CUSTOM_MESSAGE.name: _words,
    DEFINE_AUTH_CHALLENGE.name: _decision,
}
