"""One function for the three triggers of CUSTOM_AUTH: a riddle with a second try, behind SRP where that comes first."""

from typing import Any

from tests.serving import Pool, Serving
from tests.triggers.recorder import Recorder

# Asks for the password first where the client began with SRP_A, then one riddle, and takes one wrong answer with grace.
BODY = """
source, request, response = event['triggerSource'], event['request'], event['response']
if source.startswith('Define'):
    names = [one['challengeName'] for one in request['session']]
    riddles = [one for one in request['session'] if one['challengeName'] == 'CUSTOM_CHALLENGE']
    if names == ['SRP_A']:
        response['challengeName'] = 'PASSWORD_VERIFIER'
    elif riddles and riddles[-1]['challengeResult']:
        response['issueTokens'] = True
    elif len(riddles) == 2:
        response['failAuthentication'] = True
    else:
        response['challengeName'] = 'CUSTOM_CHALLENGE'
elif source.startswith('Create'):
    response['publicChallengeParameters'] = {'riddle': 'what is six by nine'}
    response['privateChallengeParameters'] = {'answer': '42'}
    response['challengeMetadata'] = 'RIDDLE'
else:
    response['answerCorrect'] = request['challengeAnswer'] == request['privateChallengeParameters']['answer']
return event
"""
DEFINE, CREATE, VERIFY = (
    f"{name}_Authentication" for name in ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
)
FLOWS = {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}


def riddles(server: Serving, pool: Pool, body: str = BODY) -> Recorder:
    """The function, set for the three triggers of the pool."""
    made = Recorder(server, body)
    pool.trigger(DefineAuthChallenge=made.arn, CreateAuthChallenge=made.arn, VerifyAuthChallengeResponse=made.arn)
    return made


def begin(pool: Pool, name: str = "ada", **more: Any) -> Any:
    """InitiateAuth with CUSTOM_AUTH: the whole answer."""
    return pool.api.initiate_auth(
        ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": name}, **more
    )


def answer(pool: Pool, asked: Any, said: str, name: str = "ada", **more: Any) -> Any:
    """RespondToAuthChallenge with CUSTOM_CHALLENGE: the whole answer."""
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "ANSWER": said},
        **more,
    )
