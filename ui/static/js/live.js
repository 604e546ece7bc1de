// Listens for changes: one websocket, resumed from the last position, with
// back-off and jitter. Calls back; draws nothing itself. What passes is measured by
// performance.now(), which no setting of the machine's clock moves.
import { byItself } from './own.js';
import { renew } from './renew.js';

const QUIET = 9500; // ms without a word: said to be stale before ten seconds are over
const LONGEST = 30000; // ms between two tries
const AGAIN = 4001; // log in again
const REVOKED = 4003;

// listen({url, seq, epoch, probe, on}) starts listening. on.message(frame) gets every
// frame; on.state("live" | "stale") every change of state: stale within ten
// silent seconds, whether the line broke or only fell quiet. probe is where it can be
// asked whether this browser may still listen. Returns stop().
export function listen(options) {
  let seq = options.seq;
  let epoch = options.epoch;
  let tries = 0;
  let socket = null;
  let heard = performance.now();
  let began = 0; // when this socket was opened
  let told = '';
  let greeted = false; // this socket has brought a frame
  let stopped = false;
  let retry = 0;

  function say(state) {
    if (state === told) return;
    told = state;
    options.on.state(state);
  }

  function address() {
    const base = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + options.url;
    if (!epoch) return base;
    return base + (base.indexOf('?') < 0 ? '?' : '&') + 'after=' + encodeURIComponent(seq) + '&epoch=' + encodeURIComponent(epoch);
  }

  function take(event) {
    let frame;
    try {
      frame = JSON.parse(event.data);
    } catch (e) {
      return;
    }
    heard = performance.now();
    greeted = true;
    tries = 0;
    say('live');
    if (frame.epoch) epoch = frame.epoch;
    options.on.message(frame);
    if (typeof frame.seq === 'number' && frame.type !== 'hello') seq = frame.seq;
    if (frame.type === 'events' && frame.events && frame.events.length) seq = frame.events[frame.events.length - 1].seq;
  }

  function open() {
    if (stopped) return;
    began = performance.now();
    greeted = false;
    socket = new WebSocket(address());
    const mine = socket;
    mine.onmessage = function (event) { if (mine === socket) take(event); };
    mine.onclose = function (event) { if (mine === socket) closed(event.code); };
  }

  function closed(code) {
    socket = null;
    if (stopped) return;
    if (code === AGAIN || code === REVOKED) {
      renew(2000 + Math.random() * 3000);
      return;
    }
    if (!greeted) refused();
    const wait = Math.min(LONGEST, 500 * Math.pow(2, tries));
    tries += 1;
    retry = setTimeout(open, wait / 2 + Math.random() * wait / 2);
  }

  // A script is not told why a handshake failed. The server may know this browser no
  // more: its store was put back, or the screen was revoked while it slept.
  function refused() {
    if (!options.probe) return;
    fetch(options.probe, { credentials: 'same-origin', cache: 'no-store', headers: byItself('application/json') }).then(function (answer) {
      if (!answer.ok) throw new Error('probe ' + answer.status);
      return answer.json();
    }).then(function (state) {
      if (state.approved === false) renew(0);
    }).catch(function () { return null; });
  }

  const watch = setInterval(function () {
    if (performance.now() - heard < QUIET) return;
    say('stale');
    if (socket && performance.now() - began >= QUIET) { // open but silent, or never answered
      const dead = socket;
      socket = null;
      dead.onclose = null;
      dead.close();
      closed(0);
    }
  }, 250);

  open();
  return function stop() {
    stopped = true;
    clearInterval(watch);
    clearTimeout(retry);
    if (socket) socket.close();
  };
}
