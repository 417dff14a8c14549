// Every word the reader sees, in both languages.

import type { PresetName } from '../dicom/window';
import type { Trouble } from '../net/server';

export interface Words {
  viewer: string;
  back: string;
  series: string;
  seriesCount: (images: number) => string;
  notShown: string;
  imageOf: (index: number, count: number) => string;
  clipOf: (frame: number, frames: number) => string;
  loading: string;
  preview: string;
  emptyExam: string;
  trouble: Record<Trouble, string>;
  retry: string;
  previous: string;
  next: string;
  slider: string;
  tools: string;
  scroll: string;
  contrast: string;
  move: string;
  zoom: string;
  zoomIn: string;
  zoomOut: string;
  measure: string;
  clearMeasures: string;
  play: string;
  pause: string;
  more: string;
  negative: string;
  marks: string;
  sideBySide: string;
  reset: string;
  help: string;
  close: string;
  presets: string;
  ownWindow: string;
  preset: Record<PresetName, string>;
  contrastHint: string;
  measureHint: string;
  window: (width: number, center: number) => string;
  length: (value: number, unit: 'mm' | 'px', detector: boolean) => string;
  pane: (number: number) => string;
  notice: string;
  professionalNotice: string;
  modality: Record<string, string>;
  view: Record<string, string>;
  helpKeys: readonly (readonly [string, string])[];
  helpTouch: readonly string[];
  helpMarks: string;
  helpKeysTitle: string;
  helpTouchTitle: string;
  singleKeys: string;
}

const plural = (count: number, one: string, many: string): string => `${count} ${count > 1 ? many : one}`;

const fr: Words = {
  viewer: 'Images de l’examen',
  back: 'Retour à l’examen',
  series: 'Séries',
  seriesCount: (images) => plural(images, 'image', 'images'),
  notShown: 'Ce document ne s’affiche pas ici. Il se trouve dans les fichiers à télécharger.',
  imageOf: (index, count) => `Image ${index} sur ${count}`,
  clipOf: (frame, frames) => `Séquence : ${frame} sur ${frames}`,
  loading: 'L’image arrive…',
  preview: 'Aperçu. L’image complète arrive…',
  emptyExam: 'Cet examen n’a pas d’image à afficher ici.',
  trouble: {
    ended: 'L’accès à cet examen a pris fin. Revenez à la page de l’examen pour l’ouvrir de nouveau.',
    missing: 'Cette image n’est pas disponible en ligne.',
    network: 'Cette image n’a pas pu venir jusqu’ici. Vérifiez votre connexion, puis réessayez.',
    busy: 'Cette image n’est pas disponible pour le moment. Réessayez dans un instant.',
    format: 'Votre navigateur ne peut pas afficher cette image. Elle se trouve dans les fichiers à télécharger.',
  },
  retry: 'Réessayer',
  previous: 'Image précédente',
  next: 'Image suivante',
  slider: 'Position dans la série',
  tools: 'Outils',
  scroll: 'Défiler',
  contrast: 'Contraste',
  move: 'Déplacer',
  zoom: 'Zoom',
  zoomIn: 'Agrandir',
  zoomOut: 'Réduire',
  measure: 'Mesurer',
  clearMeasures: 'Effacer les mesures',
  play: 'Lire',
  pause: 'Pause',
  more: 'Plus',
  negative: 'Négatif',
  marks: 'Repères',
  sideBySide: 'Côte à côte',
  reset: 'Rétablir',
  help: 'Aide',
  close: 'Fermer',
  presets: 'Contraste',
  ownWindow: 'D’origine',
  preset: { soft: 'Tissus mous', lung: 'Poumon', bone: 'Os', brain: 'Cerveau', harder: 'Plus contrasté', softer: 'Plus doux' },
  contrastHint: 'Glissez sur l’image : vers le haut ou le bas pour la clarté, de côté pour le contraste.',
  measureHint: 'Tracez un trait d’un point à l’autre.',
  window: (width, center) => `Fenêtre ${Math.round(width)}\nNiveau ${Math.round(center)}`,
  length: (value, unit, detector) =>
    `${value.toLocaleString('fr-FR', { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit === 'mm' ? 'mm' : 'pixels'}${detector ? ' (sur le détecteur)' : ''}`,
  pane: (number) => `Image ${number === 1 ? 'de gauche' : 'de droite'}`,
  notice: 'Ces images s’affichent à titre d’information. Seul le compte rendu du médecin fait foi.',
  professionalNotice: 'Ceci n’est pas un dispositif médical. Ne convient pas au diagnostic.',
  modality: {
    CT: 'Scanner', MR: 'IRM', MG: 'Mammographie', US: 'Échographie', CR: 'Radiographie', DX: 'Radiographie', RF: 'Radioscopie',
    XA: 'Angiographie', NM: 'Scintigraphie', PT: 'TEP', PX: 'Panoramique dentaire', IO: 'Radiographie dentaire', OT: 'Image', SC: 'Image',
    SR: 'Compte rendu de l’appareil', PR: 'Présentation', KO: 'Images clés', DOC: 'Document',
  },
  view: { R: 'Sein droit', L: 'Sein gauche', CC: 'face', MLO: 'oblique', ML: 'profil', LM: 'profil' },
  helpTouchTitle: 'Avec les doigts ou la souris',
  helpTouch: [
    'Un doigt, ou la molette : passer d’une image à l’autre.',
    'Deux doigts : agrandir et déplacer.',
    'Bouton droit de la souris : agrandir. Bouton du milieu : déplacer.',
  ],
  helpKeysTitle: 'Avec le clavier',
  helpKeys: [
    ['↑ ↓ ← →', 'image précédente ou suivante'],
    ['Début, Fin', 'première ou dernière image'],
    ['+ −', 'agrandir ou réduire'],
    ['Maj + flèches', 'déplacer l’image'],
    ['0, 1 à 4', 'contraste d’origine, ou choisi'],
    ['Espace', 'lire ou arrêter'],
    ['i', 'négatif'],
    ['m', 'mesurer'],
    ['r', 'rétablir'],
    ['?', 'cette aide'],
  ],
  helpMarks: 'Autour de l’image : R droite et L gauche du patient, A avant, P arrière, H tête, F pieds.',
  singleKeys: 'Utiliser ces touches',
};

