"""What the tests of imgpl-serve say to it, byte by byte, and how they read what it answers.

Nothing here is the server's own: requests are put together by hand, so that they can be wrong in every
way, and URLs are signed once more, from AWS's description of Signature Version 4. The environment says
which server is meant: SERVE_PORT, and SERVE_DIR, its directory of data.
"""

import datetime
import hashlib
import hmac
import json
import os
import re
import select
import socket
import sys
import time
import urllib.parse

PORT = int(os.environ["SERVE_PORT"])
DIR = os.environ.get("SERVE_DIR", "data")
BUCKET = "imgpl-local"
HOST = f"127.0.0.1:{PORT}"
PATIENCE = 60  # seconds: nothing that is well waits for so long


def fail(text):
    sys.exit(f"{text}"[:3000])


def same(expected, found, what=""):
    if expected != found:
        fail(f"{what}\nexpected: {expected!r}\n   found: {found!r}")


def check(holds, what):
    if not holds:
        fail(what)


class Answer:
    def __init__(self, status, reason, headers, body, whole):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body
        self.whole = whole  # the body has come to its end

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        check(len(found) < 2 or name.lower() == "vary", f"{name} comes {len(found)} times")
        return ", ".join(found) if found else None

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return fail(f"no JSON: {self}")

    def code(self):
        """The code of an error as S3 tells it."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found.group(1).decode() if found else None

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:500]!r}"


class Wire:
    """One connection."""

    def __init__(self, port=PORT):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""

    def send(self, sent):
        """Send, and return whether the other side took it."""
        try:
            self.socket.sendall(sent.encode("latin-1") if isinstance(sent, str) else sent)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def end(self):
        """Say that no more will be sent."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def more(self):
        try:
            piece = self.socket.recv(1 << 20)
        except ConnectionResetError:
            piece = b""
        except socket.timeout:
            fail(f"no answer, and not closed, for {PATIENCE} s; so far: {self.got[:500]!r}")
        self.got += piece
        return bool(piece)

    def take(self, length):
        while len(self.got) < length and self.more():
            pass
        taken, self.got = self.got[:length], self.got[length:]
        return taken

    def line(self):
        while b"\n" not in self.got:
            if not self.more():
                return None
        line, _, self.got = self.got.partition(b"\n")
        return line.rstrip(b"\r").decode("latin-1")

    def chunks(self):
        body = b""
        while True:
            size = self.line()
            if size is None:
                return body, False
            size = int(size.split(";")[0], 16)
            piece = self.take(size)
            body += piece
            if len(piece) < size or self.line() is None:
                return body, False
            if size == 0:
                return body, True

    def answer(self, method="GET"):
        """Read one answer; None if the connection ends without one."""
        first = self.line()
        if first is None:
            return None
        found = re.fullmatch(r"HTTP/1\.[01] (\d{3}) ?(.*)", first)
        check(found, f"no status line: {first!r}")
        headers = []
        while True:
            line = self.line()
            check(line is not None, f"the head ends early: {first} {headers}")
            if line == "":
                break
            name, colon, value = line.partition(":")
            check(colon and re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), f"no header: {line!r}")
            headers.append((name, value.strip()))
        status = int(found.group(1))
        answer = Answer(status, found.group(2), headers, b"", True)
        if status == 100:
            return answer
        if method == "HEAD" or status in (204, 304):
            return answer
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            answer.body, answer.whole = self.chunks()
        elif answer.header("Content-Length") is not None:
            length = int(answer.header("Content-Length"))
            answer.body = self.take(length)
            answer.whole = len(answer.body) == length
        else:
            answer.body = self.rest()
        return answer

    def rest(self):
        """Read until the other side closes."""
        while self.more():
            pass
        rest, self.got = self.got, b""
        return rest

    def answers(self):
        """Read all answers until the other side closes."""
        found = []
        while True:
            answer = self.answer()
            if answer is None:
                return found
            found.append(answer)

    def close(self):
        self.socket.close()


