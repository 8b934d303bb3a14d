"""runtime_api.py SCRIPT COMMAND...: be Lambda's Runtime API for COMMAND, and hand out the events of SCRIPT.

SCRIPT has a JSON object a line for each call for an event:

  event or file        the event's text, or the file that holds it
  deadline             seconds from now (30); or deadline_ms, as it is sent
  id                   of the request (event-1, event-2, ...)
  chunks               send the text in chunks of so many bytes
  raw                  send this instead of an answer, and close the connection
  close                close the connection behind the answer, which doesn't say so
  status               of the answer to what COMMAND says of the event (202)
  signal, after        send COMMAND this signal, so many seconds after the event
  before               run this in a shell before the event is sent

When all are handed out and COMMAND asks for one more, it is sent a SIGTERM; after a minute a SIGKILL. Prints a JSON
object a line for what COMMAND says, with path, id, type (of the error), body (as text), connection (which number of
them) and late (the event's deadline was past); and then one with its exit status, as a shell would have it, the number of connections, the seconds of
CPU time that it took with all that it waited for, and the most memory that its processes held, added up, when it asked
for more than there was.
"""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = "/2018-06-01/runtime"
PATIENCE = 60  # seconds, for all of it


class Api:
    def __init__(self, script):
        self.script = [json.loads(line) for line in script]
        self.handed_out = 0
        self.deadline = float("inf")  # of the event handed out
        self.connections = 0
        self.lock = threading.Lock()
        self.asked_for_more = threading.Event()
        self.command = None

    def serve(self, listener):
        while True:
            connection, _ = listener.accept()
            with self.lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self.converse, args=(connection, number), daemon=True).start()

    def converse(self, connection, number):
        with connection, connection.makefile("rb") as requests:
            try:
                while self.answer(connection, requests, number):
                    pass
            except OSError:
                pass

    def answer(self, connection, requests, number):
        method, path, headers, body = read_request(requests)
        if not method:
            return False
        if method == "GET" and path == ROOT + "/invocation/next":
            return self.hand_out(connection)
        assert method == "POST" and path.startswith(ROOT), (method, path)
        # what came is told before it is confirmed, so that all is told once COMMAND has ended
        parts = path[len(ROOT) + 1 :].split("/")
        tell(
            {
                "path": "/".join(parts[:1] + parts[-1:]),
                "id": parts[1] if len(parts) == 3 else None,
                "type": headers.get("lambda-runtime-function-error-type"),
                "body": body.decode(),
                "connection": number,
                "late": time.time() * 1000 > self.deadline,
            }
        )
        status = 202
        if parts[-1] == "response":
            status = self.script[self.handed_out - 1].get("status", 202)
        send(connection, b"HTTP/1.1 %d Whatever\r\nContent-Length: 3\r\n\r\n{}\n" % status)
        return True

    def hand_out(self, connection):
        with self.lock:
            if self.handed_out == len(self.script):
                self.asked_for_more.set()
                entry = None
            else:
                entry = self.script[self.handed_out]
                self.handed_out += 1
        if entry is None:
            time.sleep(PATIENCE)
            return False
        if "before" in entry:
            subprocess.run(["sh", "-c", entry["before"]], check=True)
        if "raw" in entry:
            send(connection, entry["raw"].encode())
            return False
        head, body = self.describe(entry)
        if "signal" in entry:
            threading.Timer(entry.get("after", 0), self.command.send_signal, [signal.Signals[entry["signal"]]]).start()
        send(connection, head + body)
        return not entry.get("close")

    def describe(self, entry):
        text = entry["event"].encode() if "event" in entry else open(entry["file"], "rb").read()
        deadline = entry.get("deadline_ms", int((time.time() + entry.get("deadline", 30)) * 1000))
        self.deadline = deadline if isinstance(deadline, int) else float("inf")
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {entry.get('id', f'event-{self.handed_out}')}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0\r\n"
        )
        size = entry.get("chunks")
        if not size:
            return f"{head}Content-Length: {len(text)}\r\n\r\n".encode(), text
        chunks = [text[at : at + size] for at in range(0, len(text), size)] + [b""]
        return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), b"".join(
            b"%x;name=value\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks
        )


def read_request(requests):
    line = requests.readline()
    if not line:
        return None, None, None, None
    method, path, version = line.decode().split()
    assert version == "HTTP/1.1", line
    headers = {}
    while (line := requests.readline().decode()) != "\r\n":
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    assert "host" in headers
    length = int(headers.get("content-length", 0))
    body = requests.read(length)
    assert len(body) == length
    return method, path, headers, body


def send(connection, text):
    connection.sendall(text)


def tell(what):
    print(json.dumps(what), flush=True)


def peak(pid):
    """The most memory that a process held in bytes, and those that it started."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            own = sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as children:
            return own + sum(peak(child) for child in children.read().split())
    except OSError:
        return 0


def watch(api, command):
    """Wait for COMMAND's end, and ask for it once there is nothing more for it to do. Return its peak()."""
    deadline = time.monotonic() + PATIENCE
    held = None
    while command.poll() is None:
        if api.asked_for_more.is_set() and held is None:
            held = peak(command.pid)
            command.terminate()
        if time.monotonic() > deadline:
            command.kill()
        time.sleep(0.005)
    return held


def main(script, *command):
    with open(script, encoding="utf-8") as lines:
        api = Api(lines)
    listener = socket.create_server(("127.0.0.1", 0))
    environment = dict(os.environ, AWS_LAMBDA_RUNTIME_API="127.0.0.1:%d" % listener.getsockname()[1])
    api.command = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    threading.Thread(target=api.serve, args=(listener,), daemon=True).start()
    held = watch(api, api.command)
    code = api.command.returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tell(
        {
            "status": 128 - code if code < 0 else code,
            "connections": api.connections,
            "cpu": used.ru_utime + used.ru_stime,
            "peak_bytes": held,
        }
    )


main(*sys.argv[1:])
