// The drill: a backup under load, a restore into an empty folder, and every answer compared.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readQr, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

const env = { ...process.env, TCP_NODELAY: '1' };
let place, other, program, list, papers, copy, told, said;

const command = (where, ...args) => spawnSync(binary, ['--settings', where.settings, ...args], { encoding: 'utf8' });
const send = (files) => run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...files], { env });
const paperOf = (exam) => papers.find((paper) => paper.text.includes(exam.accession));

before(async () => {
  place = scratch();
  other = scratch();
  copy = join(place.dir, 'copy');
  list = exams.write(join(place.dir, 'exams')).filter((exam, at, all) => ['CT', 'MG', 'DX', 'US'].includes(exam.modality) && all.findIndex((one) => one.modality === exam.modality) === at);
  program = await start(place);
  desk.account(place, 'accueil', 'desk');
  for (const exam of list) {
    await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
    send(exam.files);
  }
  await until('every sheet', () => sheets(place).length === list.length);
  papers = sheets(place).map((name) => {
    const path = join(place.sheets, name);
    const sheet = readSheet(path);
    const exam = list.find((one) => sheet.text.includes(one.accession));
    return { path, born: exam.born, exam, ...sheet };
  });
});
after(async () => {
  await program?.stop();
  place?.remove();
  other?.remove();
});

/** What the desk and the patients are answered: exams, details, files. */
async function answers() {
  const cookie = await desk.login(program.desk, 'accueil');
  const front = await desk.page(program.desk, cookie, '/');
  const all = {};
  for (const id of new Set([...front.matchAll(/\/examen\/([0-9a-f-]{36})/g)].map((found) => found[1]))) {
    const page = await desk.page(program.desk, cookie, `/examen/${id}`);
    // Who has looked grows by looking, and the times of the web copy are its own.
    all[id] = { sheets: (page.match(/feuille/gi) ?? []).length, main: page.match(/<h1.*?<\/h1>/s)?.[0], dates: page.match(/\d{1,2} \p{L}+ 20\d\d/gu)?.slice(0, 4) };
  }
  const files = {};
  for (const paper of papers) {
    const { cookie: open } = await patient.open(program.web, paper);
    if (!open) {
      files[paper.exam.accession] = null;
      continue;
    }
    const zip = await until(`the images of ${paper.exam.modality}`, async () => {
      const answer = await patient.get(program.web, open, '/examen/dicom.zip');
      return answer.status === 200 ? patient.unzip(Buffer.from(await answer.arrayBuffer())) : null;
    });
    files[paper.exam.accession] = Object.fromEntries(Object.entries(zip).filter(([name]) => name.endsWith('.dcm')).map(([name, bytes]) => [name, patient.dataset(bytes).toString('base64')]));
    const report = await (await patient.get(program.web, open, '/examen/rapport')).text();
    files[`report of ${paper.exam.accession}`] = (report.match(/<img/g) ?? []).length;
  }
  return { exams: all, files };
}

