// The pool wants a second factor of everybody: an app is set up on the way in, behind a password of one's own.
import { confirmSignIn, signOut } from 'aws-amplify/auth';
import { mistyped, refused, said, shown, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const temporary = await enter({}, said.temporary);
const asked = await confirmSignIn({ challengeResponse: said.password });
const secret = asked.nextStep.totpSetupDetails.sharedSecret;
const wrong = await refused(() => confirmSignIn({ challengeResponse: mistyped(shown(secret)) }));
const done = await confirmSignIn({ challengeResponse: shown(secret) });
await signOut();
const next = await enter();
const last = await confirmSignIn({ challengeResponse: shown(secret, 1) });

tell({ temporary, asked: asked.nextStep.signInStep, wrong, done, next, last });
