// Someone deletes their account, and is nobody.
import { refused, tell } from '../scenario.mjs';
import { authenticate, call, signedIn, user } from './user.mjs';

const deleted = await call(await signedIn(), 'deleteUser');
const after = await refused(() => authenticate(user()));

tell({ deleted, after });
