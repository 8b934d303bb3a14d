"""The little of S3, DynamoDB, Rekognition and Step Functions that stands behind each fault: what they
answer when nothing is wrong, and how each of them writes an error. All is kept in memory, apart for
each room, which is one test's."""
import base64
import hashlib
import json
import re
import threading
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from faults_wire import Answer

PAGE = 2  # keys on a page of a listing, so that each has several
MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT'

SERVICES = {'DynamoDB_20120810': 'dynamodb', 'RekognitionService': 'rekognition', 'AWSStepFunctions': 'states'}
ERROR_HOMES = {'dynamodb': 'com.amazonaws.dynamodb.v20120810#', 'states': 'com.amazonaws.swf.service.v2.model#'}

# The status of each error that is not 400, and what it says, where the words matter.
STATUSES = {
    'AccessDenied': 403, 'BadGateway': 502, 'GatewayTimeout': 504, 'InternalError': 500, 'InternalServerError': 500,
    'InvalidAccessKeyId': 403, 'InvalidObjectState': 403, 'InvalidRange': 416, 'NoSuchBucket': 404,
    'NoSuchKey': 404, 'NoSuchUpload': 404, 'NoSuchVersion': 404, 'NotImplemented': 501,
    'OperationAborted': 409, 'PreconditionFailed': 412, 'RequestTimeTooSkewed': 403, 'ServiceUnavailable': 503,
    'SignatureDoesNotMatch': 403, 'SlowDown': 503, 'TooManyRequests': 429,
}
MESSAGES = {
    'ExpiredToken': 'The provided token has expired.',
    'ExpiredTokenException': 'The security token included in the request is expired',
    'ImageTooLargeException': 'Image dimensions: 12000x12000 exceed the maximum limit.',
    'InvalidImageFormatException': 'Request has invalid image format',
    'NoSuchKey': 'The specified key does not exist.',
    'RequestTimeTooSkewed': 'The difference between the request time and the current time is too large.',
    'SlowDown': 'Please reduce your request rate.',
    'ThrottlingException': 'Rate exceeded',
}

LABELS = {'LabelModelVersion': '3.0', 'Labels': [
    {'Name': 'Cat', 'Confidence': 98.3, 'Parents': [{'Name': 'Animal'}], 'Instances': [
        {'Confidence': 98.3, 'BoundingBox': {'Left': 0.1, 'Top': 0.2, 'Width': 0.5, 'Height': 0.6}}]},
    {'Name': 'Animal', 'Confidence': 98.3, 'Parents': [], 'Instances': []}]}


def xml(root, inside):
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inside}</{root.split()[0]}>'
    return text.encode('utf-8', 'surrogateescape')


def xml_answer(status, root, inside, *headers):
    return Answer(status, [('Content-Type', 'application/xml'), *headers], xml(root, inside))


def json_answer(service, status, value, *headers):
    version = '1.0' if service != 'rekognition' else '1.1'
    return Answer(status, [('Content-Type', f'application/x-amz-json-{version}'), *headers], json.dumps(value).encode())


def error(service, code, status=None, inside='', *headers, message=None):
    """Return the error `code` as the service writes it; `inside` is XML for S3."""
    status = status or STATUSES.get(code, 400)
    message = message or MESSAGES.get(code, f'{code}, as it was asked for')
    if service == 's3':
        return xml_answer(status, 'Error', f'<Code>{code}</Code><Message>{message}</Message>{inside}'
                          '<RequestId>4442587FB7D0A2F9</RequestId>', *headers)
    return json_answer(service, status, {'__type': ERROR_HOMES.get(service, '') + code, 'message': message},
                       ('x-amzn-ErrorType', f'{code}:http://internal.amazon.com/coral/'), *headers)


def etag_of(octets):
    return '"' + hashlib.md5(octets).hexdigest() + '"'


def checksum_of(octets):
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def operation_of(request):
    """Return the service and the operation that a request asks for."""
    home, _, operation = request.headers.get('x-amz-target', '').partition('.')
    if home:
        return SERVICES.get(home, 'none'), operation
    words = request.words
    if request.method == 'GET' and 'list-type' in words:
        return 's3', 'list'
    if 'uploads' in words or 'uploadId' in words:
        return 's3', {'POST': 'create' if 'uploads' in words else 'complete', 'PUT': 'part', 'DELETE': 'abort'}.get(
            request.method, 'none')
    return 's3', {'GET': 'get', 'HEAD': 'head', 'PUT': 'put', 'DELETE': 'delete'}.get(request.method, 'none')


