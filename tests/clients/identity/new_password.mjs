// Someone whom an administrator made replaces the temporary password, and says the attribute that the pool requires.
import { refused, said, tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const one = user();
const { event, seen } = await authenticate(one, said.temporary);
const missing = await refused(() => outcome((end) => one.completeNewPasswordChallenge(said.password, {}, end)));
const weak = await refused(() => outcome((end) => one.completeNewPasswordChallenge('weak', { given_name: 'Ada' }, end)));
const done = await outcome((end) => one.completeNewPasswordChallenge(said.password, { given_name: 'Ada' }, end));
const old = await refused(() => authenticate(user(), said.temporary));
const again = await authenticate(user());

tell({
  event,
  attributes: seen[0],
  required: seen[1],
  missing,
  weak,
  done: done.event,
  id: done.seen[0].getIdToken().payload,
  old,
  again: again.event,
});
