"""Takes the file of a user import at the pre-signed address that CreateUserImportJob gives, as S3 would take it."""

from html import escape
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from keydesk.crypto.ids import new_uuid
from keydesk.domain.import_file import LARGEST
from keydesk.errors import PreconditionNotMet, RequestTooLarge, ServiceUnavailable
from keydesk.flows import imports
from keydesk.flows.call import Desk
from keydesk.wire.request import Answer, Receive, Scope, Send, send_answer

ENCRYPTION: Final = ("x-amz-server-side-encryption", "aws:kms")  # a header that Cognito's addresses have signed in


class Refused(Response):
    """An error as S3 writes it, sent while the file may still be coming: the rest of that is thrown away."""

    def __init__(self, code: str, sentence: str, status: int) -> None:
        said = f"<Error><Code>{code}</Code><Message>{escape(sentence)}</Message></Error>"
        super().__init__(f'<?xml version="1.0" encoding="UTF-8"?>\n{said}', status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(bytes(self.body), self.status_code, "application/xml", {"connection": "close"})
        await send_answer(answer, new_uuid(), send, receive)


def routes(desk: Desk) -> list[Route]:
    """The one route of this file."""

    async def put(request: Request) -> Response:
        job, until = request.path_params["job"], request.query_params.get("Expires", "")
        if not imports.signed(job, until, request.query_params.get("Signature", ""), desk):
            return Refused("SignatureDoesNotMatch", "The signature of this address is not ours.", 403)
        if int(until) <= desk.clock():
            return Refused("AccessDenied", "Request has expired", 403)
        name, value = ENCRYPTION
        if request.headers.get(name) != value:
            return Refused("SignatureDoesNotMatch", f"The header {name}: {value} is part of the signature.", 403)
        return await _received(request, job)

    async def _received(request: Request, id: str) -> Response:
        declared = request.headers.get("content-length", "")
        try:
            if (job := await imports.awaiting(id, desk)) is None:
                return Refused("InvalidRequest", "The user import job takes no file any more.", 400)
            if declared.isdigit() and int(declared) > LARGEST:
                raise RequestTooLarge
            await imports.receive(job, request.stream(), desk)
        except RequestTooLarge:
            return Refused("EntityTooLarge", f"The file is larger than {LARGEST} bytes.", 400)
        except PreconditionNotMet as refusal:  # started meanwhile
            return Response(refusal.sentence, 409)
        except ServiceUnavailable as refusal:
            return Response(refusal.sentence, 503)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        return Response()

    return [Route(imports.PATH + "{job}", put, methods=["PUT"])]
