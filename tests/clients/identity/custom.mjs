// A custom challenge with one wrong answer, with or without SRP before it.
import { AuthenticationDetails } from 'amazon-cognito-identity-js';
import { said, tell } from '../scenario.mjs';
import { authenticate, outcome, user } from './user.mjs';

const one = user();
one.setAuthenticationFlowType('CUSTOM_AUTH');
const details = new AuthenticationDetails({ Username: said.name });
const asked = said.srp ? await authenticate(one) : await outcome((end) => one.initiateAuth(details, end));
const answer = (text) => outcome((end) => one.sendCustomChallengeAnswer(text, end, { said: text }));
const wrong = await answer('41');
const { event, seen } = await answer('42');

tell({ asked, wrong, event, access: seen[0].getAccessToken().payload });
