// Replaces the marked regions of this page by those of a newer copy of it.

import { byItself } from './own.js';

// refresh(url) fetches the page and swaps every [data-region] by id. A region the
// reader is typing in is left alone; what was typed stays, and ticked boxes stay ticked.
export function refresh(url) {
  return fetch(url, { credentials: 'same-origin', headers: byItself('text/html') }).then(function (answer) {
    if (!answer.ok || answer.redirected) throw new Error('page ' + answer.status);
    return answer.text();
  }).then(function (html) {
    const next = new DOMParser().parseFromString(html, 'text/html');
    document.querySelectorAll('[data-region]').forEach(function (old) {
      const fresh = next.getElementById(old.id);
      if (fresh && fresh.innerHTML !== old.innerHTML) swap(old, fresh);
    });
    document.dispatchEvent(new CustomEvent('swapped'));
  });
}

function swap(old, fresh) {
  const focus = document.activeElement;
  const inside = focus && old.contains(focus);
  if (inside && /^(INPUT|TEXTAREA|SELECT)$/.test(focus.tagName) && focus.type !== 'checkbox') return;
  const typed = Array.prototype.filter.call(old.querySelectorAll('textarea, input[type=text], input[type=date]'), function (field) {
    return field.value !== field.defaultValue;
  });
  const lost = typed.some(function (field) { return !field.id || !fresh.querySelector('#' + CSS.escape(field.id)); });
  if (lost) return; // its place is gone: whoever typed it sees it still
  const ticked = {};
  old.querySelectorAll('input[type=checkbox]').forEach(function (box) { ticked[box.value] = box.checked; });
  const keep = inside ? focus.id || focus.getAttribute('data-key') : '';
  old.innerHTML = fresh.innerHTML;
  old.querySelectorAll('input[type=checkbox]').forEach(function (box) {
    if (box.value in ticked) box.checked = ticked[box.value];
  });
  typed.forEach(function (field) { document.getElementById(field.id).value = field.value; });
  if (keep) {
    const again = document.getElementById(keep) || old.querySelector('[data-key="' + keep + '"]');
    if (again) again.focus();
  }
}
