"""One request of the Lambda API, taken apart: path, query, body, and who is asked for what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

import msgspec

from keydesk.aws.lambda_limits import check
from keydesk.domain.function import LATEST, Reference, reference
from keydesk.domain.function_refusals import FunctionNotFound, InvalidContent, InvalidValue
from keydesk.errors import Serialization
from keydesk.flows.call import Desk
from keydesk.wire.request import Answer, Request

T = TypeVar("T")

JSON: Final = "application/json"
PAGE: Final = 50  # entries at most in one page of a list


@dataclass(frozen=True, slots=True)
class Ask:
    """What a function of the face gets. `path` holds the values of the route's template, decoded."""

    request: Request
    desk: Desk
    region: str
    path: Mapping[str, str]
    query: Mapping[str, str]

    def reference(self) -> Reference:
        """The function that the path names, with the qualifier of the name or the query.

        Raises InvalidRequest for what is no name, FunctionNotFound for another region's function.
        """
        said = self.path["FunctionName"]
        check({"FunctionName": said, **({"Qualifier": self.query["Qualifier"]} if "Qualifier" in self.query else {})})
        found = reference(said, self.region, self.desk.account)
        if found is None:  # the limits let nothing through that is none
            raise FunctionNotFound(f"Function not found: {said}")
        if found.region != self.region:
            raise FunctionNotFound(
                f"Functions from '{found.region}' are not reachable in this region ('{self.region}')"
            )
        asked = self.query.get("Qualifier", "")
        if asked and found.qualifier and asked != found.qualifier:
            raise InvalidValue("The derived qualifier from the function name does not match the specified qualifier.")
        return msgspec.structs.replace(found, qualifier=asked or found.qualifier)

    def whole(self) -> Reference:
        """The function itself: the qualifier may only say the latest version."""
        found = self.reference()
        if found.qualifier not in ("", LATEST):
            raise InvalidValue(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                "operation. Please specify either a function name or an unqualified function ARN."
            )
        return msgspec.structs.replace(found, qualifier="")

    def body(self, form: type[T]) -> T:
        """The body as the operation's form, held against the published limits.

        Raises InvalidContent for what is no JSON, Serialization for another form, InvalidRequest beyond a limit.
        """
        raw = self.request.body or b"{}"
        try:
            document = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise InvalidContent(f"Could not parse request body into json: {fault}") from fault
        try:
            read = msgspec.convert(document, form)
        except msgspec.ValidationError as fault:
            raise Serialization(str(fault)) from fault
        check(document)
        return read

    def most(self, default: int = PAGE) -> int:
        """How many entries a page may have."""
        said = self.query.get("MaxItems", "")
        if not said:
            return default
        if not re.fullmatch(r"[0-9]{1,6}", said):
            raise Serialization("MaxItems must be a whole number.")
        check({"MaxItems": int(said)})
        return min(int(said), default)

    def several(self, name: str) -> list[str]:
        """Every value of a query parameter that may be given more than once."""
        return parse_qs(self.request.query, keep_blank_values=True).get(name, [])

    def marker(self) -> str:
        """The last entry of the page before: what NextMarker said."""
        return self.query.get("Marker", "")


def answer(document: Mapping[str, Any], status: int = 200) -> Answer:
    """A JSON answer of the REST protocol."""
    return Answer(msgspec.json.encode(document), status, JSON)


def empty(status: int = 204) -> Answer:
    return Answer(b"", status, JSON)
