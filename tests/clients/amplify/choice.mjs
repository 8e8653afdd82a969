// USER_AUTH: someone says what they want to sign in with, or is shown what there is and chooses.
import { confirmSignIn, getCurrentUser, signOut } from 'aws-amplify/auth';
import { code, mistyped, refused, said, tell } from '../scenario.mjs';
import { enter } from './application.mjs';

const answer = (text) => confirmSignIn({ challengeResponse: text });
const found = {};

/** One way in, from nobody to nobody. */
async function way(name, walk) {
  found[name] = await walk();
  found[name].user = (await getCurrentUser()).username;
  await signOut();
}

const preferring = (preferredChallenge, password = null) =>
  enter({ authFlowType: 'USER_AUTH', preferredChallenge }, password);

for (const [name, to] of [['EMAIL_OTP', said.email], ['SMS_OTP', said.phone]]) {
  await way(name, async () => {
    const asked = await preferring(name);
    const right = await code(to);
    const wrong = await refused(() => answer(mistyped(right)));
    return { asked, wrong, done: await answer(right) };
  });
}
for (const name of ['PASSWORD', 'PASSWORD_SRP']) {
  await way(name, async () => {
    const wrong = await refused(() => preferring(name, 'Wrong-horse-9'));
    return { wrong, done: await preferring(name, said.password) };
  });
  await way(`${name} chosen`, async () => {
    const offered = await preferring(undefined);
    const asked = await answer(name);
    return { offered, asked, done: await answer(said.password) };
  });
}
await way('EMAIL_OTP chosen', async () => {
  const offered = await preferring(undefined);
  const asked = await answer('EMAIL_OTP');
  return { offered, asked, done: await answer(await code(said.email)) };
});

tell(found);
