import { createApp } from 'vue'

import App from './App.vue'
import './style.css'

const authority = import.meta.env.VITE_OIDC_AUTHORITY
const clientId = import.meta.env.VITE_OIDC_CLIENT_ID

async function start() {
  if (!authority || !clientId) return createApp(App)
  const { default: SignedInApp } = await import('./SignedInApp.vue')
  return createApp(SignedInApp, { authority, clientId })
}

start().then((app) => app.mount('#app'))
