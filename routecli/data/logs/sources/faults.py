"""What went wrong far away, from what the client libraries say: one id per kind of fault."""

import re

from routecli.errors import EnvironmentFault

_DENIED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN|UNRECOGNIZED_CLIENT|EXPIRED"
    r"|INVALID_SIGNATURE|MISSING_AUTHENTICATION|PERMISSION_DENIED|UNAUTHENTICATED"
    r"|status(?: code)?:? 40[13]|access token"
)
_NO_BUCKET = re.compile(r"NO_SUCH_BUCKET|Bucket '.*' not found")
_NO_OBJECT = re.compile(r"NO_SUCH_KEY|NOT_FOUND|RESOURCE_NOT_FOUND|status(?: code)?:? 404|No such file")
_UNREACHABLE = re.compile(r"NETWORK_CONNECTION|CURL error|curlCode|UNAVAILABLE|REQUEST_TIMEOUT|Timeout|timed out")
_REASONS = (
    re.compile(r"Details: (.+)$"),
    re.compile(r"CURL error \[\d+\]=(.+?)(?: error_info=| \(|\}|$)"),
    re.compile(r"operation: (.+?)(?: \(Request ID.*)?$"),
    re.compile(r"last message of (.+?) error_info="),
)


def object_fault(fault: OSError, name: str) -> EnvironmentFault:
    """The error for an object or bucket that cannot be read."""
    text = " ".join(str(fault).split())
    why = next((found[1].rstrip(" .") for reason in _REASONS if (found := reason.search(text))), "")
    if _NO_BUCKET.search(text):
        return EnvironmentFault("no-such-bucket", "there is no such bucket", where=name, fix="check its name")
    if _DENIED.search(text):
        what = "no permission to read this, no credentials, or no such object"
        fix = "check the credentials: AWS_ACCESS_KEY_ID or AWS_PROFILE for S3, GOOGLE_APPLICATION_CREDENTIALS for gs://"
        return EnvironmentFault("object-not-permitted", what, where=name, fix=fix)
    if isinstance(fault, FileNotFoundError) or _NO_OBJECT.search(text):
        what = "no such object"
        return EnvironmentFault("no-such-object", what, where=name, fix="check the bucket and the key")
    if _UNREACHABLE.search(text):
        fix = "check the network and, for other servers than the vendor's, AWS_ENDPOINT_URL"
        what = "the storage cannot be reached"
        return EnvironmentFault("storage-unreachable", what, where=name, why=why, fix=fix)
    return EnvironmentFault("storage-failed", "the storage refused", where=name, why=why or text[:300])
