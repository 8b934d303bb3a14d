"""signatures.py: write requests that are nasty to sign, and how botocore signs them, as JSON lines: what
tests/sigv4.c takes, and "expect" with canonical_request, string_to_sign and signature, and, for a query of S3's,
refusal: whoever has the URL of botocore's is let in, unless a header is there twice.

Path and query are written as they would be sent. botocore sorts a query, but leaves its encoding as it is, so
queries are encoded rightly here; to sign a query it reads it into a dictionary, so there names stand
once and all is UTF-8, and there is no body, which it would take for more of the query. It leaves out the
headers in SIGNED_HEADERS_BLACKLIST. Its request must not have white space but the plain space in headers, which
it takes for more than AWS does.
"""

import datetime
import hashlib
import json
import random
import sys
import types
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

SEED = 20150830
UNSIGNED = "UNSIGNED-PAYLOAD"
KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
TOKENS = ["AQoDYXdzEPT//////////wEXAMPLE+/+/==", "a", "%2B +&=?#/~", "IQoJb3JpZ2luX2VjE" + "Ab+/9" * 300 + "=="]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-4", "us-gov-west-1", "cn-northwest-1", "aws-global", "x"]
JSON_SERVICES = ["dynamodb", "rekognition", "states", "sts"]
TIMES = ["2015-08-30T12:36:00Z", "1999-12-31T23:59:59Z", "2000-02-29T00:00:00Z", "2024-02-29T23:59:59Z",
         "2038-01-19T03:14:08Z", "2026-01-01T00:00:00Z", "2099-10-09T01:02:03Z"]
EXPIRES = [1, 59, 300, 3600, 86400, 604800]
METHODS = ["GET", "PUT", "HEAD", "POST", "DELETE"]

# Letters of one to four bytes, unassigned ones and the last; what combines, and what runs right to left.
LETTERS = [chr(code) for code in (
    *range(0x20, 0x7F), 0x7F, 0x80, 0xE9, 0xFF, 0x301, 0x391, 0x5D0, 0x600, 0x7FF, 0x800, 0x0E01, 0x1234, 0x202E, 0x2028,
    0x3042, 0x65E5, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x2F800, 0xE0001, 0xF0000, 0x10FFFF)]
KEYS_BY_HAND = {
    "plain": b"uploads/cat.jpg",
    "every-byte": bytes(range(256)),
    "slashes": b"a//b///c",
    "slash-first": b"/a",
    "slash-last": b"a/",
    "slashes-alone": b"///",
    "dots": b"a/../b/./c",
    "dots-first": b"../../etc/passwd",
    "dots-last": b"a/..",
    "dot-alone": b".",
    "encoded-before": b"a%20b%2Fc%25",
    "plus": b"a+b c",
    "percent": b"100%",
    "query-alike": b"a?b=c&d#e",
    "tilde": b"~a~/~",
    "decomposed": "e\u0301".encode(),
    "composed": "\u00e9".encode(),
    "broken-utf-8": b"a\xff\xfe\xc3(\xed\xa0\x80",
    "controls": b"a\x00\x01\r\n\t\x1b[31m\x7f",
    "long": b"k" * 1024,
    "long-encoded": "\U0001f600".encode() * 256,
    "aws-alike": b"X-Amz-Signature=abc&X-Amz-Date=1",
    "star": b"a*b!'()",
}


def encode(raw):
    """Encode but for A-Z a-z 0-9 - . _ ~"""
    return urllib.parse.quote(raw, safe="~")


def path_of(key):
    return "/".join(encode(part) for part in key.split(b"/"))


class Recorder:
    """Put in front of one of botocore's signers, keeps what it computes."""

    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical

    def string_to_sign(self, request, canonical):
        self.string = super().string_to_sign(request, canonical)
        return self.string

    def signature(self, string, request):
        self.hex = super().signature(string, request)
        return self.hex


