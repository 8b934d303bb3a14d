"""serve.py PORT PID CLIENTS COUNT PICTURE...: upload COUNT pictures, from so many clients at once, to the
imgpl-serve that listens on PORT, and ask it for results meanwhile, from a process of its own. PID is the
server's. Writes JSON lines: how long answers take, and what uploads take."""

import http.client
import json
import multiprocessing
import os
import queue
import statistics
import sys
import threading
import time

PATIENCE = 600  # seconds until all must be complete
KEYS = 50  # asked for at once
PAUSE = 0.002  # seconds between two questions
IDLE = 10  # seconds of questions with nothing else to do


def ask(connection, target):
    """Ask for results; return what is answered and how many seconds that took."""
    began = time.perf_counter()
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        sys.exit(f"bench: {answer.status} {body[:200]}")
    return body, took


def watch(port, key, wire):
    """Ask for one key, and for many, in turns, until told to stop. Send back when each question began and
    what it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    targets = ["/results?image_key=" + key, "/results?" + "&".join(f"image_key={key}" for _ in range(KEYS))]
    found = []
    while not wire.poll():
        for many, target in enumerate(targets):
            began = time.perf_counter()
            found.append((began, many, ask(connection, target)[1]))
            time.sleep(PAUSE)
    wire.send(found)


def upload(port, paths, keys):
    """Upload pictures until there are none left."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    while True:
        try:
            path = paths.get_nowait()
        except queue.Empty:
            return
        size = os.path.getsize(path)
        wish = json.dumps({"contentType": "image/jpeg", "size": size})
        connection.request("POST", "/upload-url", wish, {"Content-Type": "application/json"})
        granted = json.load(connection.getresponse())
        connection.putrequest("PUT", granted["uploadUrl"].split("/", 3)[3].join(["/", ""]))
        for name, value in granted["headers"].items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", size)
        connection.endheaders()
        with open(path, "rb") as file:
            connection.sock.sendfile(file)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            print(f"bench: {answer.status} {body[:300]}", file=sys.stderr)
            os._exit(1)
        keys.append(granted["key"])


def upload_all(port, clients, count, pictures):
    """Return the keys of the uploads."""
    paths, keys = queue.SimpleQueue(), []
    for number in range(count):
        paths.put(pictures[number % len(pictures)])
    threads = [threading.Thread(target=upload, args=(port, paths, keys)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return keys


def await_all(port, keys):
    """Wait until none is PROCESSING, and return how many have failed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pending, failed = list(keys), 0
    end = time.perf_counter() + PATIENCE
    while pending:
        if time.perf_counter() > end:
            sys.exit(f"bench: {len(pending)} are still not complete")
        some, still = pending[: KEYS - 1], []  # and one twice, so that the answer is a list
        body, _ = ask(connection, "/results?" + "&".join(f"image_key={key}" for key in some + some[:1]))
        for one in json.loads(body)["results"][:-1]:
            failed += one["status"] == "FAILED"
            if one["status"] == "PROCESSING":
                still.append(one["image_key"])
        pending = pending[KEYS - 1 :] + still
        time.sleep(0.1)
    return failed


def cpu(pid):
    """Return the seconds that the process has worked."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid):
    """Return the most memory that the process held, in bytes."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def tell(task, took):
    took = sorted(took)
    if took:
        figures = {"p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100], "max": took[-1]}
        print(json.dumps({"task": task, "count": len(took), **{name: round(value * 1e3, 3) for name, value in figures.items()}}))


def main():
    port, pid, clients, count = map(int, sys.argv[1:5])
    pictures = sys.argv[5:]
    first = upload_all(port, 1, 1, pictures)
    await_all(port, first)
    here, there = multiprocessing.Pipe()
    watcher = multiprocessing.Process(target=watch, args=(port, first[0], there), daemon=True)
    watcher.start()
    time.sleep(IDLE)

    worked, began = cpu(pid), time.perf_counter()
    keys = upload_all(port, clients, count, pictures)
    worked, uploaded = cpu(pid) - worked, time.perf_counter()
    failed = await_all(port, keys)
    ended = time.perf_counter()

    here.send(None)
    found = here.recv()
    watcher.join()
    for phase, since, until in (("with nothing else to do", 0, began), (f"while {clients} clients upload", began, uploaded), ("from then until all is complete", began, ended)):
        for many, what in enumerate(("one result", f"{KEYS} results")):
            tell(f"{what}, {phase}", [took for at, kind, took in found if kind == many and since <= at < until])
    size = statistics.mean(map(os.path.getsize, pictures))
    print(json.dumps({"task": f"{count} uploads of {size / 1e6:.1f} MB", "count": count, "wall": uploaded - began,
                      "per_second": count / (uploaded - began), "cpu": worked, "peak_bytes": peak(pid),
                      "complete": ended - began, "failed": failed}))


main()
