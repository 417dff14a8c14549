// The log of accesses for people: a witness cosigns it, the patient takes proofs away, and the page that checks them
// needs neither us nor a network; whatever was changed shows.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, witness, witnessKey, sheet, kept, logKey;

/** A witness of both logs in its own folder; resolves with its address and key. */
async function beWitness() {
  const keys = ['archive', 'diffusion'].flatMap((side) => ['--log', readFileSync(join(place.dir, `data/${side}/keys/trace-key.pub`), 'utf8').trim()]);
  const args = ['witness', '--folder', join(place.dir, 'witness'), '--name', 'temoin.example', '--listen', '127.0.0.1:0', ...keys];
  witness = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((ready) => createInterface({ input: witness.stdout }).once('line', ready));
  const [, address, key] = line.match(/^ready witness=(\S+) (\S+)$/);
  return { address, key };
}

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  kept = join(place.dir, 'kept');
  mkdirSync(kept);
  program = await start(place);
  await program.stop();
  const { address, key } = await beWitness();
  witnessKey = key;
  appendFileSync(place.settings, `\n[trace]\nwitnesses = ["http://${address} ${key}"]\n`);
  program = await start(place);
  const exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet', () => sheets(place).map((name) => join(place.sheets, name))[0]);
  sheet = { born: exam.born, ...readSheet(path) };
});
after(async () => {
  await program?.stop();
  witness?.kill();
  place?.remove();
});

/** Downloads what a page of the patient offers. */
async function take(cookie, path, name) {
  const answer = await patient.get(program.web, cookie, path);
  assert.equal(answer.status, 200, path);
  assert.match(answer.headers.get('content-disposition'), /^attachment/);
  const text = await answer.text();
  writeFileSync(join(kept, name), text);
  return text;
}

