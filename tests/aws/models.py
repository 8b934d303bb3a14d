"""models.py LOGS PORT S3 DYNALITE: answer for Rekognition, Step Functions and STS at a port on loopback, and
for DynamoDB by asking dynalite. A request has to be rightly signed and to fit botocore's model of the
service, and what is answered here has, too. Objects that Rekognition is to look at are in S3.

LOGS/requests.jsonl gets a line a request, with what was asked, and LOGS/executions.jsonl one an execution
that began. The keys are in the environment, for which see the script up.
"""

import datetime
import http.server
import json
import os
import re
import sys
import threading
import time
import traceback
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import botocore.session

from stand_in import shapes, signed
from stand_in.dynamodb import DynamoDb
from stand_in.refusal import Refusal
from stand_in.rekognition import Rekognition
from stand_in.stepfunctions import StepFunctions
from stand_in.sts import Sts

REGION, ACCOUNT = "us-east-1", "123456789012"
MAX_BODY_BYTES = 16 * 1024 * 1024


def clock():
    return datetime.datetime.now(datetime.timezone.utc)


class Model:
    """What botocore says of a service, and what answers for it: `operations` by name, or `pass_on` for all."""

    def __init__(self, session, name, operations=None, pass_on=None):
        self.service = session.get_service_model(name)
        self.name = name
        self.operations = operations
        self.pass_on = pass_on

    def operation(self, name):
        if name not in self.service.operation_names or not (self.pass_on or name in self.operations):
            raise Refusal("UnknownOperationException", f"there is no operation '{name}' here")
        return self.service.operation_model(name)


