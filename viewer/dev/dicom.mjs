// A little reader of Part 10 files for development and tests: DICOM JSON and frames, with dicom-parser.
// The real server has its own; nothing here is shipped.

import { readFileSync } from 'node:fs';
import dicomParser from 'dicom-parser';

/** VRs of what the viewer reads, for implicit VR files. */
const VRS = {
  '00080016': 'UI', '00080018': 'UI', '00080060': 'CS', '00080100': 'SH', '00082144': 'IS', '0008103E': 'LO', '00180040': 'IS',
  '00181063': 'DS', '00181065': 'DS', '00181114': 'DS', '00181164': 'DS', '00185101': 'CS', '0020000D': 'UI', '0020000E': 'UI',
  '00200011': 'IS', '00200013': 'IS', '00200020': 'CS', '00200032': 'DS', '00200037': 'DS', '00200052': 'UI', '00200060': 'CS',
  '00200062': 'CS', '00280002': 'US', '00280004': 'CS', '00280006': 'US', '00280008': 'IS', '00280010': 'US', '00280011': 'US',
  '00280030': 'DS', '00280034': 'IS', '00280100': 'US', '00280101': 'US', '00280102': 'US', '00280103': 'US', '00281050': 'DS',
  '00281051': 'DS', '00281052': 'DS', '00281053': 'DS', '00281101': 'US', '00281102': 'US', '00281103': 'US',
};

const STRINGS = new Set(['AE', 'AS', 'CS', 'DA', 'DT', 'LO', 'SH', 'TM', 'UI', 'UC', 'LT', 'ST', 'UT']);
const NUMBERS = { US: ['uint16', 2], SS: ['int16', 2], UL: ['uint32', 4], SL: ['int32', 4], FL: ['float', 4], FD: ['double', 8] };
/** Identity does not go to the viewer. */
const HIDDEN = /^0010/;

function valuesOf(dataSet, element, vr) {
  if (STRINGS.has(vr)) return (dataSet.string(element.tag) ?? '').split('\\').map((text) => text.trim());
  if (vr === 'DS' || vr === 'IS') return (dataSet.string(element.tag) ?? '').split('\\').filter((text) => text.trim()).map(Number);
  const [kind, size] = NUMBERS[vr] ?? [];
  if (!kind) return undefined;
  return Array.from({ length: Math.min(70_000, Math.floor(element.length / size)) }, (_, at) => dataSet[kind](element.tag, at));
}

export function toJson(dataSet) {
  const json = {};
  for (const element of Object.values(dataSet.elements)) {
    const tag = element.tag.slice(1).toUpperCase();
    if (tag.startsWith('0002') || tag === '7FE00010' || HIDDEN.test(tag)) continue;
    const vr = element.vr ?? VRS[tag] ?? 'UN';
    if (element.items) {
      json[tag] = { vr: 'SQ', Value: element.items.map((item) => toJson(item.dataSet)) };
    } else if (element.length > 0) {
      const Value = valuesOf(dataSet, element, vr);
      if (Value) json[tag] = { vr, Value };
      else if ((vr === 'OW' || vr === 'OB') && /^(0028(12|30)|60)/.test(tag)) {
        const bytes = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
        json[tag] = { vr, InlineBinary: Buffer.from(bytes).toString('base64') };
      }
    }
  }
  return json;
}

/** Reads a file: its data set, DICOM JSON, transfer syntax, and a function for its frames. */
export function read(path) {
  const bytes = readFileSync(path);
  const dataSet = dicomParser.parseDicom(bytes);
  const syntax = dataSet.string('x00020010') ?? '1.2.840.10008.1.2';
  const json = toJson(dataSet);
  const frames = Number(dataSet.string('x00280008') ?? 1);
  return { dataSet, json, syntax, frames, frame: (number) => frameOf(dataSet, number, frames) };
}

function frameOf(dataSet, number, frames) {
  const pixels = dataSet.elements.x7fe00010;
  if (!pixels || number < 1 || number > frames) return undefined;
  if (pixels.encapsulatedPixelData) {
    if (pixels.fragments.length === frames) return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, pixels, number - 1);
    const table = pixels.basicOffsetTable.length > 0 ? pixels.basicOffsetTable : dicomParser.createJPEGBasicOffsetTable(dataSet, pixels);
    return dicomParser.readEncapsulatedImageFrame(dataSet, pixels, number - 1, table);
  }
  const size = ['x00280010', 'x00280011', 'x00280002'].reduce((product, tag) => product * (dataSet.uint16(tag) ?? 1), 1);
  const length = (size * (dataSet.uint16('x00280100') ?? 8)) / 8;
  return dataSet.byteArray.subarray(pixels.dataOffset + (number - 1) * length, pixels.dataOffset + number * length);
}
