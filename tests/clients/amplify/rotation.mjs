// Refresh tokens that rotate: Amplify keeps the newest, and a second browser with a used one is out.
import { fetchAuthSession, fetchUserAttributes } from 'aws-amplify/auth';
import { refused, tell } from '../scenario.mjs';
import { browser, enter } from './application.mjs';

const kept = browser();
const refreshToken = () => [...kept].find(([name]) => name.endsWith('.refreshToken'))[1];

await enter();
const stolen = new Map(kept);
const used = [refreshToken()];
for (let turn = 0; turn < 2; turn += 1) {
  await fetchAuthSession({ forceRefresh: true });
  used.push(refreshToken());
}
await fetchUserAttributes();

browser(stolen);
const thief = await refused(() => fetchAuthSession({ forceRefresh: true }));
browser(kept);
const owner = await refused(() => fetchUserAttributes());

tell({ different: new Set(used).size, thief, owner });
