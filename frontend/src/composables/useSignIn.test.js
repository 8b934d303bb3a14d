// The library is stood in for here; the journeys sign in with it.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { setup } from '../testing.js'
import { useSignIn } from './useSignIn.js'

const PROVIDER = { authority: 'https://provider.invalid/pool', clientId: 'page' }

const oidc = {
  getUser: vi.fn(),
  removeUser: vi.fn(),
  signinRedirect: vi.fn(),
  signinRedirectCallback: vi.fn(),
  signinSilent: vi.fn(),
  metadataService: { getEndSessionEndpoint: vi.fn() },
}
const loaded = vi.fn()
const go = vi.fn()

vi.mock('oidc-client-ts', () => ({
  UserManager: function UserManager(settings) {
    loaded(settings)
    return oidc
  },
}))

beforeEach(() => {
  for (const part of [...Object.values(oidc), loaded, go]) part.mockReset?.()
  oidc.metadataService.getEndSessionEndpoint
    .mockReset()
    .mockResolvedValue('https://pages.invalid/logout')
  oidc.getUser.mockResolvedValue(null)
})

afterEach(() => window.history.replaceState(null, '', '/'))

function person(sub, more) {
  const profile = { sub, email: `${sub}@example.com` }
  return { profile, access_token: `${sub} 1`, refresh_token: 'r', expires_in: 3600, ...more }
}

async function open(session = null) {
  oidc.getUser.mockResolvedValue(session)
  const signIn = setup(() => useSignIn(PROVIDER, go))
  await vi.waitFor(() => expect(signIn.ready.value).toBe(true))
  return signIn
}

test('who is signed in already is known, with a token for the API', async () => {
  const signIn = await open(person('ann'))
  expect(loaded.mock.calls[0][0]).toMatchObject({
    authority: PROVIDER.authority,
    client_id: 'page',
    redirect_uri: window.location.href,
  })
  expect(signIn.user.value).toEqual({ id: 'ann', name: 'ann@example.com' })
  expect(await signIn.token()).toBe('ann 1')
  expect(oidc.signinSilent).not.toHaveBeenCalled()
})

test('the provider’s answer is taken, and out of the address', async () => {
  window.history.replaceState(null, '', '/?code=c&state=s')
  const { href } = window.location
  await open()
  expect(oidc.signinRedirectCallback).toHaveBeenCalledWith(href)
  expect(window.location.search).toBe('')
})

test('an answer that is none of ours is told of, and one can sign in', async () => {
  window.history.replaceState(null, '', '/?error=access_denied&state=s')
  oidc.signinRedirectCallback.mockRejectedValue(new Error('No matching state'))
  const signIn = await open()
  expect(signIn.problem.value).toBe('Signing in did not work. Try again.')
  await signIn.signIn()
  expect(oidc.signinRedirect).toHaveBeenCalledTimes(1)
  expect(signIn.problem.value).toBe('')
})

test('a token that runs out is renewed before it is used, once for all who ask', async () => {
  const signIn = await open(person('ann', { expires_in: 5 }))
  oidc.signinSilent.mockResolvedValue(person('ann', { access_token: 'ann 2' }))
  const before = signIn.user.value
  expect(await Promise.all([signIn.token(), signIn.token()])).toEqual(['ann 2', 'ann 2'])
  expect(oidc.signinSilent).toHaveBeenCalledTimes(1)
  expect(signIn.user.value).toBe(before)
})

test('a refusal to renew ends it, but shows what there was', async () => {
  const signIn = await open(person('ann'))
  oidc.signinSilent.mockRejectedValue(Object.assign(new Error(), { name: 'ErrorResponse' }))
  expect(await signIn.renew()).toBe(false)
  expect([signIn.ended.value, signIn.user.value.id]).toEqual([true, 'ann'])
  expect(await signIn.token()).toBeNull()
  expect(await signIn.renew()).toBe(false)
  expect(oidc.signinSilent).toHaveBeenCalledTimes(1)
})

test('without a refresh token it ends, since the page allows no frames', async () => {
  const signIn = await open(person('ann', { refresh_token: undefined }))
  expect(await signIn.renew()).toBe(false)
  expect(signIn.ended.value).toBe(true)
  expect(oidc.signinSilent).not.toHaveBeenCalled()
})

test('a provider out of reach ends nothing', async () => {
  const signIn = await open(person('ann'))
  oidc.signinSilent.mockRejectedValue(new TypeError('Failed to fetch'))
  await expect(signIn.renew()).rejects.toThrow('Failed to fetch')
  expect(signIn.ended.value).toBe(false)
})

test('signing out forgets the tokens, and goes where Cognito ends its session', async () => {
  const signIn = await open(person('ann'))
  const address = window.location.href
  await signIn.signOut()
  expect(oidc.removeUser).toHaveBeenCalledTimes(1)
  expect([signIn.user.value, await signIn.token()]).toEqual([null, null])
  const url = new URL(go.mock.calls[0][0])
  expect(url.origin + url.pathname).toBe('https://pages.invalid/logout')
  expect(Object.fromEntries(url.searchParams)).toEqual({ client_id: 'page', logout_uri: address })
})

test('signing out where the provider is out of reach says so', async () => {
  const signIn = await open(person('ann'))
  oidc.metadataService.getEndSessionEndpoint.mockRejectedValue(new TypeError('Failed to fetch'))
  await signIn.signOut()
  expect(signIn.user.value).toBeNull()
  expect(signIn.problem.value).toContain('Signed out of this page only')
  expect(go).not.toHaveBeenCalled()
})
