// Asking what came of stored pictures: of all that are pending in one request, first often, then less.

import { computed, onScopeDispose, ref, watch } from 'vue'

const LIMIT_MS = 300_000

/** Milliseconds until the next request, when the youngest of what is pending has waited for `age`. */
export function interval(age) {
  if (age < 15_000) return 3_000
  return age < 60_000 ? 6_000 : 15_000
}

/**
 * `getResults(keys, signal)` answers for at most `most` keys. `onAnswer(key, answer)` gets each answer and
 * returns whether that was the last word; `onLate(key)` gets what took too long. Either is asked for no more.
 */
export function usePolling({ getResults, most, online, onAnswer, onLate }) {
  const pending = new Map() // key → {since, followed}: times
  const failures = ref(0)
  const unreachable = computed(() => failures.value >= 2)
  let timer = null
  let asking = null

  function paused() {
    return document.hidden || !online.value
  }

  function schedule(atOnce = false) {
    clearTimeout(timer)
    if (pending.size === 0 || paused()) return
    const youngest = Math.max(...[...pending.values()].map(({ since }) => since))
    timer = setTimeout(poll, atOnce ? 0 : interval(Date.now() - youngest))
  }

  /** Ask for a key until LIMIT_MS after `since`, and once in any case. */
  function follow(key, { since = Date.now(), atOnce = false } = {}) {
    pending.set(key, { since, followed: Date.now() })
    if (!asking) schedule(atOnce)
  }

  function forget(key) {
    pending.delete(key)
    if (pending.size === 0) clearTimeout(timer)
  }

  async function poll() {
    if (asking || paused() || pending.size === 0) return
    asking = new AbortController()
    const keys = [...pending.keys()]
    let answered = false
    try {
      for (let i = 0; i < keys.length; i += most) await ask(keys.slice(i, i + most), asking.signal)
      answered = true
      failures.value = 0
    } catch {
      failures.value += 1
    }
    asking = null
    giveUp(answered)
    schedule()
  }

  async function ask(keys, signal) {
    for (const answer of await getResults(keys, signal)) {
      const key = answer.image_key
      if (pending.has(key) && onAnswer(key, answer)) forget(key)
    }
  }

  /** Let go of what takes too long; where there was no answer, only what has been asked for so long here. */
  function giveUp(answered) {
    for (const [key, { since, followed }] of [...pending]) {
      if (Date.now() - (answered ? since : followed) < LIMIT_MS) continue
      forget(key)
      onLate(key)
    }
  }

  /** Ask at once, where it was paused or is waited for. */
  function again() {
    clearTimeout(timer)
    return poll()
  }

  watch(online, again)
  document.addEventListener('visibilitychange', again)
  onScopeDispose(() => {
    clearTimeout(timer)
    asking?.abort()
    document.removeEventListener('visibilitychange', again)
  })
  return { follow, forget, again, unreachable }
}