test('the patient reads who opened the exam and takes proofs away', async () => {
  const { cookie } = await patient.open(program.web, sheet);
  const receipt = await take(cookie, '/examen/consultations/recu', 'recu.txt');
  await patient.get(program.web, cookie, '/examen/rapport');
  const opened = await browser.open(`http://${program.web}`, { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  const [name, value] = cookie.split('=');
  await opened.context.addCookies([{ name, value, url: `http://${program.web}` }]);
  await opened.page.goto(`http://${program.web}/examen/consultations`);
  await opened.page.screenshot({ path: join(shots, 'consultations-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(opened.page), []);
  assert.match(await opened.page.textContent('main'), /n’y sont pas encore/);
  const proofs = await opened.page.locator('a.proof').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  assert.ok(proofs.length >= 3, String(proofs));
  assert.deepEqual(opened.complaints, []);
  await opened.close();
  await until('the witness has seen it', () => readdirSync(join(place.dir, 'witness')).filter((file) => file.endsWith('.checkpoint')).length === 2);
  await take(cookie, proofs.at(-1), 'une.tlog-proof');
  await take(cookie, '/examen/consultations/preuves', 'toutes.tlog-proof');
  await take(cookie, '/examen/consultations/verifier', 'verifier.html');
  await take(cookie, `/examen/consultations/croissance?depuis=${receipt.split('\n')[1]}`, 'croissance.txt');
  for (const other of ['/examen/consultations/preuve/9999.tlog-proof', '/examen/consultations/preuve/x', '/examen/consultations/croissance?depuis=9999']) {
    assert.equal((await patient.get(program.web, cookie, other)).status, 404, other);
  }
  assert.equal((await fetch(`http://${program.web}/examen/consultations/preuves`)).status, 404, 'without a session there is nothing');
  logKey = readFileSync(join(place.dir, 'data/diffusion/keys/trace-key.pub'), 'utf8').split('\n')[0];
});

test('the server stopped, the page checks all of it from a file, and what was changed shows', async () => {
  await program.stop();
  const opened = await browser.open('null', { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  const { page } = opened;
  const check = async (...names) => {
    await page.goto(`file://${join(kept, 'verifier.html')}`);
    await page.setInputFiles('#files', names.map((name) => join(kept, name)));
    await page.waitForSelector('#verdict[data-verdict]');
    return { verdict: await page.getAttribute('#verdict', 'data-verdict'), said: await page.textContent('#results') };
  };
  const all = await check('toutes.tlog-proof', 'recu.txt', 'croissance.txt');
  await page.screenshot({ path: join(shots, 'verify-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  assert.equal(all.verdict, 'good', all.said);
  for (const said of [/est signé par sa clé/, /temoin\.example a vu/, /aucune ne manque/, /a bien grandi/]) assert.match(all.said, said);
  assert.equal((await check('une.tlog-proof')).verdict, 'good');
  // By hand, as a browser without Ed25519 would.
  const html = readFileSync(join(kept, 'verifier.html'), 'utf8');
  writeFileSync(join(kept, 'verifier.html'), html.replace('&quot;logs&quot;', '&quot;byHand&quot;:true,&quot;logs&quot;'));
  assert.equal((await check('toutes.tlog-proof', 'recu.txt', 'croissance.txt')).verdict, 'good');
  writeFileSync(join(kept, 'verifier.html'), html);
  const text = readFileSync(join(kept, 'toutes.tlog-proof'), 'utf8');
  const proofs = text.split('c2sp.org/tlog-proof@v1\n').slice(1);
  const bad = {
    'another event': text.replace(/extra (.{80})(.)/, (_, before, letter) => `extra ${before}${letter === 'A' ? 'B' : 'A'}`),
    'a size': text.replace(/\n\n(negatoscope\/diffusion\n)(\d+)/, (_, origin, size) => `\n\n${origin}${Number(size) + 1}`),
    'one left out': proofs.filter((_, at) => at !== 1).map((proof) => `c2sp.org/tlog-proof@v1\n${proof}`).join(''),
    'cut short': text.slice(0, -40),
  };
  for (const [what, changed] of Object.entries(bad)) {
    writeFileSync(join(kept, 'changed'), changed);
    const { verdict, said } = await check('changed');
    assert.equal(verdict, 'bad', `${what}: ${said}`);
  }
  await page.screenshot({ path: join(shots, 'verify-bad-fr.png'), fullPage: true });
  const receipt = readFileSync(join(kept, 'recu.txt'), 'utf8');
  writeFileSync(join(kept, 'changed'), receipt.replace(/\n[A-Za-z0-9+/]/, (at) => (at === '\nA' ? '\nB' : '\nA')));
  assert.equal((await check('changed', 'croissance.txt')).verdict, 'bad', 'a receipt of another past');
  assert.deepEqual(opened.complaints.filter((line) => !line.includes('left the origin: null')), []);
  await opened.close();
});

test('the script of the formats says the same', () => {
  const script = join(root, 'formats/trace/verify-proof.py');
  const says = (name) => spawnSync('python3', [script, '--log', logKey, '--witness', witnessKey, join(kept, name)], { encoding: 'utf8' });
  const fine = says('toutes.tlog-proof');
  assert.equal(fine.status, 0, fine.stderr);
  assert.match(fine.stdout, /temoin\.example/);
  const text = readFileSync(join(kept, 'une.tlog-proof'), 'utf8');
  writeFileSync(join(kept, 'changed'), text.replace(/index (\d+)/, (_, index) => `index ${Number(index) + 1}`));
  assert.equal(says('changed').status, 1);
});

test('both logs prove against what the witness saw, and a log put back from before is told by witness and check', async () => {
  const seen = readdirSync(join(place.dir, 'witness')).filter((file) => file.endsWith('.checkpoint')).map((file) => join(place.dir, 'witness', file));
  const verify = () => spawnSync(binary, ['--settings', place.settings, 'trace', 'verify', ...seen.flatMap((file) => ['--witnessed', file])], { encoding: 'utf8' });
  const fine = verify();
  assert.equal(fine.status, 0, fine.stdout + fine.stderr);
  const log = join(place.dir, 'data/diffusion/trace');
  const copy = join(place.dir, 'copy.sqlite');
  copyFileSync(join(log, 'events.sqlite'), copy);
  program = await start(place);
  const { cookie } = await patient.open(program.web, sheet);
  await patient.get(program.web, cookie, '/examen/rapport');
  const before = readFileSync(seen.find((file) => readFileSync(file, 'utf8').startsWith('negatoscope/diffusion')), 'utf8').split('\n')[1];
  await program.stop();
  program = await start(place);
  const diffusion = seen.find((file) => readFileSync(file, 'utf8').startsWith('negatoscope/diffusion'));
  await until('the witness has seen more', () => Number(readFileSync(diffusion, 'utf8').split('\n')[1]) > Number(before));
  await program.stop();
  copyFileSync(copy, join(log, 'events.sqlite'));
  for (const file of ['checkpoint', 'confirmed', 'events.sqlite-wal', 'events.sqlite-shm']) rmSync(join(log, file), { force: true });
  const found = verify();
  assert.notEqual(found.status, 0);
  assert.match(found.stdout, /a witnessed checkpoint counts more events/);
  program = await start(place);
  await until('the server is told so', () => program.log.some((line) => /a witness knew another log/.test(line)));
});
