# imgpl-serve and those who mean it ill: signatures bent in every way, requests that can be read in two ways,
# keys that lead elsewhere, and clients that are slow, many, or without end.
load helper
load serve

# Signed requests

@test "a signed upload takes the type, length, key and method that were signed, and no others" {
	start_server
	talk <<'END'
body = b"12345"
granted = grant(body)
target = target_of(granted["uploadUrl"])
path, query = target.split("?")
wrong = {
    "another type": (target, {"Content-Type": "image/png"}, body),
    "a type that isn't one": (target, {"Content-Type": "text/html"}, body),
    "a type with more to it": (target, {"Content-Type": "image/jpeg; charset=x"}, body),
    "no type": (target, {"Content-Type": None}, body),
    "a shorter body": (target, {}, body[:4]),
    "a longer body": (target, {}, body + b"6"),
    "an empty body": (target, {}, b""),
    "another key": (path.replace(".jpg", "x.jpg") + "?" + query, {}, body),
    "a key of the renditions": (path.replace("uploads/", "processed/") + "?" + query, {}, body),
    "another bucket": (path.replace(BUCKET, "imgpl-other") + "?" + query, {}, body),
    "another host": (target, {"Host": f"localhost:{PORT}"}, body),
    "another port": (target, {"Host": "127.0.0.1:1"}, body),
    "without If-None-Match": (target, {"If-None-Match": None}, body),
    "another If-None-Match": (target, {"If-None-Match": '"x"'}, body),
}
for what, (asked, headers, sent) in wrong.items():
    answer = put(granted, sent, headers, asked)
    if what == "another bucket":  # there is none
        same(404, answer.status, answer)
        continue
    same((403, "SignatureDoesNotMatch"), (answer.status, answer.code()), f"{what}: {answer}")
    same("application/xml", answer.header("Content-Type"), what)
for name in ("Content-Type", "If-None-Match", "Host"):
    pairs = [("Host", HOST), *granted["headers"].items(), ("Content-Length", 5), (name, {"Content-Type": "image/jpeg", "If-None-Match": "*", "Host": HOST}[name])]
    wire = Wire()
    wire.send(head("PUT", target, [pair for pair in pairs if pair[0].lower() != "connection"]) + body)
    answer = wire.answer()
    check(answer and answer.status in (400, 403), f"{name} twice: {answer}")
for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"):
    answer = ask(method, target, granted["headers"], body)
    check(answer.status >= 400 or method == "OPTIONS", f"{method}: {answer}")
same({}, files(), "nothing is there")
same({"status": "PROCESSING", "known": False}, ask("GET", "/results?image_key=" + granted["key"]).json())
# and what was refused may still be done as it was granted
same(200, put(granted, body).status)
same(body, stored(granted["key"]))
END
	stop_server
	expect_same 1 "$(wc -l <events)"
}

@test "a signed query is taken as a whole: nothing may be left out, added, changed or said twice" {
	start_server
	talk <<'END'
body = b"12345"
granted = grant(body)
path, query = target_of(granted["uploadUrl"]).split("?")
parameters = query.split("&")
for at, parameter in enumerate(parameters):
    name, value = parameter.split("=")
    without = parameters[:at] + parameters[at + 1:]
    for what, changed in (("left out", without), ("empty", [*without, name + "="]), ("without a value", [*without, name]), ("twice", [*parameters, parameter]),
                          ("twice, another first", [name + "=x", *parameters]), ("twice, another last", [*parameters, name + "=x"]),
                          ("in small letters", [*without, parameter.lower()]), ("changed", [*without, parameter[:-1] + ("0" if parameter[-1] != "0" else "1")]),
                          ("longer", [*without, parameter + "0"]), ("with a NUL", [*without, parameter + "%00"]), ("endless", [*without, parameter + "0" * 8000])):
        answer = put(granted, body, target=path + "?" + "&".join(changed))
        check(answer.status in (400, 403), f"{name} {what}: {answer}")
        check(answer.code(), f"{name} {what}: {answer}")
for added in ("x=y", "x", "uploads", "uploadId=1&partNumber=1", "acl", "tagging", "versionId=1", "X-Amz-Security-Token=x", "x-id=PutObject", "response-content-type=text/html", "%00", "%zz", "=", "=y",
              "x=" + "y" * 10000, "X-Amz-Meta-X=y"):
    for changed in (query + "&" + added, added + "&" + query):
        answer = put(granted, body, target=path + "?" + changed)
        refused(answer, 400, 403, what=added)
same(None, stored(granted["key"]))
same({}, files(), "nothing is there")
# in another order it is the same query, as it is for S3
same(200, put(granted, body, target=path + "?" + "&".join(reversed(parameters))).status)
END
	stop_server
	expect_same 1 "$(wc -l <events)"
}

