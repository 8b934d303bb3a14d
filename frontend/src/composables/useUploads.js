// The queue of uploads. An item goes
//
//   queued → signing → uploading → stored
//
// by way of `waiting` where a try failed that may do better, and ends in `failed`, `cancelled`,
// `rejected` or `duplicate` where it doesn't get through. What becomes of a stored picture
// is usePolling's concern.

import { computed, onScopeDispose, reactive } from 'vue'

import { backoff, mayPass } from '../retry.js'
import { useGrants } from './useGrants.js'
import { refusal } from './useLimits.js'

const AT_ONCE = 3
/** How often a file is sent before it is given up. */
export const TRIES = 4
const SPEED_MS = 2_000 // speed is told once it has been measured for so long

/** States in which an item still is to be sent. */
export const SENDING = ['queued', 'signing', 'uploading', 'waiting']

/** States of an item that came to nothing. */
const FAILED = ['failed', 'rejected', 'cancelled']

/** Whether the bytes of a file are still there to be read. */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}

function sameFile(a, b) {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified
}

/**
 * `signUploads` and `transfer` are api.js's and transfer.js's; `whenKnown`, `whenReachable` and `whenOnline`
 * make the promises of useLimits and useOnline. `onSend(item)` is called before a byte is sent to `item.key`,
 * `onStored(item)` once all of them are safe there, `onDropped(item)` when that key came to nothing.
 */
