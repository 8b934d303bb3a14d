#!/usr/bin/python3
"""faults.py --log=FILE --picture=KEY=FILE... [--certificate=PEM]: play S3, DynamoDB, Rekognition and Step
Functions, and what can go wrong between them and us.

It listens on ports of 127.0.0.1 that the kernel chooses and prints one a line, "NAME PORT": plain (HTTP), tls (the
same behind the certificate, whose file holds its key too), refused (nobody listens) and full (nobody ever accepts).

What happens to a request is said by the first part of its path, which is the end of the endpoint's URL:

    AWS_ENDPOINT_URL_S3=http://127.0.0.1:PORT/FAULT[-once|-twice][.TARGET[.ROOM]]

FAULT is a function below that is marked with @fault, or the code of an error that AWS has, such as SlowDown, or fine.
TARGET says to which requests it happens, as a service (s3, dynamodb, rekognition, states) or an operation (get, put,
head, list, create, part, complete, GetItem...); to the others nothing happens. ROOM keeps tests apart: each has its own
objects and rows, and its attempts are counted alone.

The log has a line of JSON for each request when its head is here (at, room, fault, service, operation, attempt, hit, ...)
and others, with "event", for what was stored, and for the end of each. Requests that aren't signed by the documented
example key are refused, as AWS does.
"""
import argparse
import functools
import gzip
import json
import re
import signal
import socket
import ssl
import sys
import threading
import time
from email.utils import formatdate

sys.dont_write_bytecode = True

import faults_services as services  # noqa: E402
import faults_signature as signing  # noqa: E402
from faults_wire import Answer, Wire  # noqa: E402

HOUR = 3600
HUGE = 300 << 20
LOGGED = ('range', 'if-match', 'if-none-match', 'expect', 'content-length', 'x-amz-date', 'user-agent')

FAULTS = {}
EARLY = set()  # the faults that happen before the body is read


def fault(name, early=False):
    def register(function):
        FAULTS[name] = function
        if early:
            EARLY.add(name)
        return function
    return register


class Play:
    """One request, and what is made of it. A fault gets it and returns whether the connection may go on."""

    def __init__(self, server, wire, request):
        self.server, self.wire, self.request = server, wire, request
        name, _, rest = request.segment.partition('.')
        self.target, _, self.room_name = rest.partition('.')
        self.fault, _, times = name.rpartition('-')
        self.most = {'once': 1, 'twice': 2}.get(times)
        if self.most is None:
            self.fault = name
        self.service, self.operation = services.operation_of(request)
        self.room = server.services.room(self.room_name)
        self.is_target = self.target in ('', self.service, self.operation)
        self.attempt = server.count((request.segment, self.operation)) if self.is_target else 0
        self.hits = self.is_target and self.fault != 'fine' and (self.most is None or self.attempt <= self.most)

    def answer(self):
        """Let the service do what was asked for, and return what it says."""
        answer, event = self.server.services.answer(self.request, self.body, self.service, self.operation, self.room)
        if event:
            self.server.log(self, event)
        return answer

    def error(self, code, *headers, status=None, inside='', message=None):
        return services.error(self.service, code, status, inside, *headers, message=message)

    def send(self, answer, **how):
        """Send the whole answer. `how` is for Answer.head()."""
        body = b'' if self.request.method == 'HEAD' else answer.body
        self.wire.send(answer.head(**how) + body)
        return True

    def end(self):
        self.wire.close()
        return False

    def reset(self):
        self.wire.settle()
        self.wire.reset()
        return False

    def hang(self):
        self.wire.wait_for_end()
        return False

    def drip(self, octets):
        """Send a byte a second until the other side has had enough."""
        for octet in octets:
            self.wire.send(bytes([octet]))
            time.sleep(1)
        return self.end()

    def read_body(self, says_continue=True):
        if says_continue and self.request.headers.get('expect', '').lower() == '100-continue':
            self.wire.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        self.body = self.wire.read_body(self.request)

    def refusal(self):
        """Return the code of the error for a request that is not signed well, or at another time than ours."""
        code = signing.refusal(self.request, self.body, self.service)
        if code or self.fault.startswith('skew'):
            return code
        skew = abs(signing.sent_at(self.request) - time.time())
        return 'RequestTimeTooSkewed' if skew > signing.WIDEST_SKEW else None

    def act(self):
        if self.hits and self.fault in EARLY:
            return FAULTS[self.fault](self)
        self.read_body(says_continue=not (self.hits and self.fault == 'no-continue'))
        refused = self.refusal()
        if refused:
            self.server.log(self, {'event': 'refused', 'code': refused})
            return self.send(self.error(refused))
        if not self.hits:
            return self.send(self.answer())
        if self.fault in FAULTS:
            return FAULTS[self.fault](self)
        if not self.fault[:1].isupper():
            raise ValueError(f'no such fault: {self.fault}')
        return self.send(self.error(self.fault))


