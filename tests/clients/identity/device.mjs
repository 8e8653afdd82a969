// A device that its user wants remembered proves itself from then on; a forgotten one is a new one the next time.
import { tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const access = ({ seen }) => seen[0].getAccessToken().payload;

const one = user();
const first = await authenticate(one);
const remembered = await outcome((end) => one.setDeviceStatusRemembered(end));
const known = await outcome((end) => one.getDevice(end));
const listed = await outcome((end) => one.listDevices(10, null, end));

const again = user();
const second = await authenticate(again);
// forgotten by its key, so that this client goes on naming it
const key = access(second).device_key;
await outcome((end) => again.forgetSpecificDevice(key, end));
const third = await authenticate(user());
const gone = await outcome((end) => again.listDevices(10, null, end));

tell({
  first: { event: first.event, asks: first.seen[1] ?? false, key: access(first).device_key },
  remembered: remembered.seen[0],
  known: known.seen[0].Device.DeviceKey,
  listed: listed.seen[0].Devices.map((device) => device.DeviceKey),
  second: { event: second.event, key },
  third: { event: third.event, key: access(third).device_key },
  gone: gone.seen[0].Devices.length,
});
