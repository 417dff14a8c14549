// A code reserved with the order goes back to the information system once, opens the exam once it is published, and is
// in no file of the program.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { run, scratch, start, until } from '../lib/program.mjs';

let place, program, ris;
before(async () => {
  ris = await hl7.listen();
  place = scratch();
  const text = readFileSync(place.settings, 'utf8')
    .replace('[hl7]\n', `[hl7]\nreturn-to = "127.0.0.1:${ris.port}"\n`)
    .replace(/\[sheet\]\noutput-folder = .*\n/, '[sheet]\nreserve-at-order = true\n');
  writeFileSync(place.settings, text);
  program = await start(place);
});
after(async () => {
  await program?.stop();
  ris?.close();
  place?.remove();
});

const value = (message, name) => message.split('\r').find((segment) => segment.includes(`|${name}^`)).split('|')[5];

test('the code returned with the order opens the exam, and no file holds it', async () => {
  const exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  await hl7.send(program.hl7Port, ['patient', 'order'].map((name) => readFileSync(exam.hl7[name])));
  const message = await until('the code comes back', () => ris.messages[0]);
  assert.match(message, /^MSH.*\|ORU\^R01/);
  assert.ok(message.includes(exam.accession));
  const number = value(message, 'NEGATOSCOPE_NUMERO');
  const code = value(message, 'NEGATOSCOPE_CODE');
  const qr = value(message, 'NEGATOSCOPE_QR');
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const { cookie } = await patient.open(program.web, { number, code, born: exam.born });
  assert.ok(cookie, 'the code is good at once');
  await until('the exam is on the web', async () => (await patient.get(program.web, cookie, '/examen/dicom.zip')).status === 200);
  assert.ok(Object.keys(await patient.zip(program.web, cookie)).length > 0, 'its images are there');
  assert.equal(ris.messages.length, 1, 'once, and no stamped copy beside it');
  await program.stop();
  let scanned = 0;
  for (const entry of readdirSync(join(place.dir, 'data'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    scanned += bytes.length;
    for (const secret of [code, code.replaceAll('-', ''), qr.split('#')[1]]) {
      assert.equal(bytes.indexOf(secret), -1, `${entry.name} holds a secret`);
    }
  }
  assert.ok(scanned > 100_000);
});