export function useUploads({
  signUploads,
  transfer,
  whenKnown,
  whenReachable,
  online,
  whenOnline,
  onSend = () => {},
  onStored = () => {},
  onDropped = () => {},
}) {
  const items = reactive([])
  let lastId = 0
  const files = new Map() // by id: a File is not for Vue to look into
  const running = new Map() // by id: the AbortController of what goes on now
  const pauses = new Map() // by id: the promise that is waited for

  const sending = computed(() => items.filter((item) => SENDING.includes(item.state)))

  const { sign } = useGrants({ signUploads, whenKnown, queue })

  function newItem(file, known) {
    return reactive({
      id: `picture-${++lastId}`,
      order: lastId,
      name: file.name,
      size: file.size,
      type: file.type,
      lastModified: file.lastModified,
      state: 'queued',
      reason: '',
      sent: 0,
      speed: 0,
      tries: 0,
      retryAt: 0,
      startedAt: 0,
      storedAt: 0,
      key: null,
      results: null,
      grant: null,
      signedAgain: false,
      preview: null,
      removed: false,
      ...known,
    })
  }

  function fileOf(item) {
    return files.get(item.id)
  }

  /**
   * Put files in front of the list, in their order, and send them. One that is there already waits to be told to,
   * and one that came to nothing before takes the place of that.
   */
  function add(chosen) {
    const fresh = []
    const addedAt = Date.now()
    for (const file of chosen) {
      const same = [...items, ...fresh].filter((item) => sameFile(item, file))
      const there = same.some(({ state }) => !FAILED.includes(state) && state !== 'duplicate')
      const item = newItem(file, { state: there ? 'duplicate' : 'queued', addedAt })
      same.filter(({ state }) => FAILED.includes(state)).forEach(remove)
      files.set(item.id, file)
      fresh.push(item)
    }
    items.unshift(...fresh)
    check(fresh)
    return fresh
  }

  /** Put a picture that is stored already behind the others. */
  function restore(known) {
    const item = newItem(known, known)
    items.push(item)
    return item
  }

  async function check(fresh) {
    const limits = await whenKnown()
    for (const item of fresh) {
      const reason = item.state === 'queued' ? refusal(limits, item) : null
      if (reason) Object.assign(item, { state: 'rejected', reason })
    }
    fill()
  }

  /** Those whose turn is to come, the one that was added first in front. */
  function queue() {
    return items.filter(({ state }) => state === 'queued').sort((a, b) => a.order - b.order)
  }

  /** Start what is next while there is room. */
  function fill() {
    const room = Math.max(0, AT_ONCE - running.size)
    queue().slice(0, room).forEach(start)
  }

  async function start(item) {
    const control = new AbortController()
    running.set(item.id, control)
    const outcome = await attempt(item, control.signal)
    if (running.get(item.id) === control) running.delete(item.id)
    if (!control.signal.aborted) conclude(item, outcome)
    fill()
  }

  /** Do what the outcome of a try asks for. */
  function conclude(item, outcome) {
    const { done, reason, fault } = outcome
    if (done) return
    if (fault && !online.value) item.tries -= 1 // without a network it was none
    if (reason) {
      drop(item)
      fail(item, reason)
    } else if (item.tries >= TRIES) {
      fail(item, fault) // its key stays: it may have come through for all that
    } else {
      pause(item, outcome)
    }
  }

  /** Try once: `{done}`, or `{reason}` to give up, or `{fault}`, which may pass by itself,
   * and `unreached` where there may be no server any more. */
  async function attempt(item, signal) {
    item.state = 'signing'
    try {
      await sign(item)
    } catch (error) {
      if (signal.aborted) return {}
      item.tries += 1
      if (!mayPass(error.status)) return { reason: sentence(error.message) }
      const unreached = error.status === 0
      return { fault: sentence(error.message), retryAfter: error.retryAfter, unreached }
    }
    if (signal.aborted) return {}
    let answer
    try {
      answer = await upload(item, signal)
    } catch (error) {
      if (signal.aborted) return {}
      item.tries += 1
      return brokenOff(item, error)
    }
    if (answer.status === 403 && !item.signedAgain) {
      item.signedAgain = true
      drop(item)
      return attempt(item, signal)
    }
    return judge(item, answer)
  }

  function judge(item, { status, message, retryAfter }) {
    // 412: a try whose answer was lost had come through, since nobody else has this key.
    if ((status >= 200 && status < 300) || status === 412) {
      stored(item)
      return { done: true }
    }
    item.tries += 1
    const fault = message ? sentence(message) : `The server answered ${status}.`
    return mayPass(status) ? { fault, retryAfter } : { reason: fault }
  }

  async function brokenOff(item, error) {
    if (!(await isReadable(fileOf(item))))
      return { reason: 'The file cannot be read; it may have changed since it was chosen.' }
    if (error.kind === 'stalled') return { fault: 'The upload came to a standstill.' }
    return { fault: 'The connection broke off.', unreached: true }
  }

  /** Forget the URL and the key of an item. */
  function drop(item) {
    if (item.key) onDropped(item)
    item.grant = null
    item.key = null
  }

  function upload(item, signal) {
    const { uploadUrl, key, headers } = item.grant
    if (item.key && item.key !== key) onDropped(item)
    const startedAt = Date.now()
    Object.assign(item, { state: 'uploading', key, sent: 0, speed: 0, startedAt })
    onSend(item)
    return transfer({
      url: uploadUrl,
      headers,
      file: fileOf(item),
      signal,
      onProgress(sent) {
        item.sent = sent
        const elapsed = Date.now() - startedAt
        if (elapsed >= SPEED_MS) item.speed = (1000 * sent) / elapsed
      },
    })
  }

  function stored(item) {
    Object.assign(item, { state: 'stored', sent: item.size, storedAt: Date.now(), grant: null })
    onStored(item)
  }

  function fail(item, reason) {
    Object.assign(item, { state: 'failed', reason })
  }

  /** Have an item wait its turn again after a while, and until there is a server to send it to. */
  function pause(item, outcome) {
    const wait = online.value ? backoff(item.tries, outcome.retryAfter) : 0
    const retryAt = Date.now() + wait
    Object.assign(item, { state: 'waiting', reason: outcome.fault, sent: 0, speed: 0, retryAt })
    const mine = waitFor(wait, outcome.unreached)
    pauses.set(item.id, mine)
    mine.then(() => {
      if (pauses.get(item.id) !== mine) return
      pauses.delete(item.id)
      Object.assign(item, { state: 'queued', reason: '' })
      fill()
    })
  }

  async function waitFor(ms, unreached) {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await whenOnline()
    if (unreached) await whenReachable()
  }

  function cancel(item) {
    if (!SENDING.includes(item.state)) return
    running.get(item.id)?.abort()
    running.delete(item.id)
    pauses.delete(item.id)
    Object.assign(item, { state: 'cancelled', reason: '' })
    drop(item)
  }

  function cancelAll() {
    sending.value.forEach(cancel)
  }

  /** Whether the file is at hand to be sent once more. */
  function canRetry(item) {
    return files.has(item.id) && ['failed', 'cancelled', 'duplicate'].includes(item.state)
  }

  /** Send an item from the start. */
  function retry(item) {
    if (!canRetry(item)) return
    if (item.storedAt > 0) drop(item)
    const known = {
      state: 'queued',
      reason: '',
      tries: 0,
      signedAgain: false,
      sent: 0,
      storedAt: 0,
    }
    Object.assign(item, known)
    check([item])
  }

  function retryFailed() {
    items.filter((item) => item.state === 'failed').forEach(retry)
  }

  function remove(item) {
    cancel(item)
    drop(item)
    const index = items.indexOf(item)
    if (index >= 0) items.splice(index, 1)
    files.delete(item.id)
    item.removed = true
    if (item.preview) URL.revokeObjectURL(item.preview)
    fill()
  }

  /** Let go of a file that will not be sent again. */
  function release(item) {
    files.delete(item.id)
  }

  onScopeDispose(() => {
    running.forEach((control) => control.abort())
    pauses.clear()
  })

  return {
    items,
    sending,
    add,
    restore,
    fileOf,
    cancel,
    cancelAll,
    canRetry,
    retry,
    retryFailed,
    remove,
    release,
  }
}

/** A message of the server as a sentence. */
export function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
