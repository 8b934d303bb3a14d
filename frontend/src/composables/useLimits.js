import { onScopeDispose, readonly, ref, shallowRef } from 'vue'

import { list, bytes, typeName } from '../format.js'

const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 15_000

/** Why a file of that type and size is not taken, or null if it is. */
export function refusal(limits, { type, size }) {
  if (!limits.contentTypes.includes(type))
    return `Only ${list(limits.contentTypes.map(typeName), 'or')} pictures are taken.`
  if (size === 0) return 'The file is empty.'
  if (size > limits.maxSize)
    return `It has ${bytes(size)}; at most ${bytes(limits.maxSize)} are taken.`
  return null
}

/** The server's limits, asked for until it tells them, which is also how to find out whether it is there. */
export function useLimits({ getLimits }) {
  const limits = shallowRef(null)
  const unreachable = ref(false)
  let asking = null
  let wait = FIRST_WAIT_MS
  let timer = null
  let wake = () => {}

  async function askUntilTold() {
    for (wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        limits.value = await getLimits()
        unreachable.value = false
        return limits.value
      } catch {
        unreachable.value = true
      }
      await new Promise((resolve) => {
        wake = resolve
        timer = setTimeout(resolve, wait)
      })
    }
  }

  /** Resolve with the limits once the server has told them from now on. */
  function whenReachable() {
    asking ??= askUntilTold().finally(() => (asking = null))
    return asking
  }

  /** Resolve with the limits once they are known, which may be long since. */
  function whenKnown() {
    return limits.value ? Promise.resolve(limits.value) : whenReachable()
  }

  /** Don't wait any longer to ask, where that is what goes on. */
  function again() {
    wait = FIRST_WAIT_MS / 2
    clearTimeout(timer)
    wake()
  }

  whenReachable()
  window.addEventListener('online', again)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('online', again)
  })
  return { limits, unreachable: readonly(unreachable), whenKnown, whenReachable, again }
}
