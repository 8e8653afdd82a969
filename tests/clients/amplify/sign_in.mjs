// Sign in after a wrong password and an unknown name; then use the session, refresh it, and sign out here.
import { fetchAuthSession, getCurrentUser, signOut } from 'aws-amplify/auth';
import { refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const options = said.flow ? { authFlowType: said.flow } : undefined;
const wrong = await refused(() => enter(options, 'Wrong-horse-9'));
const unknown = await refused(() => enter(options, said.password, 'nobody'));
const entered = await enter(options);
const user = await getCurrentUser();
const { tokens, userSub } = await fetchAuthSession();
const twice = await refused(() => enter(options));
const refreshed = await fetchAuthSession({ forceRefresh: true });
await signOut();
const out = await fetchAuthSession();

tell({
  wrong,
  unknown,
  entered,
  user,
  sub: userSub,
  access: tokens.accessToken.payload,
  id: tokens.idToken.payload,
  twice,
  refreshed: refreshed.tokens.accessToken.payload,
  out: out.tokens ?? null,
});
