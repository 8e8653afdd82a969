// Someone whom an administrator made replaces the temporary password, and says the attribute that the pool requires.
import { confirmSignIn, fetchUserAttributes, signOut } from 'aws-amplify/auth';
import { refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const asked = await enter({}, said.temporary);
const given = { userAttributes: { given_name: 'Ada' } };
const weak = await refused(() => confirmSignIn({ challengeResponse: 'weak', options: given }));
const done = await confirmSignIn({ challengeResponse: said.password, options: given });
const attributes = await fetchUserAttributes();
await signOut();
const old = await refused(() => enter({}, said.temporary));
const again = await enter();

tell({ asked, weak, done, attributes, old, again });
