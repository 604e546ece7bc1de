// Questions a cumulative figure that falls at its field, before it is sent. The
// server asks again; this only saves the way.
(function () {
  function check(input) {
    const note = document.getElementById(input.id + '-falls');
    const last = input.getAttribute('data-last');
    if (!note || !last) return;
    const value = parseFloat(input.value.replace(/,/g, ''));
    note.hidden = !(value < parseFloat(last));
    const explain = document.querySelector('[data-explain="' + input.id + '"]');
    if (explain) explain.hidden = note.hidden;
  }
  document.querySelectorAll('input[data-last]').forEach(check);
  document.addEventListener('input', function (event) {
    if (event.target.hasAttribute('data-last')) check(event.target);
  });

  // no change this period: the fields it makes needless fold away
  const tick = document.getElementById('f-no_change');
  function fold() {
    document.querySelectorAll('[data-needless]').forEach(function (part) { part.hidden = tick.checked; });
    document.querySelectorAll('[data-reason]').forEach(function (part) { part.hidden = !tick.checked; });
  }
  if (tick) {
    tick.addEventListener('change', fold);
    fold();
  }
})();
