// Counts the characters of long fields: how many are written, how many are left.
(function () {
  function show(area) {
    const out = document.getElementById(area.id + '-count');
    if (!out) return;
    const n = Array.from(area.value.trim()).length;
    const left = Number(area.getAttribute('data-max')) - n;
    const key = left < 0 ? 'data-over' : 'data-left';
    out.textContent = n === 0 ? '' : out.getAttribute(key).replace('{n}', n).replace('{left}', Math.abs(left));
    out.className = left < 0 ? 'count count-over' : 'count';
  }
  document.querySelectorAll('textarea[data-max]').forEach(show);
  document.addEventListener('input', function (event) {
    if (event.target.matches('textarea[data-max]')) show(event.target);
  });
})();
