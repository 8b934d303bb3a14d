import { onScopeDispose, readonly, ref } from 'vue'

/** Whether the browser has a network, as a ref, and a promise of when it has. */
export function useOnline() {
  const online = ref(navigator.onLine)
  let waiting = []

  function change() {
    online.value = navigator.onLine
    if (!online.value) return
    waiting.forEach((go) => go())
    waiting = []
  }

  /** Resolve once there is a network, which may be now. */
  function whenOnline() {
    return online.value ? Promise.resolve() : new Promise((go) => waiting.push(go))
  }

  window.addEventListener('online', change)
  window.addEventListener('offline', change)
  onScopeDispose(() => {
    window.removeEventListener('online', change)
    window.removeEventListener('offline', change)
  })
  return { online: readonly(online), whenOnline }
}
