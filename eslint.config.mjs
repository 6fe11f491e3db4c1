import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { docCommentPlugin } from './scripts/eslint-doc-comment.mjs';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Name what you export: a default export has a different name in every file that imports it.',
};

/** Globals that reach the platform. Analysis, review and simulation are pure over a snapshot; src/host does the rest. */
const platformGlobals = ['process', 'console', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'require'].map(
  (name) => ({ name, message: 'This room is pure: the platform is reached through src/host alone.' }),
);

const product = ['src/**/*.ts', 'server/**/*.ts', 'client/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'node_modules/', '.cache/', 'samples/', 'test/fixtures/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedInlineConfigs: 'off' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', noDefaultExport],
      'prefer-const': 'error',
    },
  },
  {
    files: product,
    plugins: { local: docCommentPlugin },
    rules: {
      'local/exported-function-doc': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 80, skipComments: true }],
    },
  },
  {
    // The lexer walks token arrays whose indices are in bounds by construction; testing each would be dead code.
    files: ['src/syntax/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/host/**', 'src/cli/**'],
    rules: { 'no-restricted-globals': ['error', ...platformGlobals] },
  },
  {
    // A world must come out the same every time, and addresses exceed what bitwise operators hold.
    files: ['src/simulator/**/*.ts', 'src/program/**/*.ts', 'src/kernel/**/*.ts'],
    rules: {
      'no-bitwise': 'error',
      'no-restricted-globals': ['error', ...platformGlobals, 'Date', 'performance'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', 'bin/*'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        __dirname: 'readonly',
        require: 'readonly',
        module: 'writable',
      },
    },
  },
);
