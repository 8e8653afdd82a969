// Someone signs out everywhere: what was signed in with before is worth nothing. Signing out here ends one session.
import { refused, tell } from '../scenario.mjs';
import { authenticate, call, outcome, signedIn, user } from './user.mjs';

const refreshToken = (one) => one.getSignInUserSession().getRefreshToken();

const [here, there] = [await signedIn(), await signedIn()];
const ended = refreshToken(there);
await outcome((end) => here.globalSignOut(end));
const access = await refused(() => call(there, 'getUserAttributes'));

const next = await signedIn();
const revoked = refreshToken(next);
await new Promise((resolve, reject) => next.signOut((error) => (error ? reject(error) : resolve())));

// side by side, since this client tries a refused refresh again for some seconds
const [everywhere, only] = await Promise.all(
  [ended, revoked].map((token) => refused(() => call(user(), 'refreshSession', token))),
);
const { event } = await authenticate(user());

tell({ access, everywhere, only, again: event });
