// An OpenID Connect provider as Cognito is one: authorization code with PKCE, tokens signed with RS256, and a way out
// that wants client_id and logout_uri. Whoever gives a name is let in.

import { createHash, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'

const CLIENT = 'page'

function base64url(value) {
  const bytes = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)
  return Buffer.from(bytes).toString('base64url')
}

function cookieOf(request) {
  return /\bsession=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
}

async function formOf(request) {
  let body = ''
  for await (const piece of request) body += piece
  return new URLSearchParams(body)
}

function subjectOf(name) {
  return createHash('sha256').update(name).digest('hex').slice(0, 16)
}

export class Provider {
  keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  homes = [] // addresses of pages that may have people sign in
  sessions = new Map() // by cookie: who
  codes = new Map() // by code: what it was asked for with
  refreshes = new Map() // by refresh token: who
  since = 0 // access tokens with a smaller number are refused
  issued = 0
  renewals = 0

  async start() {
    this.server = createServer((request, response) => this.answer(request, response))
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done))
    this.origin = `http://127.0.0.1:${this.server.address().port}`
    this.authority = `${this.origin}/pool`
  }

  stop() {
    this.server?.closeAllConnections()
    this.server?.close()
  }

  get client() {
    return CLIENT
  }

  /** Take no access token any more that was issued so far. */
  refuseTokens() {
    this.since = this.issued + 1
  }

  /** Nor renew any. */
  refuseRefreshes() {
    this.refreshes.clear()
  }

  /** Who an API's request is from, or null, as the authorizer of API Gateway has it. */
  whoAsks({ headers }) {
    const [head, body, signature] = (
      /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    ).split('.')
    if (!signature) return null
    const { publicKey } = this.keys
    const genuine = verify(
      'RSA-SHA256',
      `${head}.${body}`,
      publicKey,
      Buffer.from(signature, 'base64url'),
    )
    const claims = JSON.parse(Buffer.from(body, 'base64url'))
    const right = claims.iss === this.authority && (claims.client_id ?? claims.aud) === CLIENT
    return genuine && right && claims.exp > Date.now() / 1000 && claims.jti >= this.since
      ? claims.sub
      : null
  }

  answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.origin)
    const routes = {
      '/pool/.well-known/openid-configuration': () => this.tellWhere(response),
      '/pool/.well-known/jwks.json': () => this.tellKeys(response),
      '/oauth2/authorize': () => this.authorize(searchParams, request, response),
      '/login': () => this.login(searchParams, response),
      '/oauth2/token': () => this.exchange(request, response),
      '/favicon.ico': () => response.writeHead(204).end(),
      '/logout': () => this.logout(searchParams, request, response),
    }
    const route = routes[pathname]
    return route ? route() : response.writeHead(404).end()
  }

  json(response, status, value) {
    const headers = { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' }
    response.writeHead(status, headers).end(JSON.stringify(value))
  }

  tellWhere(response) {
    this.json(response, 200, {
      issuer: this.authority,
      authorization_endpoint: `${this.origin}/oauth2/authorize`,
      token_endpoint: `${this.origin}/oauth2/token`,
      jwks_uri: `${this.authority}/.well-known/jwks.json`,
      end_session_endpoint: `${this.origin}/logout`,
      response_types_supported: ['code', 'token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  }

  tellKeys(response) {
    const key = this.keys.publicKey.export({ format: 'jwk' })
    this.json(response, 200, { keys: [{ ...key, kid: '1', alg: 'RS256', use: 'sig' }] })
  }

  authorize(query, request, response) {
    const wrong =
      query.get('client_id') !== CLIENT ||
      !this.homes.includes(query.get('redirect_uri')) ||
      query.get('response_type') !== 'code' ||
      query.get('scope') !== 'openid email' ||
      query.get('code_challenge_method') !== 'S256' ||
      !query.get('code_challenge')
    if (wrong) return response.writeHead(400).end('invalid_request')
    const who = this.sessions.get(cookieOf(request))
    return who ? this.letIn(who, query, response) : this.showForm(query, response)
  }

  showForm(query, response) {
    const fields = [...query].map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    )
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(
      `<!doctype html><html lang="en"><title>Sign in</title><form action="/login">${fields.join('')}
      <label>Email <input name="email"></label><button>Continue</button></form></html>`,
    )
  }

  login(query, response) {
    const cookie = randomUUID()
    this.sessions.set(cookie, query.get('email'))
    response.setHeader('Set-Cookie', `session=${cookie}; HttpOnly; Path=/`)
    this.letIn(query.get('email'), query, response)
  }

  letIn(who, query, response) {
    const code = randomUUID()
    const [challenge, home] = [query.get('code_challenge'), query.get('redirect_uri')]
    this.codes.set(code, { who, challenge, home })
    const back = new URL(home)
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state'))
    response.writeHead(302, { Location: back.href }).end()
  }

  async exchange(request, response) {
    const form = await formOf(request)
    const code = form.get('code')
    const asked = this.codes.get(code)
    this.codes.delete(code)
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const redeems = asked?.challenge === proof && asked?.home === form.get('redirect_uri')
    const refresh = form.get('refresh_token')
    const who = refresh ? this.refreshes.get(refresh) : redeems && asked.who
    if (!who || form.get('client_id') !== CLIENT)
      return this.json(response, 400, { error: 'invalid_grant' })
    if (refresh) this.renewals += 1
    const tokens = this.tokensFor(who)
    if (!refresh) this.refreshes.set((tokens.refresh_token = randomUUID()), who)
    this.json(response, 200, tokens)
  }

  tokensFor(who) {
    this.issued += 1
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: this.authority,
      sub: subjectOf(who),
      iat: now,
      exp: now + 3600,
      jti: this.issued,
    }
    return {
      access_token: this.signed({
        ...claims,
        client_id: CLIENT,
        token_use: 'access',
        scope: 'openid email',
      }),
      id_token: this.signed({ ...claims, aud: CLIENT, token_use: 'id', email: who }),
      token_type: 'Bearer',
      expires_in: 3600,
    }
  }

  signed(claims) {
    const text = `${base64url({ alg: 'RS256', kid: '1' })}.${base64url(claims)}`
    return `${text}.${base64url(sign('RSA-SHA256', Buffer.from(text), this.keys.privateKey))}`
  }

  logout(query, request, response) {
    const home = query.get('logout_uri')
    if (query.get('client_id') !== CLIENT || !this.homes.includes(home))
      return response.writeHead(400).end()
    this.sessions.delete(cookieOf(request))
    response.writeHead(302, { Location: home }).end()
  }
}
