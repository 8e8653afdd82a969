// A second factor and a device: the first time both, then the device in place of the factor or behind it.
import { code, said, tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const one = user();
const first = await authenticate(one);
const done = await outcome(async (end) => one.sendMFACode(await code(said.phone), end));

const again = user();
const second = await authenticate(again);
const last =
  second.event === 'mfaRequired'
    ? await outcome(async (end) => again.sendMFACode(await code(said.phone), end))
    : second;

const key = ({ seen }) => seen[0].getAccessToken().payload.device_key;
tell({ first: first.event, done: done.event, second: second.event, last: last.event, keys: [key(done), key(last)] });
