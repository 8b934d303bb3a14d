import { onScopeDispose, readonly, ref, watch } from 'vue'

/** The time in milliseconds, which goes on second by second while `running` says so. */
export function useNow(running) {
  const now = ref(Date.now())
  let timer = null

  function tick() {
    now.value = Date.now()
  }
  watch(
    running,
    (on) => {
      clearInterval(timer)
      tick()
      timer = on ? setInterval(tick, 1000) : null
    },
    { immediate: true },
  )
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
