// A stand-in for the server, for development and tests: the built viewer under /images/ and folders of DICOM
// files as its data, with the headers the real server sends.
//
//   VIEWER_DICOM=folder-of-series[:another] node dev/server.mjs [port]
//
// Each folder named is a series. Nothing is read but these folders and dist/.

import { createServer } from 'node:http';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { read } from './dicom.mjs';
import { png } from './png.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(HERE, '..', 'dist');

export const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "style-src 'self'", "img-src 'self'",
  "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };

function loadSeries(folder, number) {
  const names = statSync(folder).isFile() ? [''] : readdirSync(folder).sort();
  const files = names.map((name) => read(join(folder, name)));
  const [first] = files;
  const tag = (name) => first.json[name]?.Value?.[0] ?? '';
  const frames = files.reduce((sum, file) => sum + (file.json['00280010'] ? file.frames : 0), 0);
  const info = { series: number, modality: tag('00080060'), description: tag('0008103E'), instances: files.length, frames, viewable: frames > 0 };
  return { info, files, metadata: gzipSync(JSON.stringify(files.map((file) => file.json))) };
}

/** A small grey picture of an uncompressed 16-bit instance in its middle; plain grey for others. */
function thumbnail({ files }) {
  const file = files[Math.floor(files.length / 2)];
  const value = (tag) => file.json[tag]?.Value?.[0];
  if (!/^1\.2\.840\.10008\.1\.2(\.1)?$/.test(file.syntax) || value('00280100') !== 16) return png(64, 64, new Uint8Array(64 * 64).fill(60));
  const [rows, columns] = [value('00280010'), value('00280011')];
  const bytes = file.frame(1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [128, Math.round((128 * rows) / columns)];
  const slope = value('00281053') ?? 1;
  const offset = value('00281052') ?? 0;
  const [center, span] = [value('00281050') ?? 500, value('00281051') ?? 1000];
  const grey = new Uint8Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    const [x, y] = [Math.floor(((at % width) * columns) / width), Math.floor((Math.floor(at / width) * rows) / height)];
    const stored = view.getInt16((y * columns + x) * 2, true);
    grey[at] = Math.max(0, Math.min(255, ((stored * slope + offset - center) / span + 0.5) * 255));
  }
  return png(width, height, grey);
}

function page(query) {
  const { script, css } = entry();
  const lang = query.get('lang') === 'en' ? 'en' : 'fr';
  const audience = query.get('audience') ? ` data-audience="${query.get('audience') === 'professional' ? 'professional' : 'patient'}"` : '';
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Images</title>${css.map((name) => `<link rel="stylesheet" href="/images/${name}">`).join('')}</head>
<body><div id="viewer" lang="${lang}" data-base="/images/data/" data-back="/exam"${audience}></div><noscript>JavaScript</noscript>
<script type="module" src="/images/${script}"></script></body></html>`;
}

function entry() {
  const { file, css = [] } = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8'))['src/main.ts'];
  return { script: file, css };
}

/** Starts the server on `port` (0: any) and resolves with `{ url, close, faults, log }`. */
export async function serve(folders, port = 0) {
  const series = folders.map((folder, at) => loadSeries(folder, at + 1));
  /** Tests make a path fail: path → status. */
  const faults = new Map();
  const log = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://here');
    log.push(url.pathname);
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    const send = (status, type, body, headers = {}) => response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
    const nothing = () => send(404, 'application/problem+json', '{"status":404,"title":"Not found"}');
    if (faults.has(url.pathname)) return send(faults.get(url.pathname), 'application/problem+json', '{}');
    if (url.pathname === '/images') return send(200, 'text/html', page(url.searchParams));
    if (url.pathname === '/favicon.ico') return send(204, 'image/x-icon', '');
    const data = /^\/images\/data\/(.*)$/.exec(url.pathname)?.[1];
    if (data !== undefined) return answer(series, data, request, send, nothing);
    return asset(url.pathname, send, nothing, request);
  });
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close(), faults, log, series };
}

function answer(series, path, request, send, nothing) {
  if (path === 'series.json') return send(200, 'application/json', JSON.stringify({ version: 1, series: series.map(({ info }) => info) }));
  const [, number, rest] = /^series\/(\d+)\/(.*)$/.exec(path) ?? [];
  const one = series[Number(number) - 1];
  if (!one) return nothing();
  if (rest === 'metadata') return send(200, 'application/dicom+json', one.metadata, { 'Content-Encoding': 'gzip' });
  if (rest === 'thumbnail' || rest === 'screen') return send(200, 'image/png', thumbnail(one));
  const [, instance, frame] = /^instances\/(\d+)\/frames\/(\d+)$/.exec(rest) ?? [];
  const file = one.files[Number(instance) - 1];
  const bytes = file?.frame(Number(frame));
  if (!bytes) return nothing();
  const part = `application/octet-stream; transfer-syntax=${file.syntax}`;
  if (!request.headers.accept?.startsWith('multipart/related')) return send(200, part, bytes);
  const head = `--part\r\nContent-Type: ${part}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--part--\r\n')]);
  return send(200, 'multipart/related; type="application/octet-stream"; boundary=part', whole);
}

function asset(pathname, send, nothing, request) {
  const path = join(DIST, normalize(pathname.replace(/^\/images\//, '/')));
  if (!path.startsWith(DIST) || !existsSync(path) || statSync(path).isDirectory()) return nothing();
  const gzip = request.headers['accept-encoding']?.includes('gzip');
  const bytes = readFileSync(path);
  const headers = gzip ? { 'Content-Encoding': 'gzip' } : {};
  return send(200, TYPES[extname(path)] ?? 'application/octet-stream', gzip ? gzipSync(bytes) : bytes, headers);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = (process.env.VIEWER_DICOM ?? '').split(':').filter(Boolean);
  const { url } = await serve(folders, Number(process.argv[2] ?? 8123));
  console.log(`${url}/images`);
}
