"""Every refusal: the published code, the HTTP status and the sentence a client reads.

Flows raise a `Refusal`; each face renders it in its own dialect. `detail` is for operators and never leaves the server.
"""

from collections.abc import Mapping
from typing import ClassVar, Final


class Refusal(Exception):
    """A request that is answered with a modelled error.

    `sentence` is what the client reads; `detail` goes to the log only.
    """

    code: ClassVar[str] = "InternalErrorException"
    status: ClassVar[int] = 400
    default: ClassVar[str] = ""

    def __init__(self, sentence: str = "", *, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.sentence = sentence or self.default
        self.detail = detail
        self.headers = headers or {}  # of the answer, beside those of any refusal
        super().__init__(self.sentence)


class AliasExists(Refusal):
    code = "AliasExistsException"
    default = "An account with the email already exists."


class CodeDeliveryFailure(Refusal):
    code = "CodeDeliveryFailureException"
    default = "The code could not be delivered."


class DeviceKeyExists(Refusal):
    code = "DeviceKeyExistsException"
    default = "Device already exists."


class CodeMismatch(Refusal):
    code = "CodeMismatchException"
    default = "Invalid verification code provided, please try again."


class ConcurrentModification(Refusal):
    code = "ConcurrentModificationException"
    default = "The resource was changed by another request. Try again."


class DuplicateProvider(Refusal):
    code = "DuplicateProviderException"
    default = "The user pool has such an identity provider already."


class EnableSoftwareTokenMFA(Refusal):
    code = "EnableSoftwareTokenMFAException"
    default = "Code mismatch and fail enable Software Token MFA"


class ExpiredCode(Refusal):
    code = "ExpiredCodeException"
    default = "Invalid code provided, please request a code again."


class FeatureUnavailableInTier(Refusal):
    code = "FeatureUnavailableInTierException"
    default = "The feature is not available in the pool's tier."


class Forbidden(Refusal):
    code = "ForbiddenException"
    status = 403
    default = "The request was refused by a rule of this server."


class GroupExists(Refusal):
    code = "GroupExistsException"
    default = "A group with the name already exists."


class InternalError(Refusal):
    """Something failed that no input should make fail. The client learns nothing but that."""

    code = "InternalErrorException"
    status = 500
    default = "Something went wrong."


class InvalidLambdaResponse(Refusal):
    code = "InvalidLambdaResponseException"
    default = "Unrecognizable lambda output"


class InvalidOAuthFlow(Refusal):
    code = "InvalidOAuthFlowException"
    default = "The OAuth flows of the client are not valid."


class InvalidParameter(Refusal):
    code = "InvalidParameterException"
    default = "Invalid parameter."


class InvalidPassword(Refusal):
    code = "InvalidPasswordException"
    default = "Password did not conform with policy."


class LimitExceeded(Refusal):
    code = "LimitExceededException"
    default = "Attempt limit exceeded, please try after some time."


class ManagedLoginBrandingExists(Refusal):
    code = "ManagedLoginBrandingExistsException"
    default = "The app client has a managed login style already."


class NotAuthorized(Refusal):
    code = "NotAuthorizedException"
    default = "Incorrect username or password."


class InvalidSession(NotAuthorized):
    default = "Invalid session for the user."


class UserDisabled(NotAuthorized):
    default = "User is disabled."


class OperationNotEnabled(Refusal):
    code = "OperationNotEnabledException"
    default = "The operation is not enabled for the user pool."


class PasswordHistoryPolicyViolation(Refusal):
    code = "PasswordHistoryPolicyViolationException"
    default = "Password has previously been used"


class PasswordResetRequired(Refusal):
    code = "PasswordResetRequiredException"
    default = "Password reset required for the user"


class PreconditionNotMet(Refusal):
    code = "PreconditionNotMetException"
    default = "A precondition of the request is not met."


class RefreshTokenReuse(Refusal):
    code = "RefreshTokenReuseException"
    default = "Refresh token reuse detected"


class ResourceNotFound(Refusal):
    code = "ResourceNotFoundException"
    default = "Requested resource not found."


class ScopeDoesNotExist(Refusal):
    code = "ScopeDoesNotExistException"
    default = "The scope does not exist."


class SoftwareTokenMFANotFound(Refusal):
    code = "SoftwareTokenMFANotFoundException"
    default = "Software Token MFA does not exist for the user."


class TermsExists(Refusal):
    code = "TermsExistsException"
    default = "The app client has terms documents of this name already."


class TooManyFailedAttempts(Refusal):
    code = "TooManyFailedAttemptsException"
    default = "Attempt limit exceeded, please try after some time."


class TooManyRequests(Refusal):
    code = "TooManyRequestsException"
    default = "Too many requests"


class UnexpectedLambda(Refusal):
    code = "UnexpectedLambdaException"
    default = "The Lambda function could not be invoked."


class UnsupportedOperation(Refusal):
    code = "UnsupportedOperationException"
    default = "The operation is not supported."


class UnsupportedTokenType(Refusal):
    code = "UnsupportedTokenTypeException"
    default = "Unsupported token type."


class UnauthorizedClient(Refusal):
    code = "UnauthorizedException"
    default = "Unauthorized."


class UnsupportedUserState(Refusal):
    code = "UnsupportedUserStateException"
    default = "The request failed because the user is in an unsupported state."


class UserLambdaValidation(Refusal):
    code = "UserLambdaValidationException"
    default = "The Lambda function refused."


class UserPoolAddOnNotEnabled(Refusal):
    code = "UserPoolAddOnNotEnabledException"
    default = "Threat protection is not enabled for the user pool."


class UsernameExists(Refusal):
    code = "UsernameExistsException"
    default = "User already exists"


class UserNotConfirmed(Refusal):
    code = "UserNotConfirmedException"
    default = "User is not confirmed."


class UserNotFound(Refusal):
    code = "UserNotFoundException"
    default = "User does not exist."


class UserPoolTagging(Refusal):
    code = "UserPoolTaggingException"
    default = "The tags are not valid."


class WebAuthnChallengeNotFound(Refusal):
    code = "WebAuthnChallengeNotFoundException"
    default = "The challenge of the passkey registration is unknown, used or expired. Start the registration again."


class WebAuthnClientMismatch(Refusal):
    code = "WebAuthnClientMismatchException"
    default = "The passkey registration was started by another app client."


class WebAuthnConfigurationMissing(Refusal):
    code = "WebAuthnConfigurationMissingException"
    default = "The user pool has no relying party id, and the server's address is no domain that could stand in for it."


class WebAuthnCredentialNotSupported(Refusal):
    code = "WebAuthnCredentialNotSupportedException"
    default = "The passkey is of a kind that is not supported."


class WebAuthnNotEnabled(Refusal):
    code = "WebAuthnNotEnabledException"
    default = "Passkeys are not enabled for the user pool."


class WebAuthnOriginNotAllowed(Refusal):
    code = "WebAuthnOriginNotAllowedException"
    default = "The origin of the passkey registration is not within the user pool's relying party id."


class WebAuthnRelyingPartyMismatch(Refusal):
    code = "WebAuthnRelyingPartyMismatchException"
    default = "The passkey was made for another relying party id than the user pool's."


# Errors of the protocol itself, which every AWS service shares and the model does not list.


class Serialization(Refusal):
    code = "SerializationException"
    default = "The request body could not be read as JSON of the operation's form."


class UnknownOperation(Refusal):
    code = "UnknownOperationException"
    default = "The operation is unknown."


class MissingAuthenticationToken(Refusal):
    code = "MissingAuthenticationTokenException"
    default = "Missing Authentication Token"


class IncompleteSignature(Refusal):
    code = "IncompleteSignatureException"
    default = "The request signature does not conform to AWS standards."


class InvalidSignature(Refusal):
    code = "InvalidSignatureException"
    default = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method."
    )


class UnrecognizedClient(Refusal):
    code = "UnrecognizedClientException"
    default = "The security token included in the request is invalid."


class RequestTooLarge(Refusal):
    code = "RequestEntityTooLargeException"
    status = 413
    default = "The request body is larger than 1 MiB."


class ServiceUnavailable(Refusal):
    """The database cannot be reached just now; the client may try again."""

    code = "ServiceUnavailableException"
    status = 503
    default = "The service is unavailable for the moment. Try again."


WRONG_CODE: Final = (CodeMismatch, ExpiredCode)  # of a code that was looked at: a person may say another
