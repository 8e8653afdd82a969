// Someone sets up an authenticator app, and is asked for its code from then on.
import { mistyped, refused, shown, tell } from '../scenario.mjs';
import { authenticate, call, outcome, signedIn, user } from './user.mjs';

const one = await signedIn();
const offered = await outcome((end) => one.associateSoftwareToken(end));
const [secret] = offered.seen;
const verify = (text) => outcome((end) => one.verifySoftwareToken(text, 'my phone', end));
const unverified = await refused(() => verify(mistyped(shown(secret))));
const first = shown(secret);
const verified = await verify(first);
const preferred = await call(one, 'setUserMfaPreference', null, { Enabled: true, PreferredMfa: true });

const again = user();
const asked = await authenticate(again);
const answer = (text) => outcome((end) => again.sendMFACode(text, end, 'SOFTWARE_TOKEN_MFA'));
const used = await refused(() => answer(first));
const done = await answer(shown(secret, 1));

tell({
  offered: offered.event,
  unverified,
  verified: verified.seen[0].Status,
  preferred,
  asked,
  used,
  done: done.event,
  access: done.seen[0].getAccessToken().payload,
});
