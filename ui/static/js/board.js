// The wall board: turns pages, takes regions from the server, keeps the clock,
// says when it is stale, moves a few pixels against burn-in, and reloads itself
// once when a new build runs. It holds no data of its own, so it cannot grow.
import { listen } from './live.js';

const root = document.documentElement;
const body = document.body;
const stage = document.getElementById('stage');
const pages = Array.prototype.slice.call(document.querySelectorAll('.b-page'));
const dots = Array.prototype.slice.call(document.querySelectorAll('.b-dots i'));
const number = document.getElementById('page-number');
const dwell = Math.max(3, Number(body.getAttribute('data-dwell')) || 15) * 1000;

const back = body.hasAttribute('data-asof'); // an earlier instant: its clock stands, nothing comes in
let page = 0;
let paused = back;
let shownAt = Date.now();

function show(n) {
  page = (n + pages.length) % pages.length;
  shownAt = Date.now();
  pages.forEach(function (p, i) { p.classList.toggle('b-page-on', i === page); });
  dots.forEach(function (d, i) { d.classList.toggle('on', i === page); });
  if (number) number.textContent = number.getAttribute('data-text').replace('{n}', page + 1).replace('{count}', pages.length);
}

function pause(on) {
  paused = on;
  document.getElementById('paused').hidden = !on;
  shownAt = Date.now();
}

document.addEventListener('keydown', function (event) {
  if (event.key === ' ') {
    event.preventDefault();
    pause(!paused);
  } else if (event.key === 'ArrowRight' || event.key === 'PageDown') show(page + 1);
  else if (event.key === 'ArrowLeft' || event.key === 'PageUp') show(page - 1);
});

// The plan clock: the server's time plus what has passed here since it was told. A
// rehearsal's runs too fast, and not for ever, to be guessed between two frames.
const guess = !body.hasAttribute('data-fast');
let told = Date.parse(body.getAttribute('data-now'));
let toldAt = Date.now();
const offset = Number(body.getAttribute('data-offset')) * 1000; // plan zone, ms east of UTC
const days = body.getAttribute('data-days').split(',');

function two(n) { return ('0' + n).slice(-2); }

function local(ms) {
  const d = new Date(ms + offset);
  return { hm: two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()), s: two(d.getUTCSeconds()),
    month: d.getUTCMonth(), date: d.getUTCDate(), day: d.getUTCDay() };
}

function now() { return guess ? told + Date.now() - toldAt : told; }

function set(id, text) {
  const e = document.getElementById(id);
  if (e && e.textContent !== text) e.textContent = text;
}

let heard = now(); // on the plan clock
let heardAt = Date.now(); // on this machine's
let stale = false;

function tick() {
  if (!back) {
    const t = local(now());
    set('clock', t.hm);
    const date = document.getElementById('date');
    const months = date.getAttribute('data-months').split(',');
    set('date', date.getAttribute('data-text').replace('{month}', months[t.month]).replace('{day}', t.date).replace('{weekday}', days[t.day]));
  }
  if (stale) {
    const since = local(heard);
    const banner = document.getElementById('banner-text');
    const minutes = Math.floor((Date.now() - heardAt) / 60000);
    banner.textContent = banner.getAttribute(minutes < 1 ? 'data-now' : 'data-minutes').replace('{n}', minutes).replace('{time}', since.hm);
  }
  if (!paused && pages.length > 1 && Date.now() - shownAt >= dwell) show(page + 1);
}

function regions(map) {
  Object.keys(map).forEach(function (id) {
    const e = document.getElementById(id);
    if (e && e.innerHTML !== map[id]) e.innerHTML = map[id];
  });
}

function reload(build) {
  const mine = body.getAttribute('data-build');
  if (!build || !mine || build === mine) return;
  let last = '';
  try {
    last = sessionStorage.getItem('build') || '';
    sessionStorage.setItem('build', build);
  } catch (e) {
    return; // without memory it could reload for ever
  }
  if (last !== build) location.reload();
}

let fetching = false;
function fetchRegions() {
  if (fetching) return;
  fetching = true;
  fetch(location.href, { credentials: 'same-origin' }).then(function (answer) {
    if (!answer.ok) throw new Error('board ' + answer.status);
    return answer.text();
  }).then(function (html) {
    const next = new DOMParser().parseFromString(html, 'text/html');
    document.querySelectorAll('[data-region]').forEach(function (old) {
      const fresh = next.getElementById(old.id);
      if (fresh && fresh.innerHTML !== old.innerHTML) old.innerHTML = fresh.innerHTML;
    });
  }).catch(function () { return null; }).then(function () { setTimeout(function () { fetching = false; }, 1000); });
}

let sends = false; // whether the server sends regions with its frames

function take(frame) {
  if (frame.now) {
    told = Date.parse(frame.now);
    toldAt = Date.now();
  }
  heard = now();
  heardAt = Date.now();
  if (frame.type === 'hello') reload(frame.build);
  if (frame.regions) {
    sends = true;
    regions(frame.regions);
  } else if (frame.type === 'events' || frame.type === 'snapshot') {
    if (!sends) fetchRegions();
  }
  const t = local(heard);
  set('updated', body.getAttribute('data-updated').replace('{time}', t.hm + ':' + t.s));
}

if (!back) listen({
  url: root.getAttribute('data-live'),
  seq: Number(root.getAttribute('data-seq')),
  epoch: root.getAttribute('data-epoch'),
  on: {
    message: take,
    state: function (state) {
      stale = state !== 'live';
      root.classList.toggle('stale', stale);
      tick();
    }
  }
});

// Burn-in: a slow walk of a few pixels around the middle.
const walk = [[0, 0], [3, 0], [3, 3], [0, 3], [-3, 3], [-3, 0], [-3, -3], [0, -3], [3, -3]];
let step = 0;
setInterval(function () {
  step = (step + 1) % walk.length;
  stage.style.left = 'calc(50% + ' + walk[step][0] + 'px)';
  stage.style.top = 'calc(50% + ' + walk[step][1] + 'px)';
}, 60000);

setInterval(tick, 1000);
show(0);
tick();