def list_entry(key, encoded):
    shown = quote_plus(key, safe='/') if encoded else escape(key)
    return (f'<Contents><Key>{shown}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>'
            '<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>1000</Size>'
            '<StorageClass>STANDARD</StorageClass></Contents>')


def list_page(request, entries, token=None, truncated=False):
    """Return a page of a listing: `entries` is XML, and `token` leads to the next one."""
    encoded = '<EncodingType>url</EncodingType>' if 'encoding-type' in request.words else ''
    inside = f'<Name>{escape(request.bucket)}</Name><Prefix>{escape(request.words.get("prefix", ""))}</Prefix>{encoded}'
    if token:
        inside += f'<NextContinuationToken>{token}</NextContinuationToken>'
    inside += f'<IsTruncated>{"true" if truncated else "false"}</IsTruncated>{"".join(entries)}'
    return xml_answer(200, 'ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', inside)


def holds(item, asked):
    """Return whether the condition, made of = and attribute_not_exists() and AND, holds of the item."""
    names, values = asked['ExpressionAttributeNames'], asked['ExpressionAttributeValues']
    for term in asked['ConditionExpression'].split(' AND '):
        name, _, value = term.partition(' = ')
        absent = re.fullmatch(r'attribute_not_exists\((.*)\)', term)
        if absent and names.get(absent[1], absent[1]) in item:
            return False
        if not absent and item.get(names[name]) != values[value]:
            return False
    return True


def update(item, asked):
    """Return the item after `SET #a = :a, #b = :b REMOVE #c, #d`."""
    names, values = asked['ExpressionAttributeNames'], asked['ExpressionAttributeValues']
    sets, _, removes = asked['UpdateExpression'].removeprefix('SET ').partition(' REMOVE ')
    pairs = (each.split(' = ') for each in sets.split(', '))
    removed = {names[name] for name in removes.split(', ') if name}
    return {name: value for name, value in {**item, **{names[name]: values[value] for name, value in pairs}}.items()
            if name not in removed}


class Room:
    """What one test has put into the services."""

    def __init__(self, pictures):
        self.objects, self.uploads, self.items, self.executions = dict(pictures), {}, {}, {}
        self.lock = threading.RLock()