class Cloud:
    """All services, and the log of what they were asked."""

    def __init__(self, logs, s3_url, dynalite_url):
        session = botocore.session.get_session()
        s3 = session.create_client("s3", region_name=REGION, endpoint_url=s3_url)
        environment = os.environ
        self.keys = signed.Keys(
            (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]),
            (environment["STAND_TEMPORARY_KEY_ID"], environment["STAND_TEMPORARY_SECRET"]),
        )
        machines = StepFunctions(REGION, ACCOUNT, os.path.join(logs, "executions.jsonl"))
        tokens = Sts(ACCOUNT, self.keys, clock)
        self.sts = Model(
            session,
            "sts",
            {
                "GetCallerIdentity": tokens.get_caller_identity,
                "AssumeRoleWithWebIdentity": tokens.assume_role_with_web_identity,
            },
        )
        targets = [
            Model(session, "rekognition", {"DetectLabels": Rekognition(s3).detect_labels}),
            Model(
                session,
                "stepfunctions",
                {"StartExecution": machines.start_execution, "StopExecution": machines.stop_execution},
            ),
            Model(session, "dynamodb", pass_on=DynamoDb(dynalite_url).pass_on),
        ]
        self.by_target = {model.service.metadata["targetPrefix"]: model for model in targets}
        self.log = os.path.join(logs, "requests.jsonl")
        self.lock = threading.Lock()

    def check_signature(self, request, model):
        service = model.service.signing_name
        signed.check(request, service, REGION, self.keys, clock())

    def note(self, line):
        with self.lock, open(self.log, "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


class Answer:
    def __init__(self, status, content_type, body, headers=()):
        self.status, self.content_type, self.body, self.headers = status, content_type, body, headers


def answer_json(cloud, request, line):
    """Answer a call of the JSON protocol. `line` is what the log will say."""
    prefix, _, name = request.header("X-Amz-Target").partition(".")
    content_type = request.header("Content-Type") or ""
    headers = []
    model = cloud.by_target.get(prefix)
    try:
        if model is None:
            raise Refusal("UnknownOperationException", f"there is no service '{prefix}' here")
        line["service"], line["operation"] = model.name, name
        check_envelope(request, content_type, model)
        cloud.check_signature(request, model)
        operation = model.operation(name)
        asked = shapes.parse(request.body)
        line["asked"] = shortened(asked)
        shapes.check_input(operation.input_shape, asked)
        if model.pass_on:
            status, headers, body = model.pass_on(request)
            if status != 200:
                line["error"] = json.loads(body).get("__type", "").rpartition("#")[2]
        else:
            answer = model.operations[name](asked)
            shapes.check_output(operation.output_shape, answer)
            status, body = 200, json.dumps(answer).encode()
    except Refusal as refusal:
        line["error"] = refusal.kind
        status, body = refusal.status, json.dumps(refusal_as_json(model, refusal)).encode()
    return Answer(status, content_type or "application/x-amz-json-1.1", body, headers)


def shortened(value):
    """Say instead of what is long, a picture say, how long it is."""
    if isinstance(value, dict):
        return {name: shortened(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shortened(each) for each in value]
    return value if not isinstance(value, str) or len(value) <= 1024 else f"{len(value)} characters"


# What the names of errors begin with.
NAMESPACES = {"dynamodb": "com.amazon.coral.service#", "stepfunctions": "com.amazonaws.swf.service.v2.model#"}


def refusal_as_json(model, refusal):
    """Spell a refusal as the service does: the model says what the members of its own errors are called."""
    kind = NAMESPACES.get(model.name, "") + refusal.kind if model else refusal.kind
    members = {"__type": kind}
    names = [shape.members for shape in model.service.error_shapes if shape.name == refusal.kind] if model else []
    for name in names[0] if names and names[0] else ["message"]:
        if name.lower() == "message":
            members[name] = refusal.message
        if name == "Code":
            members[name] = refusal.kind
    return members


def check_envelope(request, content_type, model):
    version = model.service.metadata["jsonVersion"]
    if request.method != "POST" or request.target != "/":
        raise Refusal("UnknownOperationException", f"{request.method} {request.target} is no call", 404)
    if content_type != f"application/x-amz-json-{version}":
        raise Refusal("SerializationException", f"the content type should be of JSON {version}, not '{content_type}'")


def answer_query(cloud, request, line):
    """Answer a call of the query protocol, which is all that STS speaks."""
    operation = None
    try:
        asked = query_parameters(request)
        name = asked.pop("Action", "")
        line["service"], line["operation"] = "sts", name
        if asked.pop("Version", None) != cloud.sts.service.api_version:
            raise Refusal("InvalidAction", "the version is missing, or no version of STS")
        operation = cloud.sts.operation(name)
        if name not in UNSIGNED:
            cloud.check_signature(request, cloud.sts)
        asked = {key: as_shape(operation.input_shape.members.get(key), value) for key, value in asked.items()}
        shapes.check_input(operation.input_shape, asked)
        answer = cloud.sts.operations[name](asked)
        shapes.check_output(operation.output_shape, answer)
        namespace = cloud.sts.service.metadata["xmlNamespace"]
        inside = f"<{name}Result>{as_xml(operation.output_shape, answer)}</{name}Result>"
        return Answer(200, "text/xml", f'<{name}Response xmlns="{namespace}">{inside}</{name}Response>'.encode())
    except Refusal as refusal:
        line["error"] = refusal.kind
        code, status = query_error(operation, refusal)
        message = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(refusal.message)}</Message>"
        return Answer(status, "text/xml", f"<ErrorResponse><Error>{message}</Error></ErrorResponse>".encode())


# Who calls these has no keys yet.
UNSIGNED = {"AssumeRoleWithWebIdentity"}
# What the query protocol calls the errors of the JSON protocol.
QUERY_ERRORS = {
    "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
    "UnrecognizedClientException": ("InvalidClientTokenId", 403),
    "MissingAuthenticationTokenException": ("MissingAuthenticationToken", 403),
    "IncompleteSignatureException": ("IncompleteSignature", 400),
    "ExpiredTokenException": ("ExpiredToken", 403),
    "ValidationException": ("ValidationError", 400),
    "UnknownOperationException": ("InvalidAction", 400),
}


def query_error(operation, refusal):
    """Return the code and the status of a refusal; an operation's own errors keep their names."""
    own = [shape.name for shape in operation.error_shapes] if operation else []
    if refusal.kind in own:
        return refusal.kind, refusal.status
    return QUERY_ERRORS.get(refusal.kind, (refusal.kind, refusal.status))


def query_parameters(request):
    path, _, query = request.target.partition("?")
    if path != "/":
        raise Refusal("InvalidAction", f"there is nothing at {path}", 404)
    text = request.body.decode("utf-8", "replace") if request.method == "POST" else query
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise Refusal("MalformedQueryString", "a parameter stands twice")
    return dict(pairs)


def as_shape(shape, text):
    """Read a parameter as what it should be; what can't be is refused when shapes are checked."""
    if shape is not None and shape.type_name == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def as_xml(shape, value):
    if shape.type_name == "structure":
        return "".join(f"<{name}>{as_xml(shape.members[name], each)}</{name}>" for name, each in value.items())
    if shape.type_name == "timestamp":
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
    return escape(str(value))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 60

    def answer(self):
        line = {"service": None, "operation": None}
        try:
            request = self.take()
            to_sts = request.header("X-Amz-Target") is None
            answer = (answer_query if to_sts else answer_json)(self.server.cloud, request, line)
        except Refusal as refusal:  # of what can't be taken for a request
            line["error"] = refusal.kind
            self.close_connection = True
            answer = Answer(refusal.status, "text/plain", refusal.message.encode())
        except Exception as error:  # a fault of ours, which no test may take for AWS's
            traceback.print_exc()
            line["error"] = repr(error)
            answer = Answer(500, "text/plain", f"models.py failed: {error!r}".encode())
        line["status"] = answer.status
        self.server.cloud.note(line)
        self.give(answer)

    do_GET = do_POST = answer

    def take(self):
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            raise Refusal("MalformedHttpRequestException", "Content-Length is no number") from None
        if "Transfer-Encoding" in self.headers:
            raise Refusal("MissingContentLength", "the length has to be known before", 411)
        if not 0 <= length <= MAX_BODY_BYTES:
            raise Refusal("RequestEntityTooLargeException", "the request is too large", 413)
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refusal("MalformedHttpRequestException", "the request breaks off")
        headers = [(name, as_sent(value)) for name, value in self.headers.items()]
        return signed.Request(self.command, self.path, headers, body)

    def give(self, answer):
        self.send_response(answer.status)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_):
        pass


def as_sent(value):
    """Take a header's value for UTF-8, as who signs does; http.server takes it for Latin-1."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main(logs, port, s3, dynalite):
    server = Server(("127.0.0.1", int(port)), Handler)
    server.cloud = Cloud(logs, s3, dynalite)
    server.serve_forever()


main(*sys.argv[1:])
