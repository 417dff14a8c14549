// Checks, on the reader's own machine and without a network, what the log of accesses says: that each event stands in
// it, that the log's key and its witnesses signed it, that it has grown from an earlier receipt, that none is missing.
// The formats are those of C2SP (signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof) and RFC 6962.
'use strict';
(() => {
  const place = document.getElementById('verifier');
  const known = JSON.parse(place.dataset.known);
  const words = JSON.parse(place.dataset.words);
  const results = document.getElementById('results');
  const verdict = document.getElementById('verdict');

  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const utf8 = (text) => new TextEncoder().encode(text);
  const join = (...parts) => {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const digest = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));
  const sha256 = (bytes) => digest('SHA-256', bytes);
  const node = (left, right) => sha256(join([1], left, right));

  // ---- Ed25519: the browser's own where it has it, else RFC 8032 in whole numbers.
  const P = 2n ** 255n - 19n;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (a, m = P) => ((a % m) + m) % m;
  const power = (base, exponent) => {
    let result = 1n;
    for (base = mod(base); exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
      if (exponent & 1n) result = mod(result * base);
    }
    return result;
  };
  const D = mod(-121665n * power(121666n, P - 2n));
  const I = power(2n, (P - 1n) / 4n);
  const little = (bytes) => [...bytes].reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  const point = (bytes) => {
    const sign = bytes[31] >> 7;
    const y = little(bytes) & (2n ** 255n - 1n);
    if (y >= P) return null;
    const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
    let x = power(square, (P + 3n) / 8n);
    if (mod(x * x - square) !== 0n) x = mod(x * I);
    if (mod(x * x - square) !== 0n || (x === 0n && sign)) return null;
    if (Number(x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  };
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2));
    const b = mod((y1 + x1) * (y2 + x2));
    const c = mod(2n * t1 * t2 * D);
    const d = mod(2n * z1 * z2);
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  };
  const times = (scalar, base) => {
    let sum = [0n, 1n, 1n, 0n];
    for (let p = base; scalar > 0n; scalar >>= 1n, p = add(p, p)) if (scalar & 1n) sum = add(sum, p);
    return sum;
  };
  const equal = (p, q) => mod(p[0] * q[2] - q[0] * p[2]) === 0n && mod(p[1] * q[2] - q[1] * p[2]) === 0n;
  const BASE = point(Uint8Array.from([0x58, ...new Array(31).fill(0x66)]));
  const byHand = async (key, signature, text) => {
    const [a, r, s] = [point(key), point(signature.slice(0, 32)), little(signature.slice(32))];
    if (!a || !r || s >= L) return false;
    const h = little(await digest('SHA-512', join(signature.slice(0, 32), key, text))) % L;
    return equal(times(s, BASE), add(r, times(h, a)));
  };
  const isSigned = async (key, signature, text) => {
    if (signature.length !== 64) return false;
    if (!known.byHand) {
      try {
        const imported = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
        return await crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, text);
      } catch {
        // This browser has no Ed25519.
      }
    }
    return byHand(key, signature, text);
  };

  // ---- Keys, notes, checkpoints.
  const readKey = async (text) => {
    const [name, id, ...rest] = text.trim().split('+');
    const bytes = bytesOf(rest.join('+'));
    const found = (await sha256(join(utf8(`${name}\n`), bytes))).slice(0, 4);
    const hex = [...found].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (hex !== id || bytes.length !== 33) throw new Error('key');
    return { name, id: found, kind: bytes[0], key: bytes.slice(1) };
  };
  const readNote = (note) => {
    const end = note.indexOf('\n\n');
    if (end < 0) throw new Error('note');
    const text = note.slice(0, end + 1);
    const [origin, size, root] = text.split('\n');
    const lines = note.slice(end + 2).split('\n').filter((line) => line.startsWith('\u2014 '));
    const signatures = lines.map((line) => {
      const [, name, bytes] = line.split(' ');
      return { name, bytes: bytesOf(bytes) };
    });
    if (!/^(0|[1-9][0-9]*)$/.test(size)) throw new Error('note');
    return { text, origin, size: Number(size), root: bytesOf(root), signatures };
  };
  const signaturesBy = (note, key) =>
    note.signatures.filter(({ name, bytes }) => name === key.name && same(bytes.slice(0, 4), key.id)).map(({ bytes }) => bytes.slice(4));
  const byLog = async (note, keys) => {
    for (const key of keys.logs) {
      if (key.name !== note.origin) continue;
      for (const signature of signaturesBy(note, key)) if (await isSigned(key.key, signature, utf8(note.text))) return true;
    }
    return false;
  };
  const witnessesOf = async (note, keys) => {
    const found = [];
    for (const key of keys.witnesses) {
      for (const bytes of signaturesBy(note, key)) {
        const time = [...bytes.slice(0, 8)].reduce((sum, byte) => sum * 256 + byte, 0);
        const text = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
        if (await isSigned(key.key, bytes.slice(8), text)) found.push({ name: key.name, time });
      }
    }
    return found;
  };

  // ---- Trees.
  const half = (size) => {
    let width = 1;
    while (width * 2 < size) width *= 2;
    return width;
  };
  const rootOf = async (leaf, index, size, path) => {
    const sides = [];
    for (let [start, end] = [0, size]; end - start > 1; ) {
      const middle = start + half(end - start);
      sides.push(index < middle);
      if (index < middle) end = middle;
      else start = middle;
    }
    if (index >= size || sides.length !== path.length) return null;
    let hash = leaf;
    for (const beside of path) hash = sides.pop() ? await node(hash, beside) : await node(beside, hash);
    return hash;
  };
  const hasGrown = async (old, later, path) => {
    if (old.size === 0 || old.size >= later.size) return path.length === 0 && (old.size === 0 || (old.size === later.size && same(old.root, later.root)));
    const odd = (n) => n % 2 === 1;
    const shifted = (n) => Math.floor(n / 2);
    let [at, last, rest] = [old.size - 1, later.size - 1, [...path]];
    while (odd(at)) [at, last] = [shifted(at), shifted(last)];
    const first = Number.isInteger(Math.log2(old.size)) ? old.root : rest.shift();
    if (!first) return false;
    let [left, right] = [first, first];
    for (const beside of rest) {
      if (last === 0) return false;
      if (odd(at) || at === last) {
        [left, right] = [await node(beside, left), await node(beside, right)];
        while (at !== 0 && !odd(at)) [at, last] = [shifted(at), shifted(last)];
      } else right = await node(right, beside);
      [at, last] = [shifted(at), shifted(last)];
    }
    return last === 0 && same(left, old.root) && same(right, later.root);
  };

  // ---- Files.
  const PROOF = 'c2sp.org/tlog-proof@v1\n';
  const GROWTH = 'negatoscope/tlog-growth@v1\n';
  const readProof = (text) => {
    const end = text.indexOf('\n\n');
    const [, extra, index, ...path] = text.slice(0, end).split('\n');
    if (!extra.startsWith('extra ') || !index.startsWith('index ')) throw new Error('proof');
    const bytes = bytesOf(extra.slice(6));
    const event = bytes.slice(32);
    return { leafOf: bytes, index: Number(index.slice(6)), path: path.map(bytesOf), note: readNote(text.slice(end + 2)), event: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(event)) };
  };
  const readGrowth = (text) => {
    const end = text.indexOf('\n\n');
    const [, old, ...path] = text.slice(0, end).split('\n');
    return { old: Number(old.slice(4)), path: path.map(bytesOf), note: readNote(text.slice(end + 2)) };
  };
  const sort = (texts) => {
    const files = { proofs: [], growths: [], receipts: [] };
    for (const text of texts.map((text) => text.replaceAll('\r\n', '\n'))) {
      if (text.startsWith(PROOF)) files.proofs.push(...text.split(PROOF).slice(1).map((rest) => readProof(PROOF + rest)));
      else if (text.startsWith(GROWTH)) files.growths.push(readGrowth(text));
      else files.receipts.push(readNote(text));
    }
    return files;
  };

  // ---- What is said.
  let bad = false;
  const fill = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? key);
  const say = (good, key, values) => {
    bad ||= good === false;
    const line = document.createElement('li');
    line.className = good === false ? 'bad' : good ? 'good' : 'note';
    line.textContent = `${good === false ? '✗' : good ? '✓' : '–'} ${fill(key, values)}`;
    results.append(line);
  };
  const seen = (time) => new Date(time * 1000).toLocaleString(document.documentElement.lang);

  const checkNote = async (note, keys, told) => {
    if (told.has(note.text)) return told.get(note.text);
    const good = await byLog(note, keys);
    say(good, good ? 'signed' : 'not-signed', { size: note.size });
    const witnesses = await witnessesOf(note, keys);
    for (const { name, time } of witnesses) say(true, 'witnessed', { name, size: note.size, time: seen(time) });
    if (keys.witnesses.length > 0 && witnesses.length < known.needed) say(null, 'not-confirmed', { size: note.size });
    told.set(note.text, good);
    return good;
  };
  const checkProof = async (proof, keys, told) => {
    await checkNote(proof.note, keys, told);
    const root = await rootOf(await sha256(join([0], proof.leafOf)), proof.index, proof.note.size, proof.path);
    const stands = root !== null && same(root, proof.note.root) && proof.event.seq === proof.index;
    if (!stands) say(false, 'not-in', { leaf: proof.index });
    return stands;
  };
  const checkSequence = (proofs) => {
    const exams = Map.groupBy ? Map.groupBy(proofs, ({ event }) => event.exam) : new Map([[proofs[0]?.event.exam, proofs]]);
    for (const [exam, all] of exams) {
      if (exam == null) continue;
      const events = [...new Map(all.map(({ event }) => [event.seq, event])).values()].sort((a, b) => a.seq - b.seq);
      const numbered = events.filter((event) => event.exam_seq !== undefined);
      if (numbered.length === 0 || proofs.length === 1) { say(null, 'one-only'); continue; }
      const gap = numbered.find((event, at) => at > 0 && (event.exam_seq !== numbered[at - 1].exam_seq + 1 || event.exam_prev !== numbered[at - 1].seq));
      const [first, last] = [numbered[0].exam_seq, numbered.at(-1).exam_seq];
      if (gap) say(false, 'gap', { n: gap.exam_seq });
      else say(true, 'no-gap', { first, last });
      if (!gap && first > events.length - numbered.length + 1) say(null, 'begins-later', { first });
    }
  };
  const checkReceipts = async (files, keys, told) => {
    const later = [...files.proofs, ...files.growths].map(({ note }) => note);
    for (const receipt of files.receipts) {
      if (!(await checkNote(receipt, keys, told))) continue;
      const growth = files.growths.find(({ old }) => old === receipt.size);
      const equal = later.filter(({ size }) => size === receipt.size);
      if (equal.some(({ root }) => !same(root, receipt.root))) say(false, 'not-grown', { old: receipt.size, size: receipt.size });
      else if (growth) {
        await checkNote(growth.note, keys, told);
        const good = growth.note.origin === receipt.origin && (await hasGrown(receipt, growth.note, growth.path));
        say(good, good ? 'grown' : 'not-grown', { old: receipt.size, size: growth.note.size });
      } else if (equal.length > 0) say(true, 'same', { size: receipt.size });
      else say(null, 'no-growth', { size: receipt.size });
    }
  };

  const check = async (texts) => {
    results.replaceChildren();
    verdict.textContent = '';
    delete verdict.dataset.verdict;
    bad = false;
    try {
      const keys = { logs: await Promise.all(known.logs.map(readKey)), witnesses: await Promise.all(known.witnesses.map(readKey)) };
      const files = sort(texts);
      const told = new Map();
      let stand = 0;
      for (const proof of files.proofs) if (await checkProof(proof, keys, told)) stand += 1;
      if (stand > 0) say(true, 'stand', { count: stand });
      if (files.proofs.length > 0) checkSequence(files.proofs);
      await checkReceipts(files, keys, told);
    } catch {
      say(false, 'unreadable');
    }
    verdict.dataset.verdict = bad ? 'bad' : 'good';
    verdict.textContent = fill(bad ? 'verdict-bad' : 'verdict-good');
  };

  document.getElementById('files').addEventListener('change', async (event) => {
    await check(await Promise.all([...event.target.files].map((file) => file.text())));
  });
})();
