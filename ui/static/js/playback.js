// The board looks back: the slider, the links to the ends of days and the form fetch
// the board as of another instant and swap its parts, without turning the page that is
// shown. The page has no websocket, so that nothing live can come in; Escape leads to
// the live board. Without this script links and form load the page anew.
const track = document.getElementById('track');
const range = document.getElementById('track-range');
const said = document.getElementById('track-said');
const field = document.getElementById('track-at');
const parts = ['board-back', 'clock', 'date', 'track-before', 'track-after', 'track-from', 'track-to'];

let wanted = 0; // the newest request; the answers of older ones are dropped
let timer = 0;

function two(n) { return ('0' + n).slice(-2); }

// instant is what a step of the slider means, in UTC.
function instant(step) {
  const ms = step >= Number(range.max) ? Date.parse(track.getAttribute('data-end'))
    : Date.parse(track.getAttribute('data-start')) + step * 3600000;
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

// words is an instant in the plan's zone, for who drags: month-day hour.
function words(iso) {
  const d = new Date(Date.parse(iso) + Number(document.body.getAttribute('data-offset')) * 1000);
  return (d.getUTCMonth() + 1) + '-' + two(d.getUTCDate()) + ' ' + two(d.getUTCHours()) + ':' + two(d.getUTCMinutes());
}

function address(asof) {
  const url = new URL(location.href);
  url.searchParams.set('asof', asof);
  return url.toString();
}

function take(html, url) {
  const next = new DOMParser().parseFromString(html, 'text/html');
  const other = next.getElementById('track');
  if (!other) throw new Error('no board');
  document.querySelectorAll('[data-region]').forEach(function (old) {
    const fresh = next.getElementById(old.id);
    if (fresh && fresh.innerHTML !== old.innerHTML) old.innerHTML = fresh.innerHTML;
  });
  parts.forEach(function (id) {
    const fresh = next.getElementById(id);
    if (fresh) document.getElementById(id).innerHTML = fresh.innerHTML;
  });
  const slider = next.getElementById('track-range');
  track.setAttribute('data-start', other.getAttribute('data-start'));
  track.setAttribute('data-end', other.getAttribute('data-end'));
  range.max = slider.max;
  range.value = slider.getAttribute('value');
  range.setAttribute('aria-valuetext', slider.getAttribute('aria-valuetext'));
  field.value = next.getElementById('track-at').value;
  document.body.setAttribute('data-asof', next.body.getAttribute('data-asof'));
  history.replaceState(null, '', url);
  said.textContent = '';
}

// go shows the board at an address; a server that is still replaying is asked again.
function go(url) {
  wanted += 1;
  const mine = wanted;
  clearTimeout(timer);
  said.textContent = track.getAttribute('data-going');
  fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' } }).then(function (answer) {
    if (answer.redirected) { // logged out, most likely
      location.reload();
      return null;
    }
    return answer.text().then(function (html) {
      if (mine !== wanted) return;
      if (answer.status === 503) {
        timer = setTimeout(function () { go(url); }, 1000 * (Number(answer.headers.get('Retry-After')) || 2));
        return;
      }
      if (!answer.ok) throw new Error('board ' + answer.status);
      take(html, url);
    });
  }).catch(function () {
    if (mine === wanted) said.textContent = track.getAttribute('data-failed');
  });
}

if (track) {
  document.getElementById('track-slide').hidden = false;
  range.addEventListener('input', function () {
    const at = instant(Number(range.value));
    range.setAttribute('aria-valuetext', words(at));
    said.textContent = words(at);
  });
  range.addEventListener('change', function () { go(address(instant(Number(range.value)))); });
  // The board turns its pages by the same keys: here they move the slider.
  track.addEventListener('keydown', function (event) { if (event.key !== 'Escape') event.stopPropagation(); });
  track.addEventListener('click', function (event) {
    const link = event.target.closest('a');
    if (!link) return;
    event.preventDefault();
    go(link.href);
  });
  track.addEventListener('submit', function (event) {
    event.preventDefault();
    if (field.value) go(address(field.value));
  });
}

document.addEventListener('keydown', function (event) {
  if (event.key === 'Escape') location.assign(document.querySelector('#board-back a').href);
});
