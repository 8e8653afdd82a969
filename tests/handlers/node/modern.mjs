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
export default { inside: async () => 'by default' };
