// Someone signs up, cannot sign in yet, asks for the code again, mistypes it, confirms, and is signed in by Amplify.
import { autoSignIn, confirmSignUp, fetchAuthSession, getCurrentUser, resendSignUpCode, signUp } from 'aws-amplify/auth';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const options = { userAttributes: { email: said.email }, autoSignIn: said.automatic };
const made = await signUp({ username: said.name, password: said.password, options });
const early = said.automatic ? null : await enter();
const resent = await resendSignUpCode({ username: said.name });
const right = await code(said.email);
const wrong = await refused(() => confirmSignUp({ username: said.name, confirmationCode: mistyped(right) }));
const confirmed = await confirmSignUp({ username: said.name, confirmationCode: right });
const entered = said.automatic ? await autoSignIn() : await enter();
const { tokens } = await fetchAuthSession();

tell({ made, early, resent, wrong, confirmed, entered, user: await getCurrentUser(), id: tokens.idToken.payload });
