// Turns away user names that are too short, in a sentence that the client can show.
const least = Number(process.env.LEAST_LENGTH ?? 5);

export const handler = async (event) => {
  if ([...event.userName].length < least) {
    throw new Error(`Cannot register users with username less than the minimum length of ${least}`);
  }
  return event;
};
