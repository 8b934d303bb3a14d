# imgpl-serve, seen from outside: how it starts and ends, and what it answers to whom.
load helper
load serve

# Starting

@test "the server says where it listens, writes nothing else, and is well" {
	start_server
	expect_in "imgpl-serve: " "$(cat messages)"
	expect_same 1 "$(wc -l <messages)"
	talk <<'END'
well()
same("application/json", ask("GET", "/healthz").header("Content-Type"))
END
	expect_same '' "$(cat events)"
	expect_same 600 "$(stat -c %a data/keys)"
	stop_server
}

@test "a server that is asked for what can't be is refused before anything is made" {
	for options in '' '--data=' '--data=d --listen=127.0.0.1' '--data=d --listen=127.0.0.1:99999' '--data=d --listen=nowhere.invalid:80' \
		'--data=d --listen=127.0.0.1:-1' '--data=d --bucket=../x' '--data=d --bucket=' '--data=d --bucket=a/b' '--data=d --origin=*' \
		'--data=d --origin=http://a.example/path' '--data=d --origin=a.example' '--data=d --origin=null' \
		'--data=d --public-url=ftp://a.example' '--data=d --public-url=http://a.example/path?query' '--data=d --public-url=http://user@a.example' \
		'--data=d --expires=0' '--data=d --expires=604801' '--data=d --max-bytes=0' '--data=d --site=nowhere' '--data=d operand'; do
		# shellcheck disable=SC2086 # words
		LIMIT=10 try imgpl-serve --listen=127.0.0.1:0 $options
		[ "$status" = 2 ] || fail "$options: $status $stderr"
		expect_same '' "$output"
		expect_in 'imgpl-serve: ' "$stderr"
		[ ! -e d ] || fail "$options made something"
	done
}

@test "a port in use, and a directory of data in use, are told, and the first server goes on" {
	start_server
	LIMIT=10 try imgpl-serve --data=other "--listen=127.0.0.1:$SERVE_PORT"
	expect_refusal
	expect_same '' "$output"
	expect_in "$SERVE_PORT" "$stderr"
	LIMIT=10 try imgpl-serve --data=data --listen=127.0.0.1:0
	expect_refusal
	expect_same '' "$output"
	expect_in data "$stderr"
	talk <<<'upload(b"x")'
	stop_server
	expect_same 1 "$(wc -l <events)"
}

@test "a directory of data that can't be written is told" {
	echo >file
	LIMIT=10 try imgpl-serve --data=file --listen=127.0.0.1:0
	expect_refusal
	expect_in 'file' "$stderr"
	LIMIT=10 try imgpl-serve --data=file/data --listen=127.0.0.1:0
	expect_refusal
	expect_in 'file/data' "$stderr"
	LIMIT=10 try imgpl-serve --data=/proc/nowhere --listen=127.0.0.1:0
	expect_refusal
	expect_in '/proc/nowhere' "$stderr"
	expect_same '' "$output"
}

@test "a directory of data that belongs to another is told" {
	needs_root
	mkdir -m 755 "$BATS_FILE_TMPDIR/sealed"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
	LIMIT=10 try setpriv --reuid=65534 --regid=65534 --clear-groups imgpl-serve --data="$BATS_FILE_TMPDIR/sealed" --listen=127.0.0.1:0
	expect_refusal
	expect_same '' "$output"
	expect_in 'sealed' "$stderr"
	expect_same '' "$(ls -A "$BATS_FILE_TMPDIR/sealed")"
}

@test "keys that others can read, or that are broken, are refused, and left as they are" {
	start_server
	stop_server
	cp data/keys kept
	for mode in 644 640 602 660; do
		chmod $mode data/keys
		LIMIT=10 try imgpl-serve --data=data --listen=127.0.0.1:0
		expect_refusal
		expect_in 'data/keys' "$stderr"
		expect_same $mode "$(stat -c %a data/keys)"
		expect_same_file kept data/keys
	done
	chmod 600 data/keys
	for keys in '' 'nonsense' "$(head -c 20 kept)" "$(head -c 100000 /dev/zero | tr '\0' x)"; do
		printf '%s' "$keys" >data/keys
		LIMIT=10 try imgpl-serve --data=data --listen=127.0.0.1:0
		expect_refusal
		expect_in 'data/keys' "$stderr"
		expect_same "$keys" "$(cat data/keys)"
	done
	rm data/keys
	cp kept elsewhere
	ln -s ../elsewhere data/keys
	LIMIT=10 try imgpl-serve --data=data --listen=127.0.0.1:0
	expect_refusal
	expect_in 'data/keys' "$stderr"
}

# The API

