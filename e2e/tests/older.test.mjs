// A later program has been at the databases: this one says so in words, does not start, and changes nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, run, scratch, start } from '../lib/program.mjs';

let place;

/** Every file of the data folder with its digest; what SQLite keeps beside an open database is not there when all is closed. */
function files() {
  const data = join(place.dir, 'data');
  const found = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/-(wal|shm)$|control\.sock$/.test(path))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`).sort();
}

before(async () => {
  place = scratch();
  await (await start(place)).stop();
});
after(() => place?.remove());

for (const [name, database, table] of [
  ['record', 'archive/record.sqlite', '_sqlx_migrations'],
  ['jobs', 'archive/record.sqlite', 'work_migration'],
  ['log of accesses', 'diffusion/trace/events.sqlite', '_sqlx_migrations'],
  ['diffusion database', 'diffusion/diffusion.sqlite', '_sqlx_migrations'],
]) {
  test(`a newer ${name} is refused with words, and nothing is changed`, () => {
    const sql = (text) => run('sqlite3', [join(place.dir, 'data', database), text]);
    sql(`INSERT INTO ${table} (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)`);
    const before = files();
    const { status, stderr, stdout } = spawnSync(binary, ['--settings', place.settings, 'serve'], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stderr, /written by a newer program \(migration 9999\): start that one/);
    assert.deepEqual(files(), before);
    sql(`DELETE FROM ${table} WHERE version = 9999`);
  });
}

test('what only this version wrote is opened as before', async () => {
  await (await start(place)).stop();
});
