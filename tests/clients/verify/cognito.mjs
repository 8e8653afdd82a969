// aws-jwt-verify's verifier for Cognito. It knows AWS's issuer alone, so the server's tokens must say that one; the keys
// are handed over, since AWS does not have them.
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { refused, said, tell } from '../scenario.mjs';

const answer = await fetch(`${said.url}/${said.pool}/.well-known/jwks.json`);
const jwks = await answer.json();

function verifier(tokenUse, clientId = said.client) {
  const made = CognitoJwtVerifier.create({ userPoolId: said.pool, tokenUse, clientId });
  made.cacheJwks(jwks);
  return made;
}

const [head, payload, signature] = said.access.split('.');
const claims = JSON.parse(Buffer.from(payload, 'base64url'));
const forged = Buffer.from(JSON.stringify({ ...claims, username: 'root' })).toString('base64url');

tell({
  id: await verifier('id').verify(said.id),
  access: await verifier('access').verify(said.access),
  swapped: await refused(() => verifier('id').verify(said.access)),
  foreign: await refused(() => verifier('id', 'another-client').verify(said.id)),
  forged: await refused(() => verifier('access').verify([head, forged, signature].join('.'))),
});
