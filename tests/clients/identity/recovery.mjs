// Someone who forgot the password sets another one with a code, after a wrong code.
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const one = user();
const asked = await outcome((end) => one.forgotPassword(end));
const right = await code(said.email);
const wrong = await refused(() =>outcome((end) => one.confirmPassword(mistyped(right), said.next, end)));
const set = await outcome((end) => one.confirmPassword(right, said.next, end));
const old = await refused(() => authenticate(user()));
const again = await authenticate(user(), said.next);

tell({ asked, wrong, set: set.event, old, again: again.event });
