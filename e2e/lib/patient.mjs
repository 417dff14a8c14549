// A patient without a browser: the door's forms by plain HTTP, for tests that count or compare bytes.
import { mkdtempSync, writeFileSync, readdirSync, readFileSync, statSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './program.mjs';

/**
 * Posts the door's form, from the loopback address `from` when it is given; resolves with the session cookie, or null
 * when it does not open.
 */
export async function open(web, { number, code, born }, from) {
  const [year, month, day] = born.split('-');
  const form = new URLSearchParams({ numero: number, code, jour: day, mois: month, annee: year }).toString();
  const [host, port] = web.split(':');
  const answer = await new Promise((done, failed) => {
    const headers = { origin: `http://${web}`, 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
    const asked = request({ host, port, path: '/ouvrir', method: 'POST', localAddress: from, headers }, done);
    asked.once('error', failed);
    asked.end(form);
  });
  answer.setEncoding('utf8');
  let text = '';
  for await (const piece of answer) text += piece;
  const cookie = answer.headers['set-cookie']?.find((line) => line.startsWith('examen='))?.split(';')[0];
  return { status: answer.statusCode, text, cookie: answer.statusCode === 303 ? cookie : null };
}

/** A page under the session. */
export const get = (web, cookie, path) => fetch(`http://${web}${path}`, { headers: { cookie }, redirect: 'manual' });

/** The files of the exam's ZIP, by name: `{name: Buffer}`. */
export async function zip(web, cookie, path = '/examen/dicom.zip') {
  const answer = await get(web, cookie, path);
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
  return unzip(Buffer.from(await answer.arrayBuffer()));
}

export function unzip(bytes) {
  const dir = mkdtempSync(join(tmpdir(), 'zip-'));
  writeFileSync(join(dir, 'a.zip'), bytes);
  run('unzip', ['-qq', join(dir, 'a.zip'), '-d', join(dir, 'out')]);
  const files = {};
  const walk = (folder, prefix) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path, `${prefix}${name}/`);
      else files[`${prefix}${name}`] = readFileSync(path);
    }
  };
  walk(join(dir, 'out'), '');
  rmSync(dir, { recursive: true });
  return files;
}

/** The data set of a Part 10 file, without preamble and file meta group. */
export function dataset(file) {
  if (file.subarray(128, 132).toString() !== 'DICM') throw new Error('not a Part 10 file');
  // (0002,0000) UL 4: the group's length, counted from the end of this element.
  return file.subarray(144 + file.readUInt32LE(140));
}
