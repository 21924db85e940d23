import { defineConfig } from 'vitest/config'

/** `unit` needs nothing but Node; `integration` a real Postgres; `browser` that, the built program and a Chromium; `peers` real servers. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    // Vitest puts its own MODE there ("test"); empty counts as unset, here and in what the tests start.
    env: { MODE: '', LOG_LEVEL: 'silent' },
    // As long as `eventually` waits: a busy machine is slow, not wrong.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      // A busy machine is slow, not wrong.
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: 'tests/support/postgres.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: 'tests/support/postgres.ts',
          testTimeout: 60_000,
          // The first that needs the pages builds them.
          hookTimeout: 400_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          include: ['tests/peers/**/*.test.ts'],
          globalSetup: 'tests/support/postgres.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