class Services:
    """The healthy services. answer() says what a request gets, and a word for the log."""

    def __init__(self, pictures):
        self.pictures, self.rooms, self.lock = pictures, {}, threading.Lock()

    def room(self, name):
        with self.lock:
            return self.rooms.setdefault(name, Room(self.pictures))

    def answer(self, request, body, service, operation, room):
        if service == 's3':
            does = getattr(self, 's3_' + operation, None)
            return does(request, body, room) if does else (error('s3', 'NotImplemented'), None)
        does = getattr(self, f'{service}_{operation}', None)
        if not does:
            return error(service, 'UnknownOperationException'), None
        try:
            asked = json.loads(body)
        except ValueError:
            return error(service, 'SerializationException'), None
        with room.lock:
            return does(asked, room)

    # S3

    def s3_get(self, request, _, room):
        octets = room.objects.get(request.key)
        if octets is None:
            return error('s3', 'NoSuchKey'), None
        tag = etag_of(octets)
        if request.headers.get('if-match', tag).strip('"') != tag.strip('"'):
            return error('s3', 'PreconditionFailed'), None
        headers = [('ETag', tag), ('Last-Modified', MODIFIED), ('Accept-Ranges', 'bytes'), ('Content-Type', 'image/jpeg')]
        span = re.fullmatch(r'bytes=(\d*)-(\d*)', request.headers.get('range', ''))
        if not span or span[1] == span[2] == '':
            if request.headers.get('x-amz-checksum-mode') == 'ENABLED':
                headers.append(('x-amz-checksum-sha256', checksum_of(octets)))
            return Answer(200, headers, octets), None
        size = len(octets)
        start = int(span[1]) if span[1] else max(0, size - int(span[2]))
        end = min(size - 1, int(span[2])) if span[1] and span[2] else size - 1
        if start > end:
            return error('s3', 'InvalidRange'), None
        return Answer(206, headers + [('Content-Range', f'bytes {start}-{end}/{size}')], octets[start:end + 1]), None

    def s3_head(self, request, body, room):
        answer, _ = self.s3_get(request, body, room)
        return answer, None

    def s3_delete(self, request, _, room):
        room.objects.pop(request.key, None)
        return Answer(204), None

    def store(self, room, key, octets):
        room.objects[key] = octets
        return {'stored': key, 'bytes': len(octets), 'sha256': hashlib.sha256(octets).hexdigest()}

    def refuse_digest(self, request, body):
        told = request.headers.get('x-amz-checksum-sha256')
        return error('s3', 'BadDigest') if told not in (None, checksum_of(body)) else None

    def s3_put(self, request, body, room):
        refused = self.refuse_digest(request, body)
        if refused:
            return refused, None
        return Answer(200, [('ETag', etag_of(body))]), self.store(room, request.key, body)

    def s3_create(self, request, _, room):
        with room.lock:
            upload = f'upload{len(room.uploads)}'
            room.uploads[upload] = {}
        return xml_answer(200, 'InitiateMultipartUploadResult', f'<Bucket>{escape(request.bucket)}</Bucket>'
                          f'<Key>{escape(request.key)}</Key><UploadId>{upload}</UploadId>'), None

    def s3_part(self, request, body, room):
        parts = room.uploads.get(request.words.get('uploadId'))
        if parts is None:
            return error('s3', 'NoSuchUpload'), None
        refused = self.refuse_digest(request, body)
        if refused:
            return refused, None
        parts[int(request.words['partNumber'])] = body
        return Answer(200, [('ETag', etag_of(body))]), None

    def s3_complete(self, request, body, room):
        upload = request.words.get('uploadId')
        if upload not in room.uploads:
            return error('s3', 'NoSuchUpload'), None
        parts = room.uploads[upload]
        named = [(int(number), tag.replace('&quot;', '"')) for number, tag in self.parts_named(body.decode())]
        if not named or any(number not in parts or etag_of(parts[number]).strip('"') != tag.strip('"')
                            for number, tag in named):
            return error('s3', 'InvalidPart'), None
        del room.uploads[upload]
        octets = b''.join(parts[number] for number, _ in named)
        return xml_answer(200, 'CompleteMultipartUploadResult', f'<Bucket>{escape(request.bucket)}</Bucket>'
                          f'<Key>{escape(request.key)}</Key><ETag>&quot;0123-{len(named)}&quot;</ETag>'), self.store(
                              room, request.key, octets)

    @staticmethod
    def parts_named(text):
        for part in re.findall(r'<Part>(.*?)</Part>', text, re.S):
            yield re.search(r'<PartNumber>(\d+)</PartNumber>', part)[1], re.search(r'<ETag>(.*?)</ETag>', part)[1]

    def s3_abort(self, request, _, room):
        known = room.uploads.pop(request.words.get('uploadId'), None) is not None
        return (Answer(204), {'aborted': request.words['uploadId']}) if known else (error('s3', 'NoSuchUpload'), None)

    def s3_list(self, request, _, room):
        words = request.words
        after = words.get('start-after', '')
        if 'continuation-token' in words:
            after = base64.b64decode(words['continuation-token']).decode()
        keys = sorted(key for key in room.objects if key.startswith(words.get('prefix', '')) and key > after)
        page = keys[:min(PAGE, int(words.get('max-keys', PAGE)))]
        more = len(keys) > len(page)
        token = base64.b64encode(page[-1].encode()).decode() if more else None
        return list_page(request, [list_entry(key, 'encoding-type' in words) for key in page], token, more), None

    # DynamoDB, whose rows are known by image_key

    def dynamodb_GetItem(self, asked, room):
        item = room.items.get(asked['Key']['image_key']['S'])
        return json_answer('dynamodb', 200, {'Item': item} if item else {}), None

    def dynamodb_UpdateItem(self, asked, room):
        key = asked['Key']['image_key']['S']
        old = room.items.get(key, {})
        if not holds(old, asked):
            return error('dynamodb', 'ConditionalCheckFailedException'), None
        room.items[key] = {**asked['Key'], **update(old, asked)}
        return json_answer('dynamodb', 200, {}), {'stored': key}

    def dynamodb_BatchGetItem(self, asked, room):
        found = {}
        for table, wanted in asked['RequestItems'].items():
            items = (room.items.get(key['image_key']['S']) for key in wanted['Keys'])
            found[table] = [item for item in items if item]
        return json_answer('dynamodb', 200, {'Responses': found, 'UnprocessedKeys': {}}), None

    # Rekognition and Step Functions

    def rekognition_DetectLabels(self, _asked, _room):
        return json_answer('rekognition', 200, LABELS), None

    def states_StartExecution(self, asked, room):
        name = asked.get('name', 'unnamed')
        if name in room.executions:
            return error('states', 'ExecutionAlreadyExists'), None
        arn = asked['stateMachineArn'].replace(':stateMachine:', ':execution:') + ':' + name
        room.executions[name] = arn
        return json_answer('states', 200, {'executionArn': arn, 'startDate': 1767225600.0}), {'started': name}
