// Which breast, which view.

import { TAG, items, text, type DataSet } from './dataset';

/** View codes of CID 4014, in SNOMED-RT as devices wrote them and SNOMED CT as they write now. */
const VIEW_CODES: Record<string, string> = {
  'R-10242': 'CC',
  '399162004': 'CC',
  'R-10226': 'MLO',
  '399368009': 'MLO',
  'R-10224': 'ML',
  '399260004': 'ML',
  'R-10228': 'LM',
  '399352003': 'LM',
};

export interface View {
  /** `R`, `L`, or empty. */
  laterality: string;
  /** `CC`, `MLO` …, or empty. */
  view: string;
}

export function viewOf(data: DataSet): View {
  const side = text(data, TAG.imageLaterality) || text(data, TAG.laterality);
  const code = text(items(data, TAG.viewCode)[0], '00080100');
  return { laterality: side === 'R' || side === 'L' ? side : '', view: VIEW_CODES[code] ?? text(data, TAG.viewPosition) };
}