test('a backup is made under load, and holds no code and no token', async () => {
  const revoked = papers.find((paper) => paper.exam.modality === 'DX');
  const cookie = await desk.login(program.desk, 'accueil');
  const front = await desk.page(program.desk, cookie, '/');
  for (const id of new Set([...front.matchAll(/\/examen\/([0-9a-f-]{36})/g)].map((found) => found[1]))) {
    const page = await desk.page(program.desk, cookie, `/examen/${id}`);
    if (!page.includes(revoked.exam.accession)) continue;
    const action = page.match(/action="(\/examen\/[^"]*\/revoquer)"/)[1];
    const done = await fetch(`http://${program.desk}${action}`, { method: 'POST', redirect: 'manual', headers: { cookie, origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(done.status, 303);
  }
  assert.equal((await patient.open(program.web, revoked)).cookie, null);
  told = await answers();
  assert.equal(told.files[revoked.exam.accession], null);
  assert.equal(Object.keys(told.files).filter((name) => !name.startsWith('report')).length, list.length);

  // The load: more exams come in while the backup is made.
  const more = exams.write(join(place.dir, 'more'), ['--seed', '7']).flatMap((exam) => exam.files);
  const load = spawn('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...more], { env });
  const loaded = new Promise((done) => load.once('exit', done));
  const made = command(place, 'backup', copy);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /keep the folder keys apart/);
  await loaded;
  for (const paper of papers) {
    const compact = paper.code.replaceAll('-', '');
    for (const secret of [paper.code, compact, compact.slice(0, 12), readQr(paper.path).split('#')[1]]) {
      assert.equal(run('bash', ['-c', 'grep -rlaF -- "$1" "$2" || true', 'bash', secret, copy]), '', 'a secret lies in the backup');
    }
  }
  assert.equal(statSync(copy).mode & 0o077, 0);
  said = command(place, 'trace', 'verify').stdout;
});

test('a second run copies only what is new', async () => {
  const sealed = await until('everything is sealed', () => command(place, 'verify').stdout.match(/(\d+) instances \(0 not sealed yet\), .* 0 problems/)?.[1]);
  assert.ok(Number(sealed) > 0);
  const first = command(place, 'backup', copy);
  assert.equal(first.status, 0, first.stderr);
  const again = command(place, 'backup', copy);
  assert.match(again.stdout, / 0 bytes copied now/);
  assert.equal(readdirSync(copy).filter((name) => name.startsWith('state-')).length, 1);
});

test('what is no whole backup is refused, and so is a folder that is not empty', () => {
  const where = scratch();
  const fresh = () => rmSync(join(where.dir, 'data'), { recursive: true, force: true });
  const refused = (what, from = copy, ...args) => {
    fresh();
    const done = command(where, 'restore', from, ...args);
    assert.notEqual(done.status, 0, what);
    const served = command(where, 'staff', 'list');
    assert.ok(!existsSync(join(where.dir, 'data/archive')) || served.status === 0, what);
    return done.stderr;
  };
  const broken = join(where.dir, 'broken');
  const copied = (change) => {
    rmSync(broken, { recursive: true, force: true });
    cpSync(copy, broken, { recursive: true });
    change();
    return broken;
  };
  const flip = (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
  };
  try {
    assert.match(refused('cut before its end', copied(() => renameSync(join(broken, 'manifest.json'), join(broken, 'manifest.json.new')))), /no finished backup/);
    const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8'));
    for (const { path } of [...manifest.files, ...manifest.keys]) {
      assert.match(refused(path, copied(() => flip(join(broken, path)))), /damaged|not the one/, path);
    }
    const object = run('find', [join(copy, 'vault/objects'), '-name', '*.age']).trim().split('\n')[0].slice(copy.length + 1);
    assert.match(refused(object, copied(() => flip(join(broken, object)))), /not the one that was sealed/);
    assert.match(refused('an object is missing', copied(() => rmSync(join(broken, object)))), /.+/);
    assert.match(refused('without keys', copied(() => rmSync(join(broken, 'keys'), { recursive: true }))), /--keys/);
    fresh();
    mkdirSync(join(where.dir, 'data'));
    writeFileSync(join(where.dir, 'data/something'), '');
    assert.match(command(where, 'restore', copy).stderr, /not empty/);
  } finally {
    where.remove();
  }
});

test('a restore that was cut is never taken for a data folder', () => {
  const where = scratch();
  try {
    mkdirSync(join(where.dir, 'data/restoring'), { recursive: true });
    assert.match(command(where, 'staff', 'list').stderr, /did not finish/);
    assert.match(command(where, 'restore', copy).stderr, /did not finish/);
  } finally {
    where.remove();
  }
});

test('restored into an empty folder, every answer is the same', async () => {
  // The machine is lost; its keys were kept elsewhere.
  const before = said;
  // Connections kept alive during the long commands above may have been closed meanwhile.
  told = await answers().catch(() => answers());
  await program.kill();
  rmSync(join(place.dir, 'data'), { recursive: true });
  renameSync(join(copy, 'keys'), join(place.dir, 'safe'));
  const restored = command(other, 'restore', copy, '--keys', join(place.dir, 'safe'));
  assert.equal(restored.status, 0, restored.stderr);
  const begun = Date.now();
  program = await start(other);
  const now = await answers();
  assert.deepEqual(now.files, told.files);
  assert.deepEqual(now.exams, told.exams);
  console.log(`restored and served again in ${Date.now() - begun} ms`);
  assert.equal(sheets(other).length, 0, 'no sheet is issued a second time');
  const verified = command(other, 'verify');
  assert.equal(verified.status, 0, verified.stdout);
  const proved = command(other, 'trace', 'verify');
  assert.equal(proved.status, 0, proved.stdout);
  assert.ok(before.length > 0);
});

test('every instance acknowledged before the backup began is there', async () => {
  for (const exam of list) {
    const paper = paperOf(exam);
    const files = (await answers()).files[exam.accession];
    if (paper.exam.modality === 'DX') continue;
    const sent = exam.files.map((path) => patient.dataset(readFileSync(path)).toString('base64')).sort();
    assert.deepEqual(Object.values(files).sort(), sent, exam.modality);
  }
});

test('nothing is erased after a restore until a person confirms, and the keeper reads why', async () => {
  const cookie = await desk.login(program.desk, 'accueil');
  const page = await desk.page(program.desk, cookie, '/etat');
  assert.match(page, /restaurées depuis la sauvegarde/);
  assert.match(page, /n'est pas confirmée/);
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(new Date());
  const confirmed = spawnSync(binary, ['--settings', other.settings, 'clock', 'confirm'], { input: `${today}\n`, encoding: 'utf8' });
  assert.equal(confirmed.status, 0, confirmed.stderr);
  assert.doesNotMatch(await desk.page(program.desk, cookie, '/etat'), /restaurées|n'est pas confirmée/);
});
