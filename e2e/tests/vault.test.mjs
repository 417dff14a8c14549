// Real files of other people's making go through the landing log and the vault unchanged, and come out of it with `age`
// and `unzip` alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, root, run, scratch, start, until } from '../lib/program.mjs';

let place, program;
before(() => {
  place = scratch();
});
after(async () => {
  await program?.stop();
  place?.remove();
});

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}
const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('what was imported comes out of the vault byte for byte, with age and unzip alone', async () => {
  const data = join(root, 'crates/dicom/tests/data');
  const imported = spawnSync(binary, ['--settings', place.settings, 'import', data], { encoding: 'utf8' });
  const [, stored] = imported.stdout.match(/(\d+) stored/);
  assert.ok(Number(stored) >= 20, imported.stdout);
  const refused = imported.stdout.split('\n').filter((line) => line.startsWith(data)).map((line) => line.split(': ')[0]);
  const objects = await until('everything is sealed', async () => {
    program = await start(place);
    await new Promise((go) => setTimeout(go, 500));
    await program.stop();
    const verified = spawnSync(binary, ['--settings', place.settings, 'verify'], { encoding: 'utf8' });
    return verified.status === 0 && verified.stdout.includes(` ${stored} instances (0 not sealed yet)`) && files(join(place.dir, 'data/archive/vault')).filter((path) => !path.endsWith('/lock'));
  });
  const key = files(join(place.dir, 'data/archive/keys')).find((path) => readFileSync(path, 'utf8').includes('AGE-SECRET-KEY'));
  const out = join(place.dir, 'out');
  const found = new Set();
  for (const [number, object] of objects.entries()) {
    mkdirSync(out);
    run('age', ['-d', '-i', key, '-o', join(out, 'object.zip'), object]);
    run('unzip', ['-qq', join(out, 'object.zip'), '-d', join(out, String(number))]);
    for (const path of files(out).filter((path) => path.endsWith('.dcm'))) found.add(sha256(path));
    rmSync(out, { recursive: true });
  }
  assert.equal(found.size, Number(stored));
  const sent = files(data).filter((path) => !refused.includes(path)).map(sha256);
  const unchanged = [...found].filter((digest) => sent.includes(digest));
  assert.equal(unchanged.length, found.size, 'every file is one of those imported, byte for byte');
});
