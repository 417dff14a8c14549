// Makes small Part 10 files whose every pixel is known: explicit VR little endian, no licence to ask.

const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);
const BINARY = { US: 'setUint16', SS: 'setInt16' };

function bytesOf(vr, value) {
  if (vr === 'OB' || vr === 'OW') return Buffer.from(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength);
  const list = Array.isArray(value) ? value : [value];
  if (vr === 'SQ') return Buffer.concat(list.map(item));
  if (BINARY[vr]) {
    const view = new DataView(new ArrayBuffer(list.length * 2));
    list.forEach((one, at) => view[BINARY[vr]](at * 2, one, true));
    return Buffer.from(view.buffer);
  }
  const text = Buffer.from(list.join('\\'), 'latin1');
  return text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
}

function item(elements) {
  const body = encode(elements);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(0xe000, 2);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** `{ tag: [vr, value] }` as bytes, in the order of tags. */
function encode(elements) {
  const parts = Object.keys(elements)
    .sort()
    .map((tag) => {
      const [vr, value] = elements[tag];
      const body = bytesOf(vr, value);
      const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
      head.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
      head.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
      head.write(vr, 4, 'latin1');
      if (LONG.has(vr)) head.writeUInt32LE(body.length, 8);
      else head.writeUInt16LE(body.length, 6);
      return Buffer.concat([head, body]);
    });
  return Buffer.concat(parts);
}

let serial = 1;

/** A whole file. */
export function part10(elements, syntax = '1.2.840.10008.1.2.1') {
  const uid = `2.25.${serial++}`;
  const meta = encode({
    '00020001': ['OB', Uint8Array.of(0, 1)],
    '00020002': ['UI', '1.2.840.10008.5.1.4.1.1.7'],
    '00020003': ['UI', uid],
    '00020010': ['UI', syntax],
  });
  const length = encode({ '00020000': ['US', 0] });
  // The group length is UL: written by hand.
  length.write('UL', 4, 'latin1');
  const group = Buffer.concat([length.subarray(0, 6), Buffer.from([4, 0]), Buffer.alloc(4)]);
  group.writeUInt32LE(meta.length, 8);
  const body = encode({ '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'], '00080018': ['UI', uid], ...elements });
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), group, meta, body]);
}

/** The elements of a grey picture of 16 bits; `value(x, y)` gives stored values. */
export function grey(columns, rows, value, { signed = false, photometric = 'MONOCHROME2' } = {}) {
  const pixels = signed ? new Int16Array(columns * rows) : new Uint16Array(columns * rows);
  for (let y = 0; y < rows; y += 1) for (let x = 0; x < columns; x += 1) pixels[y * columns + x] = value(x, y);
  return {
    '00280002': ['US', 1], '00280004': ['CS', photometric], '00280010': ['US', rows], '00280011': ['US', columns],
    '00280100': ['US', 16], '00280101': ['US', 16], '00280102': ['US', 15], '00280103': ['US', signed ? 1 : 0],
    '7FE00010': ['OW', pixels],
  };
}

/** The elements of a colour clip of 8 bits; `value(x, y, frame)` gives `[r, g, b]`. */
export function clip(columns, rows, frames, value) {
  const pixels = new Uint8Array(columns * rows * 3 * frames);
  let at = 0;
  for (let frame = 1; frame <= frames; frame += 1) {
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        pixels.set(value(x, y, frame), at);
        at += 3;
      }
    }
  }
  return {
    '00280002': ['US', 3], '00280004': ['CS', 'RGB'], '00280006': ['US', 0], '00280008': ['IS', String(frames)],
    '00280010': ['US', rows], '00280011': ['US', columns], '00280100': ['US', 8], '00280101': ['US', 8], '00280102': ['US', 7],
    '00280103': ['US', 0], '7FE00010': ['OB', pixels],
  };
}

/** A CT slice: from left to right −1000 to +1000 HU, and a square that tells the slice. Half a millimetre a pixel. */
export function ctSlice(number, count) {
  const picture = grey(128, 128, (x, y) => {
    const square = y >= 96 && y < 112 && x >= 4 && x < 4 + (number / count) * 120;
    return Math.round(square ? 1500 : (x / 127) * 2000 - 1000) + 1024;
  }, { signed: true });
  return part10({
    ...picture,
    '00080060': ['CS', 'CT'], '0008103E': ['LO', 'Thorax'], '00200013': ['IS', String(number)],
    '00200032': ['DS', ['-32', '-32', String(-2.5 * number)]], '00200037': ['DS', ['1', '0', '0', '0', '1', '0']],
    '00280030': ['DS', ['0.5', '0.5']], '00281050': ['DS', '40'], '00281051': ['DS', '400'],
    '00281052': ['DS', '-1024'], '00281053': ['DS', '1'],
  });
}

/** A breast: bright towards the chest wall, which is at the right of the stored picture if `wall` says so. */
export function breast({ side, view, orientation, wall, photometric = 'MONOCHROME2' }) {
  const light = (x) => (wall === 'right' ? x / 99 : 1 - x / 99);
  const stored = (x) => Math.round((photometric === 'MONOCHROME1' ? 1 - light(x) : light(x)) * 4000);
  return part10({
    ...grey(100, 140, (x) => stored(x), { photometric }),
    '00080060': ['CS', 'MG'], '0008103E': ['LO', 'Mammographie'], '00200020': ['CS', orientation], '00200062': ['CS', side],
    '00185101': ['CS', view], '00181164': ['DS', ['0.1', '0.1']], '00281050': ['DS', '2000'], '00281051': ['DS', '4001'],
  });
}

/** An ultrasound clip whose red tells the frame, twenty a second. */
export function usClip(frames) {
  return part10({
    ...clip(160, 120, frames, (x, y, frame) => [Math.round((frame / frames) * 250), x, y]),
    '00080060': ['CS', 'US'], '0008103E': ['LO', 'Clip'], '00181063': ['DS', '50'],
  });
}

/** A document without pixels. */
export function report() {
  return part10({ '00080060': ['CS', 'SR'], '0008103E': ['LO', 'Dose'] });
}
