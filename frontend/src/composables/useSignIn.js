// Signing in at an OpenID Connect provider: authorization code with PKCE. It comes with a large library, so
// main.js loads it only where the page was built for a provider.

import { UserManager } from 'oidc-client-ts'
import { computed, readonly, ref, shallowRef } from 'vue'

const MARGIN_S = 30 // a token that holds for less is renewed before it is used
const UNREACHED = 'The sign-in service cannot be reached. Try again in a moment.'

function leave(url) {
  window.location.assign(url)
}

/** The page's own address, by which the provider knows it. */
function home() {
  return new URL('.', window.location.href).href
}

/** Take the provider's answer out of the address; return the address that had it, or null. */
function takeAnswer() {
  const { href, search } = window.location
  const query = new URLSearchParams(search)
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return null
  window.history.replaceState(null, '', home())
  return href
}

function runsOut({ expires_in: seconds }) {
  return seconds !== undefined && seconds < MARGIN_S
}

/**
 * Who is signed in: `user`, `{id, name}` or null, once it is `ready`; `ended` is whether they have to sign in again,
 * and `problem` says what went wrong.
 */
export function useSignIn({ authority, clientId }, go = leave) {
  const manager = new UserManager({
    authority,
    client_id: clientId,
    redirect_uri: home(),
    scope: 'openid email',
    automaticSilentRenew: false, // token() and renew() see to it when it is needed
  })
  const ready = ref(false)
  const session = shallowRef(null) // the library's user, with the tokens
  const ended = ref(false)
  const problem = ref('')
  let renewing = null

  // What is shown changes with the person, not with each token.
  const id = computed(() => session.value?.profile.sub ?? null)
  const name = computed(() => session.value?.profile.email ?? id.value)
  const user = computed(() => (id.value === null ? null : { id: id.value, name: name.value }))

  async function start() {
    const answer = takeAnswer()
    try {
      if (answer) await manager.signinRedirectCallback(answer)
    } catch {
      problem.value = 'Signing in did not work. Try again.'
    }
    session.value = await manager.getUser()
    ready.value = true
  }

  /** Go to where one signs in; it comes back here. */
  async function signIn() {
    problem.value = ''
    try {
      await manager.signinRedirect()
    } catch {
      problem.value = UNREACHED
    }
  }

  /** Forget who is signed in, here and at the provider, whose parameters are Cognito's. */
  async function signOut() {
    await manager.removeUser()
    session.value = null
    ended.value = false
    try {
      const url = new URL(await manager.metadataService.getEndSessionEndpoint())
      url.searchParams.set('client_id', clientId)
      url.searchParams.set('logout_uri', home())
      go(url.href)
    } catch {
      problem.value = 'Signed out of this page only, because the sign-in service cannot be reached.'
    }
  }

  /** Get a token for the API, or null where none is needed or to be had. Rejects if the provider is out of reach. */
  async function token() {
    if (session.value && runsOut(session.value)) await renew()
    return session.value && !ended.value ? session.value.access_token : null
  }

  /** Have another token instead of one that is refused; resolve with whether there is one. Rejects as token() does. */
  function renew() {
    renewing ??= exchange().finally(() => (renewing = null))
    return renewing
  }

  async function exchange() {
    if (!session.value || ended.value) return false
    try {
      // Without a refresh token the library would try a frame, which the page's policy forbids.
      if (session.value.refresh_token) session.value = await manager.signinSilent()
      else ended.value = true
    } catch (error) {
      if (error.name !== 'ErrorResponse') throw error
      ended.value = true
    }
    return !ended.value
  }

  start()
  return {
    ready: readonly(ready),
    user,
    ended: readonly(ended),
    problem: readonly(problem),
    signIn,
    signOut,
    token,
    renew,
  }
}