@test "what may be uploaded is told, as the options have it" {
	start_server --max-bytes=1k
	talk <<'END'
answer = ask("GET", "/limits")
same({"contentTypes": ["image/jpeg", "image/png", "image/webp"], "maxSize": 1024, "maxFiles": 50}, answer.json())
same(200, post({"contentType": "image/png", "size": 1024}).status)
same(400, post({"contentType": "image/png", "size": 1025}).status)
END
	stop_server
}

@test "an upload's URL is given for one picture or for several, and takes just these" {
	start_server
	talk >tags <<'END'
answer = post({"contentType": "image/webp", "size": 5})
same(200, answer.status, answer)
same("application/json", answer.header("Content-Type"))
one = answer.json()
same({"uploadUrl", "key", "headers", "expiresAt"}, set(one))
check(one["uploadUrl"].startswith(f"http://{HOST}/{BUCKET}/{one['key']}?X-Amz-"), one)
check(re.fullmatch(r"uploads/[0-9a-f-]{36}\.webp", one["key"]), one)
same({"content-type": "image/webp", "if-none-match": "*"},
     {name.lower(): value for name, value in one["headers"].items() if name.lower() != "content-length"})
check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["expiresAt"]), one)
for name, bytes_ in (("127.0.0.1", b"12345"), ("localhost", b"23456"), ("[::1]", b"34567"), ("127.8.9.10", b"45678")):
    host = f"{name}:{PORT}"
    granted = post({"contentType": "image/png", "size": 5}, {"Host": host}).json()
    check(granted["uploadUrl"].startswith(f"http://{host}/"), granted)
    same(200, put(granted, bytes_, {"Host": host}).status)
    same(bytes_, stored(granted["key"]))

wishes = [{"contentType": "image/jpeg", "size": size} for size in range(1, 51)]
several = post({"files": wishes}).json()["uploads"]
same(50, len({granted["key"] for granted in several}))
for granted in several[:3] + several[-1:]:
    size = several.index(granted) + 1
    answer = put(granted, b"x" * size)
    same(200, answer.status, answer)
    print(granted["key"], answer.header("ETag"))
    same(b"x" * size, stored(granted["key"]))
    same({"status": "PROCESSING"}, ask("GET", "/results?image_key=" + granted["key"]).json())
same(1, len(post({"files": wishes[:1]}).json()["uploads"]), "a list of one is answered with a list")
END
	stop_server
	expect_same 8 "$(wc -l <events)"
	expect_same "$(LC_ALL=C sort tags)" "$(tail -n 4 events | jq -r '.Records[].s3.object | "\(.key) \"\(.eTag)\""' | LC_ALL=C sort)"
	expect_same 8 "$(rows "select count(*) from images where status = 'PROCESSING' and started_at is not null" data/imgpl.db)"
	expect_same '' "$(jq -c 'select((.Records | length) != 1 or .Records[0].eventName != "ObjectCreated:Put" or .Records[0].s3.bucket.name != "imgpl-local")' events)"
	expect_same "$(jq -r '.Records[0].s3.object.sequencer' events)" "$(jq -r '.Records[0].s3.object.sequencer' events | LC_ALL=C sort -u)"
}

@test "what can't be wished for is refused with a reason" {
	start_server
	talk <<'END'
good = {"contentType": "image/jpeg", "size": 5}
for body in (b"", b"{", b"[]", b"null", b"\xff", b"{} {}", b'{"contentType":"image/jpeg"}', b'{"size":5}',
             *(json.dumps(wish).encode() for wish in (
                 {**good, "size": 0}, {**good, "size": -1}, {**good, "size": 1.5}, {**good, "size": "5"}, {**good, "size": 2**70},
                 {**good, "size": 67108865}, {**good, "contentType": "image/svg+xml"}, {**good, "contentType": "text/html"},
                 {**good, "contentType": "image/jpeg; x"}, {**good, "contentType": "IMAGE/JPEG"}, {**good, "contentType": ["image/jpeg"]},
                 {"files": []}, {"files": [good] * 51}, {"files": [good, {}]}, {"files": good}, {"files": [None]})),
             b"[" * 50000, b'{"contentType":"image/jpeg\\u0000","size":5}'):
    answer = ask("POST", "/upload-url", {"Content-Type": "application/json"}, body)
    same(400, answer.status, f"{body[:80]}: {answer}")
    same({"error"}, set(answer.json()), body[:80])
    check(answer.json()["error"], body)
for length in (64 * 1024 + 1, 1 << 20, 10 << 20):
    answer = ask("POST", "/upload-url", {"Content-Type": "application/json"}, b" " * length)
    refused(answer, 413, what=f"{length} bytes")
    check(answer.json()["error"], answer)
wire = Wire()
wire.send(head("POST", "/upload-url", {"Transfer-Encoding": "chunked"}))
while wire.send(b"10000\r\n" + b" " * 65536 + b"\r\n"):
    ready, _, _ = select.select([wire.socket], [], [], 0)
    if ready:
        break
refused(wire.answer(), 411, 413, what="endless chunks")
well()
END
	stop_server
	expect_same '' "$(cat events)"
}

