// Small services to native forms: one filing for two clicks, focus on the error
// summary, filters that apply themselves, a print button.
(function () {
  const summary = document.getElementById('error-summary');
  if (summary) summary.focus();

  // A page that answered a post is, for the history, the form it came from: coming back
  // to it asks for that again instead of offering to send everything twice.
  const posted = document.querySelector('[data-history]');
  if (posted) history.replaceState(null, '', posted.getAttribute('data-history'));

  // A link to a folded act opens it.
  function unfold() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest('details');
    if (folded) {
      folded.open = true;
      folded.scrollIntoView();
    }
  }
  window.addEventListener('hashchange', unfold);
  unfold();

  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method === 'get') return;
    if (form.getAttribute('data-sent')) {
      event.preventDefault();
      return;
    }
    form.setAttribute('data-sent', '1');
    form.querySelectorAll('button').forEach(function (button) { button.setAttribute('aria-busy', 'true'); });
  });

  // Coming back by the back button finds the forms usable again.
  window.addEventListener('pageshow', function () {
    document.querySelectorAll('form[data-sent]').forEach(function (form) {
      form.removeAttribute('data-sent');
      form.querySelectorAll('button').forEach(function (button) { button.removeAttribute('aria-busy'); });
    });
  });

  document.addEventListener('change', function (event) {
    const form = event.target.form;
    if (form && form.hasAttribute('data-apply') && event.target.tagName === 'SELECT') form.submit();
  });

  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-print]');
    if (!button) return;
    const from = button.getAttribute('data-print');
    if (!from) {
      window.print();
      return;
    }
    // A list on several pages is fetched to its end before it is printed.
    button.disabled = true;
    wholeList(from, []).then(function (rows) {
      document.getElementById('list-rows').replaceChildren.apply(document.getElementById('list-rows'), rows);
      document.querySelectorAll('.pager, .print-part').forEach(function (part) { part.remove(); });
      button.setAttribute('data-print', '');
      document.dispatchEvent(new Event('swapped'));
      window.print();
    }, function () { location.assign(from); }).then(function () { button.disabled = false; });
  });

  // wholeList is the rows of a list from a page on, some thousands at most.
  function wholeList(url, rows) {
    return fetch(url).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (html) {
      const page = new DOMParser().parseFromString(html, 'text/html');
      rows = rows.concat(Array.prototype.slice.call(page.querySelectorAll('#list-rows > tr')));
      const next = page.querySelector('.pager a[rel=next]');
      return next && rows.length < 10000 ? wholeList(next.getAttribute('href'), rows) : rows;
    });
  }
  // On paper nothing unfolds: what is marked is open while it is printed.
  let unfolded = [];
  window.addEventListener('beforeprint', function () {
    unfolded = Array.prototype.filter.call(document.querySelectorAll('details[data-print-open]'), function (d) { return !d.open; });
    unfolded.forEach(function (d) { d.open = true; });
  });
  window.addEventListener('afterprint', function () { unfolded.forEach(function (d) { d.open = false; }); });

  document.querySelectorAll('[data-print]').forEach(function (button) { button.hidden = false; });
})();
