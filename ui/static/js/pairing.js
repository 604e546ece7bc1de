// Waits until the office has approved this screen, then shows the board. The page
// is fetched anew from time to time, because the code on it does not last.
(function () {
  const url = document.body.getAttribute('data-poll');
  const LASTS = 300000; // ms

  function ask() {
    fetch(url, { credentials: 'same-origin', headers: { Accept: 'application/json', 'Duban-Refresh': '1' } }).then(function (answer) {
      if (!answer.ok) throw new Error('poll ' + answer.status);
      return answer.json();
    }).then(function (state) {
      if (state.approved) location.reload();
    }).catch(function () { return null; }).then(function () {
      setTimeout(ask, 3000 + Math.random() * 1000);
    });
  }

  if (!url) return;
  setTimeout(ask, 3000);
  setTimeout(function () { location.reload(); }, LASTS);
})();