# Answers that say no, before which nothing was done

def html(status, *headers):
    return Answer(status, [('Content-Type', 'text/html'), *headers], b'<html><body>not now</body></html>\n')


for code in (429, 502, 503, 504):
    FAULTS[str(code)] = lambda play, code=code: play.send(html(code))


@fault('500')
def server_error(play):
    return play.send(play.error('InternalError' if play.service == 's3' else 'InternalServerError', status=500))


for name, value in (('3', '3'), ('3600', '3600'), ('garbage', 'soon, I think'), ('negative', '-5'), ('huge', '9' * 40)):
    FAULTS['retry-after-' + name] = lambda play, value=value: play.send(html(429, ('Retry-After', value)))


@fault('retry-after-date')
def retry_after_date(play):
    """A date has whole seconds: this one is more than three away."""
    return play.send(html(503, ('Retry-After', formatdate(time.time() + 4, usegmt=True))))


@fault('slow-down-3')
def slow_down_with_wait(play):
    return play.send(play.error('SlowDown', ('Retry-After', '3')))


@fault('error-in-200')
def error_in_200(play):
    return play.send(play.error('InternalError', status=200))


@fault('not-modified')
def not_modified(play):
    return play.send(Answer(304, [('ETag', '"0123"')]))


@fault('no-content')
def no_content(play):
    return play.send(Answer(204))


@fault('error-without-body')
def error_without_body(play):
    return play.send(Answer(403))


@fault('quotes-token')
def quotes_token(play):
    """Services tell whoever signed wrongly what they would have signed, and the token is in that."""
    token = play.request.headers['x-amz-security-token']
    code = 'SignatureDoesNotMatch' if play.service == 's3' else 'InvalidSignatureException'
    return play.send(play.error(code, message=f'The Canonical String is x-amz-security-token:{token}'))


@fault('login-page')
def login_page(play):
    """What a hotel's network answers to everything."""
    return play.send(html(200))


# Clocks and places

def skewed(play, offset):
    """Refuse what was not signed by a clock that is `offset` seconds from ours."""
    theirs = time.time() + offset
    if abs(signing.sent_at(play.request) - theirs) <= signing.WIDEST_SKEW:
        return play.send(play.answer(), date=theirs)
    return play.send(skew_error(play), date=theirs)


def skew_error(play):
    if play.service == 's3':
        return play.error('RequestTimeTooSkewed')
    return play.error('InvalidSignatureException', message='Signature expired: it is now earlier than it should be')


@fault('skew-ahead')
def skew_ahead(play):
    return skewed(play, HOUR)


@fault('skew-behind')
def skew_behind(play):
    return skewed(play, -HOUR)


@fault('skew-for-ever')
def skew_for_ever(play):
    """However the clock is corrected, it's wrong."""
    return play.send(skew_error(play), date=signing.sent_at(play.request) + HOUR)


@fault('skew-without-date')
def skew_without_date(play):
    return play.send(skew_error(play), drop=('date',))


@fault('skew-garbage-date')
def skew_garbage_date(play):
    return play.send(skew_error(play).with_headers(('Date', 'Thu, 99 Foo 99999 99:99:99 GMT')), drop=('date',))


