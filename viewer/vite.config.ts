import { defineConfig } from 'vite';
import { compressed, leaveOut, licences, ownJpeg } from './build/plugins';

export default defineConfig({
  plugins: [leaveOut(), ownJpeg(), compressed(), licences()],
  // The server serves dist/ under /images/; relative addresses keep the bundle free of that choice.
  base: './',
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 3500,
    rolldownOptions: { input: { viewer: 'src/main.ts' } },
  },
  worker: { format: 'es' },
});
