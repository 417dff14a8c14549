// A backup and a restore are killed at the system calls that matter: the former backup stays good, a restore that was cut
// is told from a data folder, and both can be run again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { binary, run, scratch, sheets, start, until } from '../lib/program.mjs';

/** What puts a name, or its absence, on the disk. */
const CALLS = 'rename,renameat,renameat2,link,linkat,mkdir,mkdirat,unlink,unlinkat,rmdir,fsync,fdatasync';
const missing = spawnSync('strace', ['-V']).error && 'strace is missing';
let place, former;

const strace = (args, command, settings = place.settings) =>
  spawnSync('strace', ['-f', '-qq', ...args, binary, '--settings', settings, ...command], { encoding: 'utf8' });
const command = (args, settings = place.settings) => spawnSync(binary, ['--settings', settings, ...args], { encoding: 'utf8' });

async function feed(exam) {
  const program = await start(place);
  const had = sheets(place).length;
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files.slice(0, 4)], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length > had);
  await until('everything is sealed', () => /\(0 not sealed yet\), .* 0 problems/.test(command(['verify']).stdout));
  await program.stop();
}

/** Settings with a data folder of their own, which is not there yet. */
function elsewhere() {
  const dir = mkdtempSync(join(place.dir, 'elsewhere-'));
  const settings = join(dir, 'settings.toml');
  writeFileSync(settings, readFileSync(place.settings, 'utf8').replace(/^data-folder = .*$/m, `data-folder = "${dir}/data"`));
  return { dir, settings, data: join(dir, 'data') };
}

/** A backup put back on an empty machine: how many instances, all of them verified. */
function restored(copy) {
  const there = elsewhere();
  const done = command(['restore', copy], there.settings);
  assert.equal(done.status, 0, done.stderr);
  const verified = command(['verify'], there.settings).stdout;
  assert.match(verified, /\(0 not sealed yet\), .* 0 problems/);
  const images = Number(verified.match(/(\d+) instances/)[1]);
  rmSync(there.dir, { recursive: true });
  return images;
}

/**
 * Points of a command's life: the number of a call of one thread, `count` of them spread over the most that a thread
 * made; and of the renames the one onto `name`, which only the main thread makes.
 */
function points(args, settings, count, name) {
  const log = join(place.dir, 'strace');
  const done = strace(['-o', log, '-e', `trace=${CALLS}`], args, settings);
  assert.equal(done.status, 0, done.stderr);
  const calls = {}, renames = {};
  let named;
  for (const line of readFileSync(log, 'utf8').split('\n').filter((line) => line && !/resumed>|\+\+\+/.test(line))) {
    const thread = line.split(' ')[0];
    calls[thread] = (calls[thread] ?? 0) + 1;
    if (/ rename\(/.test(line)) renames[thread] = (renames[thread] ?? 0) + 1;
    if (new RegExp(` rename\\(.*/${name}"`).test(line)) named = { thread, call: renames[thread] };
  }
  assert.ok(named, `${name} takes its place by a rename`);
  const most = Math.max(...Object.values(calls));
  const spread = [...new Set(Array.from({ length: count }, (_, n) => 1 + Math.floor((n * (most - 1)) / (count - 1))))];
  return { spread: spread.map((call) => at(call, CALLS)), named: at(named.call, 'rename') };
}

const killed = (done) => done.signal === 'SIGKILL' || done.status === 137;
const at = (call, calls) => ['-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:signal=KILL:when=${call}`];

before(async () => {
  if (missing) return;
  place = scratch();
  const list = exams.write(join(place.dir, 'exams'));
  await feed(list.find((exam) => exam.modality === 'CT'));
  former = join(place.dir, 'former');
  const made = command(['backup', former]);
  assert.equal(made.status, 0, made.stderr);
  await feed(list.find((exam) => exam.modality === 'DX'));
});
after(() => place?.remove());

test('a backup killed anywhere leaves the former one good, and is run again', { skip: missing }, () => {
  const whole = join(place.dir, 'whole');
  cpSync(former, whole, { recursive: true });
  // The named one: the manifest, written beside, is about to take its place.
  const { spread, named } = points(['backup', whole], place.settings, 3, 'manifest.json');
  const before = restored(former);
  const now = restored(whole);
  assert.ok(now > before, `${before} instances, then ${now}`);
  const copy = join(place.dir, 'copy');
  let cut = 0;
  for (const point of [...spread, named]) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(former, copy, { recursive: true });
    const words = point.join(' ');
    if (killed(strace(point, ['backup', copy]))) {
      cut += 1;
      const images = restored(copy);
      assert.ok([before, now].includes(images), `${words}: ${images} instances`);
      if (point === named) assert.equal(images, before, 'the former backup is the one that counts');
    } else {
      assert.notEqual(point, named, 'nothing was killed at the manifest');
    }
    const again = command(['backup', copy]);
    assert.equal(again.status, 0, `${words}: ${again.stderr}`);
    assert.equal(readdirSync(copy).filter((name) => name.startsWith('state-')).length, 1, 'the state that was cut is gone');
  }
  assert.equal(restored(copy), now);
  assert.ok(cut >= 2, `${cut} were killed`);
});

test('a restore killed anywhere is no data folder, says so, and is run again', { skip: missing }, () => {
  const model = elsewhere();
  // The named one: between the two sides as they are moved to their place.
  const { spread, named } = points(['restore', former], model.settings, 4, 'data/diffusion');
  let cut = 0, refused = 0;
  const there = elsewhere();
  for (const point of [...spread, named]) {
    rmSync(there.data, { recursive: true, force: true });
    const words = point.join(' ');
    if (killed(strace(point, ['restore', former], there.settings))) cut += 1;
    else assert.notEqual(point, named, 'nothing was killed between the sides');
    if (point === named) assert.ok(existsSync(join(there.data, 'archive')) && !existsSync(join(there.data, 'diffusion')));
    if (existsSync(join(there.data, 'restoring'))) {
      refused += 1;
      for (const args of [['serve'], ['verify'], ['restore', former]]) {
        const done = command(args, there.settings);
        assert.equal(done.status, 1, `${words}: ${args[0]}: ${done.stdout}`);
        assert.match(done.stderr, /a restore into .* did not finish: empty the folder and restore again/);
      }
    } else if (existsSync(join(there.data, 'archive'))) {
      assert.match(command(['verify'], there.settings).stdout, /\(0 not sealed yet\), .* 0 problems/, words);
    }
    rmSync(there.data, { recursive: true, force: true });
  }
  assert.ok(cut >= 3 && refused >= 2, `${cut} were killed, ${refused} refused afterwards`);
  const done = command(['restore', former], there.settings);
  assert.equal(done.status, 0, done.stderr);
});