@test "results are told in all their states, and the URLs of renditions give the bytes" {
	start_server
	picture cat.jpg
	cp cat.jpg cat.txt.jpg
	echo 'no picture' >notes.jpg
	talk >keys <<'END'
for name in "cat.jpg", "notes.jpg":
    with open(name, "rb") as file:
        print(upload(file.read()))
END
	wait_until has_lines events 2
	pipeline <events
	store_records <<<'{"bucket":"imgpl-local","key":"uploads/odd \"&+%2f.jpg","source":{"bytes":3},"renditions":[{"name":"main","key":"processed/main/\u00e9 +%25.jpg","width":1,"height":1,"format":"jpeg","content_type":"image/jpeg","bytes":3}],"status":"COMPLETE"}'
	mkdir -p data/objects/imgpl-local/processed/main
	printf 'odd' >'data/objects/imgpl-local/processed/main/é +%25.jpg'
	mapfile -t keys <keys
	talk "${keys[@]}" <<'END'
cat, notes = sys.argv[1:]
odd = 'uploads/odd "&+%2f.jpg'
answer = ask("GET", "/results?image_key=" + cat)
same((200, "application/json"), (answer.status, answer.header("Content-Type")))
complete = answer.json()
same("COMPLETE", complete["status"], complete)
same(["main", "thumb"], [rendition["name"] for rendition in complete["results"]["renditions"]])
for rendition in complete["results"]["renditions"]:
    check(rendition["url"].startswith(f"http://{HOST}/"), rendition)
    got = ask("GET", target_of(rendition["url"]))
    same((200, rendition["content_type"], stored(rendition["key"])), (got.status, got.header("Content-Type"), got.body))
    same(rendition["bytes"], len(got.body))
failed = ask("GET", "/results?image_key=" + notes).json()
same(("FAILED", True), (failed["status"], "not a JPEG" in failed["reason"]), failed)
same({"status": "PROCESSING", "known": False}, ask("GET", "/results?image_key=uploads/nobody.jpg").json())
answer = ask("GET", "/results?image_key=" + "&image_key=".join(map(quote, (notes, "x", cat, odd, cat))))
same([(notes, "FAILED"), ("x", "PROCESSING"), (cat, "COMPLETE"), (odd, "COMPLETE"), (cat, "COMPLETE")],
     [(one["image_key"], one["status"]) for one in answer.json()["results"]])
url = answer.json()["results"][3]["results"]["renditions"][0]["url"]
got = ask("GET", target_of(url))
same((200, b"odd"), (got.status, got.body), url)
# another host than the one asked by is not what was signed
refused(ask("GET", target_of(url), {"Host": f"localhost:{PORT}"}), 403, code="SignatureDoesNotMatch")
for query in ("", "?", "?image_key=", "?image_key=%", "?image_key=%zz", "?image_key=%00", "?image_key=%ff", "?key=" + cat,
              "?image_key=" + "x" * 1025, "?" + "&".join(["image_key=x"] * 51)):
    answer = ask("GET", "/results" + query)
    same(400, answer.status, f"{query[:60]}: {answer}")
    check(answer.json()["error"], answer)
same(50, len(ask("GET", "/results?" + "&".join(["image_key=" + "x" * 200] * 50)).json()["results"]))
END
	stop_server
}

# Origins and hosts

@test "only origins that are configured may read answers, and others may not write" {
	start_server --origin=https://pictures.example --origin=http://127.0.0.1:5173
	talk <<'END'
good = {"contentType": "image/jpeg", "size": 5}
for origin in ("https://pictures.example", "http://127.0.0.1:5173"):
    answer = post(good, {"Origin": origin})
    same((200, origin), (answer.status, answer.header("Access-Control-Allow-Origin")))
    check("ETag" in answer.header("Access-Control-Expose-Headers"), answer)
    check("origin" in (answer.header("Vary") or "").lower(), answer)
    check(answer.header("Access-Control-Allow-Credentials") is None, answer)
    granted = answer.json()
    same(200, put(granted, b"12345", {"Origin": origin}).status)
    for target, method, headers in (("/upload-url", "POST", "content-type"), (target_of(granted["uploadUrl"]), "PUT", "content-type,if-none-match"),
                                    ("/results?image_key=x", "GET", "")):
        asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers or None}
        answer = ask("OPTIONS", target, asked)
        check(answer.status in (200, 204), answer)
        same(origin, answer.header("Access-Control-Allow-Origin"), answer)
        check(method in answer.header("Access-Control-Allow-Methods"), answer)
        allowed = (answer.header("Access-Control-Allow-Headers") or "").lower()
        check(all(name in allowed for name in headers.split(",")), answer)
        check(answer.header("Access-Control-Max-Age"), answer)
    answer = ask("GET", "/results?image_key=x", {"Origin": origin})
    same(origin, answer.header("Access-Control-Allow-Origin"))
    # also where it failed, so that the page can tell why
    same(origin, put(granted, b"12345", {"Origin": origin}).header("Access-Control-Allow-Origin"))
    same(origin, ask("GET", "/nowhere", {"Origin": origin}).header("Access-Control-Allow-Origin"))

