import { fileURLToPath } from 'node:url';
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

/** The loader decodes colour JPEG through a `data:` address, which the page's policy refuses: ours instead. */
function ownJpeg(): Plugin {
  return {
    name: 'own-jpeg',
    enforce: 'pre',
    resolveId(id, importer) {
      const own = new URL('./src/stage/jpeg-colour.ts', import.meta.url);
      return id.endsWith('/decodeJPEGBaseline8BitColor.js') && importer?.includes('dicom-image-loader') ? fileURLToPath(own) : undefined;
    },
    // An update of the loader that renames its function must not bring it back unseen.
    buildEnd(this) {
      const found = [...this.getModuleIds()].some((id) => id.endsWith('/stage/jpeg-colour.ts'));
      if (!found && this.environment.name === 'client') this.error('the loader no longer asks for decodeJPEGBaseline8BitColor');
    },
  };
}

export default defineConfig({
  plugins: [leaveOut(), ownJpeg()],
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
