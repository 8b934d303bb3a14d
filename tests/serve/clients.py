"""clients.py PORT CLIENTS FILE...: upload the files to the web stack that listens on PORT, from so many clients at
once, as the page does: what breaks off is begun anew, for a minute at most. Writes the key of each upload that was
answered with 200, a line each, and a file's name after it."""

import http.client
import json
import queue
import sys
import threading
import time

port, clients, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
PATIENCE = 60  # seconds
files = queue.SimpleQueue()
failures = []
writing = threading.Lock()


def talk(method, target, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def try_once(body):
    """Return the key once the upload is answered with 200, else None."""
    wish = json.dumps({"contentType": "image/jpeg", "size": len(body)})
    status, answer = talk("POST", "/upload-url", wish, {"Content-Type": "application/json"})
    if status != 200:
        return None
    grant = json.loads(answer)
    target = "/" + grant["uploadUrl"].split("/", 3)[3]
    status, answer = talk("PUT", target, body, grant["headers"])
    if status not in (200, 503):
        failures.append(f"{status} {answer[:300]}")
    return grant["key"] if status == 200 else None


def upload(name):
    with open(name, "rb") as file:
        body = file.read()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            key = try_once(body)
        except (OSError, http.client.HTTPException):
            key = None
        if key:
            with writing:
                print(key, name, flush=True)
            return
        time.sleep(0.1)
    failures.append(f"{name}: not within {PATIENCE} seconds")


def client():
    while True:
        try:
            name = files.get_nowait()
        except queue.Empty:
            return
        upload(name)


for each in names:
    files.put(each)
threads = [threading.Thread(target=client) for _ in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("\n".join(failures) if failures else 0)
