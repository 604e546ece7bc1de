// Saves a report's draft as it is typed, says so, and warns before leaving with
// something unsaved. When the login has ended meanwhile, what was typed stays: the page
// says so, sends nothing, and goes on once somebody has logged in again in another tab.
// When somebody else has changed the draft, what was typed stays too: nothing more is saved
// by itself, and a button shows both texts.
import { byItself } from './own.js';

(function () {
  const form = document.querySelector('form[data-draft]');
  if (!form) return;
  const line = document.getElementById('draft-state');
  const login = document.getElementById('draft-login');
  const both = document.getElementById('draft-both');
  const tag = form.elements.namedItem('draft'); // of the draft that this page goes on from
  const PAUSE = 1500; // ms after the last key
  const MOST = 30000; // ms between tries that fail
  let wait = PAUSE;
  let lost = false; // the login has ended
  let timer = 0;
  let dirty = false;
  let busy = false;
  let leaving = false;
  let held = form.hasAttribute('data-held'); // the draft is another's: a person decides
  let pressed = null; // the button that sends the form
  let sending = false; // it was pressed while a save was on its way

  function say(key, time) {
    line.textContent = line.getAttribute('data-' + key).replace('{time}', time || '');
    line.className = key === 'saving' || key === 'saved' ? 'saved' : 'saved saved-not';
    login.hidden = key !== 'lost';
    both.hidden = key !== 'stale';
  }

  // renew takes the forms' token of a new login, and tells whether there is one.
  function renew() {
    return fetch('/api/v1/me', { credentials: 'same-origin', headers: byItself('application/json') }).then(function (answer) {
      lost = answer.status === 401;
      if (!answer.ok) throw new Error('login ' + answer.status);
      return answer.json();
    }).then(function (me) {
      document.querySelectorAll('input[name=csrf]').forEach(function (field) { field.value = me.csrf; });
    });
  }

  function save() {
    timer = 0;
    if (busy || leaving || held) return;
    busy = true;
    // a later try is ours: nobody has typed since the last
    const typed = wait > PAUSE ? byItself('application/json') : { Accept: 'application/json' };
    dirty = false;
    if (!lost) say('saving');
    (lost ? renew() : Promise.resolve()).then(function () {
      const data = new FormData(form);
      data.delete('files');
      return fetch(form.getAttribute('data-draft'), {
        method: 'POST', body: new URLSearchParams(data), credentials: 'same-origin', headers: typed
      });
    }).then(function (answer) {
      if (answer.status === 412) {
        held = true;
        throw new Error('draft of somebody else');
      }
      if (answer.status === 401 || answer.status === 403) lost = true; // or it is another's form token: asked at the next try
      if (!answer.ok || answer.redirected) throw new Error('draft ' + answer.status);
      wait = PAUSE;
      tag.value = (answer.headers.get('ETag') || '').replace(/^W\/|"/g, '');
      const now = new Date();
      say('saved', ('0' + now.getHours()).slice(-2) + ':' + ('0' + now.getMinutes()).slice(-2));
    }).catch(function () {
      dirty = true;
      wait = Math.min(wait * 2, MOST);
      say(held ? 'stale' : lost ? 'lost' : 'failed');
    }).then(function () {
      busy = false;
      if (sending && !lost) {
        sending = false;
        form.requestSubmit(pressed);
      } else if (dirty) later();
    });
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  form.addEventListener('input', function (event) {
    if (event.target.type === 'file') return;
    dirty = true;
    wait = lost ? wait : PAUSE;
    later();
  });
  form.addEventListener('click', function (event) {
    pressed = event.target.closest('button') || pressed;
  });
  form.addEventListener('submit', function (event) {
    if (busy) { // what is on its way must not arrive behind what is sent now
      event.preventDefault();
      event.stopPropagation();
      sending = true;
      return;
    }
    if (lost) { // what is sent now would be refused, and gone
      event.preventDefault();
      event.stopPropagation();
      login.focus();
      return;
    }
    leaving = true;
    clearTimeout(timer);
  });
  window.addEventListener('beforeunload', function (event) {
    if (!dirty || leaving) return;
    event.preventDefault();
    event.returnValue = '';
  });
})();
