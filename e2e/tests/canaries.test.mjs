// Two patients whose names, numbers, dates, codes and pixels are found nowhere else are walked through every page of
// every role: one of them is an attack on whatever shows it. What is theirs is then looked for where it must not be.
// B13, C01, C09, C10, C16, C22, C24, C28, D05.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readQr, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

const roles = ['desk', 'radiologist', 'administrator', 'data-protection'];
const HOSTILE = {
  family: '<IMG SRC=X ONERROR=ALERT(7)>KQA',
  given: "';DROP TABLE EXAM--{{7*7}}ZQJ",
  title: '=HYPERLINK("http://x.example")<svg onload=alert(8)>${jndi:ldap://x.example}',
  series: '<script>alert(9)</script>',
};
const PLAIN = { family: 'WXQVKANARI', given: 'QZJXORPHEE', title: 'Examen WQKTITRE', series: 'WQKSERIE' };

let place, program, rows, staff;
const people = [];

/** The exam's messages and files under other words. */
function renamed(exam, words) {
  const told = (name) => readFileSync(exam.hl7[name], 'utf8')
    .replaceAll(exam.birth_name, words.family)
    .replaceAll(new RegExp(`\\^${exam.first_name}\\^[^^|~]*\\^`, 'g'), `^${words.given}^${words.given}^`)
    .replaceAll(exam.title, words.title.replaceAll('&', '\\T\\'));
  for (const file of exam.files) {
    run('dcmodify', ['-nb', '-q', '-m', `(0010,0010)=${words.family}^${words.given}`, '-m', `(0008,103e)=${words.series}`, file]);
  }
  return { ...exam, words, messages: ['patient', 'order', 'report'].map(told) };
}

