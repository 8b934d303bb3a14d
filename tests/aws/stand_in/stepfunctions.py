"""Step Functions, as far as starting goes: executions of a standard workflow, each of which runs until it
is stopped."""

import json
import re
import threading
import time
import uuid

from .refusal import Refusal

STATE_MACHINES = ("pipeline", "other")
# What a name may not have: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')


class StepFunctions:
    def __init__(self, region, account, log):
        """`log` is a file's name; each execution started is a line of it."""
        self.prefix = f"arn:aws:states:{region}:{account}"
        self.log = log
        self.executions = {}  # by ARN
        self.lock = threading.Lock()

    def start_execution(self, asked):
        machine = self.machine(asked["stateMachineArn"])
        name = asked.get("name", str(uuid.uuid4()))
        given = asked.get("input", "{}")
        if FORBIDDEN.search(name):
            raise Refusal("InvalidName", f"Invalid Name: '{name}'")
        check_given(given)
        arn = f"{self.prefix}:execution:{machine}:{name}"
        with self.lock:
            if arn not in self.executions:
                self.executions[arn] = {"input": given, "startDate": round(time.time(), 3), "running": True}
                self.note(arn)
            execution = self.executions[arn]
        if execution["input"] != given or not execution["running"]:
            raise Refusal("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        return {"executionArn": arn, "startDate": execution["startDate"]}

    def stop_execution(self, asked):
        arn = asked["executionArn"]
        with self.lock:
            if arn not in self.executions:
                raise Refusal("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
            self.executions[arn]["running"] = False
        return {"stopDate": round(time.time(), 3)}

    def machine(self, arn):
        """Return the name of a state machine that there is."""
        start = f"{self.prefix}:stateMachine:"
        if not re.fullmatch(r"arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+", arn):
            raise Refusal("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
        if not arn.startswith(start) or arn[len(start) :] not in STATE_MACHINES:
            raise Refusal("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return arn[len(start) :]

    def note(self, arn):
        execution = self.executions[arn]
        line = {"executionArn": arn, "input": execution["input"], "startDate": execution["startDate"]}
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def check_given(given):
    """The input is JSON, of at most 256 KiB, which the model counts in characters and AWS in bytes."""
    if len(given.encode("utf-8", "surrogatepass")) > 262_144:
        raise Refusal("InvalidExecutionInput", "Invalid Execution Input: 'Input is too large'")
    try:
        json.loads(given)
    except (ValueError, RecursionError) as error:
        raise Refusal("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
