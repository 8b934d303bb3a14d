"""s3.py DIRECTORY [CERTIFICATE KEY]: stand in for S3 on a free port of loopback, with TLS if there is a certificate.

Objects are files, DIRECTORY/BUCKET/KEY. Nothing is verified. Prints the URL.
"""

import http.server
import os
import ssl
import sys
import urllib.parse

MISSING = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def path_of(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
        return os.path.join(sys.argv[1], path)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        try:
            with open(self.path_of(), "rb") as file:
                self.answer(200, file.read())
        except FileNotFoundError:
            self.answer(404, MISSING)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        os.makedirs(os.path.dirname(self.path_of()), exist_ok=True)
        with open(self.path_of(), "wb") as file:
            file.write(body)
        self.answer(200, b"")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"{'https' if len(sys.argv) > 2 else 'http'}://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
