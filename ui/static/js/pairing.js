// Waits until the office has approved this screen, then shows the board. The page
// is fetched anew from time to time, because the code on it does not last.
import { byItself } from './own.js';
import { renew } from './renew.js';

const url = document.body.getAttribute('data-poll');
const LASTS = 300000; // ms

function ask() {
  fetch(url, { credentials: 'same-origin', cache: 'no-store', headers: byItself('application/json') }).then(function (answer) {
    if (!answer.ok) throw new Error('poll ' + answer.status);
    return answer.json();
  }).then(function (state) {
    if (state.approved) renew(0);
  }).catch(function () { return null; }).then(function () {
    setTimeout(ask, 3000 + Math.random() * 1000);
  });
}

if (url) {
  setTimeout(ask, 3000);
  setTimeout(function () { renew(0); }, LASTS);
}
