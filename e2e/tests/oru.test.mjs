// The information system gets its report back with the sheet (ORU^R01), and the code in it opens the exam.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program, ris;
before(async () => {
  ris = await hl7.listen();
  place = scratch();
  const text = readFileSync(place.settings, 'utf8').replace('[hl7]\n', `[hl7]\nreturn-to = "127.0.0.1:${ris.port}"\n`);
  writeFileSync(place.settings, text.replace(/\[sheet\]\noutput-folder = .*\n/, ''));
  program = await start(place);
});
after(async () => {
  await program?.stop();
  ris?.close();
  place?.remove();
});

test('the report returned over HL7 carries a code that opens the exam, and nothing is written to a folder', async () => {
  const exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  const message = await until('the report comes back', () => ris.messages[0]);
  const segments = message.split('\r');
  assert.match(segments[0], /\|ORU\^R01/);
  assert.ok(segments.some((segment) => segment.startsWith('PID') && segment.includes(exam.birth_name)));
  assert.ok(message.includes(exam.accession));
  const value = segments.find((segment) => segment.startsWith('OBX')).split('|')[5].split('^');
  assert.deepEqual(value.slice(1, 4), ['application', 'pdf', 'Base64']);
  const path = join(place.dir, 'returned.pdf');
  writeFileSync(path, Buffer.from(value[4], 'base64'));
  const { cookie } = await patient.open(program.web, { ...readSheet(path), born: exam.born });
  assert.ok(cookie, 'the code in the message opens');
  assert.deepEqual(sheets(place), []);
});