others = ["https://evil.example", "null", "https://pictures.example.evil.example", "https://evil-pictures.example", "http://pictures.example",
          "https://pictures.example:444", "https://pictures.example/", "https://PICTURES.example.", f"http://127.0.0.1:{PORT + 1}", "http://localhost",
          f"https://127.0.0.1:{PORT}", "", "file://", "*"]
for origin in others:
    answer = post(good, {"Origin": origin})
    same(403, answer.status, f"{origin}: {answer}")
    same(None, answer.header("Access-Control-Allow-Origin"), origin)
    granted = grant(b"12345")
    refused(put(granted, b"12345", {"Origin": origin}), 403, what=origin)
    same(None, stored(granted["key"]))
    same(None, ask("GET", "/results?image_key=x", {"Origin": origin}).header("Access-Control-Allow-Origin"), origin)
    answer = ask("OPTIONS", "/upload-url", {"Origin": origin, "Access-Control-Request-Method": "POST"})
    same(None, answer.header("Access-Control-Allow-Origin"), origin)
# its own
for name in ("127.0.0.1", "localhost", "[::1]"):
    host = f"{name}:{PORT}"
    same(200, post(good, {"Host": host, "Origin": f"http://{host}"}).status, host)
same(403, post(good, {"Host": f"localhost:{PORT}", "Origin": f"http://127.0.0.1:{PORT}"}).status)
refused(ask("POST", "/upload-url", [("Origin", f"http://{HOST}"), ("Origin", "https://evil.example")], json.dumps(good).encode()), 400, 403)
END
	stop_server
	expect_same 2 "$(wc -l <events)"
}

@test "without configured origins none may read" {
	start_server
	talk <<'END'
for origin in ("https://pictures.example", "http://localhost:5173", "null"):
    for method, target, headers in (("GET", "/limits", {}), ("GET", "/results?image_key=x", {}),
                                    ("OPTIONS", "/upload-url", {"Access-Control-Request-Method": "POST"})):
        answer = ask(method, target, {"Origin": origin, **headers})
        for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"):
            same(None, answer.header(name), answer)
END
	stop_server
}

@test "a request for another host is refused, so that no name that leads here can be used" {
	make_site
	start_server --site=site
	talk <<'END'
for host in ("evil.example", f"evil.example:{PORT}", f"127.0.0.1.evil.example:{PORT}", "localhost.evil.example", f"evil.example@127.0.0.1:{PORT}", "",
             f"127.0.0.1:{PORT}@evil.example", "10.0.0.1", "0.0.0.0", f"0.0.0.0:{PORT}", "[::]", f"[::ffff:127.0.0.1]:{PORT}", "127.1", "0x7f.1",
             "2130706433", f"127.0.0.1:{PORT}/x", f"127.0.0.1:{PORT}?x", f"127.0.0.1:{PORT} evil.example", "127.0.0.1:port", "127.0.0.1:", "127.0.0.1:99999999999",
             "[::1", "::1", "128.0.0.1", "127.0.0.256", "127.0.0.1\\@evil.example", "localhost..", "127.0.0.01.example", f"127.0.0.1:{PORT},evil.example"):
    for method, target in (("GET", "/results?image_key=x"), ("GET", "/"), ("POST", "/upload-url"), ("GET", "/healthz"), ("GET", f"/{BUCKET}/uploads/x.jpg")):
        answer = ask(method, target, {"Host": host}, b'{"contentType":"image/jpeg","size":5}' if method == "POST" else None)
        check(answer.status in (400, 403, 421), f"{host!r} {method} {target}: {answer}")
        check(b"uploadUrl" not in answer.body and b"<script" not in answer.body, answer)
same(400, ask("GET", "/healthz", {"Host": None}).status, "no host")
same(400, ask("GET", "/healthz", [("Host", HOST), ("Host", "evil.example")]).status, "two hosts")
same(400, ask("GET", "/healthz", [("Host", HOST), ("Host", HOST)]).status, "twice the same host")
for host in (HOST, "127.0.0.1", "localhost", f"LOCALHOST:{PORT}", f"[::1]:{PORT}", "127.255.255.254:1"):
    same(200, ask("GET", "/healthz", {"Host": host}).status, host)
END
	stop_server
}