def head(method, target, headers=None, version="HTTP/1.1"):
    """Return the bytes of a head. Headers are a dictionary, or a list of pairs; a value of None leaves
    out what would be there without it."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    named = {name.lower() for name, _ in pairs}
    if "host" not in named:
        pairs.insert(0, ("Host", HOST))
    text = f"{method} {target} {version}\r\n"
    text += "".join(f"{name}: {value}\r\n" for name, value in pairs if value is not None)
    return (text + "\r\n").encode("latin-1")


def ask(method, target, headers=None, body=None, port=PORT):
    """Send one request over a connection of its own, and return the answer."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    named = {name.lower() for name, _ in pairs}
    if "connection" not in named:
        pairs.append(("Connection", "close"))
    if body is not None and "content-length" not in named and "transfer-encoding" not in named:
        pairs.append(("Content-Length", len(body)))
    wire = Wire(port)
    wire.send(head(method, target, pairs))
    if body:
        wire.send(body)
    answer = wire.answer(method)
    wire.close()
    check(answer is not None, f"no answer: {method} {target[:200]} {pairs}")
    return answer


def raw(*pieces):
    """Send bytes as they are, and return all answers until the connection ends."""
    wire = Wire()
    for piece in pieces:
        wire.send(piece)
    wire.end()
    found = wire.answers()
    wire.close()
    return found


def well():
    """The server is there, and answers."""
    answer = ask("GET", "/healthz")
    same((200, {"status": "ok"}), (answer.status, answer.json()), "healthz")


def refused(answer, *statuses, code=None, what=""):
    check(answer.status in statuses, f"{what}: not {statuses} but {answer}")
    if code:
        same(code, answer.code(), f"{what}: {answer}")
    return answer


# Uploads


def post(wish, headers=None):
    return ask("POST", "/upload-url", {"Content-Type": "application/json", **(headers or {})},
               json.dumps(wish).encode())


def grant(body=b"", content_type="image/jpeg", size=None):
    """Return what the server lets a picture of these bytes be uploaded with."""
    answer = post({"contentType": content_type, "size": len(body) if size is None else size})
    same(200, answer.status, answer)
    return answer.json()


def target_of(url):
    """Return what of a URL is asked for: its path and query, as they are."""
    found = re.fullmatch(r"https?://[^/]+(/.*)", url)
    check(found, f"no URL: {url}")
    return found.group(1)


def put(granted, body, headers=None, target=None):
    """Upload as granted; `headers` change what is sent."""
    sent = {name: value for name, value in {**granted["headers"], **(headers or {})}.items() if value is not None}
    return ask("PUT", target or target_of(granted["uploadUrl"]), sent, body)


def upload(body, content_type="image/jpeg"):
    """Upload, and return the key."""
    granted = grant(body, content_type)
    answer = put(granted, body)
    same(200, answer.status, answer)
    return granted["key"]


def file_of(key, bucket=BUCKET):
    return os.path.join(DIR, "objects", bucket, key)


def stored(key):
    """Return the bytes of an object, None if it isn't there."""
    try:
        with open(file_of(key), "rb") as found:
            return found.read()
    except FileNotFoundError:
        return None


def files():
    """Return the names of all files below the store, temporary ones among them, and how large each is."""
    found = {}
    for folder, _, names in os.walk(os.path.join(DIR, "objects")):
        for name in names:
            path = os.path.join(folder, name)
            try:
                found[os.path.relpath(path, DIR)] = os.path.getsize(path)
            except FileNotFoundError:  # a temporary
                pass
    return found


def until(holds, what):
    """Wait until something holds."""
    for _ in range(PATIENCE * 20):
        if holds():
            return
        time.sleep(0.05)
    fail(f"never: {what}")


# URLs, signed once more
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html


