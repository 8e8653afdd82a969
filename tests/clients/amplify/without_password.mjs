// Someone signs up with no password; the confirmed address lets them in at once, and its codes from then on.
import { autoSignIn, confirmSignIn, confirmSignUp, fetchUserAttributes, signOut, signUp } from 'aws-amplify/auth';
import { code, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const made = await signUp({
  username: said.name,
  options: { userAttributes: { email: said.email }, autoSignIn: { authFlowType: 'USER_AUTH' } },
});
const confirmed = await confirmSignUp({ username: said.name, confirmationCode: await code(said.email) });
const entered = await autoSignIn();
const attributes = await fetchUserAttributes();
await signOut();
const asked = await enter({ authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' }, null);
const again = await confirmSignIn({ challengeResponse: await code(said.email) });

tell({ made, confirmed, entered, attributes, asked, again });
