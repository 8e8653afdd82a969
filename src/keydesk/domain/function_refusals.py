"""What the Lambda API refuses with: its published codes and statuses, where they differ from the user-pool API's."""

from keydesk.errors import Refusal


class FunctionNotFound(Refusal):
    code = "ResourceNotFoundException"
    status = 404
    default = "The resource you requested does not exist."


class Conflict(Refusal):
    code = "ResourceConflictException"
    status = 409


class InvalidValue(Refusal):
    code = "InvalidParameterValueException"


class InvalidRequest(Refusal):
    """A member outside the limits of the published model."""

    code = "ValidationException"


class InvalidContent(Refusal):
    code = "InvalidRequestContentException"


class PreconditionFailed(Refusal):
    code = "PreconditionFailedException"
    status = 412
    default = (
        "The RevisionId provided does not match the latest RevisionId. "
        "Call the GetFunction/GetAlias API to retrieve the latest RevisionId"
    )


class PayloadTooLarge(Refusal):
    code = "RequestTooLargeException"
    status = 413


class Throttling(Refusal):
    code = "TooManyRequestsException"
    status = 429
    default = "Rate Exceeded."


class PolicyTooLong(Refusal):
    code = "PolicyLengthExceededException"
    default = "The final policy size is bigger than the limit (20480)."


class AccessDenied(Refusal):
    code = "AccessDeniedException"
    status = 403
    default = "The URL is not valid any more."


class NoProvisionedConcurrency(Refusal):
    code = "ProvisionedConcurrencyConfigNotFoundException"
    status = 404
    default = "No Provisioned Concurrency Config found for this function"


class NotServed(Refusal):
    """An operation of Lambda that Keydesk does not have; the sentence says which and why."""

    code = "UnknownOperationException"
    status = 404
