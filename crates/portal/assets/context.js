// An exam's opaque id stands after the #: it goes into the form, which goes on by itself.
'use strict';

(() => {
  const exam = location.hash.slice(1);
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(exam)) return;
  history.replaceState(null, '', location.pathname);
  document.getElementById('examen').value = exam;
  document.getElementById('contexte').submit();
})();
