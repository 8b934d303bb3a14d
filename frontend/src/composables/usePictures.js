// The pictures of the page, from the file that was chosen to what came of it: the queue of uploads, the
// polling for results and the memory over reloads, joined.

import { computed, onScopeDispose, watch } from 'vue'

import { RESULTS_MAX_KEYS, urlExpiry } from '../api.js'
import { transfer } from '../transfer.js'
import { useLimits } from './useLimits.js'
import { useOnline } from './useOnline.js'
import { usePolling } from './usePolling.js'
import { usePreviews } from './usePreviews.js'
import { useStored } from './useStored.js'
import { SENDING, sentence, useUploads } from './useUploads.js'

const REFRESH_MS = 60_000 // an answer younger than that is not asked for again
const EXPIRY_MARGIN_MS = 60_000

/** What a reason says without the key that it begins with, which nobody has chosen. */
function withoutKey(reason, key) {
  const start = reason.indexOf(`${key}: `)
  return start < 0 ? reason : reason.slice(start + key.length + 2)
}

/** `api` is what apiFor gives, and `owner` who is signed in, if anybody has to be. */
export function usePictures(api, owner = null) {
  const { online, whenOnline } = useOnline()
  const limits = useLimits(api)
  const stored = useStored(owner)
  const polling = usePolling({
    getResults: api.getResults,
    most: RESULTS_MAX_KEYS,
    online,
    onAnswer: (key, answer) => !find(key) || settle(find(key), answer),
    onLate: late,
  })
  const uploads = useUploads({
    signUploads: api.signUploads,
    transfer,
    whenKnown: limits.whenKnown,
    whenReachable: limits.whenReachable,
    online,
    whenOnline,
    onSend: (item) => remember(item),
    onStored(item) {
      item.state = 'processing'
      remember(item)
      polling.follow(item.key)
    },
    onDropped(item) {
      stored.drop(item.key)
      polling.forget(item.key)
    },
  })
  const { items } = uploads
  const { preview } = usePreviews()

  watch(limits.unreachable, (unreachable) => unreachable || polling.again())

  function add(files) {
    const fresh = uploads.add(files)
    for (const item of fresh) preview(item, uploads.fileOf(item))
    return fresh
  }

  function find(key) {
    return items.find((item) => item.key === key)
  }

  function remember(item) {
    const { key, name, size, type, lastModified, addedAt, order, storedAt, state } = item
    const file = { name, size, type, lastModified }
    stored.put({ key, ...file, addedAt, order, storedAt, done: state === 'done' })
  }

  /** Take an answer for a picture, and return whether it is the last. */
  function settle(item, answer) {
    if (answer.status === 'COMPLETE') return complete(item, answer.results)
    if (answer.status === 'FAILED') return failed(item, withoutKey(answer.reason, item.key))
    if (answer.known !== false) return false
    if (item.state === 'loading') return failed(item, 'the server no longer has this picture')
    return item.storedAt > 0
      ? false
      : failed(item, 'the upload was broken off; choose the file again')
  }

  function complete(item, results) {
    Object.assign(item, { state: 'done', results, answeredAt: Date.now(), reason: '' })
    uploads.release(item)
    remember(item)
    return true
  }

  function failed(item, reason) {
    Object.assign(item, { state: 'failed', reason: sentence(reason) })
    return true
  }

  function late(key) {
    const item = find(key)
    if (item && item.state !== 'done') item.state = 'late'
  }

  /** Ask once more for a picture that took too long. */
  function check(item) {
    item.state = 'processing'
    polling.follow(item.key, { atOnce: true })
  }

  /** Ask again for URLs of a picture that no longer hold; not over and over where they fail for another reason. */
  function refresh(item) {
    if (Date.now() - item.answeredAt > REFRESH_MS) polling.follow(item.key, { atOnce: true })
  }

  /** Do so where they are about to end. */
  function refreshInTime(item) {
    const expiries = (item.results.renditions ?? []).map(({ url }) => urlExpiry(url))
    if (Math.min(...expiries) - Date.now() < EXPIRY_MARGIN_MS) refresh(item)
  }

  function restore() {
    const asTheyWere = (a, b) => b.addedAt - a.addedAt || a.order - b.order
    for (const { done, ...record } of stored.all().sort(asTheyWere)) {
      const item = uploads.restore({ ...record, state: done ? 'loading' : 'processing' })
      polling.follow(item.key, { since: item.storedAt, atOnce: true })
    }
  }

  const counts = computed(() => {
    const count = { sending: 0, reading: 0, done: 0, failed: 0, retriable: 0 }
    for (const item of items) {
      const { state } = item
      if (state === 'failed' && uploads.canRetry(item)) count.retriable += 1
      if (SENDING.includes(state)) count.sending += 1
      else if (state === 'done') count.done += 1
      else if (state === 'failed' || state === 'rejected') count.failed += 1
      else if (['stored', 'processing', 'late'].includes(state)) count.reading += 1
    }
    return count
  })

  function warn(event) {
    if (uploads.sending.value.length > 0) event.preventDefault()
  }

  restore()
  window.addEventListener('beforeunload', warn)
  onScopeDispose(() => window.removeEventListener('beforeunload', warn))

  return {
    ...uploads,
    add,
    counts,
    online,
    limits: limits.limits,
    unreachable: computed(() => limits.unreachable.value || polling.unreachable.value),
    connect() {
      limits.again()
      polling.again()
    },
    check,
    refresh,
    refreshInTime,
  }
}