const en: Words = {
  viewer: 'Images of the exam',
  back: 'Back to the exam',
  series: 'Series',
  seriesCount: (images) => plural(images, 'image', 'images'),
  notShown: 'This document is not shown here. It is among the files to download.',
  imageOf: (index, count) => `Image ${index} of ${count}`,
  clipOf: (frame, frames) => `Clip: ${frame} of ${frames}`,
  loading: 'The image is coming…',
  preview: 'Preview. The full image is coming…',
  emptyExam: 'This exam has no image to show here.',
  trouble: {
    ended: 'Access to this exam has ended. Go back to the page of the exam to open it again.',
    missing: 'This image is not available online.',
    network: 'This image could not be fetched. Check your connection, then try again.',
    busy: 'This image is not available right now. Try again in a moment.',
    format: 'Your browser cannot show this image. It is among the files to download.',
  },
  retry: 'Try again',
  previous: 'Previous image',
  next: 'Next image',
  slider: 'Place in the series',
  tools: 'Tools',
  scroll: 'Scroll',
  contrast: 'Contrast',
  move: 'Move',
  zoom: 'Zoom',
  zoomIn: 'Enlarge',
  zoomOut: 'Reduce',
  measure: 'Measure',
  clearMeasures: 'Clear measures',
  play: 'Play',
  pause: 'Pause',
  more: 'More',
  negative: 'Negative',
  marks: 'Marks',
  sideBySide: 'Side by side',
  reset: 'Reset',
  help: 'Help',
  close: 'Close',
  presets: 'Contrast',
  ownWindow: 'Original',
  preset: { soft: 'Soft tissue', lung: 'Lung', bone: 'Bone', brain: 'Brain', harder: 'More contrast', softer: 'Softer' },
  contrastHint: 'Drag on the image: up or down for brightness, sideways for contrast.',
  measureHint: 'Draw a line from one point to the other.',
  window: (width, center) => `Window ${Math.round(width)}\nLevel ${Math.round(center)}`,
  length: (value, unit, detector) =>
    `${value.toLocaleString('en-GB', { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit === 'mm' ? 'mm' : 'pixels'}${detector ? ' (on the detector)' : ''}`,
  pane: (number) => `Image on the ${number === 1 ? 'left' : 'right'}`,
  notice: 'These images are shown for information. Only the doctor’s report is authoritative.',
  professionalNotice: 'Not a medical device. Not for primary diagnosis.',
  modality: {
    CT: 'CT scan', MR: 'MRI', MG: 'Mammogram', US: 'Ultrasound', CR: 'X-ray', DX: 'X-ray', RF: 'Fluoroscopy', XA: 'Angiography',
    NM: 'Nuclear medicine', PT: 'PET', PX: 'Dental panoramic', IO: 'Dental X-ray', OT: 'Image', SC: 'Image', SR: 'Device report',
    PR: 'Presentation', KO: 'Key images', DOC: 'Document',
  },
  view: { R: 'Right breast', L: 'Left breast', CC: 'from above', MLO: 'oblique', ML: 'from the side', LM: 'from the side' },
  helpTouchTitle: 'With fingers or the mouse',
  helpTouch: [
    'One finger, or the wheel: go from one image to the next.',
    'Two fingers: enlarge and move.',
    'Right mouse button: enlarge. Middle button: move.',
  ],
  helpKeysTitle: 'With the keyboard',
  helpKeys: [
    ['↑ ↓ ← →', 'previous or next image'],
    ['Home, End', 'first or last image'],
    ['+ −', 'enlarge or reduce'],
    ['Shift + arrows', 'move the image'],
    ['0, 1 to 4', 'original contrast, or a chosen one'],
    ['Space', 'play or stop'],
    ['i', 'negative'],
    ['m', 'measure'],
    ['r', 'reset'],
    ['?', 'this help'],
  ],
  helpMarks: 'Around the image: R right and L left of the patient, A front, P back, H head, F feet.',
  singleKeys: 'Use these keys',
};

/** French unless the page says English. */
export function wordsFor(lang: string): Words {
  return lang.toLowerCase().startsWith('en') ? en : fr;
}
