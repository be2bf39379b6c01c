// Filters of a board or list last as long as the browser window: an address without any gets the last ones back.

function remember() {
  const key = `clinic.board:${location.pathname}`;
  const asked = new URLSearchParams(location.search);
  for (const name of ["on", "first", "last", "page"]) asked.delete(name);
  if (!location.search && sessionStorage.getItem(key)) location.replace(`?${sessionStorage.getItem(key)}`);
  else sessionStorage.setItem(key, asked);
}

remember();
