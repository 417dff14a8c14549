// Commands at the keyboard while the server runs: they are done by the server, over a socket for its own user only.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import { binary, run, scratch, start, until } from '../lib/program.mjs';

let place, program;
before(async () => {
  place = scratch();
  program = await start(place);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const command = (...args) => spawnSync(binary, ['--settings', place.settings, ...args], { encoding: 'utf8' });
const socket = () => join(place.dir, 'data/control.sock');

test('an account made while the server runs opens the desk, and closed it opens nothing', async () => {
  desk.account(place, 'accueil', 'desk');
  assert.match(command('staff', 'list').stdout, /accueil\tDesk\t\topen/);
  const cookie = await desk.login(program.desk, 'accueil');
  assert.match(await desk.page(program.desk, cookie, '/'), /accueil/i);
  assert.equal(command('staff', 'disable', '--login', 'accueil').status, 0);
  await assert.rejects(desk.login(program.desk, 'accueil'));
  assert.match(command('staff', 'list').stdout, /disabled/);
});

test('an import, a check of everything and a proof of the logs are made beside the server', async () => {
  const list = exams.write(join(place.dir, 'exams'));
  const images = list.reduce((sum, exam) => sum + exam.files.length, 0);
  const taken = command('import', join(place.dir, 'exams'));
  assert.match(taken.stdout, new RegExp(`^${images} stored, 0 already here`, 'm'), taken.stderr);
  await until('everything is sealed', () => new RegExp(`, ${images} instances \\(0 not sealed yet\\), .* 0 problems`).test(command('verify').stdout));
  assert.match(command('trace', 'verify').stdout, /archive: \d+ leaves/);
  assert.match(command('clock').stdout, /they agree/);
  assert.equal(program.child.exitCode, null, 'the server runs all the while');
});

test('a command that fails says why and ends with an error', () => {
  const failed = command('import', join(place.dir, 'no-such-folder'));
  assert.notEqual(failed.status, 0);
  assert.match(failed.stderr, /no-such-folder|No such file/);
});

test('the socket is for its user alone', { skip: process.getuid() !== 0 && 'needs root' }, () => {
  assert.equal(statSync(socket()).mode & 0o777, 0o600);
  // Even where the modes would let another user in, the server looks at who it is.
  chmodSync(place.dir, 0o755);
  chmodSync(join(place.dir, 'data'), 0o755);
  chmodSync(socket(), 0o666);
  try {
    const asked = spawnSync('python3', ['-c', `
import os, socket, sys
os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'{"version":1,"order":"staff-list"}\\n')
sys.stdout.write(repr(s.recv(100)))`, socket()], { encoding: 'utf8' });
    // Closed without a word, or reset when the request was not yet read.
    assert.ok(asked.stdout === "b''" || /ConnectionReset|BrokenPipe/.test(asked.stderr), asked.stdout + asked.stderr);
    const ours = command('staff', 'list');
    assert.equal(ours.status, 0);
  } finally {
    chmodSync(socket(), 0o600);
    chmodSync(join(place.dir, 'data'), 0o700);
    chmodSync(place.dir, 0o700);
  }
});

test('nonsense on the socket is answered with a reason, and the server goes on', async () => {
  for (const text of ['\n', 'rien\n', '{"version":9,"order":"verify"}\n', `${'['.repeat(100000)}\n`]) {
    const said = await new Promise((done, failed) => {
      const connection = createConnection(socket(), () => connection.write(text));
      let heard = '';
      connection.on('data', (bytes) => (heard += bytes));
      connection.on('close', () => done(heard));
      connection.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done(heard) : failed(error)));
    });
    assert.ok(said === '' || /"end":"/.test(said), said);
  }
  assert.equal(command('staff', 'list').status, 0);
});

test('after a kill the next start answers again, and without a server the command opens the folder itself', async () => {
  await program.kill();
  assert.equal(command('staff', 'list').status, 0);
  program = await start(place);
  assert.equal(command('staff', 'list').status, 0);
});

test('a command given while the server starts waits for it', async () => {
  await program.stop();
  const [started, listed] = await Promise.all([
    start(place),
    new Promise((done) => {
      const child = spawn(binary, ['--settings', place.settings, 'staff', 'list']);
      child.on('exit', done);
    }),
  ].map((one) => Promise.resolve(one).catch((error) => error)));
  // Whichever came first: the command had the folder for a moment and the server gave up, or the server answered.
  if (started instanceof Error) program = await start(place);
  else program = started;
  assert.equal(listed, 0);
});

test('a data folder that others may enter is closed to them', async () => {
  await program.stop();
  const other = scratch();
  try {
    mkdirSync(join(other.dir, 'data'), { mode: 0o755 });
    const opened = await start(other);
    assert.equal(statSync(join(other.dir, 'data')).mode & 0o777, 0o700);
    await opened.stop();
  } finally {
    other.remove();
  }
  program = await start(place);
  run(binary, ['--settings', place.settings, 'staff', 'list']);
});
