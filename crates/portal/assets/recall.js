// The page that follows a recall, helped: stages tick and the exam opens by itself. Everything works without this file.
'use strict';

(() => {
  const place = document.getElementById('rapatriement');
  const state = document.getElementById('etat');
  if (!place || !state || !('EventSource' in window)) return;
  const stages = [...place.querySelectorAll('[data-etape]')];
  const late = document.getElementById('retard');
  const reload = document.getElementById('actualiser');
  if (reload) reload.parentElement.hidden = true;
  const order = stages.map((stage) => stage.dataset.etape);
  let leaving = false;
  const open = (address) => { if (!leaving) { leaving = true; window.location.replace(address); } };

  const show = ({ etape, phrase, retard }) => {
    const reached = order.indexOf(etape);
    stages.forEach((stage, at) => {
      stage.classList.toggle('done', at <= reached);
      stage.lastElementChild.textContent = at <= reached ? state.dataset.fait : '';
    });
    if (state.textContent !== phrase) state.textContent = phrase;
    if (late) late.hidden = !retard;
    if (etape === 'pret') { source.close(); window.setTimeout(() => open(place.dataset.examen), 800); }
  };

  const source = new EventSource(place.dataset.suite);
  source.addEventListener('etat', (event) => show(JSON.parse(event.data)));
  source.addEventListener('fin', () => { source.close(); open(place.dataset.examen); });
  // Refused for good (too many pages, a visit that ended): the page itself says what is, a little later.
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) window.setTimeout(() => open(window.location.href), 15000);
  });
})();
