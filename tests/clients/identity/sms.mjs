// Someone is asked for the code that went to their telephone; with an app beside it they say which of both they want.
import { code, mistyped, refused, said, shown, tell } from '../scenario.mjs';
import { authenticate, call, outcome, signedIn, user } from './user.mjs';

const first = await signedIn();
await call(first, 'setUserMfaPreference', { Enabled: true, PreferredMfa: true }, null);

const one = user();
const asked = await authenticate(one);
const right = await code(said.phone);
const wrong = await refused(() => outcome((end) => one.sendMFACode(mistyped(right), end)));
const done = await outcome((end) => one.sendMFACode(right, end));

const offered = await outcome((end) => one.associateSoftwareToken(end));
const [secret] = offered.seen;
await outcome((end) => one.verifySoftwareToken(shown(secret), 'my phone', end));
const neither = { Enabled: true, PreferredMfa: false };
await call(one, 'setUserMfaPreference', neither, neither);

const another = user();
const choice = await authenticate(another);
const chosen = await outcome((end) => another.sendMFASelectionAnswer('SOFTWARE_TOKEN_MFA', end));
const last = await outcome((end) => another.sendMFACode(shown(secret, 1), end, 'SOFTWARE_TOKEN_MFA'));

tell({ asked, wrong, done: done.event, choice, chosen: chosen.event, last: last.event });
