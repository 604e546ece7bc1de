// What a script asks for of its own accord, with nobody at the page, says so: it keeps no
// login alive.

// byItself(accept) are the headers of such a request.
export function byItself(accept) { return { Accept: accept, 'Duban-Refresh': '1' }; }