@test "a server behind a proxy signs for its public URL and answers to that name" {
	start_server --public-url=https://pictures.example
	talk <<'END'
public = {"Host": "pictures.example"}
granted = post({"contentType": "image/jpeg", "size": 5}, public).json()
check(granted["uploadUrl"].startswith(f"https://pictures.example/{BUCKET}/uploads/"), granted)
refused(put(granted, b"12345", {"Host": "evil.example"}), 400, 403, 421)
same(200, put(granted, b"12345", public).status)
same(200, post({"contentType": "image/jpeg", "size": 5}, {**public, "Origin": "https://pictures.example"}).status)
for origin in ("http://pictures.example", "https://evil.example", "https://pictures.example:8443"):
    same(403, post({"contentType": "image/jpeg", "size": 5}, {**public, "Origin": origin}).status, origin)
for host in ("evil.example", "pictures.example.evil.example", "pictures.example:8443", "xpictures.example"):
    refused(ask("GET", "/limits", {"Host": host}), 400, 403, 421, what=host)
END
	stop_server
}

# Headers and methods

@test "every kind of answer says that it is what it says, and pages may run nothing else's code" {
	make_site
	start_server --site=site --origin=https://pictures.example
	talk <<'END'
key = upload(b"<script>alert(1)</script>")
answers = {
    "page": ask("GET", "/"), "asset": ask("GET", "/assets/app-1a2b3c4d.js"), "limits": ask("GET", "/limits"), "health": ask("GET", "/healthz"),
    "head": ask("HEAD", "/"), "results": ask("GET", "/results?image_key=x"), "grant": post({"contentType": "image/jpeg", "size": 5}),
    "wrong": post({}), "nowhere": ask("GET", "/nowhere"), "method": ask("DELETE", "/limits"), "object": get(key), "unsigned": ask("GET", f"/{BUCKET}/{key}"),
    "no object": get("uploads/nobody.jpg"), "host": ask("GET", "/", {"Host": "evil.example"}), "origin": post({}, {"Origin": "https://evil.example"}),
    "preflight": ask("OPTIONS", "/upload-url", {"Origin": "https://pictures.example", "Access-Control-Request-Method": "POST"}),
    "not modified": ask("GET", "/", {"If-None-Match": ask("GET", "/").header("ETag")}),
}
same(304, answers["not modified"].status)
for name, answer in answers.items():
    same("nosniff", answer.header("X-Content-Type-Options"), f"{name}: {answer}")
    check(answer.header("Date"), f"{name}: {answer}")
    same(None, answer.header("X-Powered-By"), name)
    if answer.body:
        check(answer.header("Content-Type"), f"{name}: {answer}")
    if name not in ("page", "head", "not modified"):
        check("html" not in (answer.header("Content-Type") or ""), f"{name}: {answer}")
    check(b"<script>" not in answer.body or name == "object", f"{name}: {answer}")
for name in ("page", "head"):
    policy = dict(part.strip().partition(" ")[::2] for part in answers[name].header("Content-Security-Policy").split(";"))
    same({"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob: data:", "connect-src": "'self'",
          "font-src": "'self'", "manifest-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'"}, policy)
    same("no-referrer", answers[name].header("Referrer-Policy"))
for name in ("results", "grant"):
    same("no-store", answers[name].header("Cache-Control"), name)
shown = answers["object"]
same((200, "image/jpeg"), (shown.status, shown.header("Content-Type")), shown)
same({"default-src 'none'", "sandbox"}, {part.strip() for part in shown.header("Content-Security-Policy").split(";")})
check(re.match(r'attachment; filename="?[\w.-]+"?', shown.header("Content-Disposition")), shown)
# none may be told by a URL how an object is to be shown
for name, value in (("response-content-type", "text/html"), ("response-content-disposition", "inline")):
    answer = get(key, **{name.replace("-", "_"): value})
    check("html" not in (answer.header("Content-Type") or ""), answer)
    check(answer.status != 200 or "inline" not in answer.header("Content-Disposition"), answer)
END
	stop_server
}

@test "HEAD is answered as GET is, without the body" {
	make_site
	start_server --site=site
	talk <<'END'
key = upload(b"12345")
for target in ("/", "/favicon.svg", "/limits", "/healthz", "/results?image_key=x", "/nowhere", "/results"):
    got, headed = ask("GET", target), ask("HEAD", target)
    same(got.status, headed.status, target)
    for name in ("Content-Type", "Content-Length", "ETag", "Content-Security-Policy", "X-Content-Type-Options"):
        same(got.header(name), headed.header(name), f"{target} {name}")
answer = ask("HEAD", sign("HEAD", key))
same((200, "5", "image/jpeg"), (answer.status, answer.header("Content-Length"), answer.header("Content-Type")), answer)
same(get(key).header("ETag"), answer.header("ETag"))
refused(ask("HEAD", sign("GET", key)), 403, what="signed for GET")
# nothing comes after the head
wire = Wire()
wire.send(head("HEAD", "/") + head("HEAD", "/results") + head("GET", "/healthz", {"Connection": "close"}))
same([200, 400, 200], [wire.answer("HEAD").status, wire.answer("HEAD").status, wire.answer().status])
same(b"", wire.rest())
END
	stop_server
}

