// Waits until the office has approved this screen, then shows the board.
(function () {
  const url = document.body.getAttribute('data-poll');
  function ask() {
    fetch(url, { credentials: 'same-origin', headers: { Accept: 'application/json' } }).then(function (answer) {
      if (answer.ok) return answer.json();
      if (answer.status === 404 || answer.status === 410) location.reload();
      throw new Error('poll ' + answer.status);
    }).then(function (state) {
      if (state.approved) location.reload();
    }).catch(function () { return null; }).then(function () {
      setTimeout(ask, 3000 + Math.random() * 1000);
    });
  }
  if (url) ask();
})();