def signer_for(case):
    is_s3, by_query = case["service"] == "s3", "expires" in case
    kind = {
        (False, False): botocore.auth.SigV4Auth,
        (False, True): botocore.auth.SigV4QueryAuth,
        (True, False): botocore.auth.S3SigV4Auth,
        (True, True): botocore.auth.S3SigV4QueryAuth,
    }[is_s3, by_query]
    keys = case["keys"]
    credentials = Credentials(keys["access_key_id"], keys["secret_access_key"], keys.get("session_token"))
    arguments = [case["expires"]] if by_query else []
    return type("Signer", (Recorder, kind), {})(credentials, case["service"], case["region"], *arguments)


def stop_clock(time):
    """Make botocore take a time for the present."""
    now = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")

    class Stopped(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return now

    botocore.auth.datetime = types.SimpleNamespace(datetime=Stopped)
    if hasattr(botocore.auth, "get_current_datetime"):  # what later versions ask
        botocore.auth.get_current_datetime = lambda *_, **__: now


def request_of(case):
    headers = HTTPHeaders()
    for name, value in case["headers"]:
        headers[name] = value
    if case["sign_body"] and case["service"] != "s3":
        headers["X-Amz-Content-SHA256"] = hashlib.sha256(case["body"].encode()).hexdigest()
    query = "" if case["query"] is None else "?" + case["query"]
    url = f"https://{headers['Host']}{case['path']}{query}"
    request = AWSRequest(case["method"], url, headers, case["body"].encode())
    request.context["client_config"] = types.SimpleNamespace(s3={"payload_signing_enabled": case["sign_body"]})
    return request


def sign(case):
    """Return the case with what botocore makes of it."""
    stop_clock(case["timestamp"])
    signer = signer_for(case)
    request = request_of(case)
    signer.add_auth(request)
    expect = {"canonical_request": signer.canonical, "string_to_sign": signer.string, "signature": signer.hex}
    if case["service"] != "s3" or "expires" not in case:
        return {**case, "expect": expect}
    names = [name.lower() for name, _ in case["headers"]]
    expect["refusal"] = "SignatureDoesNotMatch" if len(set(names)) < len(names) else ""
    return {**case, "sent_query": request.url.partition("?")[2], "expect": expect}


def case(name, service="s3", **given):
    """Fill what a case doesn't say with what is plain."""
    it = {
        "name": name,
        "method": "GET",
        "path": "/",
        "query": None,
        "headers": [["Host", f"{service}.us-east-1.amazonaws.com"]],
        "body": "",
        "region": "us-east-1",
        "service": service,
        "timestamp": TIMES[0],
        "keys": KEYS,
        "normalize": service != "s3",
        "sign_body": service == "s3" and "expires" not in given,
        **given,
    }
    if service == "s3" and not it["sign_body"] and "expires" not in it:
        it["headers"] = it["headers"] + [["X-Amz-Content-SHA256", UNSIGNED]]
    return it


def both_ways(name, expires=3600, **given):
    """The same request, signed by its headers and by its query."""
    yield case(f"{name}, headers", **given)
    yield case(f"{name}, query", expires=expires, **{**given, "body": ""})


def cases_of_keys():
    for name, key in KEYS_BY_HAND.items():
        yield from both_ways(f"key {name}", path=f"/photos/{path_of(key)}")
        yield from both_ways(
            f"key {name} at a bucket's host", method="PUT", path=f"/{path_of(key)}",
            headers=[["Host", "photos.s3.eu-central-1.amazonaws.com"]], region="eu-central-1",
        )
    for code in range(0x20, 0x7F):
        key = b"a%cb/%c" % (code, code)
        yield case(f"key with byte {code:02x}, query", path="/photos/" + path_of(key), expires=60)
    for letter in LETTERS[96:]:
        yield case(f"key with U+{ord(letter):04X}, headers", path="/photos/" + path_of(letter.encode()))
    yield from both_ways("dotted bucket", path="/my.photos.example/a.jpg")
    yield from both_ways("port in the host", headers=[["Host", "127.0.0.1:9000"]], path="/photos/a")
    yield from both_ways("no key", path="/photos")


def cases_of_queries():
    queries = {
        "empty": "",
        "no value": "acl",
        "empty value": "acl=",
        "sorted by name before value": "a=1&a-=2&a%20=3&a0=4&A=5&%C3%A9=6&_=7&~=8",
        "many": "&".join(f"n{n}={n}" for n in range(30)),
        "encoded": "prefix=a%2Fb%20c%2Bd%26e%3Df&delimiter=%2F&marker=%E6%97%A5%E6%9C%AC",
        "multipart": "partNumber=2&uploadId=VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA",
        "version": "versionId=3%2FL4kqtJlcpXroDTDmJ%2BrmSpXd3dIbrHY%2BMTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
        "long value": "a=" + "%F0%9F%98%80" * 500,
    }
    for name, query in queries.items():
        for service in ("s3", "dynamodb"):
            yield from both_ways(f"query {name} of {service}", service=service, query=query)
    yield case("query with a name twice, headers", service="sts", query="b=2&a=3&b=1&a=10&a=2&b=")
    yield case("query with broken UTF-8, headers", query="prefix=%FF%C3")


def cases_of_headers():
    host = ["Host", "photos.s3.us-east-1.amazonaws.com"]
    lists = {
        "spaces": [["X-Amz-Meta-A", "  a   b  c "], ["X-Amz-Meta-B", '"a   b"'], ["X-Amz-Meta-C", ""],
                   ["X-Amz-Meta-D", "   "]],
        "order": [["x-amz-meta-a1", "1"], ["x-amz-meta-a", "2"], ["x-amz-meta-a-b", "3"], ["x-amz-meta-a.b", "4"],
                  ["x-amz-meta-aa", "5"], ["Zebra", "6"], ["a", "7"]],
        "case": [["CONTENT-TYPE", "image/JPEG"], ["cONTENT-lENGTH", "0"], ["X-AMZ-META-A", "ÄÖ"]],
        "twice": [["X-Amz-Meta-A", "z"], ["x-amz-meta-b", "1"], ["X-AMZ-META-A", "a"], ["x-amz-meta-a", "m"]],
        "twice with spaces": [["X-Amz-Meta-A", " z  y "], ["X-Amz-Meta-A", " a "]],
        "punctuation": [["X-Amz-Meta-A", "a:b;c,d=e/f?g#h%20\\\"'{}[]|^`~"], ["If-None-Match", "*"]],
        "letters": [["X-Amz-Meta-A", "日本 \U0001f600 é"]],
        "long": [["X-Amz-Meta-A", "a b" * 2000]],
        "upload": [["Content-Type", "image/jpeg"], ["Content-Length", "3201234"], ["If-None-Match", "*"],
                   ["Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="], ["x-amz-checksum-crc32", "AAAAAA=="],
                   ["x-amz-server-side-encryption", "aws:kms"], ["Range", "bytes=0-99"]],
        "many": [[f"X-Amz-Meta-{n}", str(n)] for n in range(60)],
    }
    for name, headers in lists.items():
        yield from both_ways(f"headers {name}", headers=[*headers, host], method="PUT", path="/a")
        yield from both_ways(f"headers {name} of states", service="states", headers=[host, *headers], method="POST")


def cases_of_keys_that_sign():
    for number, token in enumerate(TOKENS):
        for service in ("s3", "rekognition"):
            yield from both_ways(f"token {number} of {service}", service=service,
                                 keys={**KEYS, "session_token": token})
    # With the four letters in front, around the 64 bytes of the digest's block.
    for length in (1, 40, 59, 60, 61, 128):
        keys = {"access_key_id": "A" * (16 + length % 100), "secret_access_key": ("+/=~aZ09" * 16)[:length]}
        yield from both_ways(f"secret of {length}", keys=keys)
    for region in REGIONS:
        for service in ("s3", *JSON_SERVICES):
            yield from both_ways(f"{service} in {region}", service=service, region=region)
    for time in TIMES:
        yield from both_ways(f"at {time}", timestamp=time)
    for seconds in EXPIRES:
        yield case(f"for {seconds} seconds", expires=seconds, path="/photos/a")


def cases_of_paths():
    """Paths of other services are made plain, and encoded once more."""
    paths = ["", "/", "//", "/a//b", "/a/./b", "/a/../b", "/../../a", "/a/b/../../..", "/./", "/a/", "/a//", "/a/../",
             "/a%20b", "/a%2Fb", "/%E6%97%A5", "/a:b@c", "/a*b", "/~a", "/...", "/..a/b..", "/a;b=c,d"]
    for path in paths:
        yield from both_ways(f"path {path!r}", service="sts", path=path)


def cases_of_bodies():
    bodies = {"JSON": '{"Image":{"Bytes":"/9j/4AA="}}', "letters": "日本\U0001f600\r\n\t", "zero": "a\0b", "space": " ",
              "large": "0123456789abcdef" * 8192}
    for name, body in bodies.items():
        headers = [["Host", "rekognition.us-east-1.amazonaws.com"], ["Content-Type", "application/x-amz-json-1.1"],
                   ["X-Amz-Target", "RekognitionService.DetectLabels"]]
        yield case(f"body {name}", service="rekognition", method="POST", body=body, headers=headers)
        yield case(f"body {name}, digest as a header", service="rekognition", method="POST", body=body, headers=headers,
                   sign_body=True)
        yield case(f"body {name} of an object", method="PUT", path="/photos/a", body=body)
        yield case(f"body {name} of an object, not signed", method="PUT", path="/photos/a", body=body, sign_body=False)


def some_text(chance, most):
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, most)))


