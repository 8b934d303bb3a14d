// fun.cjs FUN TASK HANDLER: run the bootstrap in the folder TASK as a Lambda function, by the emulator of Lambda in the
// folder FUN, with the environment's variables of AWS and of imgpl. Events are lines of standard input; each is
// answered by an object with `failed` (what Lambda calls FunctionError, or null) and `payload`.
const [fun, task, handler] = process.argv.slice(2);
const path = require('path');
const readline = require('readline');

globalThis.crypto ??= require('crypto').webcrypto; // which Node 18 doesn't have there
process.env.XDG_CACHE_HOME = path.join(path.dirname(task), 'cache');
const {createFunction} = require(path.resolve(fun));

const {AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, ...others} = process.env;
const variables = Object.fromEntries(
	Object.entries(others).filter(([name]) => /^(AWS_(ENDPOINT|CONFIG|SHARED|EC2)|IMGPL_|LOCAL_)|^no_proxy$/.test(name)),
);

async function main() {
	const run = await createFunction({
		Code: {Directory: task},
		Handler: handler,
		Runtime: 'provided',
		Region: AWS_REGION,
		AccessKeyId: AWS_ACCESS_KEY_ID,
		SecretAccessKey: AWS_SECRET_ACCESS_KEY,
		Environment: {Variables: variables},
	});
	for await (const event of readline.createInterface({input: process.stdin})) {
		const result = await run.invoke({InvocationType: 'RequestResponse', Payload: event});
		console.log(JSON.stringify({failed: result.FunctionError ?? null, payload: JSON.parse(result.Payload)}));
	}
	await run.destroy();
}

main().then(() => process.exit(0));
