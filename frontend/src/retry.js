// Which failures may pass, and how long to wait for that.

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** Whether a status may be another one next time; 0 is none at all. */
export function mayPass(status) {
  return status === 0 || status === 408 || status === 429 || status >= 500
}

/** Milliseconds to wait after try number `tries`: as long as the server asks, else full jitter. */
export function backoff(tries, retryAfter, random = Math.random) {
  if (retryAfter !== null && retryAfter !== undefined)
    return 1000 * retryAfter + FIRST_WAIT_MS * random()
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * random()
}
