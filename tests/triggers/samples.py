"""Three pre-sign-up functions that people write first, each in Python, in Node with a callback, and as an ES module."""

DOMAIN = {
    "python": """
def handler(event, context):
    told = event["request"]["userAttributes"]
    domain = told["email"].partition("@")[2]
    event["response"]["autoConfirmUser"] = told.get("custom:domain") == domain
    return event
""",
    "callback": """
exports.handler = (event, context, callback) => {
  const told = event.request.userAttributes;
  const [, domain] = told.email.split("@");
  event.response.autoConfirmUser = told["custom:domain"] === domain;
  callback(null, event);
};
""",
    "module": """
export const handler = async (event) => {
  const { email, "custom:domain": said } = event.request.userAttributes;
  event.response.autoConfirmUser = email.endsWith("@" + said);
  return event;
};
""",
}

VERIFY_ALL = {
    "python": """
FLAGS = {"email": "autoVerifyEmail", "phone_number": "autoVerifyPhone"}
def handler(event, context):
    event["response"]["autoConfirmUser"] = True
    for name in event["request"]["userAttributes"]:
        if name in FLAGS:
            event["response"][FLAGS[name]] = True
    return event
""",
    "callback": """
exports.handler = (event, context, callback) => {
  const told = event.request.userAttributes;
  event.response.autoConfirmUser = true;
  if (told.email !== undefined) event.response.autoVerifyEmail = true;
  if (told.phone_number !== undefined) event.response.autoVerifyPhone = true;
  callback(null, event);
};
""",
    "module": """
const handler = async ({ request: { userAttributes: told }, response, ...rest }) => ({
  ...rest,
  request: { userAttributes: told },
  response: {
    ...response,
    autoConfirmUser: true,
    ...("email" in told && { autoVerifyEmail: true }),
    ...("phone_number" in told && { autoVerifyPhone: true }),
  },
});
export { handler };
""",
}

TOO_SHORT = "Cannot register users with username less than the minimum length of 5"
SHORT_NAMES = {
    "python": f"""
def handler(event, context):
    if len(event["userName"]) < 5:
        raise ValueError("{TOO_SHORT}")
    return event
""",
    "callback": f"""
exports.handler = (event, context, callback) => {{
  if (event.userName.length < 5) callback(new Error("{TOO_SHORT}"), event);
  callback(null, event);
}};
""",
    "module": f"""
export const handler = async (event) => {{
  if (event.userName.length < 5) throw new Error("{TOO_SHORT}");
  return event;
}};
""",
}
