import { defineConfig, type Plugin } from 'vite';

/**
 * Parts of vtk.js that this viewer never reaches, replaced by nothing: the WebGPU renderer, and the XML reader's
 * parser (which alone brings a DOM, YAML and URL library). About 130 kB less to fetch on a phone.
 */
function leaveOut(): Plugin {
  const NOTHING = '\0nothing';
  return {
    name: 'leave-out',
    enforce: 'pre',
    resolveId(id, importer) {
      const fromVtk = importer?.includes('@kitware/vtk.js') ?? false;
      if (id === 'xmlbuilder2' && fromVtk) return NOTHING;
      if (fromVtk && /(^|\/)WebGPU\//.test(id) && !importer!.includes('/WebGPU/')) return NOTHING;
      return undefined;
    },
    load: (id) => (id === NOTHING ? 'export default {}; export const create = undefined;' : undefined),
  };
}

export default defineConfig({
  plugins: [leaveOut()],
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
