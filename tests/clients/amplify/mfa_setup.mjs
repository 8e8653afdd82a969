// The pool wants a second factor of everybody: what is chosen is set up on the way in.
import { confirmSignIn, signOut } from 'aws-amplify/auth';
import { mistyped, refused, shown, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const asked = await enter();
const secret = asked.nextStep.totpSetupDetails.sharedSecret;
const wrong = await refused(() => confirmSignIn({ challengeResponse: mistyped(shown(secret)) }));
const done = await confirmSignIn({ challengeResponse: shown(secret) });
await signOut();
const next = await enter();
const last = await confirmSignIn({ challengeResponse: shown(secret, 1) });

tell({ asked: asked.nextStep.signInStep, wrong, done, next, last });
