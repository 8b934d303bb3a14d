// jsdom draws nothing, so what does is stood in for; the journeys see real previews.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { deferred } from '../testing.js'
import { usePreviews } from './usePreviews.js'

let decodings

beforeEach(() => {
  decodings = []
  vi.stubGlobal('createImageBitmap', (file) => {
    const decoding = { file, close: vi.fn(), ...deferred() }
    decodings.push(decoding)
    return decoding.promise
  })
  HTMLCanvasElement.prototype.getContext = () => ({ drawImage: vi.fn() })
  HTMLCanvasElement.prototype.toBlob = (done) => done(new Blob())
  URL.createObjectURL = vi.fn(() => 'blob:preview')
  URL.revokeObjectURL = vi.fn()
})

afterEach(() => vi.unstubAllGlobals())

function decode(decoding) {
  decoding.resolve({ width: 4000, height: 3000, close: decoding.close })
}

test('pictures are decoded one at a time, and let go of', async () => {
  const { preview } = usePreviews()
  const [a, b] = [{ preview: null }, { preview: null }]
  const [first, second] = [preview(a, 'a'), preview(b, 'b')]
  await vi.waitFor(() => expect(decodings.map(({ file }) => file)).toEqual(['a']))
  decode(decodings[0])
  await first
  expect(a.preview).toBe('blob:preview')
  expect(decodings[0].close).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(decodings).toHaveLength(2))
  decodings[1].reject(new Error('not a picture'))
  await second
  expect(b.preview).toBeNull()
})

test('what was removed meanwhile is not decoded, or its preview let go of', async () => {
  const { preview } = usePreviews()
  const [a, b] = [{ preview: null }, { preview: null, removed: true }]
  const both = [preview(a, 'a'), preview(b, 'b')]
  await vi.waitFor(() => expect(decodings).toHaveLength(1))
  a.removed = true
  decode(decodings[0])
  await Promise.all(both)
  expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:preview')
  expect([a.preview, decodings.length]).toEqual([null, 1])
})
