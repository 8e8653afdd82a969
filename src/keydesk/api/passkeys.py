"""Passkeys of a user, by their access token. Options and credentials are JSON documents, as browsers speak them."""

from keydesk.api.operation import operation
from keydesk.domain.passkey import Passkey
from keydesk.flows import passkey_registration
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.shapes import types as shapes


@operation("StartWebAuthnRegistration")
async def start_web_authn_registration(
    call: Call, ask: shapes.StartWebAuthnRegistrationRequest
) -> shapes.StartWebAuthnRegistrationResponse:
    options = await passkey_registration.start(await bearer(ask.access_token, call), call)
    return shapes.StartWebAuthnRegistrationResponse(credential_creation_options=options)


@operation("CompleteWebAuthnRegistration")
async def complete_web_authn_registration(
    call: Call, ask: shapes.CompleteWebAuthnRegistrationRequest
) -> shapes.CompleteWebAuthnRegistrationResponse:
    await passkey_registration.complete(await bearer(ask.access_token, call), ask.credential, call)
    return shapes.CompleteWebAuthnRegistrationResponse()


@operation("ListWebAuthnCredentials")
async def list_web_authn_credentials(
    call: Call, ask: shapes.ListWebAuthnCredentialsRequest
) -> shapes.ListWebAuthnCredentialsResponse:
    who = await bearer(ask.access_token, call)
    found, token = await passkey_registration.page(who, ask.next_token, ask.max_results, call)
    return shapes.ListWebAuthnCredentialsResponse(credentials=[_shown(each) for each in found], next_token=token)


@operation("DeleteWebAuthnCredential")
async def delete_web_authn_credential(
    call: Call, ask: shapes.DeleteWebAuthnCredentialRequest
) -> shapes.DeleteWebAuthnCredentialResponse:
    await passkey_registration.remove(await bearer(ask.access_token, call), ask.credential_id, call)
    return shapes.DeleteWebAuthnCredentialResponse()


def _shown(passkey: Passkey) -> shapes.WebAuthnCredentialDescription:
    return shapes.WebAuthnCredentialDescription(
        credential_id=passkey_registration.shown_id(passkey),
        friendly_credential_name=passkey.name,
        relying_party_id=passkey.relying_party,
        authenticator_attachment=passkey.attachment or None,
        authenticator_transports=list(passkey.transports),
        created_at=passkey.created / 1000,
    )
