// Saves a report's draft as it is typed, says so, and warns before leaving with
// something unsaved. When the login has ended meanwhile, what was typed stays: the page
// says so, sends nothing, and goes on once somebody has logged in again in another tab.
(function () {
  const form = document.querySelector('form[data-draft]');
  if (!form) return;
  const line = document.getElementById('draft-state');
  const login = document.getElementById('draft-login');
  const PAUSE = 1500; // ms after the last key
  const MOST = 30000; // ms between tries that fail
  let wait = PAUSE;
  let lost = false; // the login has ended
  let timer = 0;
  let dirty = false;
  let busy = false;
  let leaving = false;

  function say(key, time) {
    line.textContent = line.getAttribute('data-' + key).replace('{time}', time || '');
    line.className = key === 'failed' || key === 'lost' ? 'saved saved-not' : 'saved';
    login.hidden = key !== 'lost';
  }

  // renew takes the forms' token of a new login, and tells whether there is one.
  function renew() {
    return fetch('/api/v1/me', { credentials: 'same-origin', headers: { Accept: 'application/json' } }).then(function (answer) {
      lost = answer.status === 401;
      if (!answer.ok) throw new Error('login ' + answer.status);
      return answer.json();
    }).then(function (me) {
      document.querySelectorAll('input[name=csrf]').forEach(function (field) { field.value = me.csrf; });
    });
  }

  function save() {
    timer = 0;
    if (busy || leaving) return;
    busy = true;
    dirty = false;
    if (!lost) say('saving');
    (lost ? renew() : Promise.resolve()).then(function () {
      const data = new FormData(form);
      data.delete('files');
      return fetch(form.getAttribute('data-draft'), {
        method: 'POST', body: new URLSearchParams(data), credentials: 'same-origin', headers: { Accept: 'application/json' }
      });
    }).then(function (answer) {
      if (answer.status === 401 || answer.status === 403) lost = true; // or it is another's form token: asked at the next try
      if (!answer.ok || answer.redirected) throw new Error('draft ' + answer.status);
      wait = PAUSE;
      const now = new Date();
      say('saved', ('0' + now.getHours()).slice(-2) + ':' + ('0' + now.getMinutes()).slice(-2));
    }).catch(function () {
      dirty = true;
      wait = Math.min(wait * 2, MOST);
      say(lost ? 'lost' : 'failed');
    }).then(function () {
      busy = false;
      if (dirty) later();
    });
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  form.addEventListener('input', function (event) {
    if (event.target.type === 'file') return;
    dirty = true;
    later();
  });
  form.addEventListener('submit', function (event) {
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
