// Someone sets up an authenticator app, and is asked for its code from then on.
import {
  confirmSignIn,
  fetchMFAPreference,
  setUpTOTP,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { mistyped, refused, shown, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

await enter();
const offered = await setUpTOTP();
const secret = offered.sharedSecret;
const unverified = await refused(() => verifyTOTPSetup({ code: mistyped(shown(secret)) }));
const first = shown(secret);
await verifyTOTPSetup({ code: first });
await updateMFAPreference({ totp: 'PREFERRED' });
const preference = await fetchMFAPreference();
await signOut();

const asked = await enter();
const used = await refused(() => confirmSignIn({ challengeResponse: first }));
const done = await confirmSignIn({ challengeResponse: shown(secret, 1) });

tell({ uri: offered.getSetupUri('Keydesk').href, unverified, preference, asked, used, done });
