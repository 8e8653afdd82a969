// Tells a collector that somebody signed in, and brings what the pool knows of them to a store that all devices read.
// Both at once, each a second at most. Nobody waits longer for a collector, and nobody is kept out by one.
const milliseconds = Number(process.env.SINK_SECONDS ?? 1) * 1000;
const shared = ["name", "locale", "zoneinfo"]; // what other systems may know of a user: no address, no number

export const handler = async (event) => {
  const told = event.request.userAttributes;
  const now = new Date().toISOString();
  const signIn = {
    type: "sign_in",
    at: now,
    pool: event.userPoolId,
    client: event.callerContext.clientId,
    user: told.sub,
    newDevice: event.request.newDeviceUsed,
  };
  const known = shared.filter((name) => name in told).map((name) => [name, told[name]]);
  const profile = { ...Object.fromEntries(known), lastSignIn: now };
  const sent = await Promise.allSettled([
    send("POST", process.env.COLLECTOR_URL, signIn),
    send("PATCH", `${process.env.STORE_URL}/${told.sub}/profile`, profile),
  ]);
  // On live AWS a post authentication that throws fails the sign-in.
  for (const { reason: why } of sent) if (why) console.error(`not sent: ${why.name} ${why.cause?.code ?? why.message}`);
  return event;
};

const send = async (method, url, body) => {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.SINK_KEY ?? ""}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(milliseconds),
  });
  if (!answer.ok) throw new Error(`HTTP Error ${answer.status}`);
  await answer.arrayBuffer();
};
