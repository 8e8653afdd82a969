// A device that its user wants remembered proves itself from then on, until it is forgotten.
import { fetchAuthSession, fetchDevices, forgetDevice, rememberDevice, signOut } from 'aws-amplify/auth';
import { tell } from '../scenario.mjs';
import { enter } from './application.mjs';

async function deviceKey() {
  const { tokens } = await fetchAuthSession();
  return tokens.accessToken.payload.device_key;
}

const entered = await enter();
const first = await deviceKey();
await rememberDevice();
const devices = await fetchDevices();
await signOut();

const again = await enter();
const second = await deviceKey();
const refreshed = await fetchAuthSession({ forceRefresh: true });
await forgetDevice();
const left = await fetchDevices();
await signOut();
const anew = await enter();
const third = await deviceKey();

tell({
  entered,
  first,
  devices: devices.map(({ id }) => id),
  again,
  second,
  refreshed: refreshed.tokens.accessToken.payload.device_key,
  left,
  anew,
  third,
});
