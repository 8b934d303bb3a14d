"""moto_server.py PORT DIR: moto's server on loopback, and functions that run for real.

moto stands in for all of AWS that infra/ uses. What is added here:

- a function is its own package, unzipped in DIR, whose bootstrap talks to a Runtime API and gets the
  environment that Terraform gave the function; so one invocation runs what Lambda would run;
- CloudFront's response headers policies, which moto doesn't have, are kept and told as they came;
- a distribution that is asked for twice, as the provider does when an answer is lost, is made once;
- a state machine's definition is taken as valid: statelint and asl-validator look at it;
- EventBridge is told of each execution that ended, and starts the state machines that its rules target;
- a bucket's policy refuses nobody, since moto looks at no conditions, and would refuse TLS, too;
- a batch's pictures are executions of the kind that moto knows, which is not EXPRESS, and have the names and the
  types that Step Functions gives what S3 lists.

DIR/NAME.log has what each function wrote to its log, and DIR/invocations.jsonl each {"function","event","answer"}.
"""
import copy
import io
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.awslambda.models import LambdaFunction
from moto.cloudfront import urls as cloudfront_urls
from moto.cloudfront.models import CloudFrontBackend
from moto.cloudfront.responses import CloudFrontResponse
from moto.events.models import Rule, events_backends
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3 import ResourceEvalS3
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

PORT, DIR = sys.argv[1], os.path.abspath(sys.argv[2])
written = threading.Lock()


