"""Whether a request is signed by Signature Version 4, in its headers, with the documented example key."""
import hashlib
import hmac
import re
import time
from calendar import timegm
from urllib.parse import quote, unquote

KEY_ID = 'AKIAIOSFODNN7EXAMPLE'
SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
FORM = re.compile(r'AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9]+)/aws4_request, ?'
                  r'SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})')
WIDEST_SKEW = 15 * 60


def sent_at(request):
    """Return the time at which the request says that it was signed, or None."""
    try:
        return timegm(time.strptime(request.headers.get('x-amz-date', ''), '%Y%m%dT%H%M%SZ'))
    except ValueError:
        return None


def region_of(request):
    """Return the region for which the request is signed, or None."""
    form = FORM.fullmatch(request.headers.get('authorization', ''))
    return form and form[3]


def canonical_query(query):
    words = [word.partition('=') for word in query.split('&') if word]
    pairs = sorted((quote(unquote(name), safe='-_.~'), quote(unquote(value), safe='-_.~'))
                   for name, _, value in words)
    return '&'.join(f'{name}={value}' for name, value in pairs)


def digest(text):
    return hashlib.sha256(text).hexdigest()


def signature(request, body_digest, form):
    """Return the signature that the request should have. Paths of S3 are encoded once; what the
    other services have in theirs needs no encoding."""
    _, date, region, service, names, _ = form.groups()
    headers = ''.join(f'{name}:{" ".join(request.headers.get(name, "").split())}\n'
                      for name in names.split(';'))
    canonical = '\n'.join([request.method, request.path, canonical_query(request.query), headers, names,
                           body_digest])
    scope = f'{date}/{region}/{service}/aws4_request'
    text = '\n'.join(['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, digest(canonical.encode('latin-1'))])
    key = ('AWS4' + SECRET).encode()
    for part in (date, region, service, 'aws4_request', text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def refusal(request, body, service):
    """Return why the request is refused, as the code of an error, or None if it is well signed."""
    form = FORM.fullmatch(request.headers.get('authorization', ''))
    if not form:
        return 'AccessDenied'
    names = form[5].split(';')
    if names != sorted(names) or not {'host', 'x-amz-date'} <= set(names) or sent_at(request) is None:
        return 'AccessDenied'
    if service == 's3' and any(name.startswith('x-amz-') and name not in names for name in request.headers):
        return 'AccessDenied'
    if form[1] != KEY_ID:
        return 'InvalidAccessKeyId'
    if form[4] != service or request.headers['x-amz-date'][:8] != form[2]:
        return 'SignatureDoesNotMatch'
    told = request.headers.get('x-amz-content-sha256')
    if told not in (None, 'UNSIGNED-PAYLOAD', digest(body)):
        return 'XAmzContentSHA256Mismatch'
    if not hmac.compare_digest(signature(request, told or digest(body), form), form[6]):
        return 'SignatureDoesNotMatch'
    return None
