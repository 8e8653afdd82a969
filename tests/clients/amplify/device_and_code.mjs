// A second factor and a device: the first time both, then the device in place of the factor or behind it.
import { confirmSignIn, fetchAuthSession, signOut } from 'aws-amplify/auth';
import { code, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

async function deviceKey() {
  const { tokens } = await fetchAuthSession();
  return tokens.accessToken.payload.device_key;
}

const answer = async () => confirmSignIn({ challengeResponse: await code(said.phone) });

const first = await enter();
const done = await answer();
const keys = [await deviceKey()];
await signOut();
const second = await enter();
const last = second.isSignedIn ? second : await answer();
keys.push(await deviceKey());

tell({ first, done, second, last, keys });
