// A person asks for their data: registered with an identity check, prepared, handed over after two days, and the record
// opens anywhere: unzip, sha256sum, OpenSSL, DCMTK, and a browser without a network.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { clockOf, movedBinary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, exam, sheet, id, request, opened;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  for (const [login, role] of [['anne', 'data-protection'], ['accueil', 'desk']]) {
    desk.account(place, login, role, { program: movedBinary, env: clockOf(place) });
  }
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place, { moved: true });
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length === 1);
  sheet = readSheet(join(place.sheets, sheets(place)[0]));
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const read = async (name, path) => desk.page(program.desk, await desk.login(program.desk, name), path);

async function post(name, path, fields = {}) {
  return fetch(`http://${program.desk}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      cookie: await desk.login(program.desk, name),
      origin: `http://${program.desk}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  });
}

async function looksRight(name, path, shot) {
  const { page, close } = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  try {
    const [key, value] = (await desk.login(program.desk, name)).split('=');
    await page.context().addCookies([{ name: key, value, url: `http://${program.desk}` }]);
    for (const [size, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 360, height: 640 }]]) {
      await page.setViewportSize(viewport);
      await page.goto(`http://${program.desk}${path}`);
      await page.screenshot({ path: join(shots, `${shot}-${size}.png`), fullPage: true });
      assert.deepEqual(await browser.accessibility(page), [], `${path} at ${size}`);
    }
  } finally {
    await close();
  }
}

test('the desk registers a request for a copy, and prepares it once the identity is checked', async () => {
  id = (await read('accueil', '/')).match(/\/examen\/([0-9a-f-]{36})/)[1];
  const asked = await post('accueil', `/examen/${id}/demande`, { nature: 'access', demandeur: 'patient', nom: '', texte: 'Tout mon dossier', preuve: '' });
  assert.equal(asked.status, 303);
  request = asked.headers.get('location').split('/').at(-1);
  assert.equal((await post('accueil', `/demandes/${request}/preparer`)).status, 409, 'not before the identity is checked');
  assert.equal((await post('accueil', `/demandes/${request}/identite`, { preuve: 'document-shown' })).status, 303);
  assert.equal((await post('accueil', `/demandes/${request}/preparer`)).status, 303);
  await until('the record is ready', async () => /Prêt depuis/.test(await read('accueil', `/demandes/${request}`)));
  assert.match(await read('accueil', '/'), /Une demande ouverte/);
  await looksRight('accueil', '/demandes', 'requests');
  await looksRight('accueil', `/demandes/${request}`, 'request');
});

test('it is handed over after forty-eight hours, and then the copy here is erased', async () => {
  assert.equal((await post('accueil', `/demandes/${request}/dossier`)).status, 409, 'not before');
  program.advance({ days: 2 });
  const answer = await post('accueil', `/demandes/${request}/dossier`);
  assert.equal(answer.status, 200);
  const zip = join(place.dir, 'dossier.zip');
  writeFileSync(zip, Buffer.from(await answer.arrayBuffer()));
  assert.equal((await post('accueil', `/demandes/${request}/remise`, { mots: 'en main propre' })).status, 303);
  const packages = join(place.dir, 'data/archive/packages');
  await until('the copy is erased', () => readdirSync(packages).length === 0);
  opened = join(place.dir, 'opened');
  run('unzip', ['-t', zip]);
  run('unzip', ['-q', zip, '-d', opened]);
});

test('sha256sum, OpenSSL and DCMTK agree, and the files are those that were sent', () => {
  run('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: opened });
  run('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', 'CLE-PUBLIQUE.pem', '-rawin', '-in', 'SHA256SUMS', '-sigfile', 'SHA256SUMS.sig'], { cwd: opened });
  const directory = spawnSync('dcmdump', ['+P', 'ReferencedFileID', '+P', 'OffsetOfTheNextDirectoryRecord', 'DICOMDIR'], { cwd: opened, encoding: 'utf8' });
  assert.equal(directory.status, 0, directory.stderr);
  assert.doesNotMatch(directory.stderr, /^[WE]:/m);
  const named = [...directory.stdout.matchAll(/\[(DICOM\\[^\]]+)\]/g)].map(([, name]) => name.replaceAll('\\', '/'));
  assert.equal(named.length, exam.files.length);
  const dataset = (path) => {
    // Without the file meta information, which names the receiver.
    const bytes = readFileSync(path);
    return bytes.subarray(132 + 12 + bytes.readUInt32LE(140)).toString('base64');
  };
  const sent = new Set(exam.files.map(dataset));
  for (const name of named) assert.ok(sent.has(dataset(join(opened, name))), `${name} is not a file that was sent`);
});

test('it opens in a browser from a folder, without a network, and holds no code', async () => {
  for (const name of readdirSync(opened, { recursive: true, withFileTypes: true }).filter((one) => one.isFile() && /html|csv|txt/.test(one.name))) {
    const text = readFileSync(join(name.parentPath, name.name), 'utf8');
    for (const secret of [sheet.code, sheet.code.replaceAll(/[ -]/g, '')]) assert.ok(!text.includes(secret), `${name.name} holds the code`);
  }
  const { page, context, complaints, close } = await browser.open('null', { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  try {
    await context.setOffline(true);
    const asked = [];
    context.on('request', (one) => asked.push(one.url()));
    await page.goto(pathToFileURL(join(opened, 'index.html')).href);
    await page.screenshot({ path: join(shots, 'record-phone.png'), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), []);
    await page.getByRole('link', { name: 'Images à regarder' }).click();
    await until('the pictures', () => page.evaluate(() => [...document.images].slice(0, 3).every((one) => one.complete && one.naturalWidth > 0)));
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.screenshot({ path: join(shots, 'record-images.png') });
    await page.goto(pathToFileURL(join(opened, 'ACCES/acces.html')).href);
    await page.screenshot({ path: join(shots, 'record-accesses.png'), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), []);
    assert.deepEqual(asked.filter((url) => !url.startsWith('file:')), [], 'nothing is asked of a network');
    assert.deepEqual(complaints.filter((one) => !one.startsWith('left the origin: null')), []);
  } finally {
    await close();
  }
});

test('the officer has the register and, for a breach, the people an account touched', async () => {
  const register = await read('anne', '/demandes/registre');
  assert.match(register, /"access";"patient"/);
  const refused = await fetch(`http://${program.desk}/demandes/registre`, { headers: { cookie: await desk.login(program.desk, 'accueil') } });
  assert.ok(refused.status >= 400, `the desk reads the register: ${refused.status}`);
  const local = (date) => new Date(date.getTime() + 3600e3).toISOString().slice(0, 16);
  const now = program.now();
  const declared = await post('anne', '/violations', {
    mots: 'Compte prêté', connue: local(now), debut: local(new Date(now - 5 * 86400e3)), fin: local(new Date(now.getTime() + 60e3)), compte: 'accueil', examen: '',
  });
  assert.equal(declared.status, 303);
  const breach = declared.headers.get('location');
  assert.match(await read('anne', breach), /Une personne touchée/);
  assert.match(await read('anne', `${breach}/personnes`), new RegExp(exam.patient?.family ?? '\\d'));
  await looksRight('anne', breach, 'breach');
});
