// Counts ticked rows on the bulk button and offers to tick them all.
(function () {
  function boxes() { return Array.prototype.slice.call(document.querySelectorAll('input[name=select]')); }

  function count() {
    const n = boxes().filter(function (box) { return box.checked; }).length;
    document.querySelectorAll('[data-selected]').forEach(function (button) {
      button.textContent = button.getAttribute('data-selected').replace('0', String(n));
    });
    const all = document.getElementById('select-all');
    if (all) {
      all.checked = n > 0 && n === boxes().length;
      all.indeterminate = n > 0 && n < boxes().length;
    }
  }

  document.addEventListener('change', function (event) {
    if (event.target.id === 'select-all') {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.id === 'select-all' || event.target.name === 'select') count();
  });
  document.addEventListener('swapped', count);
  const all = document.getElementById('select-all');
  if (all) all.hidden = false;
  count();
})();
