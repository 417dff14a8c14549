// The forms of retention as people fill them in, without JavaScript: a hold put and lifted by two, the rule for exams that
// nobody chose to archive, an officer's word on a batch that was taken over.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { binary, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, opened, id;
const origin = () => `http://${program.desk}`;
const text = () => opened.page.textContent('main');

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  for (const [login, role] of [['anne', 'data-protection'], ['bruno', 'radiologist'], ['accueil', 'desk']]) desk.account(place, login, role);
  const list = exams.write(join(place.dir, 'exams'));
  const [ct, dx] = ['CT', 'DX'].map((modality) => list.find((one) => one.modality === modality));
  const taken = spawnSync(binary, ['--settings', place.settings, 'import', '--legacy', 'ancien PACS', dx.folder], { encoding: 'utf8' });
  assert.equal(taken.status, 0, taken.stderr);
  program = await start(place);
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(ct.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ct.files[0]], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length > 0);
  const cookie = await desk.login(program.desk, 'accueil');
  const front = await desk.page(program.desk, cookie, '/');
  for (const [, one] of front.matchAll(/\/examen\/([0-9a-f-]{36})/g)) {
    if ((await desk.page(program.desk, cookie, `/examen/${one}`)).includes(ct.accession)) id = one;
  }
  assert.ok(id, 'the CT is in the list');
  opened = await browser.open(origin(), { viewport: { width: 360, height: 640 }, locale: 'fr-FR', javaScriptEnabled: false });
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

async function as(name, path) {
  const [key, value] = (await desk.login(program.desk, name)).split('=');
  await opened.context.clearCookies();
  await opened.context.addCookies([{ name: key, value, url: origin() }]);
  await opened.page.goto(`${origin()}${path}`);
}

async function press(selector) {
  await Promise.all([opened.page.waitForNavigation(), opened.page.click(selector)]);
}

test('a hold is put with its reason, and one person alone does not lift it', async () => {
  const { page } = opened;
  await as('bruno', `/examen/${id}`);
  assert.match(await text(), /Rien ne retient cet examen/);
  await page.selectOption('#nature', 'reclamation');
  await page.fill('#pourquoi', 'Réclamation du 3 mars');
  await press('form[action$="/conserver"] button');
  assert.match(await text(), /Réclamation du 3 mars/);
  assert.doesNotMatch(await text(), /Rien ne retient cet examen/);
  await page.screenshot({ path: join(shots, 'retention-hold-phone.png'), fullPage: true });
  await press('form[action$="/lever"] button');
  assert.match(await text(), /Levée demandée par\s+bruno/);
  await as('anne', `/examen/${id}`);
  assert.match(await text(), /Réclamation du 3 mars/, 'it holds until the second person');
  await press('form[action$="/lever"] button');
  assert.match(await text(), /Rien ne retient cet examen/);
  await as('accueil', `/examen/${id}`);
  assert.equal(await page.locator('form[action$="/conserver"]').count(), 0, 'the desk puts none');
});

test('two people approve the rule for exams nobody chose to archive, and one ends it', async () => {
  const { page } = opened;
  await as('accueil', '/conservation');
  assert.equal(await page.locator('form[action^="/conservation/regle"]').count(), 0);
  await as('bruno', '/conservation');
  await press('form[action="/conservation/regle/approuver"] button');
  assert.equal(await page.locator('form[action="/conservation/regle/terminer"]').count(), 0, 'one is not enough');
  await as('anne', '/conservation');
  await press('form[action="/conservation/regle/approuver"] button');
  assert.match(await text(), /bruno[\s\S]*anne/);
  await press('form[action="/conservation/regle/terminer"] button');
  assert.equal(await page.locator('form[action="/conservation/regle/approuver"]').count(), 1);
});

test('the officer alone says what becomes of a batch that was taken over', async () => {
  const { page } = opened;
  await as('bruno', '/conservation');
  assert.match(await text(), /ancien PACS/);
  assert.equal(await page.locator('form[action="/conservation/lot"]').count(), 0);
  await as('anne', '/conservation');
  await page.fill('form[action="/conservation/lot"] input[name=motif]', 'Inventaire du 12 janvier');
  await page.screenshot({ path: join(shots, 'retention-batch-phone.png'), fullPage: true });
  await press('form[action="/conservation/lot"] button');
  assert.match(await text(), /Inventaire du 12 janvier/);
  assert.equal(await page.locator('form[action="/conservation/lot"]').count(), 0, 'it is said once');
  assert.deepEqual(opened.complaints, []);
});