@test "a method that is not there is refused, and those that are there are named" {
	make_site
	start_server --site=site
	talk <<'END'
for method, target, allowed in (("POST", "/limits", "GET"), ("GET", "/upload-url", "POST"), ("DELETE", "/results", "GET"), ("PUT", "/healthz", "GET"),
                                ("POST", "/", "GET"), ("DELETE", "/index.html", "GET"), ("PUT", "/favicon.svg", "GET"), ("PATCH", "/results", "GET"),
                                ("FOO", "/limits", "GET"), ("get", "/limits", "GET"), ("TRACE", "/", "GET")):
    answer = ask(method, target, body=b"" if method in ("POST", "PUT", "PATCH") else None)
    check(answer.status in (405, 501), f"{method} {target}: {answer}")
    if answer.status == 405:
        check(allowed in answer.header("Allow").replace(" ", "").split(","), f"{method} {target}: {answer}")
        check(answer.json()["error"], answer)
for method in ("POST", "DELETE", "PATCH", "MKCOL", "COPY"):
    for target in (f"/{BUCKET}/uploads/x.jpg", f"/{BUCKET}", f"/{BUCKET}/"):
        refused(ask(method, target, body=b""), 403, 404, 405, 501, what=f"{method} {target}")
refused(ask("CONNECT", HOST), 400, 404, 405, 501)
refused(ask("PUT", "/nowhere", body=b"x"), 404, 405)
for target in ("/nowhere", "/api", "/results/", "/results/x", "/limits/..", "/x/limits", "/x/results", "/healthz/", "//limits", "/Limits"):
    answer = ask("GET", target + "?image_key=x")
    same(404, answer.status, f"{target}: {answer}")
    check(answer.json()["error"], answer)
END
	stop_server
}

# The site

@test "the site's files are served with their types, and not again where they are known" {
	make_site
	start_server --site=site
	talk <<'END'
types = {"/": "text/html; charset=utf-8", "/index.html": "text/html; charset=utf-8", "/assets/app-1a2b3c4d.js": "text/javascript", "/favicon.svg": "image/svg+xml",
         "/assets/app-1a2b3c4d.css": "text/css", "/site.webmanifest": "application/manifest+json"}
for target, content_type in types.items():
    with open("site" + (target if target != "/" else "/index.html"), "rb") as file:
        content = file.read()
    answer = ask("GET", target)
    same((200, content), (answer.status, answer.body), target)
    check(answer.header("Content-Type").lower().startswith(content_type.split(";")[0]), f"{target}: {answer}")
    tag = answer.header("ETag")
    check(re.fullmatch(r'(W/)?"[^"]+"', tag), answer)
    for known in (tag, "*", f'"x", {tag}', f'{tag},"y"', "W/" + tag.removeprefix("W/")):
        again = ask("GET", target, {"If-None-Match": known})
        same((304, b"", tag), (again.status, again.body, again.header("ETag")), f"{target} {known}")
    for other in ('"x"', tag[:-2] + '"', "x"):
        same(200, ask("GET", target, {"If-None-Match": other}).status, other)
    same(200, ask("GET", target + "?x=y").status)
END
	stop_server
}

