// An order becomes a worklist entry, a performed step, images and a commitment, with real clients: DCMTK's findscu and a
// modality of pynetdicom. The program is killed between a request for commitment and its answer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import * as hl7 from '../lib/hl7.mjs';
import { run, scratch, start } from '../lib/program.mjs';

const python = process.env.NEGATOSCOPE_PYTHON;
const cleaning = [];
after(async () => {
  for (const clean of cleaning.reverse()) await clean();
});

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The modality: `ask('worklist')` and its like, answered in order. */
function modality(theirs, own) {
  const script = join(import.meta.dirname, '../lib/modality.py');
  const child = spawn(python, [script, String(theirs), String(own)], { stdio: ['pipe', 'pipe', 'inherit'] });
  cleaning.push(() => child.kill('SIGKILL'));
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.done(JSON.parse(line)));
  child.once('exit', (code) => waiting.forEach(({ failed }) => failed(new Error(`the modality ended (${code})`))));
  return (...words) => new Promise((done, failed) => {
    waiting.push({ done, failed });
    child.stdin.write(`${words.join(' ')}\n`);
  });
}

const stamp = (date) => date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
let control = 0;

function order(code, extra = '') {
  const now = stamp(new Date());
  return [
    `MSH|^~\\&|RIS|CABINET|NEGATOSCOPE|CABINET|${now}+0000||ORM^O01^ORM_O01|C${(control += 1)}|P|2.5|||||FRA|UNICODE UTF-8`,
    'PID|1||PAT-1^^^CABINET^PI||ESSAI^AGNÈS^^^^^L||19700101|F',
    'PV1|1|O',
    `ORC|${code}|P-1|||${extra}||||${now}`,
    `OBR|1|P-1||ZBQK002^Scanner thoracique^CCAM||||||||||||||A-1|RP-1|SPS-1||||CT||||||||||||${now}+0000`,
  ].join('\r');
}

test('an order, its worklist, the step, the images and their commitment, over a killed program', { skip: !python && 'no python with pynetdicom' }, async () => {
  const [ours, own] = [await freePort(), await freePort()];
  const place = scratch();
  cleaning.push(() => place.remove());
  const settings = readFileSync(place.settings, 'utf8');
  writeFileSync(place.settings, settings.replace('[dicom]\nlisten = "127.0.0.1:0"',
    `[dicom]\nlisten = "127.0.0.1:${ours}"\npeers = ["SCANNER@127.0.0.1:${own}"]\nworklist-stations = ["ECHO1=US"]`));
  let program = await start(place);
  cleaning.push(() => program.kill());
  const says = async (...messages) => {
    for (const answer of await hl7.send(program.hl7Port, messages)) assert.equal(hl7.code(answer), 'AA');
  };
  await says(order('NW'));

  const findscu = (title, ...keys) => {
    const asked = ['(0040,0100)[0].Modality', 'PatientName', 'StudyInstanceUID', ...keys].flatMap((key) => ['-k', key]);
    return run('findscu', ['-W', '-aet', title, '-aec', 'NEGATOSCOPE', ...asked, '127.0.0.1', String(ours)], { stdio: 'pipe' });
  };
  const verbose = (title, ...keys) => run('sh', ['-c', `findscu -v -W -aet ${title} -aec NEGATOSCOPE -k "(0040,0100)[0].Modality" -k PatientName -k StudyInstanceUID ${keys.map((key) => `-k "${key}"`).join(' ')} 127.0.0.1 ${ours} 2>&1`]);
  findscu('SCANNER');
  assert.match(verbose('SCANNER', '(0040,0100)[0].Modality=CT'), /StudyInstanceUID/);
  assert.doesNotMatch(verbose('SCANNER', '(0040,0100)[0].Modality=MR'), /2\.25\./);
  assert.doesNotMatch(verbose('ECHO1'), /2\.25\./, 'a station is offered only what it is made for');

  const ask = modality(ours, own);
  const [entry, ...others] = await ask('worklist', 'Modality=CT');
  assert.deepEqual(others, []);
  const { study, ...rest } = entry;
  assert.match(study, /^2\.25\.[0-9]+$/);
  assert.deepEqual(rest, { name: 'ESSAI^AGNÈS', id: 'PAT-1', accession: 'A-1', station: 'SCANNER', status: 'SCHEDULED', charset: 'ISO_IR 100', empty: [] });
  assert.equal((await ask('worklist', 'PatientName=essai*')).length, 1, 'names match whatever their case');
  assert.deepEqual(await ask('worklist', 'ScheduledProcedureStepStartDate=19990101'), []);
  await says(order('SC', 'IP'));
  assert.equal((await ask('worklist'))[0].status, 'ARRIVED');

  assert.equal(await ask('begin', '1.2.826.1', study), '0000');
  assert.equal(await ask('begin', '1.2.826.1', study), '0111', 'a step begins once');
  assert.equal((await ask('worklist'))[0].status, 'STARTED');
  assert.deepEqual(await ask('store', study, 'A-1', 2), ['0000', '0000']);
  assert.deepEqual(await ask('end', '1.2.826.9', 'COMPLETED', 2), ['0112', '0000']);
  assert.deepEqual(await ask('end', '1.2.826.1', 'COMPLETED', 2), ['0000', '0000']);
  assert.deepEqual(await ask('end', '1.2.826.1', 'DISCONTINUED', 2), ['0110', 'A710'], 'a step that has ended changes no more');
  assert.deepEqual(await ask('worklist'), []);

  const failed = [['1.2.3.4.5', 0x0112]];
  assert.equal(await ask('commit', 'same', '1.2.826.2.1'), '0000');
  assert.deepEqual(await ask('report'), { transaction: '1.2.826.2.1', type: 2, kept: 2, failed });
  assert.equal(await ask('commit', 'gone', '1.2.826.2.2'), '0000');
  await program.kill();
  program = await start(place);
  assert.equal(await ask('listen'), 'listening');
  assert.deepEqual(await ask('report'), { transaction: '1.2.826.2.2', type: 2, kept: 2, failed });
});
