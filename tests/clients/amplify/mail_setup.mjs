// The pool wants a second factor of everybody, and leaves the choice: the address is said on the way in, and proved.
import { confirmSignIn } from 'aws-amplify/auth';
import { code, refused, mistyped, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const answer = (text) => confirmSignIn({ challengeResponse: text });

const choice = await enter();
const wanted = await answer('EMAIL');
const sent = await answer(said.email);
const right = await code(said.email);
const wrong = await refused(() => answer(mistyped(right)));
const done = await answer(right);

tell({ choice, wanted, sent, wrong, done });
