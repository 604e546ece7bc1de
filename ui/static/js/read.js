// Marks an urge as read when somebody has it before their eyes: the page is in front, the
// urge stands on it, and since it came somebody has moved, pressed or typed something.
// Loading a page marks nothing, and neither does a page that keeps itself current in an
// empty room. Without scripts the button beside the urge does it.
const DWELL = 1000; // ms an urge stands there before it counts
const AGAIN = 10000; // ms after a try that failed
const EVERY = 250; // ms between two looks

const from = new WeakMap(); // by form: when it may count
let looked = 0;

function forms() { return Array.prototype.slice.call(document.querySelectorAll('form[data-read]')); }

function note() {
  forms().forEach(function (form) {
    if (!from.has(form)) from.set(form, performance.now() + DWELL);
  });
}

function onScreen(form) {
  const place = form.closest('.remark').getBoundingClientRect();
  return place.height > 0 && place.top < window.innerHeight && place.bottom > 0;
}

function mark(form) {
  from.set(form, Infinity);
  fetch(form.getAttribute('data-read'), {
    method: 'POST', credentials: 'same-origin',
    headers: { Accept: 'application/json', 'X-CSRF-Token': form.elements.csrf.value, 'Idempotency-Key': form.elements.key.value }
  }).then(function (answer) {
    if (!answer.ok && answer.status !== 409 && answer.status !== 422) throw new Error('read ' + answer.status);
    form.hidden = true; // 409 and 422: it is read, or nothing is left to read
  }).catch(function () { from.set(form, performance.now() + AGAIN); });
}

function somebody(event) {
  const now = performance.now();
  if (!event.isTrusted || document.visibilityState !== 'visible' || now - looked < EVERY) return;
  looked = now;
  forms().forEach(function (form) {
    if (now >= from.get(form) && onScreen(form)) mark(form);
  });
}

['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'].forEach(function (kind) {
  window.addEventListener(kind, somebody, { passive: true });
});
document.addEventListener('swapped', note);
note();
