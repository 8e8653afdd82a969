// Post authentication: observes, and adds a claim to the ID token.
export const handler = async (event) => {
  console.log(`${event.userName} signed in`);
  event.response.claimsOverrideDetails = {
    claimsToAddOrOverride: { "custom:greeting": `Hello ${event.userName}` },
  };
  return event;
};
