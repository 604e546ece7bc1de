// Fetches what may stand on this page, and loads the page again only once it can be had:
// a wall that reloads while the server is down shows the browser's error page, or a
// proxy's, until somebody comes.

import { byItself } from './own.js';

const LONGEST = 60000; // ms between two tries
const PATIENCE = 20000; // ms for an answer
const OURS = 'name="application-name" content="duban"'; // stands in every page of ours

// get(url, mark) is the text found there; it fails for an answer that is late, none of
// success, or without the mark: a proxy may say in a page of its own, with 200, that the
// server is away.
export function get(url, mark) {
  const stop = typeof AbortController === 'function' ? new AbortController() : null;
  const late = setTimeout(function () { if (stop) stop.abort(); }, PATIENCE);
  const asked = fetch(url, { credentials: 'same-origin', cache: 'no-store', headers: byItself('text/html'), signal: stop ? stop.signal : undefined });
  return asked.then(function (answer) {
    if (!answer.ok) throw new Error(url + ' ' + answer.status);
    return answer.text();
  }).then(function (html) {
    clearTimeout(late);
    if (html.indexOf(mark) < 0) throw new Error(url + ' is not ours');
    return html;
  }, function (e) {
    clearTimeout(late);
    throw e;
  });
}

// page(url) is a whole page of ours.
export function page(url) { return get(url, OURS); }

let waiting = false;

// renew(wait, before) loads this page again after so many ms, or as soon after as the
// server has it. before is called at the last moment.
export function renew(wait, before) {
  if (waiting) return;
  waiting = true;
  let tries = 0;
  function attempt() {
    page(location.href).then(function () {
      if (before) before();
      location.reload();
    }, function () {
      tries += 1;
      setTimeout(attempt, Math.min(LONGEST, 1000 * Math.pow(2, tries)) * (0.5 + Math.random() / 2));
    });
  }
  setTimeout(attempt, wait || 0);
}
