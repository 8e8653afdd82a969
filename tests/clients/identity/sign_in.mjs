// Sign in by SRP or by sending the password, after a wrong password and an unknown name; then use and refresh.
import { refused, said, tell } from '../scenario.mjs';
import { authenticate, call, pool, user } from './user.mjs';

const someone = (name) => {
  const one = user(name);
  one.setAuthenticationFlowType(said.flow);
  return one;
};

const wrong = await refused(() => authenticate(someone(), 'Wrong-horse-9'));
const unknown = await refused(() => authenticate(someone('nobody')));
const one = someone();
const { event, seen } = await authenticate(one);
const first = seen[0];
const kept = await call(pool.getCurrentUser(), 'getSession');
const refreshed = await call(one, 'refreshSession', first.getRefreshToken());

tell({
  wrong,
  unknown,
  event,
  valid: first.isValid(),
  kept: kept.getAccessToken().getJwtToken() === first.getAccessToken().getJwtToken(),
  access: first.getAccessToken().payload,
  id: first.getIdToken().payload,
  refreshed: refreshed.getAccessToken().payload,
});
