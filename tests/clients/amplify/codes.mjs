// Someone is asked for a code by SMS or by e-mail beside the password, and chooses which.
import { confirmSignIn, fetchMFAPreference, signOut, updateMFAPreference } from 'aws-amplify/auth';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const answer = (text) => confirmSignIn({ challengeResponse: text });

await enter();
await updateMFAPreference({ sms: 'PREFERRED', email: 'ENABLED' });
const preference = await fetchMFAPreference();
await signOut();

const bySms = await enter();
const right = await code(said.phone);
const wrong = await refused(() => answer(mistyped(right)));
const first = await answer(right);
await updateMFAPreference({ sms: 'NOT_PREFERRED', email: 'NOT_PREFERRED' });
await signOut();

const choice = await enter();
const byMail = await answer('EMAIL');
const second = await answer(await code(said.email));

tell({ preference, bySms, wrong, first, choice, byMail, second });
