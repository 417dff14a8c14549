// A recall, from the press on the button to the first frame that is served: one large exam alone, then twenty at once.
// Also how good the estimate was: the time it announced over the time it took. `cargo xtask bench --recall` runs it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

const runs = Number(process.env.NEGATOSCOPE_RUNS ?? 3);
const bytesWanted = Number(process.env.NEGATOSCOPE_MEGABYTES ?? 1000) * 1e6;
const AT_ONCE = Number(process.env.NEGATOSCOPE_AT_ONCE ?? 20);
// Small exams are enough to try this file out.
const size = bytesWanted >= 500e6 ? ['--full'] : [];
const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];

/** Puts `to` in the place of every `from`, of the same length. */
function patch(bytes, from, to) {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1');
}

/** Copies of an exam's first file, each another image of its series, until they are as many bytes as wanted. */
function enlarge(exam, folder) {
  mkdirSync(folder, { recursive: true });
  const model = readFileSync(exam.files[0]);
  // (0002,0003) UI: Media Storage SOP Instance UID.
  const at = model.indexOf(Buffer.from([0x02, 0x00, 0x03, 0x00, 0x55, 0x49])) + 8;
  const uid = model.subarray(at, at + model.readUInt16LE(at - 2)).toString('latin1').replace(/\0+$/, '');
  const files = [];
  for (let number = 0; files.length * model.length < bytesWanted; number += 1) {
    const copy = Buffer.from(model);
    patch(copy, uid, uid.slice(0, -6) + String(100000 + number));
    const path = join(folder, `${number}.dcm`);
    writeFileSync(path, copy);
    files.push(path);
  }
  return files;
}

async function feed(program, place, exam, files) {
  await hl7.send(program.hl7Port, ['patient', 'order'].map((message) => readFileSync(exam.hl7[message])));
  for (let from = 0; from < files.length; from += 500) {
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...files.slice(from, from + 500)], { env: { ...process.env, TCP_NODELAY: '1' } });
  }
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const ofExam = () => sheets(place).map((file) => join(place.sheets, file)).find((path) => readSheet(path).text.includes(exam.accession));
  return { ...readSheet(await until('the sheet', ofExam, 600)), born: exam.born };
}

/** Presses the button; resolves with the seconds until the first frame is served. */
async function bringBack(program, sheet) {
  const { cookie } = await patient.open(program.web, sheet);
  const begun = performance.now();
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  await fetch(`http://${program.web}/examen/rapatrier`, { method: 'POST', headers, redirect: 'manual' });
  await until('the first frame', async () => {
    const answer = await patient.get(program.web, cookie, '/images/data/series/1/instances/1/frames/1');
    await answer.arrayBuffer();
    return answer.status === 200;
  }, 900);
  return (performance.now() - begun) / 1000;
}

/** Of the latest `count` recalls: announced over taken, both from the press. */
function estimates(place, count) {
  const script = `import json, sqlite3, sys
record = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
print(json.dumps(record.execute('SELECT asked_at, ready_by, ready_at, size_bytes, took_ms FROM recall WHERE ready_at IS NOT NULL ORDER BY ready_at DESC LIMIT ?', [int(sys.argv[2])]).fetchall()))`;
  const rows = JSON.parse(run('python3', ['-c', script, join(place.dir, 'data/archive/record.sqlite'), String(count)]));
  if (process.env.NEGATOSCOPE_EACH) for (const [asked, announced, ready, bytes, took] of rows) console.log([asked, (announced - asked) / 1e6, (ready - asked) / 1e6, took / 1e3, bytes].join(' '));
  return rows.map(([asked, announced, ready, bytes]) => ({ ratio: (announced - asked) / Math.max(ready - asked, 1e6), bytes }));
}

const place = scratch();
const program = await start(place, { moved: true });
try {
  const list = (seed) => exams.write(join(place.dir, `exams-${seed}`), [...size, '--seed', String(seed)]).find((exam) => exam.modality === 'CT');
  const large = list(1);
  const sheet = await feed(program, place, large, enlarge(large, join(place.dir, 'large')));
  rmSync(join(place.dir, 'large'), { recursive: true });
  const others = [];
  for (let seed = 2; seed < 2 + AT_ONCE; seed += 1) {
    const exam = list(seed);
    others.push(await feed(program, place, exam, exam.files));
    rmSync(join(place.dir, `exams-${seed}`), { recursive: true });
  }
  program.advance({ days: 740 });
  console.log(`load ${load()} at the start; seconds from the press to the first frame; estimate: announced / taken (at least one second)`);
  const ratios = [];
  for (let n = 0; n < runs; n += 1) {
    const alone = await bringBack(program, sheet);
    const [one] = estimates(place, 1);
    ratios.push(one.ratio);
    console.log(`run ${n + 1}: ${Math.round(one.bytes / 1e6)} MB alone: ${alone.toFixed(1)} s, estimate ${one.ratio.toFixed(2)}`);
    const together = (await Promise.all(others.map((other) => bringBack(program, other)))).toSorted((a, b) => a - b);
    const many = estimates(place, AT_ONCE);
    ratios.push(...many.map((each) => each.ratio));
    const total = Math.round(many.reduce((sum, each) => sum + each.bytes, 0) / 1e6);
    console.log(`run ${n + 1}: ${AT_ONCE} at once, ${total} MB: first ${together[0].toFixed(1)} s, middle ${together[Math.floor(AT_ONCE / 2)].toFixed(1)} s, last ${together.at(-1).toFixed(1)} s`);
    program.advance({ days: 32 });
  }
  const good = ratios.filter((ratio) => ratio >= 0.5 && ratio <= 2).length;
  console.log(`estimates within a factor of two: ${good} of ${ratios.length}; load ${load()} at the end`);
} finally {
  await program.stop();
  place.remove();
}
