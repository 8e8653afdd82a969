// What every scenario shares: what it is told, what it tells back, and what no client has: the outbox and an
// authenticator app. A promise that is refused where nothing expects it ends the script, and so fails the test.
import { createHmac } from 'node:crypto';
import { text } from 'node:stream/consumers';

export const said = JSON.parse(await text(process.stdin));

/** The one answer of a scenario, and its end: Amplify leaves a timer behind that would run on for minutes. */
export function tell(found) {
  process.stdout.write(JSON.stringify(found), () => process.exit());
}

/** The error that some work ends with, by its own name or its class's; work that succeeds fails the test. */
export async function refused(work) {
  try {
    await work();
  } catch (error) {
    const name = error.name === 'Error' ? error.constructor.name : error.name;
    return { name, message: error.message };
  }
  throw new Error('the call was not refused');
}

/** The newest code that went to an address or number. */
export async function code(to) {
  const answer = await fetch(`${said.url}/_keydesk/outbox?to=${encodeURIComponent(to)}`);
  return (await answer.json()).at(-1).code;
}

/** Another code than this. */
export const mistyped = (right) => (right === '000000' ? '000001' : '000000');

/** What an authenticator app shows (RFC 6238: SHA-1, 30 seconds, six digits), some steps from now. */
export function shown(secret, steps = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const key = Buffer.from(bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