before(async () => {
  place = scratch();
  mkdirSync(join(place.dir, 'tmp'));
  const written = exams.write(join(place.dir, 'exams'));
  for (const role of roles) desk.account(place, role, role);
  program = await start(place, { env: { TMPDIR: join(place.dir, 'tmp') } });
  for (const [modality, words] of [['DX', HOSTILE], ['US', PLAIN]]) {
    const exam = renamed(written.find((exam) => exam.modality === modality), words);
    const answers = await hl7.send(program.hl7Port, exam.messages);
    assert.deepEqual(answers.map(hl7.code), ['AA', 'AA', 'AA']);
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
    const path = await until('the sheet', () => sheets(place).map((name) => join(place.sheets, name))
      .find((path) => !people.some((one) => one.path === path)));
    const sheet = { ...readSheet(path), born: exam.born };
    const { cookie } = await patient.open(program.web, sheet);
    assert.ok(cookie, 'the sheet opens its exam');
    const pixels = readFileSync(exam.files[0]).subarray(-20000).subarray(9000, 9064);
    people.push({ exam, path, sheet, cookie, token: readQr(path).split('#')[1], pixels });
  }
  rows = run(binary, ['routes']).trim().split('\n').map((line) => {
    const [side, method, path, who] = line.split(' ');
    return { side, method, path, who };
  });
  staff = {};
  for (const role of roles) staff[role] = await desk.login(program.desk, role);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

/** What nobody but this person and the staff may read. */
function canaries({ exam, sheet, token, cookie }) {
  const code = sheet.code.replaceAll('-', '');
  return [exam.words.family, exam.words.given, exam.accession, exam.born, exam.born.replaceAll('-', ''), sheet.code, code,
    sheet.number, sheet.number.replaceAll(' ', ''), token, cookie.split('=')[1], exam.study_uid];
}

const holds = (bytes, words) => words.filter((word) => bytes.includes(Buffer.from(word)));

async function ask(side, method, path, cookie) {
  const host = program[side];
  const form = 'motif=x&raison=x&classe=ct&reponse=oui&decision=accept&nature=demande&lot=x&version=1&prix=0&login=x&password=x';
  const answer = await fetch(`http://${host}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(cookie ? { cookie } : {}), origin: `http://${host}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: method === 'POST' ? form : undefined,
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) {
    assert.doesNotMatch(bytes.toString(), /<img src=x|<svg onload|<script>alert/i, `${path} shows a name as markup`);
  }
  assert.ok(answer.status < 500 || answer.status === 503, `${method} ${path}: ${answer.status}`);
  assert.doesNotMatch(bytes.toString(), /panicked|stack backtrace|\.rs:\d+/, `${path} tells of our insides`);
  return { status: answer.status, bytes, headers: Object.fromEntries(answer.headers) };
}

const filled = (path, id) => path.replaceAll(/\{[^}]*\}/g, id);
const patientRows = () => rows.filter((row) => row.side === 'web' && row.method === 'GET' && row.who !== 'follower' && !row.path.includes('{*'));

test('each patient sees their own exam on every page, and not a byte of the other', async () => {
  const [first, second] = people;
  for (const [own, other] of [[first, second], [second, first]]) {
    let seen = '';
    for (const row of patientRows()) {
      const { status, bytes } = await ask('web', 'GET', filled(row.path, '1'), own.cookie);
      assert.deepEqual(holds(bytes, canaries(other)), [], row.path);
      assert.ok(!bytes.includes(other.pixels), `${row.path} holds the other's pixels`);
      if (status === 200) seen += bytes.toString();
      if (row.path.includes('{') || row.path.endsWith('.zip')) continue;
      for (const word of [own.sheet.code, own.sheet.code.replaceAll('-', ''), own.token, own.cookie.split('=')[1]]) assert.ok(!bytes.includes(word), row.path);
      for (const [, address] of bytes.toString().matchAll(/(?:href|src|action)="([^"]*)"/g)) {
        assert.deepEqual(holds(Buffer.from(decodeURIComponent(address)), canaries(own)), [], `an address of ${row.path}`);
      }
    }
    assert.ok(seen.includes(own.exam.words.family.replaceAll('<', '&lt;').replaceAll('>', '&gt;')), 'the name is shown, as text');
    const files = await patient.zip(program.web, own.cookie);
    for (const [name, bytes] of Object.entries(files)) {
      assert.match(name, /^[\w./ -]+$/, 'a name in the ZIP');
      assert.ok(!bytes.includes(other.pixels) && !holds(bytes, [other.exam.words.family, other.exam.study_uid]).length);
    }
    const dicom = Object.entries(files).filter(([name]) => name.endsWith('.dcm')).map(([, bytes]) => bytes);
    assert.ok(dicom.some((bytes) => bytes.includes(own.pixels)), 'the canary in the pixels can be found');
  }
});

test('without a visit no page of the patients holds anything of anybody', async () => {
  const all = people.flatMap(canaries);
  for (const row of patientRows()) {
    const { bytes, headers } = await ask('web', 'GET', filled(row.path, '1'), null);
    assert.deepEqual(holds(bytes, all), [], row.path);
    assert.match(headers['x-robots-tag'], /noindex/, row.path);
  }
  for (const path of ['/healthz', '/.git/config', '/metrics', '/debug', '/server-status', '/assets/site.css.map', '/robots.txt', '/examen/..;/a.css', '/examen/a.css']) {
    const { bytes } = await ask('web', 'GET', path, people[0].cookie);
    assert.deepEqual(holds(bytes, all), [], path);
  }
});

