// A custom challenge with one wrong answer, with or without SRP before it.
import { confirmSignIn, fetchAuthSession } from 'aws-amplify/auth';
import { said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const asked = said.srp
  ? await enter({ authFlowType: 'CUSTOM_WITH_SRP' })
  : await enter({ authFlowType: 'CUSTOM_WITHOUT_SRP' }, null);
const answer = (text) => confirmSignIn({ challengeResponse: text, options: { clientMetadata: { said: text } } });
const wrong = await answer('41');
const done = await answer('42');
const { tokens } = await fetchAuthSession();

tell({ asked, wrong, done, access: tokens.accessToken.payload });
