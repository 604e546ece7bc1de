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

// written says whether something on the page is not as it came: typed, ticked or chosen.
export function written() {
  return Array.prototype.some.call(document.querySelectorAll('textarea, input, select'), function (field) {
    if (field.type === 'hidden') return false;
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.tagName !== 'SELECT') return field.value !== field.defaultValue;
    const first = !Array.prototype.some.call(field.options, function (o) { return o.defaultSelected; });
    return first ? field.selectedIndex > 0 : Array.prototype.some.call(field.options, function (o) { return o.selected !== o.defaultSelected; });
  });
}

// plan is what the key of a region's forms says of the plan that they were made under.
function plan(region) {
  const key = region.querySelector('input[name=key]');
  return key ? key.value.split('.')[0] : '';
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
  if (typed.length && plan(old) !== plan(fresh)) return; // what was typed is of another plan: the server says so when it is sent
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
