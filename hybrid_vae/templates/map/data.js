// What the page knows. All of it is in the page; text of tracks only ever becomes text nodes, never markup.

const $ = id => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const n = data.ids.length;
const NOWHERE = -1;

function unpack(text, Kind) { // base64 -> typed array
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function pressable(text, action, attributes = {}) { // a button
  const made = element('button', text, { type: 'button', ...attributes });
  made.addEventListener('click', action);
  return made;
}

const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
const tracks = number => count(number, 'track');
const all = Array.from({ length: n }, (_, g) => g);

// ---------------------------------------------------------------- columns of the tracks table

for (const column of data.columns) if (column.kind === 'category') column.codes = unpack(column.codes, Uint32Array);
for (const trait of data.traits) trait.values = unpack(trait.values, Int8Array);
const columnOf = name => data.columns.find(c => c.name === name);
const valueOf = (column, g) => column.kind === 'number' ? (column.values[g] === null ? '' : String(column.values[g])) : column.values[column.codes[g]];
const writtenOf = (column, g) => column.written ? column.written[column.codes[g]] : valueOf(column, g); // as people write it
const named = (name, g) => { const column = columnOf(name); return column ? valueOf(column, g) : ''; };
const titleOf = g => named('title', g) || data.ids[g];
const artistOf = g => named('artist', g);
const fullName = g => artistOf(g) ? `${titleOf(g)} – ${artistOf(g)}` : titleOf(g);
const trackOf = new Map(data.ids.map((id, g) => [id, g]));

// ---------------------------------------------------------------- what is shown

const state = { rep: null, picture: null, column: null, cursor: NOWHERE, hover: NOWHERE, playing: NOWHERE, selected: [], mode: 'move', tab: 'list',
  queue: [], position: NOWHERE, path: [], from: NOWHERE, query: '', filters: {}, list: 'shown', order: '', down: false, third: '', names: true, leaps: 0 };
const isSelected = new Uint8Array(n), isShown = new Uint8Array(n); // marked; in this picture, and let through by all filters
const shade = new Uint8Array(n); // number of the colour of every track
const X = new Float32Array(n).fill(NaN), Y = new Float32Array(n).fill(NaN); // place of every track, downwards, NaN where it has none

function members(rep) { // local number -> track
  if (!rep.members) {
    rep.members = rep.tracks === null ? Uint32Array.from(all) : unpack(rep.tracks, Uint32Array);
    rep.local = new Int32Array(n).fill(NOWHERE);
    rep.members.forEach((g, i) => { rep.local[g] = i; });
    rep.nearest = unpack(rep.neighbours, rep.members.length <= 65536 ? Uint16Array : Uint32Array);
    rep.far = unpack(rep.distances, Uint16Array);
    rep.apart = unpack(rep.apart, Uint16Array);
    rep.k = rep.nearest.length / Math.max(1, rep.members.length);
    if (rep.clusters) rep.clusters.codes = unpack(rep.clusters.codes, Uint32Array);
  }
  return rep.members;
}

function neighboursOf(g) { // nearest tracks in the latent space, nearest first; null if the track is not in this view
  const rep = state.rep, i = g === NOWHERE ? NOWHERE : rep.local[g];
  return i === NOWHERE ? null : Array.from(rep.nearest.subarray(i * rep.k, (i + 1) * rep.k), j => rep.members[j]);
}
const distancesOf = g => Array.from(state.rep.far.subarray(state.rep.local[g] * state.rep.k, (state.rep.local[g] + 1) * state.rep.k), d => d / 65535);

function place() { // read the coordinates of the chosen picture
  const at = unpack(state.rep.pictures[state.picture], Uint16Array);
  X.fill(NaN); Y.fill(NaN);
  members(state.rep).forEach((g, i) => { X[g] = at[2 * i] / 65535; Y[g] = 1 - at[2 * i + 1] / 65535; });
}

const isCluster = () => state.column === 'cluster';
const shownColumn = () => isCluster() ? state.rep.clusters : columnOf(state.column);

function categoryOf(column, g) { // number of the colour of a track
  if (!column) return 0;
  if (column.kind === 'number') {
    const v = column.values[g], steps = column.categories.length - 1;
    return v === null ? steps : Math.min(steps - 1, Math.floor(steps * (v - column.low) / (column.high - column.low || 1)));
  }
  if (column === state.rep.clusters) return state.rep.local[g] === NOWHERE ? 0 : column.category[column.codes[state.rep.local[g]]];
  return column.category[column.codes[g]];
}
function shadeAll() { const column = shownColumn(); for (const g of state.rep.members) shade[g] = categoryOf(column, g); }

const clusterOf = g => { const c = state.rep.clusters, i = state.rep.local[g]; return c && i !== NOWHERE ? c.values[c.codes[i]] : ''; }; // its number
const clusterName = value => ownNames()[value] ?? state.rep.clusters?.names[value] ?? ''; // edited, or made from words and traits
const clusterLabel = value => value === '' ? '' : clusterName(value) ? `${value}: ${clusterName(value)}` : value;

// How far a track is from being typical, from 0 to 100: of its neighbours that lie in other clusters, and of its distance to them.
const uncertainty = g => { const own = clusterOf(g), near = neighboursOf(g); return near && near.length && own ? Math.round(100 * near.filter(h => clusterOf(h) !== own).length / near.length) : null; };
const outlying = g => state.rep.local[g] === NOWHERE ? null : state.rep.apart[state.rep.local[g]] / 1000;

// Everything that a track can be filtered and sorted by. `get` gives text, a number or null, or a list of texts.
function fields() {
  const own = data.columns.map(c => ({ name: c.name, title: c.title, kind: c.kind, coloured: c.coloured, get: g => c.kind === 'number' ? c.values[g] : valueOf(c, g), written: g => writtenOf(c, g) }));
  if (state.rep.clusters) own.push({ name: 'cluster', title: 'Cluster', kind: 'category', coloured: true, get: clusterOf, written: g => clusterLabel(clusterOf(g)) });
  own.push({ name: 'your tags', title: 'Your tags', kind: 'tags', coloured: true, get: tagsOf, written: g => tagsOf(g).join(', ') });
  if (state.rep.clusters) own.push({ name: 'uncertain', title: 'Neighbours elsewhere, %', kind: 'number', get: uncertainty, written: g => String(uncertainty(g) ?? '') });
  own.push({ name: 'outlying', title: 'Distance to neighbours', kind: 'number', get: outlying, written: g => outlying(g)?.toFixed(2) ?? '' });
  return own;
}
const fieldOf = name => fields().find(f => f.name === name);

// ---------------------------------------------------------------- words and filters

const plain = text => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLocaleLowerCase();
let haystack = null;
function find(query) { // tracks that hold every word of the query
  const words = plain(query).split(/\s+/).filter(Boolean), found = [];
  if (!haystack) haystack = all.map(g => plain([data.ids[g], data.lines[g], ...data.columns.flatMap(c => c.written ? [valueOf(c, g), writtenOf(c, g)] : [valueOf(c, g)])].join('\n')));
  for (let g = 0; g < n; g++) if (words.every(word => haystack[g].includes(word) || tagsOf(g).some(tag => plain(tag).includes(word)))) found.push(g);
  return found;
}

function passes(filter, value) { // whether a filter lets a value through
  if (filter.values) return Array.isArray(value) ? value.some(v => filter.values.includes(v)) : filter.values.includes(value);
  return value !== null && value >= (filter.low ?? -Infinity) && value <= (filter.high ?? Infinity);
}

function sift() { // which tracks of the picture all filters let through
  const tests = Object.entries(state.filters).map(([name, filter]) => [fieldOf(name), filter]).filter(([field]) => field);
  isShown.fill(0);
  for (const g of state.rep.members) isShown[g] = tests.every(([field, filter]) => passes(filter, field.get(g))) ? 1 : 0;
}
const shownTracks = () => Array.from(state.rep.members).filter(g => isShown[g]);

// ---------------------------------------------------------------- the way from one track to another

function shortestPath(from, to) { // along the graph of neighbours; bridges join parts that have no neighbour in common
  const rep = state.rep, m = rep.members.length, edges = Array.from({ length: m }, () => []);
  for (let i = 0; i < m; i++) for (let j = i * rep.k; j < (i + 1) * rep.k; j++) {
    const cost = .02 + rep.far[j] / 65535; // a step costs something too, or else a path would visit everyone
    edges[i].push([rep.nearest[j], cost]); edges[rep.nearest[j]].push([i, cost]);
  }
  for (const [i, j] of rep.bridges) { edges[i].push([j, 10]); edges[j].push([i, 10]); }
  const cost = new Float64Array(m).fill(Infinity), before = new Int32Array(m).fill(NOWHERE), heap = [];
  const push = entry => { // a binary heap of [cost, node]
    let i = heap.push(entry) - 1;
    for (; i && heap[(i - 1) >> 1][0] > entry[0]; i = (i - 1) >> 1) heap[i] = heap[(i - 1) >> 1];
    heap[i] = entry;
  };
  const pop = () => {
    const top = heap[0], last = heap.pop();
    if (heap.length) {
      let i = 0;
      for (let c = 1; c < heap.length; i = c, c = 2 * i + 1) {
        if (c + 1 < heap.length && heap[c + 1][0] < heap[c][0]) c++;
        if (heap[c][0] >= last[0]) break;
        heap[i] = heap[c];
      }
      heap[i] = last;
    }
    return top;
  };
  const start = rep.local[from], end = rep.local[to];
  cost[start] = 0; push([0, start]);
  while (heap.length) {
    const [c, i] = pop();
    if (i === end) break;
    if (c > cost[i]) continue;
    for (const [j, step] of edges[i]) if (c + step < cost[j]) { cost[j] = c + step; before[j] = i; push([cost[j], j]); }
  }
  const way = [];
  for (let i = end; i !== NOWHERE && cost[end] < Infinity; i = before[i]) way.unshift(rep.members[i]);
  state.leaps = Math.floor(cost[end] / 10);
  return way;
}
