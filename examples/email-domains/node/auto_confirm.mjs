// Confirms at once who signs up with an address of a chosen domain. All others are made too, and confirm by a code.
const domains = new Set(
  (process.env.DOMAINS ?? "").split(",").map((domain) => domain.trim().toLowerCase()).filter(Boolean),
);

export const handler = async (event) => {
  const address = event.request.userAttributes.email ?? "";
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  if (domains.has(domain)) event.response.autoConfirmUser = true;
  return event;
};
