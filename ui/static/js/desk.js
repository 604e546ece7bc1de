// Keeps a page with live regions current: when something happens, it fetches the
// page again and swaps the regions, at most once a second. After a change of plan the whole
// page is loaded again, unless something is written on it.
import { listen } from './live.js';
import { renew } from './renew.js';
import { refresh, written } from './swap.js';

const line = document.getElementById('live');
const root = document.documentElement;

if (line && root.getAttribute('data-live')) {
  let timer = 0;
  let again = false;
  let busy = false;
  let failed = 0; // fetches in a row

  const later = function () {
    if (timer) return;
    const wait = Math.min(60000, 300 * Math.pow(2, failed)); // ms
    timer = setTimeout(function () { timer = 0; fetchNow(); }, wait + Math.random() * 700);
  };
  const fetchNow = function () {
    if (busy) { again = true; return; }
    busy = true;
    refresh(location.href).then(function () { failed = 0; }, function () { again = true; failed += 1; }).then(function () {
      busy = false;
      if (again) { again = false; later(); }
    });
  };

  const stop = listen({
    url: root.getAttribute('data-live'),
    seq: Number(root.getAttribute('data-seq')),
    epoch: root.getAttribute('data-epoch'),
    on: {
      message: function (frame) {
        const plan = frame.type === 'events' && frame.events.some(function (e) { return e.kind === 'plan_loaded'; });
        if (plan && !written()) renew(0);
        else if (frame.type === 'events' || frame.type === 'snapshot' || frame.type === 'regions') later();
      },
      state: function (state) {
        line.className = 'live live-' + (state === 'live' ? 'on' : 'stale');
        line.textContent = line.getAttribute(state === 'live' ? 'data-up' : 'data-stale');
      }
    }
  });
  window.addEventListener('pagehide', stop);
}
