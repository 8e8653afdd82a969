"""The keys of a pool for SAML: one signs what it sends to providers; one for each provider opens what that sends."""

from keydesk.crypto import certificates
from keydesk.crypto.certificates import Certified
from keydesk.domain import places
from keydesk.domain.pool import Pool
from keydesk.flows import pools
from keydesk.flows.call import Call
from keydesk.store import saml_keys
from keydesk.store.saml_keys import SamlKeyRow


async def signing_certificate(pool_id: str, call: Call) -> str:
    """GetSigningCertificate: the pool's own, made when it is asked for first, and kept. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    known = await call.store.glance(saml_keys.certificate, pool.id)
    if known is None:
        made = await fresh(pool, call)
        sealed = call.desk.sealer.seal(made.private, places.saml_key(pool.id), pool.id)
        row = SamlKeyRow(pool.id, sealed, made.certificate, call.now())
        known = await call.store.write(saml_keys.claim, row)
    return certificates.text(known)


async def fresh(pool: Pool, call: Call) -> Certified:
    """A key with a certificate in the pool's name; not stored."""
    return await call.think(certificates.generate, pool.id, call.now())
