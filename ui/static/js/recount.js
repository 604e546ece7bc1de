// Checks the events the journal's page shows, in the reader's browser: fetches the
// stored bytes from the first to the last of them, works every hash out anew, and holds
// the hashes in the table against them. Web Crypto is there on secure pages only; an
// office's plain http has none, and then the SHA-256 below does the same.
const form = document.getElementById('recount');
const said = document.getElementById('recount-said');
const MOST = 20000; // as many as the server would check at once

const K = new Uint32Array(64);
const START = new Uint32Array(8);
(function () { // the first 32 bits of the fractions of cube and square roots of primes
  let n = 0;
  for (let p = 2; n < 64; p += 1) {
    let prime = true;
    for (let d = 2; d * d <= p; d += 1) if (p % d === 0) prime = false;
    if (!prime) continue;
    K[n] = (Math.cbrt(p) % 1) * 4294967296;
    if (n < 8) START[n] = (Math.sqrt(p) % 1) * 4294967296;
    n += 1;
  }
})();

function turn(x, n) { return (x >>> n) | (x << (32 - n)); }

// sha256 is FIPS 180-4, bytes to bytes.
function sha256(bytes) {
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 536870912));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const h = START.slice();
  const w = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    const s = Array.prototype.slice.call(h);
    for (let i = 0; i < 64; i += 1) {
      const one = (s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i]) | 0;
      const two = ((turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]))) | 0;
      s.pop();
      s.unshift((one + two) | 0);
      s[4] = (s[4] + one) | 0;
    }
    for (let i = 0; i < 8; i += 1) h[i] += s[i];
  }
  const out = new Uint8Array(32);
  h.forEach(function (x, i) { new DataView(out.buffer).setUint32(4 * i, x); });
  return out;
}

function digest(bytes) {
  if (!window.crypto || !window.crypto.subtle) return Promise.resolve(sha256(bytes));
  return window.crypto.subtle.digest('SHA-256', bytes).then(function (b) { return new Uint8Array(b); });
}

function hex(bytes) {
  return Array.prototype.map.call(bytes, function (b) { return ('0' + b.toString(16)).slice(-2); }).join('');
}

// linkHash is the hash a stored event must have after the one before it.
function linkHash(link) {
  const stored = new TextEncoder().encode(link.stored);
  const all = new Uint8Array(32 + stored.length);
  for (let i = 0; i < 32; i += 1) all[i] = parseInt(link.prev.slice(2 * i, 2 * i + 2), 16);
  all.set(stored, 32);
  return digest(all).then(hex);
}

function say(key, tone, args) {
  let text = form.getAttribute('data-' + key);
  Object.keys(args || {}).forEach(function (name) { text = text.replace('{' + name + '}', args[name]); });
  said.textContent = text;
  said.className = 'recount-said' + (tone ? ' tone-' + tone : '');
}

// count checks the links after a position, and answers the hashes by position, or what
// does not hold.
function count(after, last, prev, hashes) {
  if (after >= last) return Promise.resolve({ hash: prev });
  return fetch('/journal/links?after=' + after + '&limit=' + Math.min(500, last - after), { credentials: 'same-origin' }).then(function (answer) {
    if (!answer.ok || answer.redirected) throw new Error('links ' + answer.status);
    return answer.json();
  }).then(function (links) {
    if (!links.length) throw new Error('the journal ends at ' + after);
    return Promise.all(links.map(linkHash)).then(function (found) {
      for (let i = 0; i < links.length; i += 1) {
        if (found[i] !== links[i].hash || links[i].seq !== after + i + 1 || prev && links[i].prev !== prev) return { broken: after + i + 1 };
        prev = links[i].hash;
        hashes[links[i].seq] = prev;
      }
      say('going', '', { n: links[links.length - 1].seq });
      return count(links[links.length - 1].seq, last, prev, hashes);
    });
  });
}

if (form) {
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    const first = Number(form.getAttribute('data-first'));
    const last = Number(form.getAttribute('data-last'));
    if (last - first + 1 > MOST) {
      say('long', 'warn', { n: last - first + 1 });
      return;
    }
    say('going', '', { n: first });
    const hashes = {};
    count(first - 1, last, '', hashes).then(function (r) {
      if (r.broken) {
        say('bad', 'bad', { seq: r.broken });
        return;
      }
      let wrong = '';
      document.querySelectorAll('tr[data-seq]').forEach(function (row) {
        if (!wrong && hashes[row.getAttribute('data-seq')] !== row.getAttribute('data-hash')) wrong = row.getAttribute('data-seq');
      });
      if (wrong) say('shown', 'bad', { seq: wrong });
      else say('good', 'good', { first: first, last: last, n: last - first + 1, hash: r.hash });
    }).catch(function () { say('failed', 'warn'); });
  });
}
