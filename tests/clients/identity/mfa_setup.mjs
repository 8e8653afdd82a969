// The pool wants a second factor of everybody: an app is set up on the way in, behind a password of one's own.
import { mistyped, refused, said, shown, tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const one = user();
const temporary = await authenticate(one, said.temporary);
const asked = await outcome((end) => one.completeNewPasswordChallenge(said.password, {}, end));
const offered = await outcome((end) => one.associateSoftwareToken(end));
const [secret] = offered.seen;
const verify = (text) => outcome((end) => one.verifySoftwareToken(text, 'my phone', end));
const wrong = await refused(() => verify(mistyped(shown(secret))));
const done = await verify(shown(secret));
const again = user();
const next = await authenticate(again);
const last = await outcome((end) => again.sendMFACode(shown(secret, 1), end, 'SOFTWARE_TOKEN_MFA'));

tell({ temporary: temporary.event, asked: asked.event, wrong, done: done.event, next: next.event, last: last.event });
