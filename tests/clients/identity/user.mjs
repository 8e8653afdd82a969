// amazon-cognito-identity-js as an application uses it: a pool that is given Keydesk's address, and its callbacks as
// promises.
import { promisify } from 'node:util';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} from 'amazon-cognito-identity-js';
import { said } from '../scenario.mjs';

export const pool = new CognitoUserPool({ UserPoolId: said.pool, ClientId: said.client, endpoint: said.url });

export const user = (name = said.name) => new CognitoUser({ Username: name, Pool: pool });

export const attributes = (named) =>
  Object.entries(named).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));

/** A method that ends with (error, result). */
export const call = (one, method, ...args) => promisify(one[method].bind(one))(...args);

/** A method with a table of callbacks: what was called, and with what. Refused by what `onFailure` gets. */
export function outcome(start) {
  return new Promise((resolve, reject) => {
    const ending = (event) => (...seen) => resolve({ event, seen });
    start({
      onSuccess: ending('onSuccess'),
      onFailure: reject,
      newPasswordRequired: ending('newPasswordRequired'),
      mfaRequired: ending('mfaRequired'),
      totpRequired: ending('totpRequired'),
      mfaSetup: ending('mfaSetup'),
      selectMFAType: ending('selectMFAType'),
      customChallenge: ending('customChallenge'),
      associateSecretCode: ending('associateSecretCode'),
      inputVerificationCode: ending('inputVerificationCode'),
    });
  });
}

/** Sign in, by SRP unless the user says otherwise: what was called back. */
export const authenticate = (one, password = said.password, more = {}) =>
  outcome((callbacks) =>
    one.authenticateUser(
      new AuthenticationDetails({ Username: one.getUsername(), Password: password, ...more }),
      callbacks,
    ),
  );

/** Someone who is signed in. */
export async function signedIn(name = said.name, password = said.password) {
  const one = user(name);
  const { event } = await authenticate(one, password);
  if (event !== 'onSuccess') throw new Error(`not signed in but asked: ${event}`);
  return one;
}
