import { expect, test, vi } from 'vitest'

import { download, downloadName } from './download.js'

test.each([
  ['cat.jpg', { name: 'main', format: 'jpeg' }, 'cat-main.jpg'],
  ['a.b.png', { name: 'thumb', format: 'webp' }, 'a.b-thumb.webp'],
  ['cat', { name: 'main', format: 'png' }, 'cat-main.png'],
  ['.jpg', { name: 'main', format: 'jpeg' }, '.jpg-main.jpg'],
])('%s is saved as what it is', (name, rendition, saved) => {
  expect(downloadName(name, rendition)).toBe(saved)
})

test('what is read is saved by the name, and a URL that no longer holds is told of', async () => {
  const fetch = vi.fn().mockResolvedValueOnce(new Response('bytes'))
  vi.stubGlobal('fetch', fetch)
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:1', revokeObjectURL: () => {} })
  let saved
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function () {
    saved = { href: this.href, name: this.download }
  })
  expect(await download('/b/k', 'cat-main.jpg')).toBe(true)
  expect(saved).toEqual({ href: 'blob:1', name: 'cat-main.jpg' })

  fetch.mockResolvedValueOnce(new Response('', { status: 403 }))
  expect(await download('/b/k', 'cat-main.jpg')).toBe(false)
  vi.unstubAllGlobals()
})
