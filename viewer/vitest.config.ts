import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The browser draws on a processor shared with others.
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
