// What several tests need.

import { effectScope } from 'vue'
import { afterEach, beforeEach, onTestFinished, vi } from 'vitest'

/** Have each test of a file start at a time that stands still but for vi.advanceTimersByTime(). */
export function stopTheClock(now = '2026-01-02T03:04:05Z') {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse(now) }))
  afterEach(() => void vi.useRealTimers())
}

/** Run a composable as a component's setup would, and end it with the test. */
export function setup(composable) {
  const scope = effectScope()
  onTestFinished(() => scope.stop())
  return scope.run(composable)
}

/** A promise with its handles outside. */
export function deferred() {
  const handles = {}
  const promise = new Promise((resolve, reject) => Object.assign(handles, { resolve, reject }))
  return { promise, ...handles }
}

/** Do without what jsdom has not: a layout to measure. */
export function measureNothing() {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  )
}

/** Have the browser be on or off the network, and say so. */
export function goOnline(online) {
  Object.defineProperty(navigator, 'onLine', { value: online, configurable: true })
  window.dispatchEvent(new Event(online ? 'online' : 'offline'))
}

/** Have the tab be seen or not, and say so. */
export function setHidden(hidden) {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}
