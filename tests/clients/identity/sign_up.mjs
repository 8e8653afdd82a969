// Someone signs up, cannot sign in yet, asks for the code again, mistypes it, confirms, and is in.
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { attributes, authenticate, call, pool, user } from './user.mjs';

const made = await call(pool, 'signUp', said.name, said.password, attributes({ email: said.email }), []);
const one = user();
const unconfirmed = await refused(() => authenticate(one));
const first = await code(said.email);
const resent = await call(one, 'resendConfirmationCode');
const wrong = await refused(() => call(one, 'confirmRegistration', mistyped(first), false));
const confirmed = await call(one, 'confirmRegistration', await code(said.email), false);
const again = await refused(() => call(pool, 'signUp', said.name, said.password, [], []));
const { seen } = await authenticate(one);

tell({
  sub: made.userSub,
  confirmedAtOnce: made.userConfirmed,
  delivery: made.codeDeliveryDetails,
  resent,
  unconfirmed,
  wrong,
  confirmed,
  again,
  id: seen[0].getIdToken().payload,
});
