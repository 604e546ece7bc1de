// The wall board: turns pages, takes regions from the server, keeps the clock,
// says when it is stale, shows what a meeting shows, is dark at night, moves a few
// pixels against burn-in, and reloads itself once when a new build runs. It holds no
// data of its own, so it cannot grow. What passes is measured by performance.now(): the
// clock of a wall is set by whoever comes by.
import { listen } from './live.js';
import { get, page as whole, renew } from './renew.js';

const root = document.documentElement;
const body = document.body;
const stage = document.getElementById('stage');
const pages = Array.prototype.slice.call(document.querySelectorAll('.b-page[id^=page-]'));
const dots = Array.prototype.slice.call(document.querySelectorAll('.b-dots i'));
const number = document.getElementById('page-number');
const dwell = Math.max(3, Number(body.getAttribute('data-dwell')) || 15) * 1000;

const back = body.hasAttribute('data-asof'); // an earlier instant: its clock stands, nothing comes in
const special = document.getElementById('show'); // where a meeting's task or indicator stands

const live = document.getElementById('live'); // says that nothing comes in until a frame has come

let page = 0;
let paused = back;
let shownAt = performance.now();
let steered = null; // what a meeting shows: {page, task, period, indicator, paused}

// A page with nothing on it is left out, unless all are empty.
function filled() {
  const some = pages.filter(function (p) { return !p.querySelector('[data-empty]'); });
  return some.length ? some : pages.slice(0, 1);
}

function draw() {
  const list = filled();
  if (list.indexOf(pages[page]) < 0) page = pages.indexOf(list[0]);
  const away = Boolean(steered && (steered.task || steered.indicator));
  pages.forEach(function (p, i) { p.classList.toggle('b-page-on', !away && i === page); });
  special.classList.toggle('b-page-on', away);
  dots.forEach(function (d, i) {
    d.classList.toggle('on', i === page);
    d.hidden = list.indexOf(pages[i]) < 0;
  });
  const text = number.getAttribute('data-text').replace('{n}', list.indexOf(pages[page]) + 1).replace('{count}', list.length);
  if (number.textContent !== text) number.textContent = text;
}

// step goes so many pages on, over the empty ones.
function step(by) {
  const list = filled();
  const at = (list.indexOf(pages[page]) + by + list.length) % list.length;
  page = pages.indexOf(list[at]);
  shownAt = performance.now();
  draw();
}

function pause(on) {
  paused = on;
  document.getElementById('paused').hidden = !on;
  shownAt = performance.now();
}

document.addEventListener('keydown', function (event) {
  awakeUntil = performance.now() + 600000; // ms: somebody is there
  if (event.key === ' ') {
    event.preventDefault();
    pause(!paused);
  } else if (event.key === 'ArrowRight' || event.key === 'PageDown') step(1);
  else if (event.key === 'ArrowLeft' || event.key === 'PageUp') step(-1);
});

// The plan clock: the server's time plus what has passed here since it was told. A
// rehearsal's runs too fast, and not for ever, to be guessed between two frames.
const guess = !body.hasAttribute('data-fast');
let told = Date.parse(body.getAttribute('data-now'));
let toldAt = performance.now();
let offset = Number(body.getAttribute('data-offset')) * 1000; // plan zone, ms east of UTC
const days = body.getAttribute('data-days').split(',');

// zone takes over the offset that the server's time carries: summer time begins, or the
// plan's zone changes, while the page stays.
function zone(text) {
  const east = /([+-])(\d\d):(\d\d)$/.exec(text);
  if (east) offset = (east[1] === '-' ? -60000 : 60000) * (Number(east[2]) * 60 + Number(east[3]));
  else if (/Z$/.test(text)) offset = 0;
}

function two(n) { return ('0' + n).slice(-2); }

function local(ms) {
  const d = new Date(ms + offset);
  return { hm: two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()), s: two(d.getUTCSeconds()),
    month: d.getUTCMonth(), date: d.getUTCDate(), day: d.getUTCDay() };
}

function now() { return guess ? told + performance.now() - toldAt : told; }

function set(id, text) {
  const e = document.getElementById(id);
  if (e && e.textContent !== text) e.textContent = text;
}

let heard = now(); // on the plan clock
let heardAt = performance.now();
let stale = false;

function tick() {
  if (!back) {
    const t = local(now());
    dark(t);
    set('clock', t.hm);
    const date = document.getElementById('date');
    const months = date.getAttribute('data-months').split(',');
    set('date', date.getAttribute('data-text').replace('{month}', months[t.month]).replace('{day}', t.date).replace('{weekday}', days[t.day]));
  }
  if (stale) {
    const since = local(heard);
    const banner = document.getElementById('banner-text');
    const minutes = Math.floor((performance.now() - heardAt) / 60000);
    banner.textContent = banner.getAttribute(minutes < 1 ? 'data-now' : 'data-minutes').replace('{n}', minutes).replace('{time}', since.hm);
  }
  if (steered && performance.now() >= steeredUntil) steer(null); // the server says so too, if it can
  if (!paused && !steered && pages.length > 1 && performance.now() - shownAt >= dwell) step(1);
}

