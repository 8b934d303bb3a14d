import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import globals from 'globals'

export default [
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  ...vue.configs['flat/essential'],
  ...accessibility.configs['flat/recommended'],
  {
    files: ['src/**'],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'vue/block-lang': ['error', { script: { allowNoLang: true } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-static-inline-styles': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-v-html': 'error',
      'vue/prefer-define-options': 'error',
      'vue/require-explicit-emits': 'error',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // A dialog says where its focus starts.
      'vuejs-accessibility/no-autofocus': 'off',
      // Safari takes the role from a list without bullets.
      'vuejs-accessibility/no-redundant-roles': 'off',
    },
  },
  { files: ['*.config.js', 'src/**/*.test.js'], languageOptions: { globals: globals.node } },
]
