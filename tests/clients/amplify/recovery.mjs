// Someone who forgot the password sets another one with a code, after a wrong code.
import { confirmResetPassword, resetPassword } from 'aws-amplify/auth';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const asked = await resetPassword({ username: said.name });
const right = await code(said.email);
const confirm = (confirmationCode) =>
  confirmResetPassword({ username: said.name, newPassword: said.next, confirmationCode });
const wrong = await refused(() => confirm(mistyped(right)));
await confirm(right);
const old = await refused(() => enter());
const again = await enter({}, said.next);

tell({ asked, wrong, old, again });