// Night hours: a dark page with a clock, which wanders with the stage. A meeting, or
// a key, brings the board back.
const night = document.getElementById('night');
const hours = (body.getAttribute('data-night') || '').split('-').map(Number);
let awakeUntil = 0;

function dark(t) {
  if (hours.length < 2) return;
  const h = Number(t.hm.slice(0, 2));
  const on = hours[0] < hours[1] ? h >= hours[0] && h < hours[1] : h >= hours[0] || h < hours[1];
  night.hidden = !on || Boolean(steered) || performance.now() < awakeUntil;
  if (night.hidden) return;
  set('night-clock', t.hm);
  set('night-date', document.getElementById('date').textContent);
}

// What a meeting shows.
let steeredUntil = 0;
let asked = ''; // the address the special page was last fetched from
let fetchAgain = 0;

function steer(what, seconds) {
  steered = what;
  steeredUntil = performance.now() + (seconds || 0) * 1000;
  document.getElementById('steered').hidden = !what;
  pause(Boolean(what && what.paused));
  if (what && what.page) {
    const at = pages.map(function (p) { return p.id; }).indexOf('page-' + what.page);
    if (at >= 0) page = at;
  }
  shownAt = performance.now();
  if (!what || !(what.task || what.indicator)) {
    asked = '';
    if (special.firstChild) special.innerHTML = '';
  } else fetchShow();
  draw();
  tick();
}

function fetchShow() {
  const query = steered.task ? 'task=' + steered.task + '&period=' + encodeURIComponent(steered.period || '') : 'indicator=' + encodeURIComponent(steered.indicator);
  const mine = body.getAttribute('data-show') + '?' + query;
  asked = mine;
  get(mine, 'b-show').then(function (html) {
    if (asked === mine && special.innerHTML !== html) special.innerHTML = html;
  }).catch(function () {
    if (asked === mine) again(5000);
  });
}

// again fetches what is shown once more, after a change or a failure; many changes
// are one.
function again(wait) {
  if (fetchAgain || !asked) return;
  fetchAgain = setTimeout(function () {
    fetchAgain = 0;
    if (asked) fetchShow();
  }, wait);
}

function regions(map) {
  Object.keys(map).forEach(function (id) {
    const e = document.getElementById(id);
    if (e && e.innerHTML !== map[id]) e.innerHTML = map[id];
  });
  draw();
}

function reload(build) {
  const mine = body.getAttribute('data-build');
  if (!build || !mine || build === mine) return;
  // Kept with this entry of the history, which a reload keeps too and no full storage refuses:
  // without a memory it could reload for ever.
  const last = history.state && history.state.build;
  if (last !== build) renew(0, function () { history.replaceState({ build: build }, ''); });
}

let fetching = false;
function fetchRegions() {
  if (fetching) return;
  fetching = true;
  whole(location.href).then(function (html) {
    const next = new DOMParser().parseFromString(html, 'text/html');
    document.querySelectorAll('[data-region]').forEach(function (old) {
      const fresh = next.getElementById(old.id);
      if (fresh && fresh.innerHTML !== old.innerHTML) old.innerHTML = fresh.innerHTML;
    });
    draw();
  }).catch(function () { return null; }).then(function () { setTimeout(function () { fetching = false; }, 1000); });
}

let greeted = false; // hello has come, and nothing after it yet
let sends = false; // whether the server sends regions with its frames

function take(frame) {
  if (frame.now) {
    told = Date.parse(frame.now);
    zone(frame.now);
    toldAt = performance.now();
  }
  heard = now();
  heardAt = performance.now();
  if (frame.type === 'hello') {
    reload(frame.build);
    greeted = true;
  } else if (frame.type === 'reload') renew(0);
  else if (frame.type === 'show') {
    greeted = false;
    steer(frame.show, frame.seconds);
  } else if (greeted) { // no show came with hello: it ended while the line was broken
    greeted = false;
    if (steered) steer(null);
  }
  if (frame.type === 'regions' || frame.type === 'events') again(1000);
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
  probe: '/board/paired',
  on: {
    message: take,
    state: function (state) {
      stale = state !== 'live';
      live.classList.toggle('b-hollow', stale);
      set('live-word', live.getAttribute(stale ? 'data-down' : 'data-up'));
      root.classList.toggle('stale', stale);
      tick();
    }
  }
});

// Burn-in: a slow walk of a few pixels around the middle.
const still = typeof matchMedia === 'function' ? matchMedia('(prefers-reduced-motion: reduce)') : { matches: false };
const walk = [[0, 0], [3, 0], [3, 3], [0, 3], [-3, 3], [-3, 0], [-3, -3], [0, -3], [3, -3]];
let foot = 0;
setInterval(function () {
  foot = still.matches ? 0 : (foot + 1) % walk.length;
  stage.style.left = 'calc(50% + ' + walk[foot][0] + 'px)';
  stage.style.top = 'calc(50% + ' + walk[foot][1] + 'px)';
  night.style.paddingTop = 20 + 5 * (foot % 4) + 'vh';
}, 60000);

root.classList.add('running'); // from here on clock and date go
setInterval(tick, 1000);
draw();
tick();
