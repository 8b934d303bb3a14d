// One upload of one file. XMLHttpRequest, because fetch() tells nothing of how much was sent.

import { readRetryAfter } from './api.js'

/** Why there was no answer: `kind` is 'network', 'stalled' or 'cancelled'. */
export class TransferError extends Error {
  constructor(kind) {
    super(kind)
    this.name = 'TransferError'
    this.kind = kind
  }
}

function messageOf(xml) {
  return /<Message>([^<]*)<\/Message>/.exec(xml ?? '')?.[1] ?? ''
}

/**
 * PUT `file` and resolve with `{status, message, retryAfter}`, whatever the status.
 * Rejects with a TransferError where no answer came, or `stallMs` went by without a byte moving.
 */
export function transfer({ url, headers, file, signal, onProgress = () => {}, stallMs = 30_000 }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let stall = null

    function end(settle, value) {
      clearTimeout(stall)
      signal?.removeEventListener('abort', cancel)
      settle(value)
    }
    function cancel() {
      end(reject, new TransferError('cancelled'))
      request.abort()
    }
    function moved() {
      clearTimeout(stall)
      stall = setTimeout(() => {
        end(reject, new TransferError('stalled'))
        request.abort()
      }, stallMs)
    }

    if (signal?.aborted) return reject(new TransferError('cancelled'))
    signal?.addEventListener('abort', cancel)
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      moved()
      onProgress(event.loaded)
    }
    request.onerror = () => end(reject, new TransferError('network'))
    request.onload = () =>
      end(resolve, {
        status: request.status,
        message: messageOf(request.responseText),
        retryAfter: readRetryAfter(request.getResponseHeader('Retry-After')),
      })
    moved()
    request.send(file)
  })
}
