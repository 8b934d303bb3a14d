// The web stack as `make run` runs it, for a test: started, killed in part, started again at the same address, ended.

import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const PATIENCE_MS = 60_000

export const top = fileURLToPath(new URL('../..', import.meta.url))

/** Find a free port that is none of those that the system gives to clients: a browser that tries again might get it. */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(22_000 * Math.random())
    const server = createServer()
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

/** What pgrep finds, as numbers; none is no failure. */
function processes(...options) {
  try {
    return execFileSync('pgrep', options, { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

export class Stack {
  constructor(data) {
    this.data = data
    this.said = ''
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`
  }

  /** Start it, and wait until it serves. */
  async start() {
    this.port ??= await freePort()
    const env = { ...process.env, DATA: this.data, LISTEN: `127.0.0.1:${this.port}` }
    this.run = spawn(`${top}/scripts/run`, { env, stdio: ['ignore', 'inherit', 'pipe'] })
    this.ended = new Promise((resolve) => this.run.once('exit', resolve))
    const serves = new Promise((resolve) => {
      this.run.stderr.setEncoding('utf8').on('data', (text) => {
        this.said += text
        if (text.includes('listening on')) resolve(true)
      })
    })
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())
    const up = await Promise.race([serves, this.ended, late])
    if (up !== true) throw new Error(`the stack doesn't start: ${this.said}`)
    this.session = processes('-P', this.run.pid, '-x', 'pipeline')[0]
  }

  /** Kill a part of it with SIGKILL, and wait until all of it has ended. */
  async kill(name) {
    const [part] = processes('-s', this.session, '-x', name)
    process.kill(part, 'SIGKILL')
    return this.ended
  }

  /** End it as ^C does, and return the exit status. */
  async stop() {
    this.run.kill('SIGINT')
    return this.ended
  }
}
