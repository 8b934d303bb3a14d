"""Whether a request is signed as AWS wants it: it is signed again, by botocore, with the key it names."""

import datetime
import hashlib
import hmac
import re

from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .refusal import Refusal

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = datetime.timedelta(minutes=15)
TIME = "%Y%m%dT%H%M%SZ"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


class Request:
    """A request as it came: `target` is path and query, `headers` a list of names and values."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def header(self, name):
        """Return the only value of a header, or None."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        if len(values) > 1:
            raise Refusal("IncompleteSignatureException", f"{name} stands twice")
        return values[0].strip() if values else None


class Keys:
    """The keys that sign: one that lasts, and one for which each token is good until its own end."""

    def __init__(self, lasting, temporary):
        self.secrets = dict([lasting, temporary])
        self.temporary_id = temporary[0]
        self.ends = {}  # by token

    def add_token(self, token, end):
        self.ends[token] = end

    def check_token(self, key_id, token, now):
        if key_id not in self.secrets or (key_id == self.temporary_id) != (token is not None):
            raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
        if token is None:
            return
        if token not in self.ends:
            raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
        if self.ends[token] <= now:
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired")


def check(request, service, region, keys, now):
    """Refuse a request whose Authorization header is not right for the service, the region and the time."""
    key_id, scope, signed_headers, signature = authorization(request)
    stamp = request.header("X-Amz-Date")
    if stamp is None or not re.fullmatch(r"\d{8}T\d{6}Z", stamp):
        raise Refusal("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '%s'." % stamp)
    keys.check_token(key_id, request.header("X-Amz-Security-Token"), now)
    check_scope(scope, stamp, service, region)
    check_time(stamp, now)
    check_signed_headers(request, signed_headers)
    check_digest(request)
    right = sign_again(request, signed_headers, Credentials(key_id, keys.secrets[key_id]), service, region, stamp)
    if not hmac.compare_digest(right, signature):
        raise Refusal("InvalidSignatureException", MISMATCH)


def authorization(request):
    """Take the header apart: the key's id, the rest of the scope, the names of headers, the signature."""
    header = request.header("Authorization")
    if header is None:
        raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise Refusal("IncompleteSignatureException", f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise Refusal("IncompleteSignatureException", f"Authorization header requires '{name}' parameter.")
    key_id, *scope = parts["Credential"].split("/")
    if len(scope) != 4:
        raise Refusal("IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements")
    return key_id, scope, parts["SignedHeaders"].split(";"), parts["Signature"]


def check_scope(scope, stamp, service, region):
    day, scope_region, scope_service, ending = scope
    if scope_region != region:
        raise Refusal("InvalidSignatureException", f"Credential should be scoped to a valid region, not '{scope_region}'.")
    if scope_service != service:
        raise Refusal("InvalidSignatureException", f"Credential should be scoped to correct service: '{service}'.")
    if ending != "aws4_request":
        raise Refusal("InvalidSignatureException", "Credential should be scoped with a valid terminator: 'aws4_request'.")
    if day != stamp[:8]:
        raise Refusal(
            "InvalidSignatureException",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{day}' != '{stamp[:8]}', from '{stamp}'.",
        )


def check_time(stamp, now):
    try:
        time = datetime.datetime.strptime(stamp, TIME).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Refusal("IncompleteSignatureException", f"'{stamp}' is no time") from None
    if time < now - MAX_SKEW:
        earliest = (now - MAX_SKEW).strftime(TIME)
        raise Refusal(
            "InvalidSignatureException",
            f"Signature expired: {stamp} is now earlier than {earliest} ({now.strftime(TIME)} - 15 min.)",
        )
    if time > now + MAX_SKEW:
        latest = (now + MAX_SKEW).strftime(TIME)
        raise Refusal(
            "InvalidSignatureException",
            f"Signature not yet current: {stamp} is still later than {latest} ({now.strftime(TIME)} + 15 min.)",
        )


def check_signed_headers(request, signed_headers):
    """Host and all of Amazon's own headers have to be signed, and what is signed has to be there."""
    present = {name.lower() for name, _ in request.headers}
    for name in present:
        if (name == "host" or name.startswith("x-amz-")) and name not in signed_headers:
            raise Refusal("IncompleteSignatureException", f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    for name in signed_headers:
        if name not in present:
            raise Refusal("InvalidSignatureException", f"the signed header '{name}' is not there")
        if name in SIGNED_HEADERS_BLACKLIST:
            raise Refusal("InvalidSignatureException", f"'{name}' changes on its way, and should not be signed")
    if signed_headers != sorted(set(signed_headers)):
        raise Refusal("InvalidSignatureException", "the signed headers are not in order")


def check_digest(request):
    digest = request.header("X-Amz-Content-SHA256")
    if digest is not None and digest != hashlib.sha256(request.body).hexdigest():
        raise Refusal("InvalidSignatureException", "X-Amz-Content-SHA256 is not the body's digest")


def sign_again(request, signed_headers, credentials, service, region, stamp):
    """Return the signature that the request should have."""
    headers = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() in signed_headers:
            headers[name] = value
    again = AWSRequest(request.method, f"http://{request.header('Host')}{request.target}", headers, request.body)
    again.context["timestamp"] = stamp
    signer = SigV4Auth(credentials, service, region)
    return signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
