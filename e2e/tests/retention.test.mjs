// Five years later: proposed, approved by two people, out of sight for thirty days, destroyed with a certificate.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { clockOf, movedBinary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, exam, sheet, list, id;
const cookies = {};

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  for (const [login, role] of [['anne', 'data-protection'], ['bruno', 'radiologist'], ['accueil', 'desk']]) {
    desk.account(place, login, role, { program: movedBinary, env: clockOf(place) });
  }
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place, { moved: true });
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length === 1);
  sheet = { born: exam.born, ...readSheet(join(place.sheets, sheets(place)[0])) };
  await until('everything is sealed', () => objects().length > 0);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

function objects() {
  const path = join(place.dir, 'data/archive/vault/objects');
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function login(name) {
  cookies[name] = await desk.login(program.desk, name);
  return cookies[name];
}

const read = async (name, path) => desk.page(program.desk, await login(name), path);

async function post(name, path, fields = {}) {
  const answer = await fetch(`http://${program.desk}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: await login(name), origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
  return answer.status;
}

async function looksRight(path, name) {
  const { page, close } = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  try {
    const [key, value] = (await login('anne')).split('=');
    await page.context().addCookies([{ name: key, value, url: `http://${program.desk}` }]);
    for (const [size, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 360, height: 640 }]]) {
      await page.setViewportSize(viewport);
      await page.goto(`http://${program.desk}${path}`);
      await page.screenshot({ path: join(shots, `${name}-${size}.png`), fullPage: true });
      assert.deepEqual(await browser.accessibility(page), [], `${path} at ${size}`);
    }
  } finally {
    await close();
  }
}

test('what expires is foreseen the day before, then proposed with its reason', async () => {
  program.advance({ days: 5 * 366 });
  await until('it is foreseen', async () => /1 à proposer/.test(await read('anne', '/conservation')));
  program.advance({ days: 1 });
  await until('it is proposed', async () => {
    list = (await read('accueil', '/conservation')).match(/\/conservation\/([0-9a-f-]{36})/)?.[1];
    return list !== undefined;
  });
  const text = await read('accueil', `/conservation/${list}`);
  assert.match(text, /archivage systématique, 5 ans/);
  id = text.match(/\/examen\/([0-9a-f-]{36})/)[1];
  await looksRight('/conservation', 'retention');
  await looksRight(`/conservation/${list}`, 'retention-list');
});

test('two people approve, one of them the officer, and it is out of sight', async () => {
  const approve = `/conservation/${list}/approuver`;
  assert.equal(await post('accueil', approve), 409);
  assert.equal(await post('bruno', approve), 303);
  assert.equal(await post('bruno', approve), 409);
  assert.ok((await read('accueil', '/')).includes(`/examen/${id}`), 'one yes changes nothing');
  assert.equal(await post('anne', approve), 303);
  assert.ok(!(await read('accueil', '/')).includes(`/examen/${id}`));
  assert.match(await read('anne', `/examen/${id}`), /récupérable jusqu/);
  await looksRight(`/examen/${id}`, 'retention-exam');
});

test('after thirty days it is destroyed, with a certificate, and its code opens nothing', async () => {
  const before = objects().length;
  program.advance({ days: 31 });
  await until('it is foreseen', async () => /1 à détruire/.test(await read('anne', '/conservation')));
  assert.ok(objects().length >= before, 'nothing goes on a day nobody foresaw');
  program.advance({ days: 1 });
  await until('it is destroyed', async () => (await read('anne', '/conservation')).includes(`/examen/${id}/certificat`));
  const answer = await fetch(`http://${program.desk}/examen/${id}/certificat.json`, { headers: { cookie: await login('anne') } });
  const certificate = await answer.json();
  assert.deepEqual(certificate.approvals.map((one) => one.by), ['bruno', 'anne']);
  assert.equal(certificate.instances.length, exam.files.length);
  const page = await read('anne', `/examen/${id}/certificat`);
  for (const { object, sha256 } of certificate.objects) assert.ok(page.includes(object) && page.includes(sha256));
  assert.match(page, /Certificat de destruction[\s\S]*bruno[\s\S]*anne/);
  const english = await fetch(`http://${program.desk}/examen/${id}/certificat?lang=en`, { headers: { cookie: cookies.anne, 'accept-language': 'en' } });
  assert.match(await english.text(), /Certificate of destruction/);
  await looksRight(`/examen/${id}/certificat`, 'retention-certificate');
  const left = objects().map((name) => name.split('.')[0]);
  for (const { object } of certificate.objects) assert.ok(!left.includes(object), object);
  assert.match(await read('accueil', `/examen/${id}`), /images ont été détruites/);
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(!cookie, 'its code opens nothing');
});
