// Someone signs out everywhere in one browser; the other one's tokens are worth nothing. Then the account is deleted.
import { deleteUser, fetchAuthSession, fetchUserAttributes, signOut } from 'aws-amplify/auth';
import { refused, tell } from '../scenario.mjs';
import { browser, enter } from './application.mjs';

const there = browser();
await enter();
browser();
await enter();
await signOut({ global: true });
const here = await fetchAuthSession();

browser(there);
const access = await refused(() => fetchUserAttributes());
const refreshed = await fetchAuthSession({ forceRefresh: true });
const again = await enter();
await deleteUser();
const deleted = await refused(() => enter());

tell({ here: here.tokens ?? null, access, refreshed: refreshed.tokens ?? null, again, deleted });
