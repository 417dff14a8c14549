// Reading DICOM JSON (PS3.18 Annex F). Values come from outside: each reader gives a plain value or nothing.

export interface Attribute {
  vr: string;
  Value?: unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
}

export type DataSet = Record<string, Attribute | undefined>;

/** The tags the viewer reads, by keyword (PS3.6). */
export const TAG = {
  bitsStored: '00280101',
  cineRate: '00180040',
  columns: '00280011',
  estimatedMagnification: '00181114',
  frameTime: '00181063',
  frameTimeVector: '00181065',
  imageLaterality: '00200062',
  imageOrientation: '00200037',
  imagePosition: '00200032',
  imagerPixelSpacing: '00181164',
  instanceNumber: '00200013',
  laterality: '00200060',
  modality: '00080060',
  numberOfFrames: '00280008',
  patientOrientation: '00200020',
  perFrameGroups: '52009230',
  photometric: '00280004',
  pixelSpacing: '00280030',
  planeOrientation: '00209116',
  planePosition: '00209113',
  recommendedFrameRate: '00082144',
  rows: '00280010',
  samplesPerPixel: '00280002',
  sharedGroups: '52009229',
  usRegions: '00186011',
  viewCode: '00540220',
  viewPosition: '00185101',
  voiLut: '00283010',
  windowCenter: '00281050',
  windowWidth: '00281051',
} as const;

export function values(data: DataSet | undefined, tag: string): unknown[] {
  const found = data?.[tag]?.Value;
  return Array.isArray(found) ? found : [];
}

export function text(data: DataSet | undefined, tag: string, at = 0): string {
  const value = values(data, tag)[at];
  return typeof value === 'string' ? value.trim() : '';
}

/** A finite number; DS and IS may stand in strings (PS3.18 §F.2.3.1). */
function asNumber(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

export function number(data: DataSet | undefined, tag: string, at = 0): number | undefined {
  return asNumber(values(data, tag)[at]);
}

/** All values as numbers, or nothing if one of them is not. */
export function numbers(data: DataSet | undefined, tag: string): number[] {
  const read = values(data, tag).map(asNumber);
  return read.some((value) => value === undefined) ? [] : (read as number[]);
}

export function items(data: DataSet | undefined, tag: string): DataSet[] {
  return values(data, tag).filter((item): item is DataSet => typeof item === 'object' && item !== null);
}

/**
 * What a frame's functional groups say (PS3.3 §C.7.6.16): the first macro, per frame then shared,
 * that holds the tag; else the data set itself.
 */
export function framed(data: DataSet, tag: string, frame: number): DataSet {
  const groups = [items(data, TAG.perFrameGroups)[frame - 1], items(data, TAG.sharedGroups)[0]];
  for (const group of groups) {
    for (const macro of Object.keys(group ?? {})) {
      const found = items(group, macro).find((item) => item[tag] !== undefined);
      if (found) return found;
    }
  }
  return data;
}
