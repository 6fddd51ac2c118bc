import pytest
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from leastway.aws.errors import aws_errors
from leastway.errors import LeastwayError
from leastway.ports import AlreadyThereError, NotThereYetError

WHERE = "111122223333/role/humanitec-s3"
REQUEST = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"


def refusal(code: str, message: str, operation: str = "CreateRole", **metadata: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"RequestId": REQUEST, **metadata},  # type: ignore[typeddict-item]
        },
        operation,
    )


def translated(error: Exception) -> LeastwayError:
    with pytest.raises(LeastwayError) as caught, aws_errors(WHERE):
        raise error
    assert caught.value.where == WHERE
    return caught.value


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("EntityAlreadyExists", "Role with name x already exists.", AlreadyThereError),
        ("ResourceInUseException", "The specified access entry resource is already in use.", AlreadyThereError),
        ("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"arn"', NotThereYetError),
        ("InvalidParameterException", "The specified principalArn is invalid: invalid principal.", NotThereYetError),
        ("ConcurrentModification", "Please try again.", NotThereYetError),
        ("EntityTemporarilyUnmodifiable", "Login Profile cannot be modified yet.", NotThereYetError),
        ("DeleteConflict", "Cannot delete entity, must detach all policies first.", NotThereYetError),
    ],
)
def test_errors_that_the_reconciler_distinguishes_have_their_own_class(
    code: str, message: str, kind: type[LeastwayError]
) -> None:
    error = translated(refusal(code, message))
    assert type(error) is kind
    assert REQUEST in error.what
    assert isinstance(error.__cause__, ClientError)


@pytest.mark.parametrize(
    ("code", "message", "what", "fix"),
    [
        ("MalformedPolicyDocument", "Syntax errors in policy.", "CreateRole: Syntax errors in policy", None),
        (
            "NoSuchEntity",
            "Role x cannot be found.",
            "it no longer exists: CreateRole: Role x cannot be found",
            "plan again",
        ),
        ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000.", "RolesPerAccount", "quota"),
        ("ExpiredToken", "The security token included in the request is expired", "have expired", "log in again"),
        ("InvalidClientTokenId", "The security token included in the request is invalid.", "not know", "log in again"),
        ("UnrecognizedClientException", "The security token is invalid.", "not know these", "log in again"),
        ("RegionDisabledException", "STS is not activated in this region", "not activated", "enable"),
        ("InvalidAccessKeyId", "The AWS Access Key Id does not exist in our records", "does not know", "log in again"),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time", "time", "clock"),
        ("ServiceFailure", "", "CreateRole: ServiceFailure", None),
    ],
)
def test_other_errors_say_what_happened_and_what_to_do(code: str, message: str, what: str, fix: str | None) -> None:
    error = translated(refusal(code, message))
    assert type(error) is LeastwayError
    assert what in error.what
    assert REQUEST in error.what
    assert (fix in (error.fix or "")) if fix else error.fix is None


def test_throttling_after_all_retries_reports_the_number_of_attempts() -> None:
    error = translated(refusal("Throttling", "Rate exceeded", RetryAttempts=7))
    assert error.what == f"CreateRole was throttled 8 times in a row [request {REQUEST}]"
    assert error.fix == "run the same command again: it continues from here"


@pytest.mark.parametrize(("code", "status"), [("", 403), ("403", 403), ("502", 502)])
def test_a_status_without_an_aws_error_points_at_the_network(code: str, status: int) -> None:
    error = translated(refusal(code, "", HTTPStatusCode=status))
    assert f"HTTP {status} without an AWS error" in error.what
    assert "HTTPS_PROXY" in (error.fix or "")


def test_an_internal_error_of_aws_suggests_another_run() -> None:
    error = translated(refusal("InternalFailure", "An internal error occurred.", HTTPStatusCode=500))
    assert error.fix == "run the same command again: it continues from here"


@pytest.mark.parametrize("failure", [ResponseParserError("no XML"), KeyError("GetCallerIdentityResult")])
def test_an_unparsable_response_is_reported_as_not_from_aws(failure: Exception) -> None:
    error = translated(failure)
    assert error.what == "the response cannot be read, so it does not come from AWS"
    assert "login page" in (error.fix or "")


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"])
def test_a_rejected_signature_does_not_repeat_the_request(code: str) -> None:
    message = "The Canonical String for this request should have been 'POST / x-amz-security-token:FwoGZXIvYXdz...'"
    error = translated(refusal(code, message))
    assert "FwoGZXIvYXdz" not in str(error)
    assert error.__cause__ is None
    assert "clock" in (error.fix or "")


@pytest.mark.parametrize(
    ("failure", "what", "fix"),
    [
        (boto.NoCredentialsError(), "no AWS credentials are available", "aws sso login"),
        (
            boto.ProfileNotFound(profile="dev"),
            "the config profile (dev) could not be found",
            "in the grant, AWS_PROFILE or the option",
        ),
        (boto.UnauthorizedSSOTokenError(), "SSO", "aws sso login"),
        (boto.TokenRetrievalError(provider="sso", error_msg="expired"), "expired", "log in again"),
        (boto.EndpointConnectionError(endpoint_url="https://iam"), "could not connect", "AWS_ENDPOINT_URL"),
        (boto.ReadTimeoutError(endpoint_url="https://iam"), "timeout", "run the same command again"),
        (boto.NoRegionError(), "region", "set the account's region"),
        (boto.UnknownServiceError(service_name="x", known_service_names="y"), "unknown service", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BotoCoreError) else "",
)
def test_failures_before_a_response_are_translated_too(failure: BotoCoreError, what: str, fix: str) -> None:
    error = translated(failure)
    assert what.lower() in error.what.lower()
    assert error.what[0] == error.what[0].lower()
    assert fix in (error.fix or "")
    assert error.__cause__ is failure


def test_leastway_errors_pass_unchanged() -> None:
    mine = LeastwayError("mine", where="elsewhere")
    with pytest.raises(LeastwayError) as caught, aws_errors(WHERE):
        raise mine
    assert caught.value is mine
