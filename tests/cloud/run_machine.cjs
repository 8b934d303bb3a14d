// run_machine.cjs MODULES MACHINE HANDLER: run a state machine on the JSON of standard input, with aws-local-stepfunctions,
// which is found in MODULES.
//
// MACHINE is its definition. Each function that a state invokes is `HANDLER NAME`, where NAME ends the function's
// ARN: it reads the event as a line and writes the answer as one. An `error` in an answer that the event didn't have
// is the function's failure, as imgpl-lambda(1) makes it one. Nothing is waited for between attempts.
//
// Prints {"status","output","cause","calls","states"}: the functions that were called and the states that were entered,
// in order.
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');

// Node has it from version 22 on.
Promise.withResolvers ??= function () {
	let resolve, reject;
	const promise = new Promise((yes, no) => { resolve = yes; reject = no; });
	return {promise, resolve, reject};
};

const [modules, machineFile, handler] = process.argv.slice(2);
const {StateMachine} = createRequire(path.resolve(modules) + '/')('aws-local-stepfunctions');
const machine = JSON.parse(fs.readFileSync(machineFile));
const input = JSON.parse(fs.readFileSync(0));
const calls = [];

// What Lambda tells a state machine of a function that failed.
class FunctionError extends Error {
	constructor({type, reason}) {
		super(JSON.stringify({errorMessage: reason, errorType: type, stackTrace: []}));
		this.name = type;
	}
}

function ask(name, event) {
	return new Promise((resolve, reject) => {
		const child = spawn(handler, [name], {stdio: ['pipe', 'pipe', 'inherit']});
		let answer = '';
		child.on('error', reject);
		child.stdin.on('error', () => {}); // it may end without having read
		child.stdout.on('data', (text) => { answer += text; });
		child.on('close', (status) => {
			try {
				resolve(JSON.parse(answer));
			} catch {
				reject(new FunctionError({type: 'Runtime.ExitError', reason: `${name}: exit status ${status}`}));
			}
		});
		child.stdin.end(JSON.stringify(event) + '\n');
	});
}

async function invoke({FunctionName, Payload}) {
	const name = FunctionName.split('imgpl-').pop();
	calls.push(name);
	const answer = await ask(name, Payload);
	if (answer.error && JSON.stringify(answer.error) !== JSON.stringify(Payload.error))
		throw new FunctionError(answer.error);
	return {StatusCode: 200, Payload: answer};
}

const tasks = Object.keys(machine.States).filter((name) => machine.States[name].Type === 'Task');
const each = (value) => Object.fromEntries(tasks.map((name) => [name, value]));
const execution = new StateMachine(machine, {validationOptions: {checkArn: true, checkPaths: true}}).run(input, {
	overrides: {taskResourceLocalHandlers: each(invoke), retryIntervalOverrides: each(0)},
});

async function report() {
	const states = [];
	for await (const event of execution.eventLogs)
		if (event.type === 'StateEntered')
			states.push(event.state.name);
	const outcome = await execution.result.then(
		(output) => ({status: 'SUCCEEDED', output}),
		(failure) => ({status: 'FAILED', cause: failure.message}),
	);
	console.log(JSON.stringify({...outcome, calls, states}));
}

execution.result.catch(() => {}); // report() hears of it later
report();
