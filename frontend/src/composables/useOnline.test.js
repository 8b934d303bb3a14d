import { expect, test, vi } from 'vitest'

import { goOnline, setup } from '../testing.js'
import { useOnline } from './useOnline.js'

test('the network is waited for', async () => {
  const { online, whenOnline } = setup(useOnline)
  await whenOnline()
  goOnline(false)
  expect(online.value).toBe(false)
  const back = vi.fn()
  const waited = whenOnline().then(back)
  await Promise.resolve()
  expect(back).not.toHaveBeenCalled()
  goOnline(true)
  await waited
  expect(online.value).toBe(true)
})
