// ES module handlers, asynchronous.
import { setTimeout as pause } from 'node:timers/promises';

export const echo = async (event) => event;
export async function identified(event, context) {
  await pause(1);
  return { request: context.awsRequestId };
}
export const raises = async () => { throw new TypeError("the handler's own words"); };
export const rejects = () => Promise.reject(new Error('rejected'));
export const rejectsNothing = () => Promise.reject();
export const nothing = async () => {};
export const never = () => new Promise(() => {});
export const neverSettles = async () => { await never(); };
export const saysMuchAndExits = async (event) => {
  setTimeout(() => process.exit(0), 1);
  return 'x'.repeat(event.size);
};
export const own = async () => { throw Object.assign(new Error('refused'), { code: 'E_OWN', $fault: 'client' }); };
export const plain = (event, context) => Object.keys(context).filter((name) => !name.startsWith('function'));
export const threeParameters = async (event, context, callback) => event;
export default { inside: async () => 'by default' };
