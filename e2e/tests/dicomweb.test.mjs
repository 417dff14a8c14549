// DICOMweb at the desk's listener, by the client library of web viewers, with a token, a session, and nothing.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { account, login } from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import { scratch, start } from '../lib/program.mjs';

const require = createRequire(import.meta.url);
globalThis.XMLHttpRequest = require('xhr2');
const { api } = require('dicomweb-client');

const digest = (token) => createHash('sha256').update(token).digest('hex');
const station = { authorization: 'Bearer station-token' };
const reader = { authorization: 'Bearer reader-token' };

let place, program, base, exam, client, study, series, instance;
before(async () => {
  place = scratch(`
[[dicomweb-client]]
name = "station"
token-sha256 = "${digest('station-token')}"
may-store = true
[[dicomweb-client]]
name = "reading room"
token-sha256 = "${digest('reader-token')}"
[dicomweb]
origins = ["https://viewer.example"]
public-url = "https://pacs.example/dicom-web"
`);
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.files.length > 1 && one.files.length < 20);
  account(place, 'radiologue', 'radiologist');
  account(place, 'accueil', 'desk');
  program = await start(place);
  base = `http://${program.desk}/dicom-web`;
  client = new api.DICOMwebClient({ url: base, headers: station });
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const get = (path, headers = station) => fetch(`${base}${path}`, { headers });

test('without a token, or with a wrong one, nothing is said of what is here', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic c3RhdGlvbg==' }]) {
    for (const path of ['/studies', '/studies/1.2.3', '/nothing', '/wado?requestType=WADO']) {
      const answer = await get(path, headers);
      assert.equal(answer.status, 401, path);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      assert.equal(await answer.text(), '');
    }
  }
});

test('a station sends an exam, and only one that may', async () => {
  const datasets = exam.files.map((path) => {
    const bytes = readFileSync(path);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  });
  const refused = await fetch(`${base}/studies`, {
    method: 'POST', headers: { ...reader, 'content-type': 'application/dicom' }, body: Buffer.from(datasets[0]),
  });
  assert.equal(refused.status, 403);
  await client.storeInstances({ datasets });
});

test('it is found, described and drawn, and its URLs are those of the proxy', async () => {
  const [found] = await client.searchForStudies({ queryParams: { AccessionNumber: exam.accession } });
  study = found['0020000D'].Value[0];
  assert.equal(found['00081190'].Value[0], `https://pacs.example/dicom-web/studies/${study}`);
  assert.equal(found['00201208'].Value[0], exam.files.length);
  const metadata = await client.retrieveStudyMetadata({ studyInstanceUID: study });
  assert.equal(metadata.length, exam.files.length);
  const drawable = metadata.find((one) => one['7FE00010']);
  [series, instance] = [drawable['0020000E'].Value[0], drawable['00080018'].Value[0]];
  assert.match(drawable['7FE00010'].BulkDataURI, /^https:\/\/pacs\.example\/dicom-web\/studies\//);
  const ids = { studyInstanceUID: study, seriesInstanceUID: series, sopInstanceUID: instance };
  const frames = await client.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
  assert.ok(frames[0].byteLength > 0);
  const picture = await get(`/studies/${study}/series/${series}/instances/${instance}/rendered`);
  assert.equal(picture.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual([...new Uint8Array(await picture.arrayBuffer()).subarray(0, 2)], [0xff, 0xd8]);
});

test('killed and started again, it still has every byte of each file', async () => {
  await program.kill();
  program = await start(place);
  base = `http://${program.desk}/dicom-web`;
  const all = await (await get(`/studies/${study}/instances`)).json();
  const sent = new Set(exam.files.map((path) => digest(readFileSync(path))));
  for (const one of all) {
    const [e, i] = [one['0020000E'].Value[0], one['00080018'].Value[0]];
    const file = await get(`/studies/${study}/series/${e}/instances/${i}`, { ...reader, accept: 'application/dicom' });
    assert.ok(sent.delete(digest(Buffer.from(await file.arrayBuffer()))), 'a file that was not sent');
  }
  assert.equal(sent.size, 0);
});

test('a radiologist who is logged in reads and does not send; the desk does neither', async () => {
  const cookie = await login(program.desk, 'radiologue');
  assert.equal((await get(`/studies/${study}/metadata`, { cookie })).status, 200);
  const sent = await fetch(`${base}/studies`, { method: 'POST', headers: { cookie, 'content-type': 'application/dicom' }, body: 'x' });
  assert.equal(sent.status, 403);
  assert.equal((await get(`/studies/${study}/metadata`, { cookie: await login(program.desk, 'accueil') })).status, 401);
});

test('a page of another origin reads the answers only when the settings name it', async () => {
  const from = async (origin) => (await get('/studies', { ...reader, origin })).headers.get('access-control-allow-origin');
  assert.equal(await from('https://viewer.example'), 'https://viewer.example');
  assert.equal(await from('https://elsewhere.example'), null);
});
