// The only module that knows URLs: paths of the API, and what the query of a signed URL says.

const base = (import.meta.env.VITE_API_BASE_URL ?? '').replace(/\/+$/, '')
const TIMEOUT_MS = 20_000

/** The most keys that one request for results may name. */
export const RESULTS_MAX_KEYS = 50

/** What the API refused, or `status` 0 where it was not reached. */
export class ApiError extends Error {
  constructor(message, status, retryAfter = null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** Seconds that a Retry-After header asks for, or null. */
export function readRetryAfter(text, now = Date.now()) {
  if (!text) return null
  const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null
}

function withTimeout(signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  return signal && AbortSignal.any ? AbortSignal.any([signal, timeout]) : (signal ?? timeout)
}

function refusalOf(status) {
  return status === 401 ? 'you have to sign in' : `the server answered ${status}`
}

function ask(path, { method = 'GET', body, signal }, token) {
  return fetch(base + path, {
    method,
    body: body && JSON.stringify(body),
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    cache: 'no-store',
    signal: withTimeout(signal),
  })
}

/** Ask as who is signed in, if anybody is, and once more where their token had run out. */
async function askAs({ token, renew }, path, options) {
  const response = await ask(path, options, await token())
  return response.status === 401 && (await renew()) ? ask(path, options, await token()) : response
}

async function call(signIn, path, options) {
  const { signal } = options
  let response
  let reply
  try {
    response = await askAs(signIn, path, options)
    reply = await response.json().catch(() => null)
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError('the server cannot be reached', 0)
  }
  if (!response.ok)
    throw new ApiError(
      reply?.error ?? refusalOf(response.status),
      response.status,
      readRetryAfter(response.headers.get('Retry-After')),
    )
  if (!reply) throw new ApiError('the server answered something else than JSON', response.status)
  return reply
}

const NOBODY = { token: async () => null, renew: async () => false }

/** The API as who is signed in has it, if anybody is; `token()` and `renew()` are useSignIn's. */
export function apiFor(signIn = NOBODY) {
  /** Get `{contentTypes, maxSize, maxFiles}`. */
  function getLimits(signal) {
    return call(signIn, '/limits', { signal })
  }

  /** Get signed URLs for files, each with `type` and `size`, in their order: `{uploadUrl, key, headers, expiresAt}`. */
  async function signUploads(files, signal) {
    const wishes = files.map(({ type, size }) => ({ contentType: type, size }))
    const options = { method: 'POST', body: { files: wishes }, signal }
    const reply = await call(signIn, '/upload-url', options)
    return reply.uploads
  }

  /** Get what came of up to RESULTS_MAX_KEYS pictures: `{image_key, status, …}` in the keys' order. */
  async function getResults(keys, signal) {
    const query = keys.map((key) => `image_key=${encodeURIComponent(key)}`).join('&')
    const reply = await call(signIn, `/results?${query}`, { signal })
    return keys.length === 1 ? [{ ...reply, image_key: keys[0] }] : reply.results
  }

  return { getLimits, signUploads, getResults }
}

/** When a signed URL ceases to hold, in milliseconds since the epoch, or Infinity where it doesn't say. */
export function urlExpiry(url) {
  const query = new URL(url, 'http://unknown.invalid').searchParams
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? []
  const seconds = Number(query.get('X-Amz-Expires') ?? NaN)
  if (!year || !Number.isFinite(seconds)) return Infinity
  return Date.UTC(year, month - 1, day, hour, minute, second) + seconds * 1000
}
