// What the build does beyond Vite's own.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/**
 * Parts of vtk.js that this viewer never reaches, replaced by nothing: the WebGPU renderer, and the XML reader's
 * parser (which alone brings a DOM, YAML and URL library). About 130 kB less to fetch on a phone.
 */
export function leaveOut(): Plugin {
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
export function ownJpeg(): Plugin {
  return {
    name: 'own-jpeg',
    enforce: 'pre',
    resolveId(id, importer) {
      const own = new URL('../src/stage/jpeg-colour.ts', import.meta.url);
      return id.endsWith('/decodeJPEGBaseline8BitColor.js') && importer?.includes('dicom-image-loader') ? fileURLToPath(own) : undefined;
    },
    // An update of the loader that renames its function must not bring it back unseen.
    buildEnd(this) {
      const found = [...this.getModuleIds()].some((id) => id.endsWith('/stage/jpeg-colour.ts'));
      if (!found && this.environment.name === 'client') this.error('the loader no longer asks for decodeJPEGBaseline8BitColor');
    },
  };
}

/** Beside each file worth it, the same compressed, so that the server compresses nothing. */
export function compressed(): Plugin {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle).filter((one) => /\.(js|css|wasm)$/.test(one))) {
        const bytes = readFileSync(join(dir!, name));
        if (bytes.length < 1024) continue;
        writeFileSync(join(dir!, `${name}.gz`), gzipSync(bytes, { level: 9 }));
        writeFileSync(join(dir!, `${name}.br`), brotliCompressSync(bytes, best));
      }
    },
  };
}

/** The packages whose code is in the bundle, with their licences in full: `dist/licences.txt`. */
export function licences(): Plugin {
  const folders = new Set<string>();
  return {
    name: 'licences',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.type === 'chunk' ? chunk.moduleIds : chunk.originalFileNames) {
          const folder = /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
          if (folder) folders.add(folder);
        }
      }
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: [...folders].sort().map(licenceOf).join('\n\n') });
    },
  };
}

function licenceOf(folder: string): string {
  const place = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  const { name, version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Record<string, string>;
  const file = readdirSync(place).find((one) => /^licen[cs]e/i.test(one));
  return `== ${name} ${version}: ${license}\n\n${file ? readFileSync(join(place, file), 'utf8').trim() : '(no text in the package)'}`;
}
