// signatures.mjs AWS4 <CASES: read what signatures.py writes, and write it with what the package aws4, in the
// folder AWS4, makes of it. What aws4 takes in its own way is left out.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const { RequestSigner } = createRequire(import.meta.url)(resolve(process.argv[2]));

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const stamp = (time) => time.replace(/[-:]/g, '');

// aws4 decodes path and query, so both have to be UTF-8.
function isText(encoded) {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

// It keeps a name once in a query of S3's, and a header's values as one list, of which it trims the ends alone.
function isForAws4(request) {
  const names = (request.query ?? '').split('&').map((pair) => pair.split('=')[0]);
  const headers = request.headers.map(([name]) => name.toLowerCase());
  return isText(request.path + request.query)
    && !(request.service === 's3' && new Set(names).size < names.length)
    && new Set(headers).size === headers.length;
}

function headersOf(request) {
  const headers = Object.fromEntries(request.headers.map(([name, value]) =>
    [name.toLowerCase() === 'x-amz-content-sha256' ? 'X-Amz-Content-Sha256' : name, value]));
  if ('expires' in request)
    return headers;
  headers['X-Amz-Date'] = stamp(request.timestamp);
  if (request.keys.session_token)
    headers['X-Amz-Security-Token'] = request.keys.session_token;
  if (request.sign_body)
    headers['X-Amz-Content-Sha256'] = sha256(request.body);
  return headers;
}

function sign(request) {
  const byQuery = 'expires' in request;
  const query = [request.query, byQuery && `X-Amz-Expires=${request.expires}`].filter(Boolean).join('&');
  const signer = new RequestSigner({
    service: request.service,
    region: request.region,
    method: request.method,
    path: query ? `${request.path || '/'}?${query}` : request.path,
    headers: headersOf(request),
    body: request.body,
    signQuery: byQuery,
    doNotModifyHeaders: true,
    extraHeadersToInclude: { range: true },
  }, {
    accessKeyId: request.keys.access_key_id,
    secretAccessKey: request.keys.secret_access_key,
    sessionToken: request.keys.session_token,
  });
  signer.datetime = stamp(request.timestamp);
  return {
    canonical_request: signer.canonicalString(),
    string_to_sign: signer.stringToSign(),
    signature: signer.signature(),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (isForAws4(request))
    console.log(JSON.stringify({ ...request, expect: sign(request) }));
}
