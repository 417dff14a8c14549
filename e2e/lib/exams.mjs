// Invented exams as files, made by the project's own generator.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, xtask } from './program.mjs';

/**
 * Writes the exams under `dir` and returns what was written: for each exam
 * `{key, accession, patient, birth, title, instances: [paths], hl7: {patient, order, report} paths}`.
 */
export function write(dir, args = []) {
  run(xtask, ['exams', dir, ...args]);
  return JSON.parse(readFileSync(join(dir, 'exams.json'), 'utf8'));
}