@test "nothing outside the site is ever served, however it is asked for" {
	make_site
	start_server --site=site
	talk <<'END'
upload(b"12345")
secret = os.path.abspath("secret.txt")
steps = ("..", "%2e%2e", ".%2e", "%2E.", "..;", "..%00", "%252e%252e", "..%5c", "..\\", "%c0%ae%c0%ae", "%u002e%u002e", "...", ". .", "..%20", "..%09", "%2e%2e%2f..")
slashes = ("/", "%2f", "%2F", "%252f", "\\", "%5c", "//", "/./", "%c0%af")
names = ("secret.txt", "data/keys", "data/imgpl.db", "etc/passwd")
targets = {slash.join(["", *([step] * depth), *name.split("/")]) for step in steps for slash in slashes for depth in (1, 4) for name in names}
targets |= {"/" + target for target in targets}
targets = {target if target.startswith("/") else "/" + target for target in targets}
targets |= {f"/assets/{step}/{step}/secret.txt" for step in steps}
targets |= {"/link.txt", "/up/secret.txt", "/up/data/keys", "/etc/passwd", "/.hidden", "/.git/config", "/%2ehidden", "/.git%2fconfig", "/fifo", "//etc/passwd", secret, "/" + secret,
            "/assets", "/assets/", "/empty/", "/assets/../index.html", "/./index.html", "/index.html/", "/index.html/.", "/index.html%00", "/index.html%00.js", "/assets//app-1a2b3c4d.js",
            "/index.html%20", "/index.html.", "/index.html~", "/data/keys", "/~root/x", "/%", "/%2", "/%zz", "/" + "x" * 300, "/" + "a/" * 3000, "/" + "%2e" * 3000, "/" + "../" * 2000 + "etc/passwd"}
leaks = (b"SECRET", b"root:", b"SQLite format", keys()[0].encode(), keys()[1].encode())
wire = Wire()
for target in sorted(targets):
    if not wire.send(head("GET", target.replace(" ", "%20"))):
        wire = Wire()
        wire.send(head("GET", target))
    answer = wire.answer()
    if answer is None:
        wire = Wire()
        wire.send(head("GET", target))
        answer = wire.answer()
    check(answer is not None, f"no answer: {target}")
    check(400 <= answer.status < 500 or answer.status in (301, 302, 308), f"{target}: {answer}")
    check(not any(leak in answer.body for leak in leaks), f"{target}: {answer}")
    if (answer.header("Connection") or "").lower() == "close":
        wire = Wire()
answer = ask("GET", "/" + "x" * 15000)
check(400 <= answer.status < 500, answer)
answer = ask("GET", "/" + "x" * 100000)
check(400 <= answer.status < 500, answer)
# the forms that only proxies and servers as a whole are asked with
for target in (f"http://{HOST}/secret.txt", f"http://{HOST}/../secret.txt", "http://evil.example/index.html", "file:///etc/passwd", "http://", f"http://{HOST}", "index.html", "*", "../secret.txt",
               "secret.txt", "?", "#", "/index.html#/../../secret.txt", "\\..\\secret.txt", f"{HOST}/secret.txt"):
    for answer in raw(head("GET", target, {"Connection": "close"})):
        check(answer.status >= 400, f"{target}: {answer}")
        check(not any(leak in answer.body for leak in leaks), f"{target}: {answer}")
for answer in raw(head("OPTIONS", "*", {"Connection": "close"})):
    check(answer.status in (200, 204) or 400 <= answer.status < 500, answer)
    same(b"", answer.body if answer.status < 400 else b"")
for target in (b"/\0secret.txt", b"/index.html\0", b"/\xff\xfe", b"/\x1b[2J", b"/index.html\t", b"/\x7f"):
    for answer in raw(b"GET " + target + b" HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nConnection: close\r\n\r\n"):
        check(answer.status >= 400, f"{target}: {answer}")
well()
END
	! LC_ALL=C grep -q '[[:cntrl:]]' messages || fail "control characters: $(cat -A messages)"
	stop_server
}

@test "the site is the one that is installed with the server" {
	mkdir -p prefix/bin prefix/share/imgpl/site
	cp "$IMGPL_BIN/imgpl-serve" prefix/bin/
	echo 'installed here' >prefix/share/imgpl/site/index.html
	PATH=$PWD/prefix/bin:$PATH
	start_server
	talk <<'END'
same(b"installed here\n", ask("GET", "/").body)
END
	stop_server
}

@test "without a site there is a page that says so, and the API" {
	start_server --site=
	talk <<'END'
answer = ask("GET", "/")
same(200, answer.status)
check(b"--site" in answer.body, answer)
for target in ("/imgpl.db", "/keys", "/data/keys", "/objects"):
    answer = ask("GET", target)
    same((404, {"error"}), (answer.status, set(answer.json())), target)
well()
END
	stop_server
}

# Ends and beginnings

@test "SIGTERM and SIGINT let uploads in flight end, take no others, and tell all" {
	for signal in TERM INT; do
		SERVE_DIR=data-$signal EVENTS=events-$signal
		rm -f messages
		env --default-signal=INT imgpl-serve --data=$SERVE_DIR --listen=127.0.0.1:0 >$EVENTS 2>messages 3>&- &
		server=$!
		wait_for_server
		talk $server $signal <<'END'
import signal
server, name = int(sys.argv[1]), sys.argv[2]
granted = [grant(b"12345") for _ in range(5)]
wires = [Wire() for _ in granted]
for one, wire in zip(granted, wires):
    wire.send(head("PUT", target_of(one["uploadUrl"]), {**one["headers"], "Content-Length": 5, "Expect": "100-continue"}))
    same(100, wire.answer().status)
    wire.send(b"12")
idle = Wire()
idle.send(head("GET", "/healthz"))
same(200, idle.answer().status)
os.kill(server, getattr(signal, "SIG" + name))

def closed():
    try:
        socket.create_connection(("127.0.0.1", PORT), PATIENCE).close()
        return False
    except ConnectionRefusedError:
        return True

until(closed, "no more connections")
for one, wire in zip(granted, wires):
    check(wire.send(b"345"), "it is still there")
    answer = wire.answer()
    same(200, answer.status if answer else None, answer)
    same(b"12345", stored(one["key"]))
END
		status=0
		end_of $server || status=$?
		expect_same 0 $status
		expect_same 5 "$(wc -l <$EVENTS)"
	done
}

