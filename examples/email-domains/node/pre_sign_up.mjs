// What a pool runs: it has one function for a trigger, so this one asks others in turn. The first refusal counts.
import { handler as autoConfirm } from "./auto_confirm.mjs";
import { handler as shortNames } from "./short_names.mjs";

export const handler = async (event) => {
  for (const rule of [shortNames, autoConfirm]) event = await rule(event);
  return event;
};