def keys():
    """Return key id and secret out of the server's file of keys."""
    with open(os.path.join(DIR, "keys"), encoding="utf-8") as file:
        text = file.read()
    names = dict(re.findall(r"(?m)^\s*([\w-]+)\s*=\s*(\S+)\s*$", text))
    return names["aws_access_key_id"], names["aws_secret_access_key"]


def scope():
    """Return region and service that the server signs for."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(grant(b"x")["uploadUrl"]).query)
    return query["X-Amz-Credential"][0].split("/")[2:4]


def quote(text, safe="-._~"):
    return urllib.parse.quote(text, safe=safe)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(secret, when, region, service, canonical):
    day = when[:8]
    text = "\n".join(["AWS4-HMAC-SHA256", when, f"{day}/{region}/{service}/aws4_request",
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = mac(mac(mac(mac(b"AWS4" + secret.encode(), day), region), service), "aws4_request")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def stamp(seconds=0):
    """Return the time, so many seconds from now, as AWS writes it."""
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return now.strftime("%Y%m%dT%H%M%SZ")


def sign(method, key, headers=None, bucket=BUCKET, path=None, when=None, expires=300, host=None, **changed):
    """Return the target of a request, signed with the server's own keys. `headers` are signed, too;
    `changed` are parameters of another value than they should have, or None to be left out, signed
    all the same."""
    identity, secret = changed.pop("keys", None) or keys()
    region, service = changed.pop("scope", None) or ("us-east-1", "s3")
    when = stamp() if when is None else when
    signed = {"host": host or HOST, **{name.lower(): str(value) for name, value in (headers or {}).items()}}
    if "without_host" in changed:
        del changed["without_host"], signed["host"]
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256",
             "X-Amz-Credential": f"{identity}/{when[:8]}/{region}/{service}/aws4_request",
             "X-Amz-Date": when, "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": ";".join(sorted(signed))}
    query.update({name.replace("_", "-"): value for name, value in changed.items()})
    path = path or f"/{bucket}/{quote(key, '/-._~')}"
    text = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(query.items()) if value is not None)
    canonical = "\n".join([method, path, text, "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed)),
                           ";".join(sorted(signed)), "UNSIGNED-PAYLOAD"])
    return f"{path}?{text}&X-Amz-Signature={signature(secret, when, region, service, canonical)}"


def get(key, **options):
    """Get an object by a URL signed here."""
    return ask("GET", sign("GET", key, **options))


def put_headers(body, content_type="image/jpeg"):
    """The headers that the server wants to be signed for an upload."""
    return {"Content-Type": content_type, "Content-Length": len(body), "If-None-Match": "*"}


# Slowly, and side by side


class Drip:
    """A connection that sends something now and then: `first` at once, then what `piece` returns."""

    def __init__(self, name, first=b"", piece=None, wait=1.0):
        self.name, self.piece, self.wait = name, piece, wait
        self.wire = Wire()
        self.wire.send(first)
        self.wire.socket.setblocking(False)
        self.next = time.monotonic() + wait
        self.got = b""
        self.open = True

    def read(self):
        try:
            piece = self.wire.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self.got += piece
        self.open = bool(piece)

    def drip(self):
        if not self.piece or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + self.wait
        try:
            self.wire.socket.send(self.piece())
        except BlockingIOError:
            pass
        except OSError:
            self.open = False


def drip_all(drips, patience=PATIENCE):
    """Keep these connections going side by side until the server has closed them all, and ask now and
    then whether it is well."""
    end = time.monotonic() + patience
    asked = 0.0
    while any(drip.open for drip in drips):
        if time.monotonic() > end:
            fail("never closed: " + ", ".join(drip.name for drip in drips if drip.open))
        if time.monotonic() > asked + 1:
            well()
            asked = time.monotonic()
        ready, _, _ = select.select([drip.wire.socket for drip in drips if drip.open], [], [], 0.05)
        for drip in drips:
            if drip.open and drip.wire.socket in ready:
                drip.read()
            if drip.open:
                drip.drip()
