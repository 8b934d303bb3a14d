// Uploads by XMLHttpRequest, to a real server on loopback.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { transfer } from './transfer.js'

let server
let url
let handle
let seen

beforeAll(async () => {
  server = createServer(async (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Allow-Methods', 'PUT')
    response.setHeader('Access-Control-Allow-Headers', 'content-type, if-none-match')
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After')
    if (request.method === 'OPTIONS') return response.end()
    await handle(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}/bucket/key`
  return () => {
    server.closeAllConnections()
    server.close()
  }
})

async function take(request, response, status = 200, headers = {}, text = '') {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  seen.push({ method: request.method, headers: request.headers, bytes: Buffer.concat(pieces) })
  response.writeHead(status, headers).end(text)
}

beforeEach(() => {
  seen = []
  handle = (request, response) => take(request, response)
})

const file = new Blob(['0123456789'])
const headers = { 'Content-Type': 'image/png', 'If-None-Match': '*' }

test('a file is sent with the headers that were signed, and its progress is told', async () => {
  const progress = []
  const answer = await transfer({ url, headers, file, onProgress: (sent) => progress.push(sent) })
  expect(answer).toEqual({ status: 200, message: '', retryAfter: null })
  expect(seen[0].method).toBe('PUT')
  expect(seen[0].headers).toMatchObject({ 'content-type': 'image/png', 'if-none-match': '*' })
  expect(seen[0].bytes.toString()).toBe('0123456789')
  expect(progress.length).toBeGreaterThan(0) // how much, jsdom doesn't know
})

test('a refusal is an answer, with its message and when to come back', async () => {
  const xml =
    '<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>'
  handle = (request, response) => take(request, response, 503, { 'Retry-After': '3' }, xml)
  expect(await transfer({ url, headers, file })).toEqual({
    status: 503,
    message: 'Please reduce your request rate',
    retryAfter: 3,
  })
})

test('a connection that breaks off is told as that', async () => {
  handle = (request) => request.socket.destroy()
  vi.spyOn(console, 'error').mockReturnValue() // jsdom's word for it
  await expect(transfer({ url, headers, file })).rejects.toMatchObject({ kind: 'network' })
})

test('an upload that does not move is given up', async () => {
  handle = () => {}
  await expect(transfer({ url, headers, file, stallMs: 50 })).rejects.toMatchObject({
    kind: 'stalled',
  })
})

test('an upload that is cancelled ends, before it began or after', async () => {
  const control = new AbortController()
  handle = () => control.abort()
  const cancelled = { kind: 'cancelled' }
  await expect(transfer({ url, file, signal: control.signal })).rejects.toMatchObject(cancelled)
  await expect(transfer({ url, file, signal: control.signal })).rejects.toMatchObject(cancelled)
})