HOME = 'eu-central-1'


def moved(play, *headers, inside=''):
    return play.send(play.error('PermanentRedirect', *headers, status=301, inside=inside))


@fault('other-region')
def other_region(play):
    if signing.region_of(play.request) == HOME:
        return play.send(play.answer())
    return moved(play, ('x-amz-bucket-region', HOME))


@fault('other-region-malformed')
def other_region_malformed(play):
    """What S3 says where the signature is looked at before the bucket."""
    if signing.region_of(play.request) == HOME:
        return play.send(play.answer())
    return play.send(play.error('AuthorizationHeaderMalformed', inside=f'<Region>{HOME}</Region>'))


@fault('other-region-for-ever')
def other_region_for_ever(play):
    return moved(play, ('x-amz-bucket-region', 'eu-west-1' if play.attempt % 2 else 'us-west-2'))


@fault('other-region-unnamed')
def other_region_unnamed(play):
    return moved(play)


@fault('other-region-evil')
def other_region_evil(play):
    return moved(play, ('x-amz-bucket-region', 'evil.example/@[]?#'))


@fault('redirect')
def redirect(play):
    """To a host that is not the one asked; whoever goes there is logged with the fault "trap"."""
    rest = play.request.target.split('/', 2)[-1]
    there = f'http://localhost:{play.server.ports["plain"]}/trap.s3.{play.room_name}/{rest}'
    return play.send(html(307, ('Location', there)))