@test "a URL is good from when it was signed until it expires, and only with the server's own keys" {
	start_server
	talk <<'END'
key = upload(b"12345")
same(200, get(key).status, "as signed here")
same(b"12345", get(key, expires=604800, when=stamp(-604700)).body)
expired = get(key, when=stamp(-400), expires=300)
refused(expired, 403, code="AccessDenied")
check(b"expired" in expired.body, expired)
refused(get(key, when=stamp(-3), expires=1), 403, code="AccessDenied")
refused(get(key, when=stamp(-604801), expires=604800), 403, code="AccessDenied")
refused(get(key, when=stamp(7200)), 403, what="not yet")
for expires in ("0", "-1", "604801", "abc", "", "1e3", "+300", " 300", "300 ", "0x12c", "300.0", "99999999999999999999", "4294967596", "18446744073709551916"):
    refused(get(key, expires=expires), 400, code="AuthorizationQueryParametersError", what=f"expires {expires!r}")
for when in ("20260230T000000Z", "x", "", "2026", "20260101T000000", "20260101T000000z", "20261301T000000Z", "99991231T235959Z", "00000101T000000Z", "2026-01-01T00:00:00Z", stamp() + "x"):
    refused(get(key, when=when), 400, 403, what=f"date {when!r}")
identity, secret = keys()
day = stamp()[:8]
refused(get(key, keys=("AKIAIOSFODNN7EXAMPLE", secret)), 403, code="InvalidAccessKeyId")
refused(get(key, keys=(identity, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")), 403, code="SignatureDoesNotMatch")
refused(get(key, keys=(identity, "")), 403, code="SignatureDoesNotMatch")
for scope in (("eu-central-1", "s3"), ("us-east-1", "sts"), ("", "s3"), ("us-east-1", "")):
    refused(get(key, scope=scope), 400, 403, what=scope)
for credential in (f"{identity}", f"{identity}/", f"{identity}/{day}", f"{identity}/{day}/us-east-1/s3", f"{identity}/{day}/us-east-1/s3/aws4_request/x", f"{identity}/20200101/us-east-1/s3/aws4_request",
                   f"/{day}/us-east-1/s3/aws4_request", f"{identity}/{day}/us-east-1/s3/aws3_request", "x" * 2000, f"{identity}\0/{day}/us-east-1/s3/aws4_request"):
    refused(get(key, X_Amz_Credential=credential), 400, 403, what=credential)
for algorithm in ("AWS4-HMAC-SHA512", "AWS4-HMAC-SHA256-PAYLOAD", "aws4-hmac-sha256", "AWS4-ECDSA-P256-SHA256", "", "none"):
    refused(get(key, X_Amz_Algorithm=algorithm), 400, 403, what=algorithm)
refused(get(key, without_host=True), 400, 403, what="host not signed")
for headers in ("", ";", "host;host", "Host", "host;", ";host", "host;x", "x;host", "host,x"):
    refused(get(key, X_Amz_SignedHeaders=headers), 400, 403, what=f"signed headers {headers!r}")
target = sign("GET", key)
for signature_ in ("0" * 64, "", "x" * 64, target[-64:].upper() if re.search("[a-f]", target[-64:]) else "0", target[-63:], target[-64:] + "0", target[-32:], "%00" * 64):
    refused(ask("GET", target[:-64] + signature_), 400, 403, what=f"signature {signature_}")
well()
END
	stop_server
}

@test "what is not signed, or in another way, is refused, and nothing is listed" {
	start_server
	talk <<'END'
key = upload(b"12345")
for target in (f"/{BUCKET}/{key}", f"/{BUCKET}/", f"/{BUCKET}", f"/{BUCKET}?list-type=2", f"/{BUCKET}/?prefix=uploads/", f"/{BUCKET}/uploads/nobody.jpg", f"/{BUCKET}/..", f"/{BUCKET}/../keys",
               f"/{BUCKET}/{key}?AWSAccessKeyId=x&Signature=y&Expires=9999999999", f"/{BUCKET}/{key}?X-Amz-Signature=" + "0" * 64):
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = ask(method, target, {"Authorization": f"AWS4-HMAC-SHA256 Credential={keys()[0]}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=" + "0" * 64}
                     if method == "DELETE" else {}, b"x" if method == "PUT" else None)
        check(answer.status in (400, 403, 404, 405, 501), f"{method} {target}: {answer}")
        check(answer.status != 404 or not target.startswith(f"/{BUCKET}/"), f"{method} {target} tells what is there: {answer}")
        check(b"uploads/" not in answer.body.replace(key.encode(), b"").replace(b"uploads/nobody.jpg", b""), answer)
refused(ask("GET", f"/{BUCKET}/{key}"), 403, code="AccessDenied")
for path in (f"/{BUCKET}/", f"/{BUCKET}", f"/{BUCKET}//"):
    answer = ask("GET", sign("GET", "", path=path))
    check(answer.status >= 400, f"{path}: {answer}")
same(b"12345", stored(key))
END
	stop_server
}

@test "an upload's URL is good for once, also for those who come at once" {
	start_server
	talk <<'END'
granted = grant(b"12345")
same(200, put(granted, b"12345").status)
for again in (b"12345", b"54321"):
    refused(put(granted, again), 412, code="PreconditionFailed")
same(b"12345", stored(granted["key"]))
# all begin, then all end; that they were granted it lets only one of them
for count in (2, 8):
    granted = grant(b"1" * 1000)
    wires = [Wire() for _ in range(count)]
    for at, wire in enumerate(wires):
        wire.send(head("PUT", target_of(granted["uploadUrl"]), {**granted["headers"], "Content-Length": 1000, "Connection": "close"}) + b"%d" % at * 500)
    for at, wire in enumerate(wires):
        wire.send(b"%d" % at * 500)
    answers = [wire.answer() for wire in wires]
    check(all(answers), answers)
    won = [at for at, answer in enumerate(answers) if answer.status == 200]
    same(1, len(won), answers)
    for answer in answers:
        if answer.status != 200:
            refused(answer, 409, 412, 503)
    same(b"%d" % won[0] * 1000, stored(granted["key"]))
same(3, len(files()), files())
END
	stop_server
	expect_same 3 "$(wc -l <events)"
	expect_same '' "$(event_keys | uniq -d)"
	# the row tells of the bytes that are there
	expect_same "$(jq -r '.Records[].s3.object | "\(.key)|\(.eTag)|\(.size)"' events | LC_ALL=C sort)" \
		"$(rows "select image_key || '|' || json_extract(source, '\$.etag') || '|' || json_extract(source, '\$.bytes') from images" data/imgpl.db | LC_ALL=C sort)"
}

@test "an upload's length is one number, told beforehand, and what comes is as long" {
	start_server
	talk <<'END'
body = b"12345"
granted = grant(body)
target = target_of(granted["uploadUrl"])

def framed(*lengths, sent=body, ends=True):
    """Put with these headers for its length, and return the answers until the server closes."""
    wire = Wire()
    wire.send(head("PUT", target, [*granted["headers"].items(), *lengths]))
    wire.send(sent)
    if ends:
        wire.end()
    return wire.answers()

chunks = b"5\r\n12345\r\n0\r\n\r\n"
refused(framed(("Transfer-Encoding", "chunked"), sent=chunks)[0], 403, 411)
signed = {"Content-Type": "image/jpeg", "If-None-Match": "*"}
refused(ask("PUT", sign("PUT", "uploads/x.jpg", signed), {**signed, "Transfer-Encoding": "chunked"}, chunks), 411, code="MissingContentLength")
refused(ask("PUT", sign("PUT", "uploads/x.jpg", signed), signed), 411, code="MissingContentLength")
refused(framed(("Transfer-Encoding", "chunked"), ("Content-Length", 5), sent=chunks)[0], 400, 411)
refused(framed(sent=b"")[0], 403, 411)
for lengths in ((5, 5), (5, 6), (6, 5), ("5, 5",), ("-5",), ("+5",), ("0x5",), ("5 5",), ("5.0",), ("",), ("five",), (2**63,), (2**64,), (2**64 + 5,), ("9" * 400,)):
    answers = framed(*(("Content-Length", length) for length in lengths))
    check(answers and answers[0].status in (400, 403, 413), f"{lengths}: {answers}")
    check(all(answer.status >= 400 for answer in answers), f"{lengths}: {answers}")
# more than may ever be uploaded, though it is signed
huge = {"Content-Type": "image/jpeg", "Content-Length": 67108865, "If-None-Match": "*"}
answer = ask("PUT", sign("PUT", "uploads/huge.jpg", huge), huge)
refused(answer, 400, 413, code="EntityTooLarge")
# shorter than it says
wire = Wire()
wire.send(head("PUT", target, {**granted["headers"], "Content-Length": 5, "Expect": "100-continue"}))
same(100, wire.answer().status)
check(any(name.startswith("objects/") for name in files()), "it is being stored")
wire.send(b"1234")
well()
wire.close()
until(lambda: not files(), "what broke off is gone")
same(None, stored(granted["key"]))
same({"status": "PROCESSING", "known": False}, ask("GET", "/results?image_key=" + granted["key"]).json())
# longer: what comes after is no part of it
answers = framed(("Content-Length", 5), sent=body + b"67890\r\n\r\n", ends=False)
same(200, answers[0].status, answers)
check(len(answers) <= 2 and all(answer.status >= 400 for answer in answers[1:]), answers)
same(body, stored(granted["key"]))
same(1, len(files()), files())
END
	stop_server
	expect_same 1 "$(wc -l <events)"
}

@test "an upload may ask first whether it may go on" {
	start_server
	talk <<'END'
granted = grant(b"12345")
for changed, refusal in (({"Content-Type": "image/png"}, 403), ({}, None), ({}, 412)):
    wire = Wire()
    wire.send(head("PUT", target_of(granted["uploadUrl"]), {**granted["headers"], "Content-Length": 5, "Expect": "100-continue", **changed}))
    answer = wire.answer()
    if refusal:
        same(refusal, answer.status, answer)
    else:
        same(100, answer.status, answer)
        wire.send(b"12345")
        same(200, wire.answer().status)
wire = Wire()
wire.send(head("POST", "/upload-url", {"Content-Length": 1 << 30, "Expect": "100-continue"}))
refused(wire.answer(), 413)
answer = ask("POST", "/upload-url", {"Expect": "200-maybe"}, b"{}")
check(answer.status in (400, 417), answer)
END
	stop_server
}

@test "no key leads out of the bucket, however well it is signed" {
	picture picture.jpg
	start_server
	talk <<'END'
upload(b"12345")
END
	echo SECRET >secret.txt
	mkdir -p data/objects/other
	echo SECRET >data/objects/other/x.jpg
	ln -s ../../../secret.txt data/objects/imgpl-local/link.jpg
	ln -s ../../.. data/objects/imgpl-local/up
	mkfifo data/objects/imgpl-local/fifo.jpg
	list_outside before
	(cd data && find . -type f ! -name 'imgpl.db*' | LC_ALL=C sort) >inside-before
	talk <<'END'
before = files()
paths = ["..", "../keys", "../../keys", "../imgpl.db", "../other/x.jpg", "uploads/../../other/x.jpg", "uploads/../../../keys", "./x.jpg", "uploads/./x.jpg", "uploads//x.jpg", "/x.jpg", "//x.jpg", "uploads/", "uploads", ".",
         "", "a%00b.jpg", "%00", "a%0ab.jpg%00", "%2e%2e/keys", "%2e%2e%2fkeys", "..%2fkeys", "..%2f..%2fkeys", "uploads%2f..%2f..%2f..%2fkeys", "%2fetc%2fpasswd", "..%5ckeys", "link.jpg", "up/secret.txt", "up/x.jpg", "fifo.jpg", "%ff.jpg",
         "%c0%ae%c0%ae/keys", "x" * 256 + ".jpg", "x" * 1100 + ".jpg", "a/" * 600 + "x.jpg", "uploads/%", "uploads/%2", "uploads/%zz.jpg", "up/../x.jpg"]
for path in paths:
    for bucket in (BUCKET, BUCKET + "/..", "..", "other", "%2e%2e", ".", ""):
        whole = f"/{bucket}/{path}"
        answer = ask("GET", sign("GET", "", path=whole))
        check(400 <= answer.status < 500, f"GET {whole}: {answer}")
        check(b"SECRET" not in answer.body and keys()[1].encode() not in answer.body and b"SQLite" not in answer.body, f"GET {whole}: {answer}")
        if bucket == BUCKET or path in paths[:12]:
            headers = put_headers(b"evil")
            answer = ask("PUT", sign("PUT", "", headers, path=whole), headers, b"evil")
            check(400 <= answer.status < 500, f"PUT {whole}: {answer}")
same(before, files())
# one way to write a key is another's signature
key = upload(b"12345")
target = sign("GET", key)
for changed in (target.replace("/uploads/", "/uploads/../uploads/"), target.replace("/uploads/", "/uploads//"), target.replace("/uploads/", "/./uploads/"), target.replace("/uploads/", "//uploads/"),
                target.replace(f"/{BUCKET}/", f"//{BUCKET}/"), target.replace(f"/{BUCKET}/", f"/x/../{BUCKET}/"), "http://evil.example" + target, target.replace(".jpg?", ".jpg/?"), target.replace(".jpg?", ".jpg%00?")):
    wire = Wire()
    wire.send(head("GET", changed))
    answer = wire.answer()
    check(answer is None or answer.status >= 400, f"{changed}: {answer}")
    check(answer is None or b"12345" not in answer.body, f"{changed}: {answer}")
well()
END
	(cd data && find . -type f ! -name 'imgpl.db*' | LC_ALL=C sort) >inside-after
	expect_same 1 "$(comm -13 inside-before inside-after | wc -l)"
	list_outside after
	expect_same_file before after
	expect_same 2 "$(wc -l <events)"
	stop_server
}

@test "odd keys that are signed are names like any other, and tell no header what to say" {
	start_server
	talk >told <<'END'
for name in ('a b.jpg', 'a+b.jpg', 'é日😀.png', "a'\"b;c\\d.webp", '~x.jpg', 'a%2fb.jpg', '-rf.jpg', '*?[x].jpg', 'x.jpg\r\nX-Evil: 1.jpg', 'x\t.jpg', '\u202egpj.png', 'a&b=c#d.jpg'):
    key = "uploads/" + name
    headers = put_headers(b"12345", "image/png" if name.endswith("png") else "image/jpeg")
    answer = ask("PUT", sign("PUT", key, headers), headers, b"12345")
    if answer.status != 200:
        check(400 <= answer.status < 500 and any(ord(letter) < 32 for letter in name), f"{name!r}: {answer}")
        continue
    same(b"12345", stored(key), name)
    answer = get(key)
    same((200, b"12345"), (answer.status, answer.body), name)
    same(None, answer.header("X-Evil"))
    disposition = answer.header("Content-Disposition")
    check(re.fullmatch(r'attachment(; filename="([^"\\\x00-\x1f\x7f-\xff]|\\.)*")?(; filename\*=UTF-8\'\'[A-Za-z0-9%._~!$&+^`|#-]*)?|attachment; filename=[\w.-]+', disposition), f"{name!r}: {disposition!r}")
    print(key, end="\0")
END
	stop_server
	expect_same '' "$(jq -c 'select((.Records | length) != 1)' events)"
	expect_same "$(jq -Rs 'rtrimstr("\u0000") | split("\u0000") | sort' told)" "$(imgpl-trigger <events | jq -s 'map(.key) | sort')"
}

# Requests that mean two things, and those that have no end

@test "a request that can be read in two ways is refused and ends its connection" {
	make_site
	start_server --site=site
	talk <<'END'
inner = head("GET", "/limits", {"Connection": "close"})
wish = b'{"contentType":"image/jpeg","size":5}'
host = f"Host: {HOST}\r\n".encode()

def shape(lines, body=b"", method=b"POST /upload-url HTTP/1.1"):
    return method + b"\r\n" + host + lines + b"\r\n" + body

chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(wish), wish)
shapes = {
    "length and chunks": shape(b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(wish + inner), chunked + inner),
    "chunks and length": shape(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", chunked + inner),
    "two lengths, the first smaller": shape(b"Content-Length: %d\r\nContent-Length: %d\r\n" % (len(wish), len(wish + inner)), wish + inner),
    "two lengths, the first larger": shape(b"Content-Length: %d\r\nContent-Length: %d\r\n" % (len(wish + inner), len(wish)), wish + inner),
    "twice the same length": shape(b"Content-Length: %d\r\nContent-Length: %d\r\n" % (len(wish), len(wish)), wish + inner),
    "a list of lengths": shape(b"Content-Length: %d, %d\r\n" % (len(wish), len(wish)), wish + inner),
    "a length with a sign": shape(b"Content-Length: +%d\r\n" % len(wish), wish + inner),
    "a length in sixteens": shape(b"Content-Length: 0x%x\r\n" % len(wish), wish + inner),
    "a length and letters": shape(b"Content-Length: %dx\r\n" % len(wish), wish + inner),
    "a space before the colon of the length": shape(b"Content-Length : %d\r\n" % len(wish), wish + inner),
    "a space before the colon of the coding": shape(b"Transfer-Encoding : chunked\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a space before a name": shape(b" Content-Length: %d\r\n" % len(wish), wish + inner),
    "a folded length": shape(b"Content-Length:\r\n %d\r\n" % len(wish), wish + inner),
    "a folded coding": shape(b"Transfer-Encoding:\r\n chunked\r\n", chunked + inner),
    "a coding that isn't known": shape(b"Transfer-Encoding: xchunked\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "two codings": shape(b"Transfer-Encoding: chunked, identity\r\n", chunked + inner),
    "a coding twice": shape(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked + inner),
    "identity and a length": shape(b"Transfer-Encoding: identity\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "gzip": shape(b"Transfer-Encoding: gzip, chunked\r\n", chunked + inner),
    "a coding with a tab": shape(b"Transfer-Encoding:\tchunked\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a coding behind a vertical tab": shape(b"Transfer-Encoding: \x0bchunked\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a name with a NUL": shape(b"Content-Length\0: 1\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a value with a NUL": shape(b"X: a\0b\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a lone CR in a header": shape(b"X: a\rContent-Length: 1\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a header without a colon": shape(b"Nonsense\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a header without a name": shape(b": x\r\nContent-Length: %d\r\n" % len(wish), wish + inner),
    "a body where there is none": shape(b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(inner), b"0\r\n\r\n" + inner, b"GET /healthz HTTP/1.1"),
    "a chunk's size with a sign": shape(b"Transfer-Encoding: chunked\r\n", b"+%x\r\n%s\r\n0\r\n\r\n" % (len(wish), wish) + inner),
    "a chunk's size of twenty digits": shape(b"Transfer-Encoding: chunked\r\n", b"1%016x\r\n%s\r\n0\r\n\r\n" % (len(wish), wish) + inner),
    "a chunk longer than its size": shape(b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(wish) - 1, wish) + inner),
    "two spaces": b"GET  /healthz HTTP/1.1\r\n" + host + b"\r\n" + inner,
    "a tab": b"GET\t/healthz\tHTTP/1.1\r\n" + host + b"\r\n" + inner,
    "words behind the version": b"GET /healthz HTTP/1.1 x\r\n" + host + b"\r\n" + inner,
    "no version": b"GET /healthz\r\n\r\n" + inner,
    "another protocol": b"GET /healthz HTCPCP/1.0\r\n" + host + b"\r\n" + inner,
    "version 2": b"GET /healthz HTTP/2.0\r\n" + host + b"\r\n" + inner,
    "the opening of version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
    "a version of three numbers": b"GET /healthz HTTP/1.1.1\r\n" + host + b"\r\n" + inner,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512),
    "nothing but NUL": bytes(512),
    "no method": b" /healthz HTTP/1.1\r\n" + host + b"\r\n" + inner,
    "a method with a colon": b"G:ET /healthz HTTP/1.1\r\n" + host + b"\r\n" + inner,
}
wrong = []
for name, sent in shapes.items():
    answers = raw(sent)
    # It may be refused, or be read in the one way that is right, if the connection ends then; what was
    # hidden in it is never answered.
    if any(b"maxSize" in answer.body for answer in answers):
        wrong.append(f"{name}: the hidden request is answered: {[answer.status for answer in answers]}")
    elif any(answer.status < 400 for answer in answers):
        wrong.append(f"{name}: is taken: {answers}")
check(not wrong, "\n".join(wrong))
well()
END
	stop_server
	expect_same '' "$(cat events)"
}

@test "lines that end in LF alone hide nothing" {
	start_server
	talk <<'END'
host = f"Host: {HOST}\n".encode()
for name, sent in {
    "all lines": b"GET /healthz HTTP/1.1\n" + host + b"Connection: close\n\n",
    "a length": b"POST /upload-url HTTP/1.1\r\nX: y\nContent-Length: 2\r\n" + host + b"Connection: close\r\n\r\n{}",
    "chunks": b"POST /upload-url HTTP/1.1\r\nX: y\nTransfer-Encoding: chunked\r\n" + host + b"Connection: close\r\n\r\n2\n{}\n0\n\n",
}.items():
    answers = raw(sent)
    check(len(answers) <= 1, f"{name}: {answers}")
    check(all(answer.status in (200, 400, 411) for answer in answers), f"{name}: {answers}")
END
	stop_server
}

@test "requests that come at once are answered in order, and none after the last" {
	make_site
	start_server --site=site
	talk <<'END'
body = b'{"contentType":"image/jpeg","size":5}'
wire = Wire()
many = [head("GET", "/healthz"), head("GET", "/nowhere"), head("POST", "/upload-url", {"Content-Length": len(body)}) + body, head("GET", "/results?image_key=x"), head("GET", "/")]
wire.send(b"".join(many) * 40 + head("GET", "/limits", {"Connection": "close"}) + head("GET", "/healthz"))
answers = wire.answers()
same([200, 404, 200, 200, 200] * 40 + [200], [answer.status for answer in answers])
check(b"maxSize" in answers[-1].body, answers[-1])
# an upload among others
granted = grant(b"12345")
wire = Wire()
wire.send(head("GET", "/healthz") + head("PUT", target_of(granted["uploadUrl"]), {**granted["headers"], "Content-Length": 5}) + b"12345" + head("GET", "/results?image_key=" + granted["key"], {"Connection": "close"}))
answers = wire.answers()
same([200, 200, 200], [answer.status for answer in answers], answers)
same({"status": "PROCESSING"}, answers[2].json())
# a refused upload's bytes are never read as a request
inner = head("GET", "/limits", {"Connection": "close"})
headers = {"Content-Type": "image/jpeg", "Content-Length": len(inner), "If-None-Match": "*"}
for refusal in (f"/{BUCKET}/uploads/x.jpg", "/nowhere", "/upload-url", "/healthz", "/"):
    for method in ("PUT", "GET"):
        answers = raw(head(method, refusal, headers) + inner)
        check(not any(b"maxSize" in answer.body for answer in answers), f"{method} {refusal}: {answers}")
# HTTP/1.0 is answered once
for answers in (raw(head("GET", "/healthz", version="HTTP/1.0") * 2), raw(head("GET", "/healthz", {"Connection": "close"}) * 2)):
    same([200], [answer.status for answer in answers])
END
	stop_server
}

@test "heads that are too large are refused" {
	start_server
	talk <<'END'
for headers in ([("X", "y" * 70000)], [(f"X-{number}", "y" * 100) for number in range(1000)], [("X" * 70000, "y")], [("Cookie", "y" * 8000)] * 9):
    wire = Wire()
    wire.send(head("GET", "/healthz", headers))
    answer = wire.answer()
    check(answer is None or answer.status in (400, 413, 414, 431), answer)
wire = Wire()
wire.send(b"GET /")
while wire.send(b"x" * 65536):
    if select.select([wire.socket], [], [], 0)[0]:
        break
answer = wire.answer()
check(answer is None or answer.status in (400, 413, 414, 431), answer)
# a head with no end, of many headers
wire = Wire()
wire.send(b"GET /healthz HTTP/1.1\r\n")
while wire.send(b"X-Header: y\r\n" * 1000):
    if select.select([wire.socket], [], [], 0)[0]:
        break
answer = wire.answer()
check(answer is None or answer.status in (400, 413, 431), answer)
same(200, ask("GET", "/healthz", [("X", "y" * 4000)]).status)
well()
END
	stop_server
}

@test "whoever is slow is cut off, and all others are served meanwhile" {
	make_site
	head -c 8000000 /dev/zero >site/big.js
	start_server --site=site
	talk <<'END'
granted = [grant(b"x" * 100000) for _ in range(4)]

def start_of(at, length=100000):
    return head("PUT", target_of(granted[at]["uploadUrl"]), {**granted[at]["headers"], "Content-Length": length})

def letters(text):
    rest = iter(text)
    return lambda: bytes([next(rest, 120)])

slow = head("GET", "/healthz")
wish = head("POST", "/upload-url", {"Content-Length": 60000})
drips = [
    Drip("silent from the start"),
    Drip("silent in the first line", b"GET /heal"),
    Drip("silent in the head", slow[:-4]),
    Drip("a byte a second of a head", b"", letters(slow)),
    Drip("a header a second", slow[:-2], lambda: b"X: y\r\n"),
    Drip("empty lines", b"", lambda: b"\r\n"),
    Drip("silent in a wish", wish),
    Drip("a byte a second of a wish", wish, lambda: b" "),
    Drip("silent in an upload", start_of(0)),
    Drip("silent in the middle of an upload", start_of(1) + b"x" * 50000),
    Drip("a byte a second of an upload", start_of(2), lambda: b"x"),
    Drip("some bytes now and then of an upload", start_of(3), lambda: b"x" * 20, 5),
    Drip("a byte a second of a body that was refused", head("PUT", f"/{BUCKET}/uploads/x.jpg", {"Content-Length": 100000}), lambda: b"x"),
    Drip("a byte a second of chunks", head("POST", "/upload-url", {"Transfer-Encoding": "chunked"}), lambda: b"1\r\nx\r\n"),
]
readers = []
for pieces in (head("GET", "/big.js"), head("GET", "/healthz") * 20000, head("GET", "/big.js") * 100):
    wire = Wire()
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.socket.setblocking(False)
    try:
        wire.socket.send(pieces)
    except BlockingIOError:
        pass
    readers.append(wire)
drip_all(drips)
for wire in readers:
    wire.close()
until(lambda: not files(), "what broke off is gone")
well()
END
	stop_server
	expect_same '' "$(cat events)"
}

@test "ten thousand idle connections stop nobody else" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 10500 ] || skip 'too few files may be open'
	ulimit -n 10500 2>/dev/null || ulimit -n "$(ulimit -Hn)"
	start_server
	talk <<'END'
idle = []
for number in range(10000):
    wire = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
    if number % 3 == 1:
        wire.send(b"GET /hea")
    elif number % 3 == 2:
        wire.send(head("GET", "/healthz"))
    idle.append(wire)
    if number % 500 == 499:
        well()
        upload(b"12345")
for _ in range(20):
    well()
same(200, ask("GET", "/results?image_key=x").status)
for wire in idle:
    wire.close()
well()
END
	expect_same 20 "$(wc -l <events)"
	peak=$(server_peak)
	expect_peak 64
	stop_server
}

@test "memory stays small, whatever comes" {
	head -c 20000000 /dev/urandom >body
	start_server
	talk <<'END'
import threading
with open("body", "rb") as file:
    body = file.read()

def uploads():
    for _ in range(2):
        upload(body)

def wishes():
    for _ in range(20):
        post({"files": [{"contentType": "image/jpeg", "size": 5}] * 50})
        ask("POST", "/upload-url", {}, b" " * 65536)
        ask("GET", "/results?" + "&".join(["image_key=" + "x" * 200] * 50))

def downloads():
    key = upload(body)
    for _ in range(3):
        same(len(body), len(get(key).body))

threads = [threading.Thread(target=target) for target in [uploads] * 8 + [wishes] * 4 + [downloads] * 4]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
# heads and bodies that stop as late as they can
wires = [Wire() for _ in range(200)]
for at, wire in enumerate(wires):
    if at % 2:
        wire.send(head("GET", "/healthz", {"X": "y" * 15000})[:-4])
    else:
        wire.send(head("POST", "/upload-url", {"Content-Length": 65536}) + b" " * 65535)
well()
END
	wait_until has_lines events 20
	peak=$(server_peak)
	expect_peak 64
	stop_server
	expect_same 20 "$(wc -l <events)"
}