def some_key(chance):
    parts = (chance.choice(["", ".", "..", some_text(chance, 8), some_text(chance, 40)])
             for _ in range(chance.randint(1, 6)))
    return "/".join(parts).encode()


def some_query(chance):
    pairs = {f"{some_text(chance, 5)}{number}": some_text(chance, 12) for number in range(chance.randint(0, 5))}
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs.items()) or None


def some_headers(chance):
    names = ["Content-Type", "If-None-Match", "X-Amz-Target", "x-amz-acl", "X-Amz-Meta-" + chance.choice("abcz09")]
    plain = [chr(code) for code in range(0x20, 0x7F)] + ["é", "日"]
    return [[name, "".join(chance.choice(plain + [" "] * 20) for _ in range(chance.randint(0, 30)))]
            for name in chance.sample(names, chance.randint(0, len(names)))]


def cases_by_chance():
    chance = random.Random(SEED)
    for number in range(300):
        service = chance.choice(["s3", "s3", "s3", *JSON_SERVICES])
        region = chance.choice(REGIONS)
        keys = dict(KEYS)
        if chance.random() < 0.4:
            keys["session_token"] = chance.choice(TOKENS)
        given = {"expires": chance.randint(1, 604800)} if chance.random() < 0.5 else {
            "body": chance.choice(["", some_text(chance, 200)]), "sign_body": chance.random() < 0.5}
        yield case(
            f"by chance {number}", service=service, region=region, keys=keys, method=chance.choice(METHODS),
            path="/" + (path_of(some_key(chance)) if service == "s3" else ""), query=some_query(chance),
            headers=[["Host", f"{service}.{region}.amazonaws.com"], *some_headers(chance)],
            timestamp=chance.choice(TIMES), **given,
        )


def main():
    for cases in (cases_of_keys, cases_of_queries, cases_of_headers, cases_of_keys_that_sign, cases_of_paths,
                  cases_of_bodies, cases_by_chance):
        for each in cases():
            json.dump(sign(each), sys.stdout)
            sys.stdout.write("\n")


main()
