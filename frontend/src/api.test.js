// @vitest-environment node
// The API's client, talking to a real server on loopback.

import { createServer } from 'node:http'
import { once } from 'node:events'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'

let server
let module
let api
let signIn // as useSignIn has it
let seen
let answer

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const { authorization } = request.headers
    seen.push({ method: request.method, url: request.url, body, authorization })
    const status = authorization === 'Bearer old' ? 401 : answer.status
    response.writeHead(status ?? 200, answer.headers)
    response.end(answer.text ?? JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  vi.stubEnv('VITE_API_BASE_URL', `http://127.0.0.1:${server.address().port}/stage/`)
  module = await import('./api.js')
  return () => {
    vi.unstubAllEnvs()
    server.closeAllConnections()
    server.close()
  }
})

beforeEach(() => {
  signIn = { token: vi.fn(async () => null), renew: vi.fn(async () => false) }
  api = module.apiFor(signIn)
  seen = []
  answer = { body: {} }
})

test('limits are asked for where VITE_API_BASE_URL says', async () => {
  answer.body = { contentTypes: ['image/png'], maxSize: 5, maxFiles: 2 }
  expect(await api.getLimits()).toEqual(answer.body)
  expect(seen).toEqual([
    { method: 'GET', url: '/stage/limits', body: '', authorization: undefined },
  ])
})

test('URLs for several files are asked for in one request', async () => {
  answer.body = { uploads: [{ key: 'a' }, { key: 'b' }] }
  const files = [
    { type: 'image/png', size: 1, name: 'not told' },
    { type: 'image/jpeg', size: 2 },
  ]
  expect(await api.signUploads(files)).toEqual(answer.body.uploads)
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/stage/upload-url' })
  expect(JSON.parse(seen[0].body)).toEqual({
    files: [
      { contentType: 'image/png', size: 1 },
      { contentType: 'image/jpeg', size: 2 },
    ],
  })
})

test('results of one key read like those of several', async () => {
  answer.body = { status: 'PROCESSING', known: false }
  expect(await api.getResults(['uploads/a b&c.jpg'])).toEqual([
    { image_key: 'uploads/a b&c.jpg', status: 'PROCESSING', known: false },
  ])
  expect(seen[0].url).toBe('/stage/results?image_key=uploads%2Fa%20b%26c.jpg')

  answer.body = { results: [{ image_key: 'a' }, { image_key: 'b' }] }
  expect(await api.getResults(['a', 'b'])).toEqual(answer.body.results)
  expect(seen[1].url).toBe('/stage/results?image_key=a&image_key=b')
})

test('a refusal carries what the server says, and when to come back', async () => {
  answer = { status: 503, headers: { 'Retry-After': '7' }, body: { error: 'busy' } }
  await expect(api.getLimits()).rejects.toMatchObject({
    message: 'busy',
    status: 503,
    retryAfter: 7,
  })
})

test('an answer that is not JSON is a failure', async () => {
  answer = { text: '<html>' }
  await expect(api.getLimits()).rejects.toThrow('something else than JSON')
  answer = { status: 502, text: '<html>' }
  await expect(api.getLimits()).rejects.toMatchObject({ message: 'the server answered 502' })
})

test('a request that is given up ends at once', async () => {
  const control = new AbortController()
  const asked = api.getResults(['a'], control.signal)
  control.abort()
  await expect(asked).rejects.toThrow(/abort/i)
})

test('a server that is not there is status 0', async () => {
  vi.resetModules()
  vi.stubEnv('VITE_API_BASE_URL', 'http://127.0.0.1:1')
  const { apiFor } = await import('./api.js')
  await expect(apiFor(signIn).getLimits()).rejects.toMatchObject({ status: 0 })
})

test('who is signed in asks with their token, and a refused one is renewed once', async () => {
  signIn.token.mockResolvedValue('old')
  signIn.renew.mockImplementation(async () => signIn.token.mockResolvedValue('new'))
  await api.getLimits()
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new'])

  signIn.token.mockResolvedValue('old')
  signIn.renew.mockResolvedValue(true)
  await expect(api.getLimits()).rejects.toMatchObject({ status: 401 })
  expect(seen).toHaveLength(4)
})

test('who cannot be signed in any more is told so', async () => {
  answer = { status: 401, body: { message: 'Unauthorized' } }
  await expect(api.getLimits()).rejects.toMatchObject({
    message: 'you have to sign in',
    status: 401,
  })
  expect(seen).toHaveLength(1)
})

test('a sign-in service out of reach may pass, as the server may', async () => {
  signIn.token.mockRejectedValue(new TypeError('Failed to fetch'))
  await expect(api.getLimits()).rejects.toMatchObject({ status: 0 })
  expect(seen).toEqual([])
})

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  expect(module.readRetryAfter('12', now)).toBe(12)
  expect(module.readRetryAfter('Fri, 02 Jan 2026 03:05:05 GMT', now)).toBe(60)
  expect(module.readRetryAfter('Fri, 02 Jan 2026 03:00:00 GMT', now)).toBe(0)
  expect(module.readRetryAfter('soon', now)).toBeNull()
  expect(module.readRetryAfter(null, now)).toBeNull()
})

test('a signed URL says when it ceases to hold', () => {
  const url = 'http://127.0.0.1/b/k?X-Amz-Date=20260102T030405Z&X-Amz-Expires=60'
  expect(module.urlExpiry(url)).toBe(Date.parse('2026-01-02T03:05:05Z'))
  expect(module.urlExpiry('http://127.0.0.1/b/k')).toBe(Infinity)
})
