// Saves a report's draft as it is typed, says so, and warns before leaving with
// something unsaved.
(function () {
  const form = document.querySelector('form[data-draft]');
  if (!form) return;
  const line = document.getElementById('draft-state');
  const PAUSE = 1500; // ms after the last key
  let timer = 0;
  let dirty = false;
  let busy = false;
  let leaving = false;

  function say(key, time) {
    line.textContent = line.getAttribute('data-' + key).replace('{time}', time || '');
    line.className = key === 'failed' ? 'saved saved-not' : 'saved';
  }

  function save() {
    timer = 0;
    if (busy || leaving) return;
    busy = true;
    dirty = false;
    const data = new FormData(form);
    data.delete('files');
    say('saving');
    fetch(form.getAttribute('data-draft'), {
      method: 'POST', body: new URLSearchParams(data), credentials: 'same-origin', headers: { Accept: 'application/json' }
    }).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error('draft ' + answer.status);
      const now = new Date();
      say('saved', ('0' + now.getHours()).slice(-2) + ':' + ('0' + now.getMinutes()).slice(-2));
    }).catch(function () {
      dirty = true;
      say('failed');
    }).then(function () {
      busy = false;
      if (dirty) later();
    });
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  form.addEventListener('input', function (event) {
    if (event.target.type === 'file') return;
    dirty = true;
    later();
  });
  form.addEventListener('submit', function () { leaving = true; clearTimeout(timer); });
  window.addEventListener('beforeunload', function (event) {
    if (!dirty || leaving) return;
    event.preventDefault();
    event.returnValue = '';
  });
})();
