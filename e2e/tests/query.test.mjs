// What the archive keeps is found and retrieved by the tools of others: DCMTK, pynetdicom.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import { run, scratch, start, until } from '../lib/program.mjs';

const python = process.env.NEGATOSCOPE_PYTHON;
const env = { ...process.env, TCP_NODELAY: '1' };

let place, program, exam, study, patient, destination;

const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});
const valueOf = (file, name) => run('dcmdump', ['+P', name, file]).match(/\[(.*)\]/)?.[1];
/** The data set of a file, without preamble and file meta group. */
const dataSet = (file) => {
  const bytes = readFileSync(file);
  return bytes.subarray(144 + bytes.readUInt32LE(140));
};
const uidOf = (file) => valueOf(file, 'SOPInstanceUID');
const byUid = (folder) => Object.fromEntries(readdirSync(folder).map((name) => [uidOf(join(folder, name)), join(folder, name)]));

before(async () => {
  place = scratch();
  destination = await freePort();
  const peers = `[dicom]\npeers = ["DEST@127.0.0.1:${destination}", "AWAY@127.0.0.1:9"]\n`;
  writeFileSync(place.settings, readFileSync(place.settings, 'utf8').replace('[dicom]\n', peers));
  program = await start(place);
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'DX');
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env });
  study = valueOf(exam.files[0], 'StudyInstanceUID');
  patient = valueOf(exam.files[0], 'PatientID');
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const find = (...keys) => {
  const args = ['-S', '-aec', 'NEGATOSCOPE', ...keys.flatMap((key) => ['-k', key]), '127.0.0.1', String(program.dicomPort)];
  const done = run('sh', ['-c', 'exec findscu "$@" 2>&1', 'findscu', ...args], { env });
  return done.match(/Find Response: \d/g)?.length ?? 0;
};

test('DCMTK finds a study by its keys at every level, and nothing by those of another', () => {
  const [name] = valueOf(exam.files[0], 'PatientName').split('^');
  assert.equal(find('QueryRetrieveLevel=STUDY', `PatientID=${patient}`, 'StudyInstanceUID'), 1);
  assert.equal(find('QueryRetrieveLevel=STUDY', `PatientName=${name.toLowerCase()}*`, 'StudyInstanceUID'), 1);
  assert.equal(find('QueryRetrieveLevel=STUDY', 'ModalitiesInStudy=DX', 'StudyDate=20000101-', 'StudyInstanceUID'), 1);
  assert.equal(find('QueryRetrieveLevel=STUDY', 'ModalitiesInStudy=PT', 'StudyInstanceUID'), 0);
  assert.ok(find('QueryRetrieveLevel=SERIES', `StudyInstanceUID=${study}`, 'SeriesInstanceUID') >= 1);
  assert.equal(find('QueryRetrieveLevel=IMAGE', `StudyInstanceUID=${study}`, 'SOPInstanceUID'), exam.files.length);
});

test('DCMTK gets and moves a study, byte for byte as it was sent', async () => {
  const [got, moved] = ['got', 'moved'].map((name) => join(place.dir, name));
  for (const folder of [got, moved]) mkdirSync(folder);
  const key = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${study}`];
  run('getscu', ['-S', '+B', '-aec', 'NEGATOSCOPE', '-od', got, ...key, '127.0.0.1', String(program.dicomPort)], { env });
  const storescp = spawn('storescp', ['+B', '+xa', '-aet', 'DEST', '-od', moved, String(destination)], { stdio: 'ignore', env });
  try {
    const move = ['-S', '-aec', 'NEGATOSCOPE', '-aem', 'DEST', ...key, '127.0.0.1', String(program.dicomPort)];
    // Until the destination listens, the move says that it is away.
    await until('everything has been moved', () => {
      run('sh', ['-c', 'movescu "$@" 2>/dev/null || true', 'movescu', ...move], { env });
      return readdirSync(moved).length === exam.files.length;
    }, 20);
  } finally {
    storescp.kill();
  }
  for (const folder of [got, moved]) {
    const received = byUid(folder);
    assert.deepEqual(Object.keys(received).sort(), exam.files.map(uidOf).sort());
    for (const file of exam.files) assert.ok(dataSet(received[uidOf(file)]).equals(dataSet(file)), `${folder} ${file}`);
  }
});

test('pynetdicom finds, gets and moves; a destination that is away or unknown is said', { skip: !python && 'no python with pynetdicom' }, () => {
  const script = join(import.meta.dirname, '../lib/query.py');
  const lines = run(python, [script, String(program.dicomPort), study, patient, String(destination)]).trim().split('\n').map((line) => JSON.parse(line));
  const count = exam.files.length;
  assert.deepEqual(lines, [
    { what: 'find', people: 1, studies: [study] },
    { what: 'get', status: 0, got: count, completed: count },
    { what: 'move', to: 'DEST', status: 0, moved: count },
    { what: 'move', to: 'AWAY', status: 0xa702, moved: count },
    { what: 'move', to: 'NOBODY', status: 0xa801, moved: count },
  ]);
});
