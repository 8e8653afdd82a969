// Someone reads and changes their attributes, verifies a new address with its code, and changes the password.
import { promisify } from 'node:util';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { attributes, authenticate, call, outcome, signedIn, user } from './user.mjs';

const named = (list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));

const one = await signedIn();
const before = named(await call(one, 'getUserAttributes'));
await call(one, 'updateAttributes', attributes({ email: said.email, nickname: 'countess' }));
const changed = named(await call(one, 'getUserAttributes'));
const asked = await outcome((end) => one.getAttributeVerificationCode('email', end));
const right = await code(said.email);
const wrong = await refused(() => outcome((end) => one.verifyAttribute('email', mistyped(right), end)));
await outcome((end) => one.verifyAttribute('email', right, end));
await call(one, 'deleteAttributes', ['nickname']);
const data = await promisify((end) => one.getUserData(end, { bypassCache: true }))();
const mistaken = await refused(() => call(one, 'changePassword', 'Wrong-horse-9', said.next));
await call(one, 'changePassword', said.password, said.next);
const old = await refused(() => authenticate(user()));
const again = await authenticate(user(), said.next);

tell({
  before,
  changed,
  asked: asked.event,
  wrong,
  name: data.Username,
  after: named(data.UserAttributes),
  mistaken,
  old,
  again: again.event,
});
