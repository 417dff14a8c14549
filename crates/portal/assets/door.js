// The door, helped: a scanned QR asks for the birth date only, groups appear while typing, and a mistake shows
// beside its field as soon as the check symbol tells. Everything works without this file.
'use strict';

(() => {
  const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  // exam::code: thirteen symbols of GF(32), polynomial x^5 + x^2 + 1, weighted by the powers of its generator, add up to 0.
  const WEIGHTS = [14, 7, 17, 26, 13, 20, 10, 5, 16, 8, 4, 2, 1];
  // exam::number: the quasi-group of H. Michael Damm; the number holds when the walk ends at 0.
  const DAMM = ['0317598642', '7092154863', '4206871359', '1750983426', '6123045978', '3674209581', '5869720134',
    '8945362017', '9438617205', '2581436790'];

  const multiply = (a, b) => {
    let product = 0;
    for (; b; b >>= 1, a <<= 1, a = a & 32 ? a ^ 37 : a) if (b & 1) product ^= a;
    return product;
  };
  const meant = (text) => text.toUpperCase().replace(/[\s.\-_\u2010-\u2015\u2212]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const codeHolds = (code) => {
    const values = [...code].map((c) => ALPHABET.indexOf(c));
    return !values.includes(-1) && values.reduce((sum, value, at) => sum ^ multiply(WEIGHTS[at], value), 0) === 0;
  };
  const numberHolds = (number) => /^\d+$/.test(number) && [...number].reduce((at, digit) => DAMM[at][digit], 0) === '0';
  const grouped = (text, sizes) => {
    const groups = [];
    for (const size of sizes) if (text) [groups[groups.length], text] = [text.slice(0, size), text.slice(size)];
    return [...groups, ...(text ? [text] : [])].join(' ');
  };

  /** Groups a field while it is typed and tells a mistake once it is whole. */
  const help = (field, fault, length, sizes, holds) => {
    if (!field || !fault) return;
    const judge = (finished) => {
      const text = meant(field.value);
      const wrong = text.length > length || (text.length === length && !holds(text))
        || (finished && text.length > 0 && text.length < length);
      fault.textContent = wrong ? fault.dataset.faute : '';
      if (wrong) field.setAttribute('aria-invalid', 'true'); else field.removeAttribute('aria-invalid');
      field.classList.toggle('right', text.length === length && !wrong);
    };
    field.addEventListener('input', (event) => {
      // Only at the end of the text: moving a caret that stands elsewhere would be worse than no groups.
      if (field.selectionStart === field.value.length && !(event.inputType || '').startsWith('delete')) {
        field.value = grouped(meant(field.value), sizes);
      }
      judge(false);
    });
    field.addEventListener('blur', () => { field.value = grouped(meant(field.value), sizes); judge(true); });
  };

  const id = (name) => document.getElementById(name);
  help(id('numero'), id('numero-faute'), 10, [3, 3, 3, 1], (text) => numberHolds(text));
  help(id('code'), id('code-faute'), 13, [4, 4, 4, 1], (text) => codeHolds(text));

  // Two digits of the day lead to the month, two of the month to the year.
  for (const prefix of ['', 'qr-']) {
    const boxes = ['jour', 'mois', 'annee'].map((name) => id(prefix + name)).filter(Boolean);
    boxes.forEach((box, at) => box.addEventListener('input', () => {
      box.value = box.value.replace(/\D/g, '');
      if (box.value.length === Number(box.maxLength) && boxes[at + 1]) boxes[at + 1].focus();
    }));
  }

  // The QR's token is in the fragment, which no server sees. It leaves the address and the history at once.
  const token = /^#([0-9a-f]{32})$/i.exec(location.hash);
  if (token) {
    history.replaceState(null, '', location.pathname);
    id('jeton').value = token[1];
    id('porte').hidden = true;
    id('porte-qr').hidden = false;
    const first = id('qr-jour');
    if (first) first.focus();
  }
  const back = id('sans-qr');
  if (back) back.addEventListener('click', (event) => {
    event.preventDefault();
    id('jeton').value = '';
    id('porte-qr').hidden = true;
    id('porte').hidden = false;
    id('numero').focus();
  });
})();
