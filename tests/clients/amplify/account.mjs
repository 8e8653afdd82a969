// Someone reads and changes their attributes, verifies a new address with its code, and changes the password.
import {
  confirmUserAttribute,
  deleteUserAttributes,
  fetchUserAttributes,
  sendUserAttributeVerificationCode,
  signOut,
  updatePassword,
  updateUserAttributes,
} from 'aws-amplify/auth';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

await enter();
const before = await fetchUserAttributes();
const updated = await updateUserAttributes({ userAttributes: { email: said.email, nickname: 'countess' } });
const changed = await fetchUserAttributes();
const sent = await sendUserAttributeVerificationCode({ userAttributeKey: 'email' });
const right = await code(said.email);
const confirm = (confirmationCode) => confirmUserAttribute({ userAttributeKey: 'email', confirmationCode });
const wrong = await refused(() => confirm(mistyped(right)));
await confirm(right);
await deleteUserAttributes({ userAttributeKeys: ['nickname'] });
const after = await fetchUserAttributes();
const mistaken = await refused(() => updatePassword({ oldPassword: 'Wrong-horse-9', newPassword: said.next }));
await updatePassword({ oldPassword: said.password, newPassword: said.next });
await signOut();
const old = await refused(() => enter());
const again = await enter({}, said.next);

tell({ before, updated, changed, sent, wrong, after, mistaken, old, again });
