// aws-amplify as an application configures it: Keydesk's address is the user pool's endpoint. Tokens and device keys are
// kept in a map of our own, so that a scenario can be two browsers.
import { Amplify } from 'aws-amplify';
import { signIn } from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { said } from '../scenario.mjs';

// Amplify confirms no device where there is no navigator to name it by, as in Node.js before version 21.
globalThis.navigator ??= { userAgent: 'Node.js' };

Amplify.configure({
  Auth: {
    Cognito: { userPoolId: said.pool, userPoolClientId: said.client, userPoolEndpoint: said.url },
  },
});

/** From here on the application runs in this browser, a map; gives the map. */
export function browser(kept = new Map()) {
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, value) => void kept.set(key, value),
    removeItem: async (key) => void kept.delete(key),
    clear: async () => kept.clear(),
  });
  return kept;
}

browser();

/** Sign in as someone, by Amplify's default way unless the options say otherwise. */
export const enter = (options, password = said.password, username = said.name) =>
  signIn({ username, password, options });
