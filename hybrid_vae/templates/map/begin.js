// What is chosen above the map, and the beginning.

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text, usable]) => {
    const option = element('option', text, { value });
    option.disabled = usable === false;
    return option;
  }));
  select.value = chosen;
}

const unique = (key, title) => [...new Map(data.representations.map(r => [r[key], r[title]]))];
const representation = (method, view) => data.representations.find(r => r.method === method && r.view === view);

let picked = ''; // the picture that was asked for; otherwise the one that keeps most neighbours
function show(method, view, picture, flying = true) { // another representation or picture of it
  const before = state.rep ? [X.slice(), Y.slice()] : null;
  state.rep = representation(method, view) || data.representations.find(r => r.method === method) || data.representations[0];
  members(state.rep);
  state.picture = picture in state.rep.pictures ? picture : Object.keys(state.rep.pictures)[0];
  options($('method'), unique('method', 'title'), state.rep.method);
  options($('view'), unique('view', 'viewTitle').map(([v, t]) => [v, t, Boolean(representation(state.rep.method, v))]), state.rep.view);
  options($('picture'), Object.keys(state.rep.pictures).map(p => [p, data.pictures[p]]), state.picture);
  place(); turned = false; shadeAll(); fillCells();
  for (const made of tags.values()) made.remove();
  tags.clear(); state.path = []; askPath(NOWHERE);
  over.setAttribute('aria-label', `Map of ${tracks(state.rep.members.length)}: ${state.rep.title} on ${state.rep.viewTitle}, drawn by ${data.pictures[state.picture]}`);
  filtered(); showCard(); showNeighbours(); showClusterNames();
  if (flying && before && n <= 4000 && !calm.matches) fly(before);
}

function showHonest() { // what the picture leaves out
  const lacking = n - state.rep.members.length, hidden = state.rep.members.length - many;
  $('honest').textContent = `${data.pictures[state.picture]} keeps ${Math.round(100 * state.rep.kept[state.picture])} % of each track’s ten nearest close to it; the list of the nearest has the true ones.`
    + (lacking ? ` ${tracks(lacking)} of ${n.toLocaleString('en')} cannot be placed by ${state.rep.viewTitle}.` : '') + (hidden ? ` ${tracks(hidden)} hidden by filters.` : '');
}

function paint(column) { // another colour
  state.column = column;
  $('colour').value = column;
  shadeAll(); stamps.clear();
  showList(); showLegend(); showNeighbours();
  refresh();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  styles.clear();
  stamps.clear();
  if (state.rep) { showList(); showLegend(); showNeighbours(); showQueue(); refresh(); }
}

$('method').addEventListener('change', () => show($('method').value, state.rep.view, picked));
$('view').addEventListener('change', () => show(state.rep.method, $('view').value, picked));
$('picture').addEventListener('change', () => { picked = $('picture').value; show(state.rep.method, state.rep.view, picked); });
$('colour').addEventListener('change', () => paint($('colour').value));
$('theme').addEventListener('click', () => theme(dark() ? 'light' : 'dark'));

const night = window.matchMedia('(prefers-color-scheme: dark)');
theme(night.matches ? 'dark' : 'light');
night.addEventListener('change', () => theme(night.matches ? 'dark' : 'light'));
$('heading').textContent = `${data.name}: ${tracks(n)}`;
$('reading').textContent = data.reading;
$('notes').replaceChildren(...data.notes.map(note => element('li', note)));
const coloured = data.columns.filter(c => c.coloured).map(c => [c.name, c.title]).concat(data.representations.some(r => r.clusters) ? [['cluster', 'Cluster']] : []);
state.column = coloured.length ? (coloured.some(([name]) => name === data.colour) ? data.colour : coloured[0][0]) : null;
options($('colour'), coloured, state.column);
readNotes(); showNotes(); tab('list');
readAddress();
new ResizeObserver(resize).observe($('map'));
window.hybridMap = { state, where: g => [sx(g), sy(g)], find, listed, csvText, playlistText, jspfText, shortestPath, distancesOf, sample, extent }; // for the console and for tests
document.documentElement.dataset.ready = 'true';
