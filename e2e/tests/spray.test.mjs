// Wrong codes through HTTP, spread over 1,000 numbers and addresses: none gets in, and the right code works afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program, sheet;

before(async () => {
  place = scratch();
  const [exam] = exams.write(join(place.dir, 'exams'));
  program = await start(place);
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet', () => sheets(place).map((name) => join(place.sheets, name))[0]);
  sheet = { ...readSheet(path), born: exam.born };
});
after(async () => {
  await program?.stop();
  place?.remove();
});

/** A number with its check digit (Damm), as anybody can compute it. */
function number(n) {
  const table = ['0317598642', '7092154863', '4206871359', '1750983426', '6123045978', '3674209581', '5869720134', '8945362017', '9438617205', '2581436790'];
  const digits = String(100000000 + n * 7919).padStart(9, '0').slice(-9);
  let state = 0;
  for (const digit of digits) state = Number(table[state][Number(digit)]);
  return digits + state;
}

test('1,000 wrong codes over 1,000 numbers and addresses open nothing, look all alike, and the right code still works', async () => {
  const answers = new Set();
  for (let n = 0; n < 1000; n += 20) {
    await Promise.all(Array.from({ length: 20 }, async (_, k) => {
      const wrong = await patient.open(program.web, { ...sheet, number: number(n + k) }, `127.1.${Math.floor((n + k) / 250)}.${1 + ((n + k) % 250)}`);
      assert.equal(wrong.cookie, null);
      answers.add(`${wrong.status} ${wrong.text.replaceAll(/value="[^"]*"/g, '')}`);
    }));
  }
  assert.equal(answers.size, 1, 'every refusal is the same page');
  const right = await patient.open(program.web, sheet);
  assert.ok(right.cookie, 'the right code opens');
});