@fault('redirect-to-metadata')
def redirect_to_metadata(play):
    return play.send(html(302, ('Location', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/')))


@fault('trap')
def trap(play):
    return play.send(html(200))


# Connections that break

@fault('reset-first')
def reset_first(play):
    play.wire.reset()
    return False


@fault('close-first')
def close_first(play):
    return play.end()


@fault('reset-in-head')
def reset_in_head(play):
    play.wire.send(play.answer().head()[:40])
    return play.reset()


@fault('close-in-head')
def close_in_head(play):
    play.wire.send(play.answer().head()[:40])
    return play.end()


@fault('close-after')
def close_after(play):
    """The answer is whole, and the connection is gone without notice."""
    play.send(play.answer())
    return play.end()


def send_half(play):
    answer = play.answer()
    play.wire.send(answer.head() + answer.body[:len(answer.body) // 2])


@fault('reset-in-body')
def reset_in_body(play):
    send_half(play)
    return play.reset()


@fault('close-in-body')
def close_in_body(play):
    send_half(play)
    return play.end()


@fault('close-before-body')
def close_before_body(play):
    play.wire.send(play.answer().head())
    return play.end()


@fault('lost-answer')
def lost_answer(play):
    """It is done, but nobody is told."""
    play.answer()
    return play.reset()


@fault('chunks-end-early')
def chunks_end_early(play):
    answer = play.answer().with_headers(('Transfer-Encoding', 'chunked'))
    half = answer.body[:len(answer.body) // 2]
    play.wire.send(answer.head(drop=('content-length',)) + b'%x\r\n%s\r\n' % (len(half), half))
    return play.end()


@fault('chunks-garbled')
def chunks_garbled(play):
    answer = play.answer().with_headers(('Transfer-Encoding', 'chunked'))
    play.wire.send(answer.head(drop=('content-length',)) + b'no number\r\n' + answer.body)
    return play.end()


@fault('hang-first')
def hang_first(play):
    return play.hang()


@fault('hang-in-head')
def hang_in_head(play):
    play.wire.send(play.answer().head()[:40])
    return play.hang()


@fault('hang-in-body')
def hang_in_body(play):
    send_half(play)
    return play.hang()


@fault('drip-head')
def drip_head(play):
    return play.drip(play.answer().head())


@fault('drip-body')
def drip_body(play):
    answer = play.answer()
    play.wire.send(answer.head())
    return play.drip(answer.body)


@fault('slow')
def slow(play):
    """Slow, but not so slow that anybody should lose patience."""
    answer = play.answer()
    octets = answer.head() + answer.body
    step = len(octets) // 4 + 1
    for start in range(0, len(octets), step):
        time.sleep(0.3)
        play.wire.send(octets[start:start + step])
    return True


# What is no HTTP, and too much of it

@fault('garbage')
def garbage(play):
    play.wire.send(bytes(range(256)) * 8)
    return play.end()


@fault('old-http')
def old_http(play):
    """HTTP/0.9: a body and nothing before it."""
    play.wire.send(play.answer().body or b'fine')
    return play.end()


@fault('long-header')
def long_header(play):
    return play.send(play.answer().with_headers(('x-long', 'a' * (1 << 20))))


@fault('many-headers')
def many_headers(play):
    return play.send(play.answer().with_headers(*((f'x-many-{number}', 'a') for number in range(10000))))


@fault('endless-headers')
def endless_headers(play):
    play.wire.send(b'HTTP/1.1 200 OK\r\n')
    many = b''.join(b'x-endless-%d: %s\r\n' % (number, b'a' * 1000) for number in range(1000))
    for _ in range(HUGE // len(many)):
        play.wire.send(many)
    return play.end()


@fault('endless-continue')
def endless_continue(play):
    many = b'HTTP/1.1 100 Continue\r\n\r\n' * 4000
    for _ in range(HUGE // len(many)):
        play.wire.send(many)
    return play.end()


def send_huge(play, answer, start, piece):
    play.wire.send(answer.head(length=HUGE) + start)
    left = HUGE - len(start)
    while left:
        piece = piece[:left]
        play.wire.send(piece)
        left -= len(piece)
    return play.end()


@fault('endless-body')
def endless_body(play):
    """300 MB that begin as the answer does, and are well-formed as long as they last."""
    if play.service == 's3':
        many = services.list_entry('uploads/' + 'a' * 1000, False).encode() * 100
        return send_huge(play, Answer(200), b'<ListBucketResult><IsTruncated>false</IsTruncated>', many)
    return send_huge(play, play.answer(), b'{"Item":{"labels":{"S":"', b'a' * (1 << 16))


@fault('huge-object')
def huge_object(play):
    return send_huge(play, play.answer(), play.answer().body, bytes(1 << 16))


@fault('huge-object-in-chunks')
def huge_object_in_chunks(play):
    """It doesn't say how large it is."""
    answer = play.answer().with_headers(('Transfer-Encoding', 'chunked'))
    play.wire.send(answer.head(drop=('content-length',)) + b'%x\r\n%s\r\n' % (len(answer.body), answer.body))
    for _ in range(HUGE >> 16):
        play.wire.send(b'10000\r\n' + bytes(1 << 16) + b'\r\n')
    play.wire.send(b'0\r\n\r\n')
    return True


@functools.lru_cache(1)
def bomb():
    return gzip.compress(bytes(HUGE), 1)


@fault('gzip-bomb')
def gzip_bomb(play):
    return play.send(Answer(200, [('Content-Encoding', 'gzip')], bomb()))


@fault('length-negative')
def length_negative(play):
    return play.send(play.answer(), length=-5) and play.end()


@fault('length-huge')
def length_huge(play):
    return play.send(play.answer(), length='9' * 30) and play.end()


@fault('two-lengths')
def two_lengths(play):
    answer = play.answer()
    return play.send(answer.with_headers(('Content-Length', len(answer.body) // 2))) and play.end()


@fault('continue-first')
def continue_first(play):
    play.wire.send(b'HTTP/1.1 100 Continue\r\n\r\n')
    return play.send(play.answer())


# Bodies that are not what they should be

@fault('empty')
def empty(play):
    return play.send(Answer(200, play.answer().headers))


def with_body(play, change):
    """Send the right answer with another body, of which the length is right."""
    answer = play.answer()
    return play.send(Answer(200, answer.headers, change(answer.body)))


@fault('cut')
def cut(play):
    return with_body(play, lambda body: body[:len(body) * 2 // 3])


@fault('json-array')
def json_array(play):
    return with_body(play, lambda body: b'[' + body + b']')


@fault('json-trailer')
def json_trailer(play):
    return with_body(play, lambda body: body + b'}')


@fault('json-nul')
def json_nul(play):
    return with_body(play, lambda body: body.replace(b'"', b'"\0', 1))


@fault('json-bad-utf8')
def json_bad_utf8(play):
    return with_body(play, lambda body: body.replace(b'"', b'"\xff\xc0\xaf', 1))


@fault('json-deep')
def json_deep(play):
    return with_body(play, lambda body: b'{"a":' * 100000 + b'1' + b'}' * 100000)


@fault('json-other-types')
def json_other_types(play):
    """Each member is there, and each is a number."""
    members = ('Item', 'Responses', 'Attributes', 'Labels', 'executionArn', 'startDate', 'UnprocessedItems')
    return with_body(play, lambda body: json.dumps(dict.fromkeys(members, 1)).encode())


@fault('xml-bomb')
def xml_bomb(play):
    entities = '<!ENTITY a0 "lol">' + ''.join(
        f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10))
    page = services.list_page(play.request, ['<Contents><Key>uploads/&a9;</Key><Size>1</Size></Contents>'])
    page.body = page.body.replace(b'?>\n', f'?>\n<!DOCTYPE bomb [{entities}]>\n'.encode(), 1)
    return play.send(page)


@fault('xml-external')
def xml_external(play):
    """A key that is a file of the machine that reads the listing."""
    page = services.list_page(play.request, ['<Contents><Key>uploads/&file;</Key><Size>1</Size></Contents>'])
    page.body = page.body.replace(b'?>\n', b'?>\n<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/hostname">]>\n', 1)
    return play.send(page)


# Objects, and what is got of them in pieces

def break_first(play):
    """Break off the first answer; return whether it was that."""
    if play.attempt > 1:
        return False
    send_half(play)
    play.reset()
    return True


def is_resumed(play):
    return 'range' in play.request.headers


@fault('changed-meanwhile')
def changed_meanwhile(play):
    """Between the two halves another picture takes the object's place."""
    if break_first(play):
        return False
    if play.attempt == 2:
        play.room.objects[play.request.key] = play.room.objects[play.request.key][::-1]
    return play.send(play.answer())


@fault('changed-unnoticed')
def changed_unnoticed(play):
    """The same from a service that knows neither If-Match nor checksums; only the ETag tells."""
    play.request.headers.pop('x-amz-checksum-mode', None)
    if break_first(play):
        return False
    play.request.headers.pop('if-match', None)
    return changed_meanwhile(play)


@fault('whole-again')
def whole_again(play):
    """A service that knows no ranges."""
    if break_first(play):
        return False
    play.request.headers.pop('range', None)
    return play.send(play.answer())


@fault('whole-again-changed')
def whole_again_changed(play):
    if break_first(play):
        return False
    play.request.headers.pop('range', None)
    return changed_unnoticed(play)


def with_range(play, change):
    """Break off, and answer what is asked for then with another Content-Range."""
    if break_first(play):
        return False
    answer = play.answer()
    ranges = [change(value) for name, value in answer.headers if name == 'Content-Range']
    headers = [(name, value) for name, value in answer.headers if name != 'Content-Range']
    return play.send(Answer(answer.status, headers + [('Content-Range', value) for value in ranges if value], answer.body))


@fault('range-shifted')
def range_shifted(play):
    return with_range(play, lambda value: re.sub(r'\d+-', lambda start: f'{int(start[0][:-1]) - 1000}-', value))


@fault('range-unnamed')
def range_unnamed(play):
    return with_range(play, lambda value: None)


@fault('range-of-another')
def range_of_another(play):
    return with_range(play, lambda value: value.rpartition('/')[0] + '/99999999')


@fault('range-garbage')
def range_garbage(play):
    return with_range(play, lambda value: 'bytes a lot')


@fault('range-refused')
def range_refused(play):
    if break_first(play):
        return False
    return play.send(play.error('InvalidRange'))


@fault('part-unasked')
def part_unasked(play):
    """The first half, as if that had been asked for."""
    play.request.headers['range'] = f'bytes=0-{len(play.room.objects[play.request.key]) // 2}'
    return play.send(play.answer())


@fault('too-long')
def too_long(play):
    """Behind the body stands what would be the answer to the next request, if one listened."""
    answer = play.answer()
    play.wire.send(answer.head() + answer.body + Answer(200, [('ETag', '"forged"')]).head())
    return True


@fault('gzip-told')
def gzip_told(play):
    """The object is a picture, whatever somebody said of it when it was put."""
    return play.send(play.answer().with_headers(('Content-Encoding', 'gzip')))


@fault('gzip-object')
def gzip_object(play):
    answer = play.answer().with_headers(('Content-Encoding', 'gzip'))
    answer.body = gzip.compress(answer.body)
    return play.send(answer)


def with_wrong_bytes(play, change):
    """Send other bytes than those of which the checksum is."""
    answer = play.answer()
    headers = [header for header in answer.headers if header[0] != 'x-amz-checksum-sha256']
    body = bytearray(answer.body)
    change(body)
    return play.send(Answer(200, headers + [('x-amz-checksum-sha256', services.checksum_of(answer.body))], bytes(body)))


@fault('bit-flipped')
def bit_flipped(play):
    """So near the end that only a few pixels are others."""
    def flip(body):
        body[-40] ^= 1
    return with_wrong_bytes(play, flip)


@fault('bytes-broken')
def bytes_broken(play):
    """Where the picture is half over, it says that it ends."""
    def put_end(body):
        body[len(body) // 2:len(body) // 2 + 2] = b'\xff\xd9'
    return with_wrong_bytes(play, put_end)


# Objects that are put

@fault('no-continue')
def no_continue(play):
    """Whoever waits for leave to send the body waits for nothing; act() does not give it."""
    return play.send(play.answer())


@fault('reset-in-upload', early=True)
def reset_in_upload(play):
    play.wire.read_exactly(min(1000, int(play.request.headers.get('content-length', 0))))
    play.wire.reset()
    return False


@fault('refused-in-upload', early=True)
def refused_in_upload(play):
    """The answer comes before the body was sent, and then the end."""
    play.send(play.error('SlowDown').with_headers(('Connection', 'close')))
    return play.end()


# Listings

def entries(play, keys):
    return [services.list_entry(key, 'encoding-type' in play.request.words) for key in keys]


@fault('token-repeats')
def token_repeats(play):
    return play.send(services.list_page(play.request, entries(play, ['uploads/a.jpg']), 'again', True))


@fault('token-cycles')
def token_cycles(play):
    token = 'one' if play.request.words.get('continuation-token') == 'two' else 'two'
    return play.send(services.list_page(play.request, entries(play, [f'uploads/{token}.jpg']), token, True))


@fault('token-missing')
def token_missing(play):
    return play.send(services.list_page(play.request, entries(play, ['uploads/a.jpg']), None, True))


@fault('million-keys')
def million_keys(play):
    start, end = services.list_page(play.request, ['SPLIT']).body.split(b'SPLIT')
    entry = services.list_entry('uploads/0000000.jpg', False)
    play.wire.send(Answer(200).head(length=len(start) + 1000000 * len(entry) + len(end)) + start)
    for thousand in range(1000):
        play.wire.send(''.join(entry.replace('0000000', f'{thousand:04}{number:03}', 1) for number in range(1000)).encode())
    play.wire.send(end)
    return True


@fault('odd-keys')
def odd_keys(play):
    keys = ['uploads/%41.jpg', 'uploads/a b.jpg', 'uploads/a+b.jpg', 'uploads/a<&>"\'.jpg', 'uploads/a\nb.jpg',
            'uploads/ü.jpg', 'uploads/\U0001f408.jpg']
    return play.send(services.list_page(play.request, entries(play, sorted(keys))))


@fault('nul-key')
def nul_key(play):
    """It must not be cut at the NUL, where another object's key would stand."""
    entry = services.list_entry('uploads/KEY', False).replace('KEY', 'cut.jpg%00.jpg')
    return play.send(services.list_page(play.request, [entry]))


# What a table leaves undone

@fault('unprocessed')
def unprocessed(play):
    asked = json.loads(play.body)
    left = {'BatchWriteItem': 'UnprocessedItems', 'BatchGetItem': 'UnprocessedKeys'}.get(play.operation)
    if not left:
        return play.send(play.answer())
    return play.send(services.json_answer('dynamodb', 200, {'Responses': {}, left: asked['RequestItems']}))


class Server:
    def __init__(self, arguments):
        pictures = {}
        for picture in arguments.picture:
            key, _, name = picture.partition('=')
            with open(name, 'rb') as file:
                pictures[key] = file.read()
        self.services = services.Services(pictures)
        self.began, self.counts, self.lock = time.monotonic(), {}, threading.Lock()
        self.file = open(arguments.log, 'a', encoding='utf-8')
        self.certificate = arguments.certificate
        self.ports, self.sockets = {}, []

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            return self.counts[what]

    def write(self, line):
        with self.lock:
            self.file.write(json.dumps({'at': round(time.monotonic() - self.began, 3), **line}) + '\n')
            self.file.flush()

    def log(self, play, event=None):
        line = {'room': play.room_name, 'fault': play.request.segment.split('.')[0], 'service': play.service,
                'operation': play.operation, 'attempt': play.attempt, 'target': play.is_target, 'hit': play.hits}
        if event:
            self.write({**line, 'event': 'effect', **event})
            return
        headers = {name: play.request.headers[name] for name in LOGGED if name in play.request.headers}
        self.write({**line, 'method': play.request.method, 'path': play.request.target,
                    'region': signing.region_of(play.request), **headers})

    def serve(self, sock, port):
        """Answer the requests of one connection."""
        try:
            if port == 'tls':
                sock = self.wrap(sock)
            wire = Wire(sock)
            while self.serve_one(wire):
                pass
            sock.close()
        except (OSError, ValueError, LookupError) as broken:
            self.write({'event': 'broken', 'port': port, 'why': str(broken)})
            sock.close()

    def wrap(self, sock):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate)
        sock.settimeout(60)
        return tls.wrap_socket(sock, server_side=True)

    def serve_one(self, wire):
        request = wire.read_head()
        if not request:
            return False
        play = Play(self, wire, request)
        self.log(play)
        before = wire.sent
        try:
            return play.act()
        finally:
            self.log(play, {'event': 'end', 'sent': wire.sent - before})

    def listen(self, port, backlog=512):
        listener = socket.create_server(('127.0.0.1', 0), backlog=backlog)
        self.ports[port] = listener.getsockname()[1]
        return listener

    def accept(self, listener, port):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=self.serve, args=(sock, port), daemon=True).start()

    def keep_full(self):
        """Listen, accept nobody, and let others wait already: the next one's SYN gets no answer."""
        self.sockets.append(self.listen('full', backlog=0))
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(('127.0.0.1', self.ports['full']))
            self.sockets.append(waiting)

    def run(self):
        refused = socket.socket()
        refused.bind(('127.0.0.1', 0))
        self.ports['refused'] = refused.getsockname()[1]
        self.sockets.append(refused)
        self.keep_full()
        for port in ('plain', 'tls') if self.certificate else ('plain',):
            threading.Thread(target=self.accept, args=(self.listen(port), port), daemon=True).start()
        print('\n'.join(f'{name} {port}' for name, port in self.ports.items()), flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def main():
    parser = argparse.ArgumentParser(description='Play AWS, and what can go wrong with it.')
    parser.add_argument('--log', required=True)
    parser.add_argument('--picture', action='append', default=[], metavar='KEY=FILE')
    parser.add_argument('--certificate', metavar='PEM')
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    Server(arguments).run()


if __name__ == '__main__':
    main()
