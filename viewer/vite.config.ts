import { defineConfig } from 'vite';

export default defineConfig({
  // The server serves dist/ under /images/; relative addresses keep the bundle free of that choice.
  base: './',
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: { input: { viewer: 'src/main.ts' } },
  },
  worker: { format: 'es' },
});
