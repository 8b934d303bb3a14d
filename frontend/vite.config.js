import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  base: './',
  plugins: [vue()],
  server: {
    // While the page is worked on, imgpl-serve answers through it, as if both were one.
    proxy: {
      '^/(limits|upload-url|results|imgpl-local/)': {
        target: process.env.IMGPL_URL ?? 'http://127.0.0.1:8080',
        changeOrigin: false, // URLs are signed for the host that is asked
      },
    },
  },
  build: {
    // The page's policy allows neither inline scripts nor data: but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.js'],
    restoreMocks: true,
  },
})