test('the desk shows names as text to every role, refuses by role before it looks, and an unknown id is not there', async () => {
  const list = await ask('desk', 'GET', '/', staff.desk);
  const ids = [...new Set([...list.bytes.toString().matchAll(/href="\/examen\/([0-9a-f-]{36})"/g)].map(([, id]) => id))];
  assert.ok(ids.length >= 2);
  for (const path of ['/?q=%25', '/?q=_', "/?q=%27%20OR%201%3D1--", '/?suite=zz', '/?suite=7b7d', `/?q=${'a'.repeat(5000)}`]) {
    const { status } = await ask('desk', 'GET', path, staff.desk);
    assert.ok([200, 400, 409, 431].includes(status), `${path}: ${status}`);
  }
  const shown = async (words) => /href="\/examen\//.test((await ask('desk', 'GET', `/?q=${encodeURIComponent(words)}`, staff.desk)).bytes.toString());
  assert.ok(await shown('WXQVKAN'));
  for (const words of ['%KANARI', '_XQVKANARI', 'WXQV*RI']) assert.ok(!await shown(words), `${words}: no letter stands for another`);
  for (const role of [...roles, null]) {
    for (const row of rows.filter((row) => row.side === 'desk' && row.path.includes('{'))) {
      const may = role !== null && (row.who === 'anyone' || row.who.replace('staff:', '').split(',').includes(role));
      const [one, other] = [await ask('desk', row.method, filled(row.path, randomUUID()), staff[role]), await ask('desk', row.method, filled(row.path, randomUUID()), staff[role])];
      assert.deepEqual([one.status, one.bytes.toString()], [other.status, other.bytes.toString()], `${role} ${row.method} ${row.path}`);
      // Who may is told that a form lacks something, whatever exists.
      assert.ok([303, 404, 409].includes(one.status) || (may && one.status === 422), `${role} ${row.method} ${row.path}: ${one.status}`);
      if (may) continue;
      // Who may not is told the same of what exists.
      for (const id of ids) {
        const known = await ask('desk', row.method, filled(row.path, id), staff[role]);
        assert.deepEqual([known.status, known.bytes.toString()], [one.status, one.bytes.toString()], `${role} ${row.method} ${row.path}`);
      }
    }
    for (const row of rows.filter((row) => row.side === 'desk' && row.method === 'GET')) {
      for (const id of ids) await ask('desk', 'GET', filled(row.path, id), staff[role]);
    }
  }
});

test('in a real browser nothing of a name runs', async () => {
  const [hostile] = people;
  const walks = [['web', hostile.cookie, ['/examen', '/examen/rapport', '/examen/telechargements', '/images/']], ['desk', staff.desk, ['/', '/doutes']]];
  for (const [side, cookie, paths] of walks) {
    const origin = `http://${program[side]}`;
    const opened = await browser.open(origin);
    try {
      const [name, value] = cookie.split('=');
      await opened.context.addCookies([{ name, value, url: origin }]);
      opened.page.on('dialog', (dialog) => { opened.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
      for (const path of paths) await opened.page.goto(`${origin}${path}`);
      if (side === 'desk') {
        await opened.page.goto(`${origin}/`);
        await opened.page.click('main table a >> nth=0');
        await opened.page.waitForLoadState();
      }
      assert.deepEqual(opened.complaints, [], side);
    } finally {
      await opened.close();
    }
  }
});

test('nothing of either is in a log, a temporary file, or a plain file of the side that faces the Internet', async () => {
  await program.stop();
  const log = Buffer.from(program.log.join('\n'));
  for (const line of program.log) assert.ok(JSON.parse(line), 'each event is one line of JSON');
  for (const one of people) assert.deepEqual(holds(log, canaries(one)), [], 'the log');
  assert.deepEqual(readdirSync(join(place.dir, 'tmp')), [], 'temporary files');
  const found = (words, folder) => run('bash', ['-c', 'printf "%s\\n" "${@:2}" | grep -rlaF -f - -- "$1" || true', 'bash', folder, ...words]).trim();
  for (const one of people) {
    assert.deepEqual(found(canaries(one), join(place.dir, 'data/diffusion')), '', 'the diffusion side');
  }
  const secrets = people.flatMap(({ sheet, token, cookie }) => [sheet.code, sheet.code.replaceAll('-', ''), token, cookie.split('=')[1]]);
  const sessions = Object.values(staff).map((cookie) => cookie.split('=')[1]);
  assert.deepEqual(found([...secrets, ...sessions], join(place.dir, 'data')), '', 'the data folder');
  assert.notDeepEqual(found([people[1].exam.words.family], join(place.dir, 'data/archive')), '', 'the search itself finds what is there');
});
