// What CloudFront and API Gateway are in the cloud, before the real imgpl-serve: the page built for a provider, with a
// policy that lets it ask there, and an API that answers those alone who are signed in.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, request as ask } from 'node:http'
import { extname, join } from 'node:path'

import { top } from './stack.mjs'

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const OWNED = ['/upload-url', '/results']

export class Gateway {
  seen = [] // of each request but for files: `{method, path, who, authorization}`

  constructor(provider, port, folder) {
    Object.assign(this, { provider, port, site: join(folder, 'site') })
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}/`
  }

  async start() {
    const { authority, client, origin } = this.provider
    execFileSync(
      'npx',
      ['--no-install', 'vite', 'build', '--logLevel=warn', '--emptyOutDir', '--outDir', this.site],
      {
        cwd: join(top, 'frontend'),
        env: { ...process.env, VITE_OIDC_AUTHORITY: authority, VITE_OIDC_CLIENT_ID: client },
      },
    )
    this.policy =
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; ` +
      `connect-src 'self' ${origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
    this.server = createServer((request, response) => this.answer(request, response))
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done))
    this.provider.homes.push(this.url)
  }

  stop() {
    this.server?.closeAllConnections()
    this.server?.close()
  }

  answer(request, response) {
    const { pathname } = new URL(request.url, this.url)
    if (/^\/(assets\/.*|favicon\.svg)?$/.test(pathname)) return this.sendFile(pathname, response)
    const { method, headers } = request
    const who = this.provider.whoAsks(request)
    this.seen.push({ method, path: pathname, who, authorization: headers.authorization })
    if (!OWNED.includes(pathname) || who) return this.pass(request, response)
    response
      .writeHead(401, { 'Content-Type': 'application/json' })
      .end('{"message":"Unauthorized"}')
  }

  sendFile(path, response) {
    const name = path === '/' ? '/index.html' : path
    const headers = { 'Content-Type': TYPES[extname(name)], 'Content-Security-Policy': this.policy }
    response.writeHead(200, headers).end(readFileSync(join(this.site, name)))
  }

  /** Hand on to imgpl-serve, which signs URLs for the host that it is asked for: ours. */
  pass(request, response) {
    const { method, url: path, headers } = request
    const onward = ask({ host: '127.0.0.1', port: this.port, method, path, headers }, (reply) => {
      response.writeHead(reply.statusCode, reply.headers)
      reply.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }
}