@test "a second signal, or an upload that never ends, doesn't keep the server" {
	start_server
	talk $server <<'END'
import signal
granted = grant(b"12345")
wire = Wire()
wire.send(head("PUT", target_of(granted["uploadUrl"]), {**granted["headers"], "Content-Length": 5, "Expect": "100-continue"}))
same(100, wire.answer().status)
wire.send(b"12")
os.kill(int(sys.argv[1]), signal.SIGTERM)
wire.rest()
same(None, stored(granted["key"]))
END
	end_of "$server" || true
	expect_same '' "$(find data/objects -type f)"
	expect_same '' "$(cat events)"
}

@test "a closed output ends the server in good order, and the next one tells what could not be told" {
	start_server_into_pipe
	talk <<<'upload(b"1")'
	read -r first <&$reader
	exec {reader}<&-
	talk <<'END'
for number in range(50):
    try:
        upload(b"2")
    except (OSError, SystemExit):
        break
    time.sleep(0.05)
END
	status=0
	end_of $server || status=$?
	expect_same 1 $status
	grep -q 'imgpl-serve: .*events' messages || fail "it doesn't say why: $(cat messages)"
	start_server
	talk <<<'well()'
	wait_until has_lines events "$(rows 'select count(*) from images' data/imgpl.db)"
	stop_server
	expect_same "$(rows 'select image_key from images order by 1' data/imgpl.db)" "$(event_keys)"
	expect_same "$(cd data/objects/imgpl-local && find . -type f | sed 's|^\./||' | LC_ALL=C sort)" "$(event_keys)"
}

@test "an output that nobody reads stops no upload, and all is told in the end" {
	start_server_into_pipe
	talk >keys <<'END'
for _ in range(10):
    for granted in post({"files": [{"contentType": "image/jpeg", "size": 5}] * 40}).json()["uploads"]:
        same(200, put(granted, b"12345").status)
        print(granted["key"])
well()
END
	cat <&$reader >events &
	exec {reader}<&-
	wait_until has_lines events 400
	stop_server
	expect_same "$(LC_ALL=C sort keys)" "$(event_keys)"
}

@test "a server that was killed has lost nothing when it is there again, and tells nothing that isn't" {
	start_server_into_pipe
	port=$SERVE_PORT
	talk >keys <<'END'
import threading
granted = post({"files": [{"contentType": "image/jpeg", "size": 50000}] * 40}).json()["uploads"]
for one in granted[:20]:
    same(200, put(one, b"x" * 50000).status)
    print("done", json.dumps(one))
wires = []
for one in granted[20:30]:
    wire = Wire()
    wire.send(head("PUT", target_of(one["uploadUrl"]), {**one["headers"], "Content-Length": 50000}) + b"x" * 40000)
    wires.append(wire)
    print("begun", json.dumps(one))
well()
print("not", json.dumps(granted[30]))
END
	kill -9 $server
	end_of $server || true
	exec {reader}<&-
	# on the same port, so that the URLs are as good as they were
	LISTEN=127.0.0.1:$port start_server
	wait_until has_lines events 20
	expect_same "$(sed -n 's/^done //p' keys | jq -r .key | LC_ALL=C sort)" "$(event_keys)"
	talk <<'END'
for line in open("keys", encoding="utf-8"):
    state, _, one = line.partition(" ")
    one = json.loads(one)
    if state == "done":
        same(b"x" * 50000, stored(one["key"]))
        refused(put(one, b"x" * 50000), 412)
        same({"status": "PROCESSING"}, ask("GET", "/results?image_key=" + one["key"]).json())
    else:
        same(None, stored(one["key"]))
        same(200, put(one, b"x" * 50000).status, state)
same(31, len(files()), files())
END
	stop_server
	expect_same 31 "$(wc -l <events)"
	expect_same '' "$(event_keys | uniq -d)"
}

@test "nothing secret is told, logged, or seen from outside" {
	start_server --verbose
	talk >told <<'END'
key = upload(b"12345")
granted = grant(b"12345")
put(granted, b"12345", {"Content-Type": "image/png"})
get(key)
get("uploads/nobody.jpg")
ask("GET", f"/{BUCKET}/{key}")
same(200, put(granted, b"12345").status)
print(keys()[1])
END
	tr '\0' '\n' <"/proc/$server/cmdline" >seen
	tr '\0' '\n' <"/proc/$server/environ" >>seen
	cat messages events >>seen
	secret=$(cat told)
	[ -n "$secret" ]
	! grep -qF -- "$secret" seen || fail 'the secret key is told'
	! grep -qi 'X-Amz-Signature' seen || fail "a signed URL is told: $(grep -i X-Amz-Signature seen)"
	kill -TERM "$server"
	end_of "$server"
}