class Sandbox:
    """A function that is kept running: one event at a time, as in Lambda."""

    def __init__(self, function):
        self.name = function.function_name
        self.root = os.path.join(DIR, self.name)
        self.seconds = function.timeout
        self.turn = threading.Lock()
        self.events, self.answers = queue.Queue(), queue.Queue()
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as package:
            for entry in package.infolist():
                path = package.extract(entry, self.root)
                os.chmod(path, entry.external_attr >> 16 or 0o755)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.runtime_api())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            **(function.environment_vars or {}),
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_port,
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:" + PORT,
            "LAMBDA_TASK_ROOT": self.root,
            "_HANDLER": function.handler,
        }
        self.process = None

    def runtime_api(sandbox):
        class RuntimeApi(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                request, event = sandbox.events.get()
                self.reply(200, event, {
                    "Lambda-Runtime-Aws-Request-Id": request,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + sandbox.seconds) * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:" + sandbox.name,
                })

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sandbox.answers.put((body.decode(), self.path.endswith("/error")))
                self.reply(202, b"{}", {})

            def reply(self, status, body, headers):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return RuntimeApi

    def invoke(self, event):
        with self.turn:
            if self.process is None or self.process.poll() is not None:
                with open(os.path.join(DIR, self.name + ".log"), "ab") as log:
                    self.process = subprocess.Popen(
                        [os.path.join(self.root, "bootstrap")], cwd=self.root, env=self.environment,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.events.put((str(uuid.uuid4()), event.encode()))
            try:
                return self.answers.get(timeout=self.seconds + 5)
            except queue.Empty:
                self.process.kill()
                return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": "timed out"}), True


sandboxes = {}


def invoke_function(function, event=None):
    with written:
        if function.function_name not in sandboxes:
            sandboxes[function.function_name] = Sandbox(function)
    if not isinstance(event, str):
        event = json.dumps(event)
    answer, failed = sandboxes[function.function_name].invoke(event)
    with written, open(os.path.join(DIR, "invocations.jsonl"), "a") as log:
        log.write(json.dumps({"function": function.function_name, "event": json.loads(event),
                              "answer": json.loads(answer), "failed": failed}) + "\n")
    return answer, failed, ""


policies = {}


def response_headers_policy(request, full_url, headers):
    """CloudFront's response headers policies: POST one, GET it back, DELETE it."""
    named = re.search("response-headers-policy/([^/]+)", full_url)
    if request.method == "POST":
        name = str(uuid.uuid4())
        policies[name] = re.sub(r"^<\?xml[^>]*\?>", "", request.data.decode())
    else:
        name = named.group(1)
    if request.method == "DELETE":
        policies.pop(name, None)
        return 204, {}, ""
    text = "<ResponseHeadersPolicy><Id>%s</Id>%s</ResponseHeadersPolicy>" % (name, policies[name])
    return 201 if request.method == "POST" else 200, {"ETag": "E1", "Content-Type": "text/xml"}, text


make_distribution = CloudFrontBackend.create_distribution_with_tags


def make_distribution_once(backend, config, tags):
    made = backend._distribution_with_caller_reference(config["CallerReference"])
    return (made, made.location, made.etag) if made else make_distribution(backend, config, tags)


execution_ended = BaseExecutionWorkerCommunication.terminated
send_to_queues = Rule.send_to_targets


def tell_of_execution(worker):
    """What Step Functions tells EventBridge when an execution ends."""
    execution_ended(worker)
    execution = worker.execution
    detail = {
        "executionArn": execution.exec_arn, "stateMachineArn": execution.state_machine_arn, "name": execution.name,
        "status": execution.exec_status, "startDate": int(execution.start_date.timestamp() * 1000),
        "stopDate": int(execution.stop_date.timestamp() * 1000), "input": json.dumps(execution.input_data),
        "inputDetails": {"included": True}, "output": None, "outputDetails": None,
        "error": execution.error, "cause": execution.cause,
    }
    events_backends[execution.account_id][execution.region_name].put_events([{
        "Source": "aws.states", "DetailType": "Step Functions Execution Status Change",
        "Resources": [execution.exec_arn], "Detail": json.dumps(detail),
    }])


def send_to_targets(rule, event, **options):
    others = copy.copy(rule)
    others.targets = [target for target in rule.targets if ":states:" not in target["Arn"]]
    send_to_queues(others, event, **options)
    if rule.event_pattern.matches_event(event):
        for target in rule.targets:
            if ":states:" in target["Arn"]:
                stepfunctions_parser_backends[rule.account_id][rule.region_name].start_execution(
                    target["Arn"], str(uuid.uuid4()), json.dumps(event))


list_objects = ResourceEvalS3._handle_list_objects_v2


def list_for_map(env, *rest):
    list_objects(env, *rest)
    env.stack.append([
        {"Etag": each["ETag"], "Key": each["Key"], "LastModified": int(each["LastModified"].timestamp()),
         "Size": each["Size"], "StorageClass": each["StorageClass"]} for each in env.stack.pop()])


parse_machine = AmazonStateLanguageParser.parse


def parse_known_machine(definition):
    known = definition.replace('"EXPRESS"', '"STANDARD"')
    return parse_machine(re.sub('("ToleratedFailurePercentage": *[0-9]+)(?=[ ,}])', r"\1.0", known))


CloudFrontBackend.create_distribution_with_tags = make_distribution_once
LambdaFunction._invoke_lambda = invoke_function
FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL
Execution.__deepcopy__ = lambda execution, _: execution  # a machine is copied with all that it ran
BaseExecutionWorkerCommunication.terminated = tell_of_execution
ResourceEvalS3._handle_list_objects_v2 = staticmethod(list_for_map)
Rule.send_to_targets = send_to_targets
AmazonStateLanguageParser.parse = staticmethod(parse_known_machine)
StepFunctionResponse.validate_state_machine_definition = lambda self: json.dumps(
    {"result": "OK", "diagnostics": [], "truncated": False})
StepFunctionResponse.list_state_machine_versions = lambda self: json.dumps({"stateMachineVersions": []})
for end in ("$", "/(?P<id>[^/]+)$", "/(?P<id>[^/]+)/config$"):
    cloudfront_urls.url_paths["{0}/2020-05-31/response-headers-policy" + end] = response_headers_policy
main(["-H", "127.0.0.1", "-p", PORT])
