// aws-jwt-verify's verifier for any issuer: it finds the keys from the issuer alone. Its own fetcher speaks https only;
// a server on this machine is asked with the platform's fetch.
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { refused, said, tell } from '../scenario.mjs';

const asked = [];
const fetcher = {
  async fetch(address) {
    asked.push(address);
    const answer = await fetch(address);
    return answer.arrayBuffer();
  },
};
const jwksCache = new SimpleJwksCache({ fetcher });

const verifier = (audience) =>
  JwtVerifier.create({ issuer: `${said.url}/${said.pool}`, audience }, { jwksCache });

tell({
  id: await verifier(said.client).verify(said.id),
  access: await verifier(null).verify(said.access), // Cognito's access tokens have no audience
  foreign: await refused(() => verifier('another-client').verify(said.id)),
  other: await refused(() => verifier(null).verify(said.other)),
  asked,
});
