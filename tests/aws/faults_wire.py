"""One HTTP connection, byte by byte: what comes in is read as it stands, what goes out may be wrong."""
import socket
import struct
import time
from email.utils import formatdate
from http.client import responses
from urllib.parse import unquote, unquote_to_bytes

MOST_HEAD = 64 << 10
MOST_BODY = 64 << 20


class Request:
    """The head of a request. Names of headers are in lower case; `target` is as it was sent."""

    def __init__(self, head):
        lines = head.decode('latin-1').split('\r\n')
        self.method, self.target, version = lines[0].split(' ')
        if not version.startswith('HTTP/1.'):
            raise ValueError('not HTTP')
        self.path, _, self.query = self.target.partition('?')
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(':')
            self.headers[name.lower()] = value.strip()
        # /FAULT/BUCKET/KEY, where only the first two slashes divide
        parts = self.path.split('/', 3) + ['', '', '']
        self.segment, self.bucket = parts[1], unquote(parts[2])
        self.key = unquote_to_bytes(parts[3]).decode('utf-8', 'surrogateescape')
        self.words = {}
        for word in filter(None, self.query.split('&')):
            name, _, value = word.partition('=')
            self.words[unquote(name)] = unquote(value)


class Answer:
    """What a service says: a status, headers in order, and a body."""

    def __init__(self, status, headers=(), body=b''):
        self.status, self.headers, self.body = status, list(headers), body

    def head(self, length=None, date=None, drop=()):
        """Return the bytes before the body, which is said to have `length` bytes (None: as it has)."""
        headers = [('Date', formatdate(date, usegmt=True)), ('x-amz-request-id', '4442587FB7D0A2F9')]
        headers += self.headers
        if self.status not in (204, 304):
            headers.append(('Content-Length', len(self.body) if length is None else length))
        lines = [f'HTTP/1.1 {self.status} {responses.get(self.status, "Unknown")}']
        lines += [f'{name}: {value}' for name, value in headers if name.lower() not in drop]
        return '\r\n'.join(lines + ['', '']).encode('utf-8')

    def with_headers(self, *headers):
        return Answer(self.status, self.headers + list(headers), self.body)


class Wire:
    """A connection. `sent` counts the bytes that went out."""

    def __init__(self, sock):
        self.sock, self.pending, self.sent = sock, b'', 0
        sock.settimeout(120)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # so that little more is sent than is read
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 10)

    def receive(self):
        more = self.sock.recv(64 << 10)
        self.pending += more
        return bool(more)

    def read_head(self):
        """Return the next request, or None at the connection's end."""
        while b'\r\n\r\n' not in self.pending:
            if len(self.pending) > MOST_HEAD or not self.receive():
                if self.pending:
                    raise ValueError('not a request')
                return None
        head, _, self.pending = self.pending.partition(b'\r\n\r\n')
        return Request(head)

    def read_exactly(self, count):
        parts = [self.pending[:count]]
        self.pending = self.pending[count:]
        missing = count - len(parts[0])
        while missing:
            part = self.sock.recv(min(missing, 1 << 20))
            if not part:
                raise ConnectionError('the body ended early')
            parts.append(part)
            missing -= len(part)
        return b''.join(parts)

    def read_line(self):
        while b'\r\n' not in self.pending:
            if not self.receive():
                raise ConnectionError('a chunk ended early')
        line, _, self.pending = self.pending.partition(b'\r\n')
        return line

    def read_body(self, request):
        if request.headers.get('transfer-encoding', '').lower() == 'chunked':
            body = b''
            while True:
                size = int(self.read_line().split(b';')[0], 16)
                body += self.read_exactly(size + 2)[:size]
                if size == 0:
                    return body
        length = int(request.headers.get('content-length', 0))
        if length > MOST_BODY:
            raise ValueError('too large a body')
        return self.read_exactly(length)

    def send(self, octets):
        view = memoryview(octets)
        for start in range(0, len(view), 32 << 10):
            part = view[start:start + (32 << 10)]
            self.sock.sendall(part)
            self.sent += len(part)

    def settle(self):
        """Let the other side take in what was sent: a reset throws away what it has not read."""
        time.sleep(0.15)

    def wait_for_end(self):
        """Wait until the other side gives up."""
        try:
            while self.sock.recv(64 << 10):
                pass
        except OSError:
            pass

    def reset(self):
        """End the connection by RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()

    def close(self):
        """End the connection by FIN, and take in what still comes, lest that become an RST."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(2)
            self.wait_for_end()
        except OSError:
            pass
        self.sock.close()
